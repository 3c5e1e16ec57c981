import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commonEnds, typedPart } from "../../../server/import/typed-part.ts";
import type { TextEdit } from "../../../shared/text/edits.ts";
import { applyEdits } from "../../../shared/text/edits.ts";

const before = "function total(items) {\n  let sum = 0;\n  return sum;\n}\n";

/** Every state that some draw gives, with `|` where the cursor stands. */
function states(text: string, edit: TextEdit): Set<string> {
  const found = new Set<string>();
  for (let i = 0; i < 400; i++) {
    const part = typedPart(text, edit, i / 400);
    if (!part) continue;
    const typed = applyEdits(text, [part.typed]);
    found.add(`${typed.slice(0, part.cursor)}|${typed.slice(part.cursor)}`);
  }
  return found;
}

describe("an edit caught half typed", () => {
  it("of a new line has the line's end behind the cursor already", () => {
    const at = before.indexOf("  return");
    const found = states(before, { start: at, end: at, newText: "  log(sum);\n" });
    expect(found).toContain("function total(items) {\n  let sum = 0;\n  log(|\n  return sum;\n}\n");
    expect(found).toContain("function total(items) {\n  let sum = 0;\n  log(sum|\n  return sum;\n}\n");
  });

  it("of a changed line keeps what stands behind the change", () => {
    const start = before.indexOf("  return");
    const found = states(before, {
      start,
      end: start + "  return sum;\n".length,
      newText: "  return round(sum.value);\n",
    });
    expect(found).toContain("function total(items) {\n  let sum = 0;\n  return round(|;\n}\n");
  });

  it("of several changed lines has those above done and those below still to come", () => {
    const text = "a(x);\nb(x);\nc(x);\n";
    const found = states(text, { start: 0, end: text.length, newText: "a(yes.no);\nb(yes.no);\nc(yes.no);\n" });
    expect(found).toContain("a(yes.no);\nb(yes.|);\nc(x);\n");
    expect(found).toContain("a(yes.|);\nb(x);\nc(x);\n");
  });

  it("never stops inside an indentation, behind nothing, or with nothing left", () => {
    const found = states("", { start: 0, end: 0, newText: "    if (a) {\n        b();\n    }\n" });
    for (const state of found) expect(state).not.toMatch(/^\s*\||\n *\| +\S/u);
    expect(found.size).toBeGreaterThan(5);
  });

  it("is none where lines only go, or where several lines give way to one", () => {
    const end = before.length;
    expect(typedPart(before, { start: 0, end, newText: "" }, 0.5)).toBeNull();
    expect(typedPart(before, { start: 0, end, newText: "const total = sum;\n" }, 0.5)).toBeNull();
    expect(typedPart(before, { start: 0, end: 0, newText: "\n\n" }, 0.5)).toBeNull();
  });

  it("leaves at most a kilobyte to be typed", () => {
    const newText = "call(first, second);\n".repeat(200);
    const part = typedPart("", { start: 0, end: 0, newText }, 0);
    expect(part?.rest[0]?.newText.length).toBeLessThanOrEqual(1_024);
    expect(part?.typed.newText.length).toBeGreaterThan(3_000);
  });

  it("becomes the whole edit with the rest, whatever was edited, and cuts no character in two", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "b", " ", "(", ".", "=", "😀", "é", "{", "}"), maxLength: 12 });
    const lines = fc.array(line, { maxLength: 5 });
    fc.assert(
      fc.property(
        lines,
        lines,
        lines,
        lines,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (above, old, fresh, below, draw) => {
          const joined = (parts: string[]) => parts.map((part) => `${part}\n`).join("");
          const text = joined(above) + joined(old) + joined(below);
          const start = joined(above).length;
          const edit = { start, end: start + joined(old).length, newText: joined(fresh) };
          const part = typedPart(text, edit, draw);
          if (part === null) return;
          const typed = applyEdits(text, [part.typed]);
          expect(applyEdits(typed, part.rest)).toBe(applyEdits(text, [edit]));
          expect(typed.isWellFormed() && typed.slice(0, part.cursor).isWellFormed()).toBe(true);
          expect(typed).not.toBe(applyEdits(text, [edit]));
        },
      ),
    );
  });
});

describe("the common ends of two texts", () => {
  it("overlap in neither, and split no character", () => {
    expect(commonEnds("aa", "aaa")).toEqual({ prefix: 2, suffix: 0 });
    expect(commonEnds("x😀y", "x😁y")).toEqual({ prefix: 1, suffix: 1 });
    expect(commonEnds("", "a")).toEqual({ prefix: 0, suffix: 0 });
  });
});
