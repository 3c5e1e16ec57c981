import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editSimilarity } from "../../../server/metrics/edit-similarity.ts";
import { levenshtein } from "../../../server/metrics/levenshtein.ts";
import { text } from "./texts.ts";

/** Wagner and Fischer's table over code points. */
function tableDistance(a: string, b: string): number {
  const from = [...a];
  const to = [...b];
  let above = to.map((_, j) => j + 1);
  above.unshift(0);
  from.forEach((x, i) => {
    const row = [i + 1];
    to.forEach((y, j) => {
      row.push(Math.min((above[j] as number) + Number(x !== y), (above[j + 1] as number) + 1, (row[j] as number) + 1));
    });
    above = row;
  });
  return above[to.length] as number;
}

describe("Levenshtein distance", () => {
  it.each([
    ["", "", 0],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
    ["flaw", "lawn", 2],
    // One character each, although two UTF-16 units, of which the first is the same.
    ["😀", "😁", 1],
    ["a😀b", "ab", 1],
    ["😀😀", "😀", 1],
    ["𝒳=1", "x=1", 1],
    // A lone surrogate is one character.
    ["\ud83d", "", 1],
    ["\ud83d", "\ud83d\ude00", 1],
  ])("of %j and %j is %i", (a, b, distance) => {
    expect(levenshtein(a, b)).toBe(distance);
    expect(levenshtein(b, a)).toBe(distance);
  });

  it("equals the quadratic table, whatever the characters", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(levenshtein(a, b)).toBe(tableDistance(a, b));
      }),
      { numRuns: 1000 },
    );
    const anything = fc.string({ unit: "binary", maxLength: 70 });
    fc.assert(
      fc.property(anything, anything, (a, b) => {
        expect(levenshtein(a, b)).toBe(tableDistance(a, b));
      }),
      { numRuns: 500 },
    );
  });

  it("is a metric: zero only for equal texts, symmetric, and never more by a detour", () => {
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(levenshtein(a, b) === 0).toBe(a === b);
        expect(levenshtein(a, b)).toBe(levenshtein(b, a));
        expect(levenshtein(a, c)).toBeLessThanOrEqual(levenshtein(a, b) + levenshtein(b, c));
      }),
    );
  });

  it("copes with one very long line", () => {
    const line = "const table = [1, 2, 3];".repeat(4_000);
    expect(levenshtein(line, `${line.slice(0, 50_000)}X${line.slice(50_000)}`)).toBe(1);
  });

  it("refuses texts that share more characters than it can tell apart, instead of giving a wrong number", () => {
    const characters = Array.from({ length: 70_000 }, (_, i) => String.fromCodePoint(0x10000 + i));
    const here = `a${characters.join("")}b`;
    const there = `c${characters.toReversed().join("")}d`;
    expect(() => levenshtein(here, there)).toThrow(RangeError);
  });
});

describe("edit similarity", () => {
  it.each([
    ["", "", 1],
    ["same", "same", 1],
    ["abcd", "", 0],
    ["kitten", "sitting", 1 - 3 / 7],
    ["😀", "a", 0],
    ["😀a", "😀b", 0.5],
  ])("of %j and %j is %f", (predicted, reference, similarity) => {
    expect(editSimilarity(predicted, reference)).toBeCloseTo(similarity, 12);
  });

  it("lies between 0 and 1 and is symmetric", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(editSimilarity(a, b)).toBeGreaterThanOrEqual(0);
        expect(editSimilarity(a, b)).toBeLessThanOrEqual(1);
        expect(editSimilarity(a, b)).toBe(editSimilarity(b, a));
      }),
    );
  });
});
