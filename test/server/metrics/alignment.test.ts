import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changesBetween } from "../../../server/metrics/alignment.ts";
import { commonLength } from "../../../server/metrics/common-length.ts";

/** The textbook table, whose last cell is the length of a longest common subsequence. */
function tableLength(a: readonly number[], b: readonly number[]): number {
  let above = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    const row = [0];
    for (const [j, y] of b.entries()) {
      row.push(x === y ? (above[j] as number) + 1 : Math.max(above[j + 1] as number, row[j] as number));
    }
    above = row;
  }
  return above[b.length] as number;
}

const sequence = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 30 });

describe("the length of a longest common subsequence", () => {
  it("equals the textbook's table, also across the words of a bit vector", () => {
    const long = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 150 });
    fc.assert(
      fc.property(long, long, (a, b) => commonLength(Int32Array.from(a), Int32Array.from(b)) === tableLength(a, b)),
      { numRuns: 1000 },
    );
  });

  it("is the whole length of equal sequences of exactly one word or two, and 0 of different ones", () => {
    for (const length of [0, 31, 32, 33, 64]) {
      const counting = Int32Array.from({ length }, (_, i) => i);
      expect(commonLength(counting, counting)).toBe(length);
      expect(
        commonLength(
          counting,
          counting.map((i) => -1 - i),
        ),
      ).toBe(0);
    }
  });
});

describe("an alignment of two sequences", () => {
  it("matches a longest common subsequence", () => {
    fc.assert(
      fc.property(sequence, sequence, (a, b) => {
        const changes = changesBetween(Int32Array.from(a), Int32Array.from(b));
        const removed = changes.reduce((sum, { start, end }) => sum + end - start, 0);
        expect(a.length - removed).toBe(tableLength(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  it("turns the first into the second, and leaves equal elements between its changes", () => {
    fc.assert(
      fc.property(sequence, sequence, (a, b) => {
        let at = 0;
        const result: number[] = [];
        const changes = changesBetween(Int32Array.from(a), Int32Array.from(b));
        for (const change of changes) {
          result.push(...a.slice(at, change.start));
          expect(result.length).toBe(change.newStart);
          result.push(...b.slice(change.newStart, change.newEnd));
          at = change.end;
        }
        expect([...result, ...a.slice(at)]).toEqual(b);
        changes.slice(1).forEach((change, i) => {
          expect(change.start).toBeGreaterThan(changes[i]?.end as number);
        });
      }),
      { numRuns: 2000 },
    );
  });

  it("finds no change between equal sequences, and one whole change where one side is empty", () => {
    expect(changesBetween(Int32Array.of(...[1, 2]), Int32Array.of(...[1, 2]))).toEqual([]);
    expect(changesBetween(Int32Array.of(...[]), Int32Array.of(...[]))).toEqual([]);
    expect(changesBetween(Int32Array.of(...[]), Int32Array.of(...[1, 2]))).toEqual([
      { start: 0, end: 0, newStart: 0, newEnd: 2 },
    ]);
    expect(changesBetween(Int32Array.of(...[1, 2]), Int32Array.of(...[]))).toEqual([
      { start: 0, end: 2, newStart: 0, newEnd: 0 },
    ]);
  });

  it("matches the beginning before the end", () => {
    expect(changesBetween(Int32Array.of(...[1]), Int32Array.of(...[1, 1]))).toEqual([
      { start: 1, end: 1, newStart: 1, newEnd: 2 },
    ]);
  });
});
