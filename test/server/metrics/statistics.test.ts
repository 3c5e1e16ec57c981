import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meanEstimate, pairedDifference, shareEstimate } from "../../../server/metrics/statistics.ts";

const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 });

describe("a mean with its bootstrap interval", () => {
  it("is the same for the same seed, and has an interval around the mean", () => {
    fc.assert(
      fc.property(values, fc.nat(), (list, seed) => {
        const estimate = meanEstimate(list, seed);
        expect(meanEstimate(list, seed)).toEqual(estimate);
        expect(estimate?.count).toBe(list.length);
        expect(estimate?.low).toBeLessThanOrEqual(estimate?.high as number);
        expect(estimate?.low).toBeGreaterThanOrEqual(Math.min(...list) - 1e-9);
        expect(estimate?.high).toBeLessThanOrEqual(Math.max(...list) + 1e-9);
      }),
      { numRuns: 50 },
    );
  });

  it("comes near to the normal interval where that one holds", () => {
    // 400 values, half 0 and half 1: the standard error of their mean is 0.025.
    const halves = Array.from({ length: 400 }, (_, i) => i % 2);
    const estimate = meanEstimate(halves, 7);
    expect(estimate?.value).toBe(0.5);
    expect(estimate?.low).toBeCloseTo(0.5 - 1.96 * 0.025, 1);
    expect(estimate?.high).toBeCloseTo(0.5 + 1.96 * 0.025, 1);
    expect((estimate?.high as number) - (estimate?.low as number)).toBeGreaterThan(0.085);
    expect((estimate?.high as number) - (estimate?.low as number)).toBeLessThan(0.11);
  });

  it("is null for nothing", () => {
    expect(meanEstimate([], 0)).toBeNull();
  });
});

describe("a paired difference", () => {
  it("is narrower than the two lists are wide, because examples differ more than models", () => {
    const hard = Array.from({ length: 100 }, (_, i) => i);
    const estimate = pairedDifference(
      hard.map((value) => value + 1),
      hard,
      3,
    );
    expect(estimate).toEqual({ value: 1, low: 1, high: 1, count: 100 });
  });

  it("leaves out what one side has no figure for", () => {
    expect(pairedDifference([1, Number.NaN, 3], [0, 1, Number.NaN], 0)).toMatchObject({ value: 1, count: 1 });
    expect(pairedDifference([Number.NaN], [1], 0)).toBeNull();
  });

  it("refuses lists of different lengths", () => {
    expect(() => pairedDifference([1], [], 0)).toThrow(RangeError);
  });
});

describe("a share with its Wilson interval", () => {
  it.each([
    // From the closed form, to four digits.
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
    [5, 10, 0.2366, 0.7634],
    [95, 100, 0.8882, 0.9785],
  ])("of %i in %i lies between %f and %f", (successes, count, low, high) => {
    const estimate = shareEstimate(successes, count);
    expect(estimate?.value).toBe(successes / count);
    expect(estimate?.low).toBeCloseTo(low, 4);
    expect(estimate?.high).toBeCloseTo(high, 4);
  });

  it("is null for nothing", () => {
    expect(shareEstimate(0, 0)).toBeNull();
  });
});
