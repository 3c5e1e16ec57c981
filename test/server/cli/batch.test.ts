/** Stages whose answers are bought in batches, as commands. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../../server/cli/program.ts";
import type { Example } from "../../../shared/records/example.ts";
import { startBatchesDouble } from "../../doubles/anthropic.ts";
import { answer } from "../../doubles/teacher-answer.ts";
import { afterwards } from "../models/support.ts";
import { exampleOf } from "../stages/examples.ts";
import { fakeProcess } from "./harness.ts";

let folder: string;
let double: Awaited<ReturnType<typeof startBatchesDouble>>;

const given = Array.from({ length: 5 }, (_, n) => exampleOf(`one${n}();\n`, null, {}, n));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-batch-"));
  afterwards(() => rm(folder, { recursive: true, force: true }));
  const verdict = JSON.stringify({ reasoning: "It goes on.", reverts: false, confidence: 5 });
  double = await startBatchesDouble({ answer: (asked) => (asked.schema === undefined ? answer(asked) : verdict) });
  afterwards(() => double.close());
  await writeFile(join(folder, "in.jsonl"), given.map((example) => `${JSON.stringify(example)}\n`).join(""));
  await writeFile(
    join(folder, "stillpoint.yaml"),
    `models:
  teacher:
    provider: anthropic
    model: claude-opus-5
    limits: { requestsPerBatch: 3 }
    prices: { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25, asOf: 2026-10-01 }
`,
  );
});

async function stillpoint(...args: string[]) {
  const env = { LANG: "C.UTF-8", ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: double.url };
  const process = fakeProcess({ cwd: folder, env });
  const exitCode = await runProgram(["--config", "stillpoint.yaml", ...args], process);
  return { exitCode, err: process.err() };
}

const distill = (output: string, ...flags: string[]) =>
  stillpoint("distill", "--model", "teacher", "-i", "in.jsonl", "-o", output, ...flags);

async function examplesIn(file: string): Promise<Example[]> {
  const lines = (await readFile(join(folder, file), "utf8")).split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Example);
}

const costOfEach = (text: string) => Number(/\$([\d.]+) for each example left/u.exec(text)?.[1]);

describe("distill --batch", () => {
  it("buys every answer in batches, and writes what it would write without", async () => {
    const { exitCode, err } = await distill("batch.jsonl", "--batch", "--wait");
    expect(err).toContain("distill: 5 examples");
    expect(exitCode).toBe(0);
    expect(double.batches.made.map(({ requests }) => requests.length)).toEqual([3, 2]);
    expect(double.batches.bill()).toEqual({ bought: 5, distinct: 5 });
    // None was asked one by one.
    expect(double.log).toEqual([]);
    const texts = (examples: Example[]) => examples.map(({ teacher }) => teacher?.predictions[0]?.text);
    const bought = texts(await examplesIn("batch.jsonl"));
    await rm(join(folder, ".stillpoint"), { recursive: true });
    await distill("live.jsonl");
    expect(double.log.length).toBe(5);
    expect(bought).toEqual(texts(await examplesIn("live.jsonl")));
  });

  it("costs half, and is not told of as saved by the cache", async () => {
    const batch = await distill("batch.jsonl", "--batch", "--wait");
    expect(batch.err).toContain("5 requests, 0 from the cache");
    expect(batch.err).toContain("the cache saved $0.00");
    await rm(join(folder, ".stillpoint"), { recursive: true });
    const live = await distill("live.jsonl");
    const usage = (await examplesIn("batch.jsonl")).map(({ teacher }) => teacher?.predictions[0]?.usage);
    expect(usage.every((each) => (each?.outputTokens ?? 0) > 0)).toBe(true);
    // The double counts a few tokens more for the prompt's part that is cached.
    const ratio = costOfEach(batch.err) / costOfEach(live.err);
    expect(ratio).toBeGreaterThan(0.45);
    expect(ratio).toBeLessThan(0.55);
  });

  it("without --wait sends, says how to go on, and goes on by the same command", async () => {
    double.batches.held = true;
    const sent = await distill("out.jsonl", "--batch");
    expect(sent.exitCode).toBe(6);
    expect(sent.err).toContain(
      "distill: 2 batches with 5 requests under way, within a day. The same command goes on later",
    );
    const early = await distill("out.jsonl", "--batch");
    expect(early.exitCode).toBe(6);
    expect(early.err).toContain("distill: 5 requests in 2 batches under way\n");
    double.batches.held = false;
    expect((await distill("out.jsonl", "--batch")).exitCode).toBe(0);
    expect(await examplesIn("out.jsonl")).toHaveLength(5);
    expect(double.batches.bill()).toEqual({ bought: 5, distinct: 5 });
    expect(double.log).toEqual([]);
  });

  it("asks again, in a batch of its own, for what came and is no answer", async () => {
    double.batches.failItem("refusal", 1, "one3");
    expect((await distill("out.jsonl", "--batch", "--wait")).exitCode).toBe(0);
    expect(double.batches.made.map(({ requests }) => requests.length)).toEqual([3, 2, 1]);
    expect((await examplesIn("out.jsonl")).map(({ teacher }) => teacher?.predictions[0]?.error)).toEqual(
      given.map(() => undefined),
    );
  });

  it("ends with a failure of the example whose answers are none three times, and buys no more of them", async () => {
    double.batches.failItem("refusal", 99, "one3");
    expect((await distill("out.jsonl", "--batch", "--wait")).exitCode).toBe(0);
    expect(double.batches.bill()).toEqual({ bought: 7, distinct: 5 });
    expect((await examplesIn("out.jsonl"))[3]?.teacher?.predictions[0]?.error).toBe("refusal");
    expect(double.log).toEqual([]);
    // Asked again once, where that is wanted.
    await distill("again.jsonl", "--batch", "--wait", "--retry-failed");
    expect(double.batches.bill().bought).toBe(8);
    expect(double.log).toEqual([]);
  });

  it("refuses what it cannot do", async () => {
    expect(await distill("out.jsonl", "--wait")).toMatchObject({ exitCode: 2 });
    expect((await distill("out.jsonl", "--batch", "--budget", "1")).err).toContain("--budget counts what comes");
    const other = await stillpoint("distill", "-i", "in.jsonl", "--batch");
    expect(other).toMatchObject({ exitCode: 2 });
    expect(other.err).toContain("--batch buys from the provider anthropic, and builtin is none of its models");
    expect(double.batches.made).toEqual([]);
  });
});

describe("qa --batch", () => {
  it("buys a judge's answers likewise", async () => {
    await distill("taught.jsonl", "--batch", "--wait");
    const made = double.batches.made.length;
    const flags = ["--model", "teacher", "--batch", "--wait"];
    const { exitCode, err } = await stillpoint("qa", "-i", "taught.jsonl", "-o", "judged.jsonl", ...flags);
    expect(exitCode, err).toBe(0);
    expect(double.batches.made.length).toBeGreaterThan(made);
    expect(double.log).toEqual([]);
    expect((await examplesIn("judged.jsonl")).some(({ qa }) => Object.values(qa ?? {})[0]?.confidence === 5)).toBe(
      true,
    );
  });
});

describe("run --batch", () => {
  const task = (more = "") => `name: batched
kind: distillation
models: { teacher: teacher }
input: { file: in.jsonl }
${more}
stages: [distill: { model: teacher }, score, repair: { model: teacher }, expect]
output: { dataset: batched, formats: [examples] }
`;

  it("goes from batch to batch, and makes what a run makes", async () => {
    await writeFile(join(folder, "task.yaml"), task());
    double.batches.held = true;
    const sent = await stillpoint("run", "task.yaml", "--batch");
    expect(sent.exitCode, sent.err).toBe(6);
    expect(sent.err).toContain("5 requests under way");
    double.batches.held = false;
    const done = await stillpoint("run", "task.yaml", "--batch", "--wait");
    expect(done.exitCode, done.err).toBe(0);
    expect(double.log).toEqual([]);
    const { bought, distinct } = double.batches.bill();
    expect(bought).toBe(distinct);
    const made = await readFile(join(folder, ".stillpoint", "runs", "batched", "01-distill.jsonl"), "utf8");
    expect(made.split("\n").filter(Boolean)).toHaveLength(5);
  });

  it("takes no budget", async () => {
    await writeFile(join(folder, "task.yaml"), task("budget: 1"));
    expect((await stillpoint("run", "task.yaml", "--batch")).err).toContain("--budget counts what comes");
  });
});
