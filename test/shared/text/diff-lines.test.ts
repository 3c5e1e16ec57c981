import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLines } from "../../../shared/text/diff-lines.ts";
import { applyEdits } from "../../../shared/text/edits.ts";
import { someText } from "./generators.ts";

const numbered = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `${line(i)}\n`);

describe("finding the lines that changed", () => {
  it("gives edits of whole lines that lead from one text to the other, none touching another", () => {
    fc.assert(
      fc.property(someText, someText, (before, after) => {
        const edits = diffLines(before, after);
        expect(applyEdits(before, edits)).toBe(after);
        for (const [i, { start, end }] of edits.entries()) {
          expect(start === 0 || before[start - 1] === "\n").toBe(true);
          expect(end === before.length || end === 0 || before[end - 1] === "\n").toBe(true);
          if (i > 0) expect(start).toBeGreaterThan(edits[i - 1]?.end ?? 0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("finds the shortest script where texts are close", () => {
    expect(diffLines("a\nb\nc\nd\n", "a\nx\nc\nd\ne\n")).toEqual([
      { start: 2, end: 4, newText: "x\n" },
      { start: 8, end: 8, newText: "e\n" },
    ]);
  });

  it("holds a last line without a line end for another line", () => {
    expect(diffLines("a\nb", "a\nb\n")).toEqual([{ start: 2, end: 3, newText: "b\n" }]);
  });
});

describe("texts too different for the shortest script", () => {
  const before = numbered(20_000, (i) => `line ${i}`);

  it("are aligned at the lines that both have once", () => {
    const after = before.map((line, i) => (i % 10 === 0 ? `changed ${i}\n` : line));
    const edits = diffLines(before.join(""), after.join(""));
    expect(applyEdits(before.join(""), edits)).toBe(after.join(""));
    expect(edits).toHaveLength(2_000);
  });

  it("keep the longest run of anchors where lines moved", () => {
    const after = [...before.slice(12_000), ...before.slice(0, 12_000)];
    const edits = diffLines(before.join(""), after.join(""));
    expect(applyEdits(before.join(""), edits)).toBe(after.join(""));
    expect(edits).toHaveLength(2);
    expect(Math.max(...edits.map((edit) => edit.newText.split("\n").length - 1))).toBe(8_000);
  });

  it("are replaced whole where nothing aligns them", () => {
    const after = numbered(20_000, (i) => `other ${i}`).join("");
    expect(diffLines(before.join(""), after)).toEqual([{ start: 0, end: before.join("").length, newText: after }]);
  });

  it("are cut where they agree at the ends, even when every line repeats", () => {
    const braces = (step: number) => numbered(6_000, (i) => ((i * step) % 7 < 3 ? "}" : "")).join("");
    const edits = diffLines(`head\n${braces(3)}tail\n`, `head\n${braces(5)}tail\n`);
    expect(applyEdits(`head\n${braces(3)}tail\n`, edits)).toBe(`head\n${braces(5)}tail\n`);
    expect(edits[0]?.start).toBeGreaterThanOrEqual("head\n".length);
  });
});
