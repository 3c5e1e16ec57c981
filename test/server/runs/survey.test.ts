/** What a plan and a dry run say of a whole task, held against what the run then does. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Configuration } from "../../../server/configuration/configuration.ts";
import { loadConfiguration } from "../../../server/configuration/configuration.ts";
import { ConfigurationError } from "../../../server/errors.ts";
import type { RunResult } from "../../../server/runs/run.ts";
import { runTask } from "../../../server/runs/run.ts";
import type { SurveyedStage } from "../../../server/runs/survey.ts";
import { surveyTask } from "../../../server/runs/survey.ts";
import type { Task } from "../../../server/runs/task-file.ts";
import { checkTask } from "../../../server/runs/task-file.ts";
import { startAnthropicDouble } from "../../doubles/anthropic.ts";
import type { Double } from "../../doubles/http-double.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { answer } from "../../doubles/teacher-answer.ts";
import { sizedExample } from "./sized-examples.ts";

const examples = 100;
const repeats = 5;

let folder: string;
let claude: Double;
let student: Double;
let configuration: Configuration;
const { signal } = new AbortController();
const env = { ANTHROPIC_API_KEY: "sk-good", OPENAI_API_KEY: "sk-good" };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-survey-"));
  claude = await startAnthropicDouble({ answer });
  student = await startOpenAiDouble({ answer });
  const prices = { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25, asOf: "2026-10-01" };
  const local = { provider: "openai", model: "m", revision: "1", baseUrl: `${student.url}/v1` };
  const models = {
    claude: { provider: "anthropic", model: "claude-opus-5", baseUrl: claude.url, prices },
    student: { ...local, prices: { ...prices, input: 1, output: 4 } },
    unpriced: { ...local, revision: "2" },
  };
  await writeFile(join(folder, "stillpoint.yaml"), JSON.stringify({ models }));
  configuration = loadConfiguration({ dataDir: folder, configFile: undefined, env: {} });
});
afterEach(async () => {
  await claude.close();
  await student.close();
  await rm(folder, { recursive: true, force: true });
});

const wholeLine = [
  "redact",
  { distill: { model: "teacher" } },
  "score",
  { repair: { model: "teacher" } },
  { sample: { model: "student", samples: 4 } },
  "settle",
  "expect",
];

async function taskOf(stages: unknown[] = wholeLine, count = examples, teacher = "claude"): Promise<Task> {
  const lines = Array.from({ length: count }, (_, n) => JSON.stringify(sizedExample(n, examples - repeats)));
  await writeFile(join(folder, "in.jsonl"), `${lines.join("\n")}\n`);
  const written = {
    ...{ name: "surveyed", kind: "distillation", input: { file: "in.jsonl" }, stages },
    models: { teacher, student: "student" },
  };
  const checked = await checkTask(written, folder);
  if (!checked.ok) throw new Error(checked.problems.join(" "));
  return checked.value;
}

function survey(task: Task, money: "priced" | "none" = "none"): Promise<SurveyedStage[]> {
  const warn = (sentence: string) => {
    throw new Error(sentence);
  };
  return surveyTask({ task, configuration, dataDir: folder, env, signal, warn, money, onLine: () => undefined });
}

function run(task: Task): Promise<RunResult> {
  return runTask({
    ...{ task, configuration, dataDir: folder, env, signal },
    warn: () => undefined,
    now: () => new Date("2026-01-31T09:05:00.000Z"),
    observer: { begin: () => undefined, line: () => undefined, end: () => undefined },
  });
}

const toBuy = (stages: readonly SurveyedStage[]) =>
  stages.flatMap(({ asks }) => asks.map(({ stage, share, figures }) => [stage, share.low === 1, figures.toBuy]));

describe("a plan", () => {
  it("says what would be made and bought, which is what is then made and bought, and changes nothing", async () => {
    const task = await taskOf();
    const stages = await survey(task);
    expect(stages.map(({ reused, lines }) => [reused, lines])).toEqual(Array(7).fill([false, examples]));
    const distinct = examples - repeats;
    // How many answers are repaired nobody knows before there is one.
    expect(toBuy(stages)).toEqual([
      ["distill", true, distinct],
      ["repair", false, examples],
      ["sample", true, distinct * 4],
    ]);
    expect((await readdir(folder)).sort()).toEqual([".gitignore", "in.jsonl", "spool", "stillpoint.yaml"]);
    expect(await readdir(join(folder, "spool"))).toEqual([]);
    expect([claude.log, claude.counted, student.log]).toEqual([[], [], []]);
    await run(task);
    expect([claude.counts().bought, student.counts().bought]).toEqual([distinct, distinct * 4]);
  });

  it("knows what is still good, and what of the rest the cache holds", async () => {
    await run(await taskOf());
    expect((await survey(await taskOf())).every(({ reused }) => reused)).toBe(true);
    const settled = wholeLine.map((stage) => (stage === "settle" ? { settle: { noiseAbove: 0.5 } } : stage));
    const other = await survey(await taskOf(settled));
    expect(other.map(({ stage, reused }) => (reused ? stage : `${stage} anew`))).toEqual([
      ...["redact", "distill", "score", "repair", "sample", "settle anew", "expect anew"],
    ]);
    const [, distill, , repair] = await survey(await taskOf(wholeLine, examples + 1));
    // The new one asks what another has asked.
    expect(distill).toMatchObject({ reused: false, lines: examples + 1 });
    expect(distill?.asks[0]?.figures).toMatchObject({ wanted: examples + 1, cached: examples + 1, toBuy: 0 });
    expect(repair?.asks).toEqual([]);
  });

  it("counts what is asked behind an answer that nobody has yet, whatever becomes of the example", async () => {
    // In the place of samples that are not there stands the region as it is, which would be noise.
    const stages = [{ sample: { model: "student", samples: 2 } }, "settle", { distill: { model: "teacher" } }];
    expect(toBuy(await survey(await taskOf(stages)))).toEqual([
      ["sample", true, (examples - repeats) * 2],
      ["distill", true, examples - repeats],
    ]);
  });

  it("counts what a judge would be asked about answers that nobody has yet", async () => {
    const judged = [{ distill: { model: "teacher" } }, "score", { qa: { model: "student" } }];
    const distinct = examples - repeats;
    const planned = await survey(await taskOf(judged));
    expect(toBuy(planned)).toEqual([
      ["distill", true, distinct],
      ["qa", true, distinct],
    ]);
  });
});

describe("a dry run of a task", () => {
  it("comes within a tenth of what the run then costs, once it has seen some answers", async () => {
    const some = await run(await taskOf(wholeLine, 25));
    expect(some.uses.length).toBe(2);
    const task = await taskOf();
    const asks = (await survey(task, "priced")).flatMap((stage) => stage.asks);
    const expected = asks.reduce((sum, { estimate, share }) => sum + (estimate?.usd.expected ?? 0) * share.expected, 0);
    const { uses } = await run(task);
    const cost = uses.reduce((sum, use) => sum + (use.cost?.costUsd ?? 0), 0);
    expect(cost).toBeGreaterThan(0.01);
    expect(Math.abs(expected - cost)).toBeLessThan(0.1 * cost);
  });

  it("is refused where a model of any stage has no price, before anything else", async () => {
    const unpriced = { sample: { model: "unpriced", samples: 2 } };
    await expect(survey(await taskOf(["redact", unpriced]), "priced")).rejects.toThrow(ConfigurationError);
    expect(toBuy(await survey(await taskOf(["redact", unpriced])))).toHaveLength(1);
  });
});
