/** A budget is a hard stop: what it lets through beyond is what is under way, and nothing that was bought is lost. */
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { ModelConfiguration } from "../../../server/configuration/configuration.ts";
import { BudgetReached, ConfigurationError } from "../../../server/errors.ts";
import { createBudget } from "../../../server/models/budget.ts";
import { mapOrdered } from "../../../server/stages/map-ordered.ts";
import type { Double, Fault } from "../../doubles/http-double.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { answerBrackets, requestOf } from "./requests.ts";
import { afterwards, dataFolder, modelsOf, withoutBackoff } from "./support.ts";

const prices = { input: 1_000, output: 4_000, cacheRead: 100, cacheWrite: 1_000, asOf: "2026-10-01" };

let double: Double;
beforeEach(async () => {
  double = await startOpenAiDouble({ answer: answerBrackets });
  afterwards(() => double.close());
  withoutBackoff();
});

function priced(changes: Partial<ModelConfiguration> = {}): Record<string, ModelConfiguration> {
  return {
    priced: { provider: "openai", model: "m", revision: "1", baseUrl: `${double.url}/v1`, prices, ...changes },
  };
}

/** Dollars of every answer in the cache, failed ones included, and how many there are. */
function spentIn(dataDir: string): { usd: number; answers: number; dearest: number } {
  const db = new Database(join(dataDir, "cache.db"), { readonly: true });
  try {
    const rows = ["answers", "attempts"].flatMap(
      (table) =>
        db.prepare(`select input_tokens as input, output_tokens as output, raw from ${table}`).all() as {
          input: number;
          output: number;
          raw: string | null;
        }[],
    );
    const costs = rows
      .filter(({ raw }) => raw !== null)
      .map(({ input, output }) => (input * prices.input + output * prices.output) / 1_000_000);
    return { usd: costs.reduce((sum, n) => sum + n, 0), answers: costs.length, dearest: Math.max(0, ...costs) };
  } finally {
    db.close();
  }
}

/** Asks for `texts` at once as a stage does; what came, and what ended it. */
async function ask(dataDir: string, texts: readonly string[], concurrency: number, samples: number, limitUsd: number) {
  const budget = createBudget(limitUsd, "Start it again.");
  const models = modelsOf({ dataDir, models: priced({ limits: { choicesPerRequest: 2 } }), budget });
  const model = models.model("priced");
  async function* stream() {
    yield* texts;
  }
  const came: string[] = [];
  let thrown: unknown;
  try {
    const work = async (text: string, signal: AbortSignal) => {
      await model.predict(requestOf(text), { samples, signal });
      return text;
    };
    for await (const text of mapOrdered(stream(), concurrency, work)) came.push(text);
  } catch (error) {
    thrown = error;
  }
  models.close();
  return { came, thrown, spentUsd: budget.spentUsd };
}

describe("a budget", () => {
  it("stops within one request in flight for each worker, keeps what was bought, and buys nothing twice when it goes on", async () => {
    const faults: readonly Fault[] = [
      { kind: "refusal" },
      { kind: "rateLimit", retryAfterMs: 1 },
      { kind: "truncated" },
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 25 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.constantFrom(...faults), { maxLength: 4 }),
        async (count, concurrency, samples, cents, struck) => {
          const dataDir = dataFolder();
          const texts = Array.from({ length: count }, (_, n) => `${dataDir} ${n} ${"x".repeat(n * 17)}`);
          const limit = cents / 100;
          double.plan(...struck.map((fault) => ({ fault, times: 1 })));
          let before = 0;
          let came: readonly string[] = [];
          for (let attempt = 0; ; attempt++) {
            const boughtBefore = double.counts().bought;
            const answersBefore = attempt === 0 ? 0 : spentIn(dataDir).answers;
            const result = await ask(dataDir, texts, concurrency, samples, limit);
            const spent = spentIn(dataDir);
            // Whatever the vendor would put on the bill is in the cache.
            expect(spent.answers - answersBefore).toBe(double.counts().bought - boughtBefore);
            expect(result.spentUsd).toBeCloseTo(spent.usd - before, 9);
            expect(result.spentUsd).toBeLessThan(limit + concurrency * 2 * spent.dearest);
            came = result.came;
            if (result.thrown === undefined) break;
            expect(result.thrown).toBeInstanceOf(BudgetReached);
            expect(result.spentUsd).toBeGreaterThanOrEqual(limit);
            before = spent.usd;
          }
          expect(came).toEqual(texts);
        },
      ),
      { numRuns: 12, seed: 20_260_131 },
    );
  });

  it("waits for what is under way, which is paid for, before it stops", async () => {
    const dataDir = dataFolder();
    const budget = createBudget(0.01, "Start it again.");
    const model = modelsOf({ dataDir, models: priced(), budget }).model("priced");
    const { signal } = new AbortController();
    double.plan({ fault: { kind: "held" }, times: 1, matching: "slow" });
    const slow = model.predict(requestOf("slow"), { samples: 1, signal });
    await model.predict(requestOf("dear".repeat(100)), { samples: 1, signal });
    expect(budget.spentUsd).toBeGreaterThan(0.01);
    let stopped = false;
    const third = model.predict(requestOf("third"), { samples: 1, signal }).catch((error: unknown) => {
      stopped = true;
      return error;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    double.release();
    expect(await third).toBeInstanceOf(BudgetReached);
    expect((await slow)[0]?.text).toBe("SLOW");
    expect(double.log).toHaveLength(2);
  });

  it("says what was spent, and how to go on", async () => {
    const budget = createBudget(1, "Start it again.", 1.25);
    await expect(budget.open()).rejects.toThrow(
      "the budget of $1.00 is reached: $1.25 were spent. Every answer that was bought is kept. Start it again.",
    );
  });

  it("takes nothing for what the cache holds", async () => {
    const dataDir = dataFolder();
    await ask(dataDir, ["one", "two"], 1, 1, 10);
    const again = await ask(dataDir, ["one", "two"], 1, 1, 0.000_001);
    expect(again).toMatchObject({ came: ["one", "two"], thrown: undefined, spentUsd: 0 });
  });

  it("is refused, before anything is asked, where a model has no price", () => {
    const { prices: _prices, ...unpriced } = priced()["priced"] as ModelConfiguration;
    const models = modelsOf({ models: { unpriced }, budget: createBudget(1, "") });
    expect(() => models.model("unpriced")).toThrow(ConfigurationError);
    expect(models.model("builtin").id).toBe("builtin");
  });
});
