import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../server/errors.ts";
import { batchPrices, costUsd, formatUsd, pricesOf, requiredPrices } from "../../../server/models/cost.ts";
import { askedOf, costFacts, costSentence } from "../../../server/reports/spending.ts";

const prices = { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25, asOf: "2026-10-01" };

describe("what usage costs", () => {
  it("counts each kind of token at its own price, in dollars per million", () => {
    const usage = { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 10_000, cacheWriteTokens: 2_000 };
    expect(costUsd(usage, prices)).toBeCloseTo(0.005 + 0.0025 + 0.005 + 0.0125, 12);
  });

  it("is nothing for builtin, and unknown for a model of which nobody said it", () => {
    expect(pricesOf({ id: "builtin" })).toMatchObject({ input: 0, output: 0 });
    expect(pricesOf({ id: "openai:m" })).toBeUndefined();
    expect(() => requiredPrices({ id: "openai:m" }, "A budget")).toThrow(ConfigurationError);
    expect(() => requiredPrices({ id: "openai:m" }, "A budget")).toThrow(
      /A budget needs to know what openai:m costs.*asOf/u,
    );
  });

  it("is written in cents, and finer below one", () => {
    expect([0, 0.00423, 0.0123, 1.5, 12_345.678].map(formatUsd)).toEqual([
      ...["$0.00", "$0.0042", "$0.01", "$1.50", "$12,345.68"],
    ]);
  });
});

const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
const use = { model: "a", requests: 4, cached: 2, failures: { refusal: 1 }, usage, staysHere: false };
const cost = { costUsd: 3, savedUsd: 1.5, pricesAsOf: "2026-10-01" };

describe("a report of what was spent", () => {
  it("says what each example left cost, what the cache saved, and of which day the prices are", () => {
    const uses = [
      { ...use, cost },
      { ...use, model: "b", cost: { ...cost, costUsd: 1, pricesAsOf: "2026-09-01" } },
    ];
    expect(costSentence(uses, 200)).toBe(
      "cost $4.00, $0.02 for each example left; the cache saved $3.00 (prices of 2026-09-01, 2026-10-01)",
    );
    expect(askedOf(uses)).toEqual({ requests: 8, cached: 4, failures: { refusal: 2 }, costUsd: 4, savedUsd: 3 });
  });

  it("never passes off a part for the whole: a model without a price is named, and the sum left out", () => {
    const uses = [
      { ...use, cost },
      { ...use, model: "b", cost: undefined },
    ];
    expect(costSentence(uses, 0)).toMatch(/^cost \$3\.00; the cache .*; unknown what b cost$/u);
    expect(askedOf(uses)).not.toHaveProperty("costUsd");
    expect(costFacts({ cost: undefined, staysHere: false })).toEqual(["cost unknown"]);
    expect(costSentence([{ ...use, cost: undefined }], 3)).toBeUndefined();
  });

  it("says nothing of the cost of a model on this machine that has no price", () => {
    expect(costFacts({ cost: undefined, staysHere: true })).toEqual([]);
  });
});

describe("what a batch costs", () => {
  const prices = { input: 4, output: 20, cacheRead: 0.4, cacheWrite: 5, asOf: "2026-10-01" };

  it("is half, where nobody says otherwise; and what is cached stays for an hour, which costs more", () => {
    expect(batchPrices(prices)).toEqual({ input: 2, output: 10, cacheRead: 0.2, cacheWrite: 4 });
  });

  it("is what the configuration says", () => {
    const batch = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 };
    expect(batchPrices({ ...prices, batch })).toEqual(batch);
  });
});
