import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keptRates as keptRatesOf } from "../../../server/metrics/kept-rate.ts";
import { tokenChurn as tokenChurnOf } from "../../../server/metrics/token-churn.ts";
import { unitBase, unitEdit } from "../../../server/metrics/unit-edit.ts";
import { unitsOf } from "../../../server/metrics/units.ts";
import { edits, text } from "./texts.ts";

function keptRates(before: string, predicted: string, reference: string) {
  const base = unitBase(before);
  return keptRatesOf(base, unitEdit(base, predicted), predicted, reference);
}

function tokenChurn(before: string, predicted: string) {
  const base = unitBase(before);
  return tokenChurnOf(base, unitEdit(base, predicted));
}

describe("units", () => {
  it("keep identifiers, runs of white space and operators whole", () => {
    expect(unitsOf("foo_bar2 => a?.b;\n\n\tx ...\r y")).toEqual([
      "foo_bar2",
      " ",
      "=>",
      " ",
      "a",
      "?.",
      "b",
      ";",
      "\n\n",
      "\t",
      "x",
      " ",
      "...",
      "\r ",
      "y",
    ]);
    expect(unitsOf("größe😀(")).toEqual(["größe", "😀", "("]);
    expect(unitsOf("")).toEqual([]);
  });

  it("lose no character", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (any) => unitsOf(any).join("") === any));
  });
});

describe("kept and recall rate", () => {
  it.each([
    // before, predicted, reference, kept, recall
    ["both sides unchanged", "a b", "a b", "a b", 1, 1],
    ["everything empty", "", "", "", 1, 1],
    ["the very edit", "old", "new", "new", 1, 1],
    ["no edit where one was due", "old", "old", "new", 0, 0],
    ["an edit where none was due", "old", "new", "old", 0, 0],
    // New: c against d. Deleted by both: b. One character of two is right.
    ["the right deletion, the wrong insertion", "a b", "a c", "a d", 0.5, 0.5],
    // New: " y"; the reference has " y z" new.
    ["the first half of an insertion", "x", "x y", "x y z", 1, 0.5],
    // Deleted: "b c" (with the space before it, 4 characters) for " c" (2).
    ["a deletion that takes too much", "a b c", "a", "a b", 0.5, 1],
    // Characters, not UTF-16 units: one of "😀" + "abc".
    ["an astral character", "", "😀", "😀(", 1, 0.5],
  ])("%s", (_name, before, predicted, reference, keptRate, recallRate) => {
    expect(keptRates(before, predicted, reference)).toEqual({ keptRate, recallRate });
  });

  it("are null where the two differ in length by more than 512 characters", () => {
    expect(keptRates("", "a".repeat(513), "")).toEqual({ keptRate: null, recallRate: null });
    expect(keptRates("", "a".repeat(512), "")).toEqual({ keptRate: 0, recallRate: 0 });
    expect(keptRates("", "😀".repeat(512), "").keptRate).toBe(0);
  });

  it("are 1 for the reference itself, lie within 0 and 1, and swap with the sides", () => {
    fc.assert(
      fc.property(edits, ({ before, predicted, reference }) => {
        expect(keptRates(before, reference, reference)).toEqual({ keptRate: 1, recallRate: 1 });
        const there = keptRates(before, predicted, reference);
        for (const rate of [there.keptRate, there.recallRate]) {
          expect(rate).toBeGreaterThanOrEqual(0);
          expect(rate).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("token churn", () => {
  it.each([
    ["let a = 1;", "let a = 1;", 0, 0],
    ["let a = 1;", "let a = 2;", 1, 1],
    ["", "return a;\n", 3, 0],
    ["return a;\n", "", 0, 3],
    ["if (a) {", "if  (a) {\n", 0, 0],
  ])("from %j to %j is +%i −%i", (before, predicted, tokensInserted, tokensDeleted) => {
    expect(tokenChurn(before, predicted)).toEqual({ tokensInserted, tokensDeleted });
  });

  it("swaps with the texts", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const there = tokenChurn(a, b);
        const units = (value: string) => unitsOf(value).filter((unit) => unit.trim() !== "").length;
        expect(there.tokensInserted - there.tokensDeleted).toBe(units(b) - units(a));
      }),
    );
  });
});
