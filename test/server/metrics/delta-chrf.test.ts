import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deltaChrf } from "../../../server/metrics/delta-chrf.ts";
import { edits } from "./texts.ts";

/** The definition, read aloud: whole texts, grams as strings, no shortcut. */
function wholeTextDeltaChrf(before: string, predicted: string, reference: string): number {
  const characters = (text: string) => [...text.replace(/[^\S\n]+/g, " ").replace(/\n+/g, "\n")];
  const counts = (text: string, n: number) => {
    const grams = new Map<string, number>();
    const all = characters(text);
    for (let i = 0; i + n <= all.length; i++) {
      const gram = all.slice(i, i + n).join("");
      grams.set(gram, (grams.get(gram) ?? 0) + 1);
    }
    return grams;
  };
  const tokens = (after: string, n: number) => {
    const old = counts(before, n);
    const now = counts(after, n);
    const result = new Map<string, number>();
    for (const gram of new Set([...old.keys(), ...now.keys()])) {
      const difference = (now.get(gram) ?? 0) - (old.get(gram) ?? 0);
      if (difference > 0) result.set(gram, difference);
      if (difference < 0) result.set(`deleted ${gram}`, -difference);
    }
    return result;
  };
  const total = (bag: Map<string, number>) => [...bag.values()].reduce((sum, count) => sum + count, 0);
  let orders = 0;
  let precision = 0;
  let recall = 0;
  for (let n = 1; n <= 6; n++) {
    const wanted = tokens(reference, n);
    const given = tokens(predicted, n);
    if (wanted.size + given.size === 0) continue;
    let overlap = 0;
    for (const [token, count] of given) overlap += Math.min(count, wanted.get(token) ?? 0);
    orders++;
    precision += total(given) === 0 ? 0 : overlap / total(given);
    recall += total(wanted) === 0 ? 0 : overlap / total(wanted);
  }
  if (orders === 0) return 100;
  precision /= orders;
  recall /= orders;
  return precision + recall === 0 ? 0 : (100 * (1.25 * precision * recall)) / (0.25 * precision + recall);
}

describe("delta chrF", () => {
  it.each([
    // before, predicted, reference, by hand
    ["nothing changed on either side", "a b", "a b", "a b", 100],
    ["all texts empty", "", "", "", 100],
    ["the very edit", "let a = 1;", "let b = 2;", "let b = 2;", 100],
    ["no edit where one was due", "ab", "ab", "abc", 0],
    ["an edit where none was due", "ab", "abc", "ab", 0],
    ["another character", "a", "ac", "ab", 0],
    // n=1: +a of {+a +b}: P 1, R 1/2. n=2: nothing of {+ab}: P 0/0, R 0. P 1/2, R 1/4.
    ["half of an insertion", "", "a", "ab", (100 * 1.25 * 0.125) / (0.25 * 0.5 + 0.25)],
    // n=1: {-b -c} for {-c}; n=2: {-ab -bc} for {-bc}; n=3: {-abc} for {-abc}. P 2/3, R 1.
    ["a deletion that takes too much", "abc", "a", "ab", (100 * 1.25 * (2 / 3)) / (0.25 * (2 / 3) + 1)],
    // n=1: {+😀} for {+😁}; n=2: {+a😀} for {+a😁}. Half surrogates would match.
    ["another character of the same first surrogate", "a", "a😀", "a😁", 0],
    ["white space of another width", "if (a) {\n\n\tb", "if (a)  {\n  b", "if (a) {\n\n\n    b", 100],
    ["a deleted line end", "a\nb", "a b", "a b", 100],
  ])("%s", (_name, before, predicted, reference, score) => {
    expect(deltaChrf(before, predicted, reference)).toBeCloseTo(score, 10);
  });

  it("equals the definition on whole texts, although it reads the changed spans only", () => {
    fc.assert(
      fc.property(edits, ({ before, predicted, reference }) => {
        expect(deltaChrf(before, predicted, reference)).toBeCloseTo(
          wholeTextDeltaChrf(before, predicted, reference),
          9,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("lies between 0 and 100, and is 100 for the reference itself", () => {
    fc.assert(
      fc.property(edits, ({ before, predicted, reference }) => {
        expect(deltaChrf(before, predicted, reference)).toBeGreaterThanOrEqual(0);
        expect(deltaChrf(before, predicted, reference)).toBeLessThanOrEqual(100);
        expect(deltaChrf(before, reference, reference)).toBe(100);
      }),
    );
  });

  it("does not depend on text more than 5 characters from the changes", () => {
    const far = "export function unrelated() {}\n".repeat(50);
    const score = (around: string) =>
      deltaChrf(
        `${around}45678total + 1;12345${around}`,
        `${around}45678total + 22;12345${around}`,
        `${around}45678sum + 23;12345${around}`,
      );
    expect(score(far)).toBe(score(""));
    expect(score(far)).toBeGreaterThan(0);
  });
});
