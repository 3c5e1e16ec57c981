import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactLines } from "../../../server/metrics/exact-lines.ts";
import { exactMatch, exactMatchIgnoringWhitespace } from "../../../server/metrics/exact-match.ts";
import { lineDiff } from "../../../server/metrics/lines.ts";
import { edits } from "./texts.ts";

function linesOf(before: string, predicted: string, reference: string) {
  return exactLines(lineDiff(before, predicted), lineDiff(before, reference));
}

describe("exact lines", () => {
  it.each([
    ["nothing changed on either side", "a\n", "a\n", "a\n", { tp: 0, fp: 0, fn: 0, precision: 1, recall: 1, f1: 1 }],
    ["no edit where one was due", "a\n", "a\n", "b\n", { tp: 0, fp: 0, fn: 2, precision: 0, recall: 0, f1: 0 }],
    ["an edit where none was due", "a\n", "b\n", "a\n", { tp: 0, fp: 2, fn: 0, precision: 0, recall: 0, f1: 0 }],
    ["the very edit", "a\nb\n", "a\nc\n", "a\nc\n", { tp: 2, fp: 0, fn: 0, precision: 1, recall: 1, f1: 1 }],
    ["one of two added lines", "", "a\n", "a\nb\n", { tp: 1, fp: 0, fn: 1, precision: 1, recall: 0.5, f1: 2 / 3 }],
    [
      "the same line twice counts twice",
      "",
      "a\na\n",
      "a\n",
      { tp: 1, fp: 1, fn: 0, precision: 0.5, recall: 1, f1: 2 / 3 },
    ],
    ["indentation is not trimmed", "", "  a\n", "a\n", { tp: 0, fp: 1, fn: 1, precision: 0, recall: 0, f1: 0 }],
    // In a unified diff the line reads `--- x`, as a file header does.
    ["a deleted SQL comment", "-- x\n", "", "", { tp: 1, fp: 0, fn: 0, precision: 1, recall: 1, f1: 1 }],
    ["an added line of pluses", "", "++ x\n", "++ x\n", { tp: 1, fp: 0, fn: 0, precision: 1, recall: 1, f1: 1 }],
    // The signs tell a deletion of a line from its addition.
    ["deleting what should be doubled", "a\n", "", "a\na\n", { tp: 0, fp: 1, fn: 1, precision: 0, recall: 0, f1: 0 }],
    ["a missing last line end is left out", "", "a", "a\n", { tp: 1, fp: 0, fn: 0, precision: 1, recall: 1, f1: 1 }],
  ])("%s", (_name, before, predicted, reference, scores) => {
    expect(linesOf(before, predicted, reference)).toEqual(scores);
  });

  it("gives 1 for the reference itself, shares within 0 and 1, and swaps precision and recall with the sides", () => {
    fc.assert(
      fc.property(edits, ({ before, predicted, reference }) => {
        const there = linesOf(before, predicted, reference);
        const back = linesOf(before, reference, predicted);
        expect(linesOf(before, reference, reference)).toMatchObject({ fp: 0, fn: 0, f1: 1 });
        expect([there.fp, there.fn, there.precision, there.recall, there.f1]).toEqual([
          back.fn,
          back.fp,
          back.recall,
          back.precision,
          back.f1,
        ]);
        for (const share of [there.precision, there.recall, there.f1]) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe("exact match", () => {
  it.each([
    ["a b\n", "a b\n", true, true],
    ["a b\n", "a  b", false, true],
    ["ab", "a b", false, true],
    ["a", "b", false, false],
    ["", "\n", false, true],
    ["", "", true, true],
  ])("of %j and %j is %s, ignoring white space %s", (predicted, reference, exactly, nearly) => {
    expect(exactMatch(predicted, reference)).toBe(exactly);
    expect(exactMatchIgnoringWhitespace(predicted, reference)).toBe(nearly);
  });
});
