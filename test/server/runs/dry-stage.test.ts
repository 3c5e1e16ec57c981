/** What a dry run says is held against what the double's usage then costs. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Configuration } from "../../../server/configuration/configuration.ts";
import { loadConfiguration } from "../../../server/configuration/configuration.ts";
import { ConfigurationError } from "../../../server/errors.ts";
import { openExamples } from "../../../server/jsonl/read.ts";
import { RejectedLines } from "../../../server/jsonl/rejected.ts";
import { streamOutput } from "../../../server/jsonl/write.ts";
import type { Selection } from "../../../server/runs/apply.ts";
import { applyStage } from "../../../server/runs/apply.ts";
import { surveyStage } from "../../../server/runs/dry-stage.ts";
import { stageSession } from "../../../server/runs/stage-session.ts";
import { distillStage } from "../../../server/stages/distill.ts";
import { sampleStage } from "../../../server/stages/sample.ts";
import { badKey, startAnthropicDouble } from "../../doubles/anthropic.ts";
import type { Double } from "../../doubles/http-double.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { answer } from "../../doubles/teacher-answer.ts";
import { sizedExample } from "./sized-examples.ts";

const examples = 150;
/** Of those, how many ask what an earlier one asks. */
const repeats = 10;

let folder: string;
let claude: Double;
let local: Double;
let configuration: Configuration;
const { signal } = new AbortController();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-dry-"));
  claude = await startAnthropicDouble({ answer });
  local = await startOpenAiDouble({ answer });
  const prices = { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25, asOf: "2026-10-01" };
  const models = {
    claude: { provider: "anthropic", model: "claude-opus-5", baseUrl: claude.url, prices },
    local: {
      ...{ provider: "openai", model: "m", revision: "1", baseUrl: `${local.url}/v1`, prices },
      limits: { choicesPerRequest: 4 },
    },
    limited: {
      ...{ provider: "openai", model: "l", revision: "1", baseUrl: `${local.url}/v1`, prices },
      limits: { requestsPerMinute: 50, inputTokensPerMinute: 10_000_000 },
    },
    unpriced: { provider: "openai", model: "n", revision: "1", baseUrl: `${local.url}/v1` },
  };
  await writeFile(join(folder, "stillpoint.yaml"), JSON.stringify({ models }));
  configuration = loadConfiguration({ dataDir: folder, configFile: undefined, env: {} });
  const lines = Array.from({ length: examples }, (_, n) => JSON.stringify(sizedExample(n, examples - repeats)));
  await writeFile(join(folder, "in.jsonl"), `${lines.join("\n")}\n`);
});
afterEach(async () => {
  await claude.close();
  await local.close();
  await rm(folder, { recursive: true, force: true });
});

let env: { ANTHROPIC_API_KEY: string; OPENAI_API_KEY: string };
beforeEach(() => {
  env = { ANTHROPIC_API_KEY: "sk-good", OPENAI_API_KEY: "sk-good" };
});
const stages = { distill: distillStage, sample: sampleStage } as const;
type Asked = { readonly name: keyof typeof stages; readonly options: Record<string, unknown> };

const open = () => {
  const path = join(folder, "in.jsonl");
  const copies = { path: `${path}.rejected`, shown: "rejected" };
  return openExamples({
    from: { path },
    name: "in.jsonl",
    rejected: new RejectedLines("in.jsonl", copies, fail),
    signal,
  });
};
function fail(sentence: string): void {
  throw new Error(sentence);
}

async function survey({ name, options }: Asked, warn: (sentence: string) => void = fail) {
  const stage = stages[name];
  const inputs = await open();
  try {
    const given = stage.options.parse(options) as never;
    const where = { configuration, dataDir: folder, env, signal, warn, onLine: () => undefined };
    return await surveyStage<never>({ ...where, stage: stage as never, options: given, inputs, selection: {} });
  } finally {
    await inputs.close();
  }
}

/** Asks for real; what it cost. */
async function buy({ name, options }: Asked, selection: Selection = {}): Promise<number> {
  const stage = stages[name];
  const silent = () => undefined;
  const session = stageSession({ configuration, dataDir: folder, env, signal, log: silent, warn: silent });
  const inputs = await open();
  try {
    const output = streamOutput(new Writable({ write: (_chunk, _encoding, done) => done() }), "nowhere");
    const given = stage.options.parse(options) as never;
    await applyStage<never>({
      stage: stage as never,
      options: given,
      context: session.context,
      inputs,
      output,
      selection,
    });
    return session.takeUses().reduce((sum, { cost }) => sum + (cost?.costUsd ?? 0), 0);
  } finally {
    await inputs.close();
    await session.close();
  }
}

describe("a dry run", () => {
  it.each<[string, Asked]>([
    ["a Claude teacher", { name: "distill", options: { model: "claude" } }],
    ["a teacher behind chat completions", { name: "distill", options: { model: "local" } }],
    ["a student, several answers a request", { name: "sample", options: { model: "local", samples: 10 } }],
  ])("comes within a tenth of what %s then costs, once it has seen some answers", async (_which, asked) => {
    await buy(asked, { limit: 25 });
    const [dry, ...others] = await survey(asked);
    expect(others).toEqual([]);
    const cost = await buy(asked);
    const { low, expected, high } = dry?.estimate?.usd ?? { low: 0, expected: 0, high: 0 };
    expect(Math.abs(expected - cost)).toBeLessThan(0.1 * cost);
    expect([low < cost, cost < high]).toEqual([true, true]);
    expect((dry?.requestsMs ?? 0) > 0).toBe(true);
  });

  it("knows a Claude prompt's tokens by the vendor's counter, asked of a few, and buys nothing", async () => {
    const asked: Asked = { name: "distill", options: { model: "claude" } };
    const [dry] = await survey(asked);
    expect(claude.counts().requests).toBe(0);
    expect(claude.counted).toHaveLength(16);
    expect(dry?.estimate).toMatchObject({ input: "counter", output: "guess" });
    const cost = await buy(asked);
    const { low, high } = dry?.estimate?.usd ?? { low: 0, high: 0 };
    expect([low < cost, cost < high]).toEqual([true, true]);
  });

  it("says so where the counter cannot be asked, and goes by the size", async () => {
    const told: string[] = [];
    env.ANTHROPIC_API_KEY = badKey;
    const [dry] = await survey({ name: "distill", options: { model: "claude" } }, (said) => {
      told.push(said);
    });
    expect(dry?.estimate?.input).toBe("bytes");
    expect(told.join()).toContain("its tokens cannot be counted");
  });

  it("counts what is in the cache as free, and what two examples ask only once: exactly what is then bought", async () => {
    const asked: Asked = { name: "sample", options: { model: "local", samples: 6 } };
    await buy(asked, { limit: 30 });
    const before = local.counts();
    const [dry] = await survey(asked);
    expect(local.counts()).toEqual(before);
    await buy(asked);
    const after = local.counts();
    expect(dry?.figures.toBuy).toBe(after.bought - before.bought);
    expect(dry?.figures.requests).toBe(after.requests - before.requests);
    expect(dry?.figures).toMatchObject({ wanted: examples * 6, cached: (30 + repeats) * 6, examples: 110 });
    const [again] = await survey(asked);
    expect(again?.figures).toMatchObject({ toBuy: 0, cached: examples * 6 });
    expect(again?.estimate?.usd).toEqual({ low: 0, expected: 0, high: 0 });
  });

  it("takes as long as the configuration's rate limits make it", async () => {
    const [dry] = await survey({ name: "distill", options: { model: "limited" } });
    expect(dry?.requestsMs).toBe(((examples - repeats) / 50) * 60_000);
  });

  it("leaves nothing behind in the cache", async () => {
    const asked: Asked = { name: "distill", options: { model: "local" } };
    await survey(asked);
    expect(await buy(asked)).toBeGreaterThan(0);
    expect(local.counts().bought).toBe(examples - repeats);
  });

  it("is refused where a model has no price", async () => {
    await expect(survey({ name: "distill", options: { model: "unpriced" } })).rejects.toThrow(ConfigurationError);
    expect(await survey({ name: "distill", options: { model: "builtin" } })).toEqual([]);
  });
});
