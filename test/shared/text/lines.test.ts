import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizeLineEnds } from "../../../shared/text/line-ends.ts";
import { lineAt, lineStarts, offsetOfLine, splitLines } from "../../../shared/text/lines.ts";
import { someText } from "./generators.ts";

describe("lines as an editor counts them", () => {
  it("has an empty last line behind a line end", () => {
    expect(lineStarts("")).toEqual([0]);
    expect(lineStarts("a\n")).toEqual([0, 2]);
    expect(lineStarts("a\n\nb")).toEqual([0, 2, 3]);
  });

  it("finds the line of every offset, and of one behind the end", () => {
    fc.assert(
      fc.property(someText, (text) => {
        const starts = lineStarts(text);
        for (let offset = 0; offset <= text.length + 1; offset++) {
          expect(lineAt(starts, offset)).toBe(text.slice(0, offset).split("\n").length - 1);
        }
      }),
    );
  });

  it("finds where each line begins, and throws for one that is not there", () => {
    const starts = lineStarts("ab\nc\n");
    expect([0, 1, 2].map((line) => offsetOfLine(starts, line))).toEqual([0, 3, 5]);
    expect(() => offsetOfLine(starts, 3)).toThrow(RangeError);
  });
});

describe("lines as a diff counts them", () => {
  it("is cut behind line ends and joins to the text again", () => {
    expect(splitLines("")).toEqual([]);
    expect(splitLines("a\n\nb")).toEqual(["a\n", "\n", "b"]);
    expect(splitLines("a\r\nb\r")).toEqual(["a\r\n", "b\r"]);
    fc.assert(fc.property(someText, (text) => splitLines(text).join("") === text));
  });
});

describe("normalising line ends", () => {
  it.each([
    ["a\nb\n", "a\nb\n", "lf"],
    ["a\r\nb\r\n", "a\nb\n", "crlf"],
    ["a\r\nb\n", "a\nb\n", "lf"],
    ["a\rb", "a\nb", "crlf"],
    ["a\r\r\nb", "a\n\nb", "crlf"],
    ["", "", "lf"],
  ])("reads %j as %j with %s", (text, normalized, eol) => {
    expect(normalizeLineEnds(text)).toEqual({ text: normalized, eol });
  });
});
