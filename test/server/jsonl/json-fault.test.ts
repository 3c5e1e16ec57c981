import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findJsonFault } from "../../../server/jsonl/json-fault.ts";

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("where a text stops being JSON", () => {
  it.each([
    ["", 0, "it is empty"],
    ['{"a": 1', 7, "it ends too early"],
    ['{"a" 1}', 5, "a : is missing behind a field name"],
    ['{"a": abc}', 6, "a value is missing"],
    ["{a: 1}", 1, "a field name in double quotes or } is missing"],
    ['{"a": 1,}', 8, "a field name in double quotes is missing"],
    ["[1 2]", 3, "a comma or a closing bracket is missing"],
    ["[1,]", 3, "a value is missing"],
    ["{} {}", 3, "something stands behind the end of the value"],
    ["01", 1, "something stands behind the end of the value"],
    ['"a\tb"', 2, "a control character stands in a string unescaped"],
    ['"\\x"', 1, "an escape is not one of JSON's"],
    ['["abc', 5, "it ends inside a string"],
    ["[}", 1, "a value or ] is missing"],
  ])("finds the fault of %j", (text, offset, problem) => {
    expect(findJsonFault(text)).toEqual({ offset, problem });
  });

  it("survives nesting that would overflow a stack", () => {
    expect(findJsonFault("[".repeat(1_000_000))).toEqual({ offset: 1_000_000, problem: "it ends too early" });
  });

  it("finds none in anything that JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(findJsonFault(text)).toBeUndefined();
      }),
    );
  });

  it("agrees with JSON.parse about a text with one character changed", () => {
    const changed = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", '"', "{", "}", "[", "]", ",", ":", "0", "-", "e", "\\", "\n", "x"),
      )
      .map(([text, at, character]) => {
        const index = at % (text.length + 1);
        return text.slice(0, index) + character + text.slice(index + 1);
      });
    fc.assert(
      fc.property(changed, (text) => {
        expect(findJsonFault(text) === undefined).toBe(parses(text));
      }),
      { numRuns: 1_000 },
    );
  });
});
