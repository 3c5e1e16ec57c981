import { describe, expect, it } from "vitest";
import { cohensKappa } from "../../../server/metrics/kappa.ts";

describe("Cohen's kappa", () => {
  it("is what one works out by hand", () => {
    // 35 of 50 agreed; by chance 25/50·30/50 + 25/50·20/50 = 0.5; (0.7 − 0.5) / (1 − 0.5).
    expect(cohensKappa({ bothGood: 20, goodThenBad: 5, badThenGood: 10, bothBad: 15 })).toBeCloseTo(0.4, 12);
  });

  it("is 1 where both always agree and say both words, −1 where they always differ, 0 where chance explains it", () => {
    expect(cohensKappa({ bothGood: 3, bothBad: 4, goodThenBad: 0, badThenGood: 0 })).toBe(1);
    expect(cohensKappa({ bothGood: 0, bothBad: 0, goodThenBad: 5, badThenGood: 5 })).toBe(-1);
    expect(cohensKappa({ bothGood: 4, bothBad: 4, goodThenBad: 4, badThenGood: 4 })).toBe(0);
  });

  it("is not defined over nothing, nor where both always say the same word", () => {
    expect(cohensKappa({ bothGood: 0, bothBad: 0, goodThenBad: 0, badThenGood: 0 })).toBeNull();
    expect(cohensKappa({ bothGood: 9, bothBad: 0, goodThenBad: 0, badThenGood: 0 })).toBeNull();
  });
});
