/** What a run costs, what it says of that and where, and where it stops. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfiguration } from "../../../server/configuration/configuration.ts";
import { BudgetReached } from "../../../server/errors.ts";
import { runTask } from "../../../server/runs/run.ts";
import { readTask } from "../../../server/runs/task-file.ts";
import type { Double } from "../../doubles/http-double.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { answer } from "../../doubles/teacher-answer.ts";
import { makeExample } from "../jsonl/examples.ts";

const examples = 20;
const concurrency = 4;
/** US dollars; a request of these costs about two. */
const budget = 15;

let folder: string;
let double: Double;
/** Called as each answer is given. */
let onAnswer: () => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-money-"));
  onAnswer = () => undefined;
  double = await startOpenAiDouble({
    answer(request) {
      onAnswer();
      return answer(request);
    },
  });
  // Each asks something else, but for the last, which asks what the first does.
  const lines = Array.from({ length: examples }, (_, n) =>
    JSON.stringify(makeExample(n)).replaceAll(
      "const a = 1;",
      `const a = ${String.fromCharCode(97 + (n % (examples - 1)))};`,
    ),
  );
  await writeFile(join(folder, "in.jsonl"), `${lines.join("\n")}\n`);
  await writeFile(
    join(folder, "stillpoint.yaml"),
    JSON.stringify({
      models: {
        priced: {
          ...{ provider: "openai", model: "m", revision: "1", baseUrl: `${double.url}/v1` },
          prices: { input: 1_000, output: 4_000, cacheRead: 100, cacheWrite: 1_000, asOf: "2026-10-01" },
        },
      },
    }),
  );
});
afterEach(async () => {
  await double.close();
  await rm(folder, { recursive: true, force: true });
});

async function run({
  budget: limit,
  signal,
  data = "data",
}: {
  budget?: number;
  signal?: AbortSignal;
  data?: string;
} = {}) {
  await writeFile(
    join(folder, "task.yaml"),
    `name: money
kind: distillation
input: { file: in.jsonl }
${limit === undefined ? "" : `budget: ${limit}`}
concurrency: ${concurrency}
stages: [redact, distill: { model: priced }, score, sample: { model: priced, samples: 2 }, expect]
output: { dataset: money, formats: [examples] }
`,
  );
  const dataDir = join(folder, data);
  return runTask({
    task: await readTask(join(folder, "task.yaml"), "task.yaml"),
    configuration: loadConfiguration({ dataDir, configFile: join(folder, "stillpoint.yaml"), env: {} }),
    dataDir,
    env: {},
    signal: signal ?? new AbortController().signal,
    warn: () => undefined,
    now: () => new Date("2026-01-31T09:05:00.000Z"),
    observer: { begin: () => undefined, line: () => undefined, end: () => undefined },
  });
}

const inRun = (name: string, data = "data") => join(folder, data, "runs", "money", name);
const told = async () =>
  (await readFile(inRun("run.progress.jsonl"), "utf8"))
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** What each request of the double's log would put on the bill, in dollars. */
function costs(): number[] {
  const tokens = (text: string) => Math.ceil(text.length / 4);
  return double.log.map(({ body, bought }) => {
    if (bought === 0) return 0;
    const { messages } = body as { messages: { role: string; content: string }[] };
    const prompt = messages.findLast(({ role }) => role === "user")?.content ?? "";
    const said = answer({ system: "", prompt, messages, sample: 0, schema: undefined });
    return (tokens(JSON.stringify(body)) * 1_000 + bought * tokens(said) * 4_000) / 1_000_000;
  });
}

const bill = () => costs().reduce((sum, usd) => sum + usd, 0);
const dearest = () => Math.max(...costs());

describe("what a run cost", () => {
  it("is told by stage in its log, its progress and the dataset's run.json, and is what the vendor's bill says", async () => {
    const { uses, dataset } = await run();
    const total = uses.reduce((sum, { cost }) => sum + (cost?.costUsd ?? 0), 0);
    expect(total).toBeCloseTo(bill(), 6);
    expect(uses.map(({ requests, cached }) => [requests, cached])).toEqual([
      [examples - 1, 1],
      // The first sample of each is the teacher's answer.
      [examples - 1, examples + 2 - 1],
    ]);
    const ended = (await told()).at(-1);
    expect(ended).toMatchObject({ type: "ended", asked: { requests: 38, costUsd: total } });
    expect(ended.asked.savedUsd).toBeGreaterThan(0);
    const done = (await told()).find(({ type, stage }) => type === "stage-done" && stage === "distill");
    expect(done.asked).toMatchObject({ requests: 19, cached: 1, failures: {}, costUsd: uses[0]?.cost?.costUsd });
    const log = await readFile(inRun("run.log.jsonl"), "utf8");
    expect(log).toMatch(
      /"stage":"distill","reason":"asked","detail":"openai:m@1: 19 requests, 1 answers from the cache, \$/u,
    );
    const record = JSON.parse(await readFile(join(dataset?.folder ?? "", "run.json"), "utf8"));
    expect(record.asked).toMatchObject({ costUsd: total, costUsdPerExampleLeft: total / examples });
    expect(record.asked.stages[0]).toMatchObject({ stage: "distill", cost: { pricesAsOf: "2026-10-01" } });
  });

  it("stands in no example, no manifest and no file of the dataset but run.json", async () => {
    await run();
    const root = join(folder, "data");
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || /^(?:run\.|cache\.db)/u.test(entry.name)) continue;
      const text = await readFile(join(entry.parentPath, entry.name), "utf8");
      expect(text, entry.name).not.toMatch(/usd|prices|2026-10-01/iu);
    }
  });
});

describe("a run with a budget", () => {
  it("stops there, says how to go on, and started again goes on to the very files of a run without one", async () => {
    const stops: unknown[] = [];
    let before = 0;
    for (;;) {
      const outcome = await run({ budget }).catch((error: unknown) => error);
      expect(bill() - before).toBeLessThan(budget + concurrency * dearest());
      before = bill();
      if (!(outcome instanceof Error)) break;
      expect(outcome).toBeInstanceOf(BudgetReached);
      stops.push(outcome);
      const { asked } = (await told()).at(-2);
      expect(asked.costUsd).toBeGreaterThan(0);
      expect((await told()).at(-1)).toMatchObject({ type: "ended", state: "failed", sentence: outcome.message });
      expect(outcome.message).toMatch(/\$15\.00 is reached: .* Started again, the run goes on .* --budget USD/u);
    }
    expect(stops.length).toBeGreaterThan(1);
    const bought = double.counts().bought;
    await run({ data: "whole" });
    expect(double.counts().bought).toBe(2 * bought);
    for (const name of ["02-distill.jsonl", "04-sample.jsonl", "05-expect.jsonl"]) {
      expect(await readFile(inRun(name), "utf8")).toBe(await readFile(inRun(name, "whole"), "utf8"));
    }
  });

  it("gets no more by being interrupted, but all of it anew when it has ended", async () => {
    const stop = new AbortController();
    let answers = 0;
    onAnswer = () => {
      if (++answers === 4) stop.abort(new Error("interrupted"));
    };
    await expect(run({ budget, signal: stop.signal })).rejects.toThrow("interrupted");
    const spent = Number(await readFile(inRun("spent"), "utf8"));
    expect(spent).toBeGreaterThan(0);
    const before = double.counts().bought;
    await expect(run({ budget })).rejects.toThrow(BudgetReached);
    expect(double.counts().bought - before).toBeGreaterThan(0);
    // Both attempts together: what was under way when each of them ended comes on top.
    expect(bill()).toBeLessThan(budget + 2 * concurrency * dearest());
    await expect(readFile(inRun("spent"))).rejects.toThrow("ENOENT");
  });
});
