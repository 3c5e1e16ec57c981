/** `--dry-run` and `--compare` of a stage's command, as a person sees them. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../../server/cli/program.ts";
import type { Double } from "../../doubles/http-double.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { answer } from "../../doubles/teacher-answer.ts";
import { makeExample } from "../jsonl/examples.ts";
import { fakeProcess } from "./harness.ts";

let cwd: string;
let double: Double;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "stillpoint-dry-run-"));
  double = await startOpenAiDouble({ answer });
  const model = { provider: "openai", model: "m", baseUrl: `${double.url}/v1` };
  const prices = { input: 1, output: 4, cacheRead: 1, cacheWrite: 1, asOf: "2026-10-01" };
  const models = {
    cheap: { ...model, revision: "cheap", prices },
    dear: { ...model, revision: "dear", prices: { ...prices, input: 10, output: 40 } },
    unpriced: { ...model, revision: "other" },
  };
  await writeFile(join(cwd, "stillpoint.yaml"), JSON.stringify({ models }));
  const examples = Array.from({ length: 30 }, (_, n) => ({ ...makeExample(n), redaction: { version: 1, counts: {} } }));
  const lines = examples.map((example, n) => JSON.stringify(example).replaceAll("b = 0", `b = ${"o".repeat(n + 1)}`));
  await writeFile(join(cwd, "in.jsonl"), `${lines.map(withRegion).join("\n")}\n`);
});
afterEach(async () => {
  await double.close();
  await rm(cwd, { recursive: true, force: true });
});

/** The region ends where the text does. */
function withRegion(line: string): string {
  const example = JSON.parse(line);
  const { snapshot } = example;
  return JSON.stringify({
    ...example,
    snapshot: { ...snapshot, editable: { start: snapshot.editable.start, end: snapshot.excerpt.text.length } },
  });
}

async function stillpoint(...args: string[]) {
  const process = fakeProcess({ cwd, env: { OPENAI_API_KEY: "sk-good" } });
  const exitCode = await runProgram(["--config", "stillpoint.yaml", ...args], process);
  return { exitCode, out: process.out(), err: process.err() };
}

describe("a stage's dry run", () => {
  it("says what would be bought and what that costs, and asks nobody and writes nothing", async () => {
    const { exitCode, out } = await stillpoint(
      "distill",
      "-i",
      "in.jsonl",
      "--model",
      "cheap",
      "--dry-run",
      "-o",
      "out",
    );
    expect(exitCode).toBe(0);
    const [head, row, , ...notes] = out.split("\n");
    expect(head).toMatch(/^ +to buy +cached +low +expected +high +each +per 10,000 +time$/u);
    expect(row).toMatch(/^openai:m@cheap +30 +0 +(?:\$[\d.]+ +){5}\?$/u);
    expect(notes.join(" ")).toContain("Prices of 2026-10-01, for live requests.");
    expect(notes.join(" ")).toContain("Nothing was bought.");
    expect(double.log).toEqual([]);
    expect((await readdir(cwd)).sort()).toEqual(["in.jsonl", "stillpoint.yaml"]);
  });

  it("knows what the cache holds, and how long requests take", async () => {
    await stillpoint("distill", "-i", "in.jsonl", "--model", "cheap", "--limit", "12");
    const { out } = await stillpoint("distill", "-i", "in.jsonl", "--model", "cheap", "--dry-run");
    expect(out).toMatch(/\nopenai:m@cheap +18 +12 .* \d+ s\n/u);
    expect(out.replace(/\s+/gu, " ")).toContain(
      "input by what answers in the cache took; output by the lengths of answers",
    );
    expect(double.log).toHaveLength(12);
  });

  it("compares models in one table, also of a pipe", async () => {
    const piped = await readFile(join(cwd, "in.jsonl"), "utf8");
    const process = fakeProcess({ cwd, input: piped, env: { OPENAI_API_KEY: "sk-good" } });
    await runProgram(["distill", "--config", "stillpoint.yaml", "--compare", "cheap,dear,builtin"], process);
    const out = process.out();
    const expected = (name: string) =>
      Number(new RegExp(`\\n${name} +30 +0 +\\$[\\d.]+ +\\$(?<usd>[\\d.]+)`, "u").exec(out)?.groups?.["usd"]);
    expect(expected("dear") / expected("cheap")).toBeGreaterThan(9);
    expect(out).toMatch(/\nbuiltin +0 +0 +\$0\.00/u);
  });

  it("is refused where a model has no price, and says what to write where", async () => {
    const { exitCode, err } = await stillpoint("distill", "-i", "in.jsonl", "--model", "unpriced", "--dry-run");
    expect(exitCode).toBe(2);
    expect(err).toContain("A dry run needs to know what openai:m@other costs");
    const budget = await stillpoint("distill", "-i", "in.jsonl", "--model", "unpriced", "--budget", "1");
    expect([budget.exitCode, double.log.length]).toEqual([2, 0]);
    expect(budget.err).toContain("A budget needs to know");
  });

  it("ends with code 5 at a budget, with what was bought kept in the output and the cache", async () => {
    const args = ["distill", "-i", "in.jsonl", "--model", "dear", "--concurrency", "2", "-o", "out.jsonl"];
    const stopped = await stillpoint(...args, "--budget", "0.05");
    expect([stopped.exitCode, stopped.out]).toEqual([5, ""]);
    expect(stopped.err).toMatch(/the budget of \$0\.05 is reached: \$0\.\d+ were spent/u);
    const before = double.counts().bought;
    expect(before).toBeLessThan(30);
    const whole = await stillpoint(...args);
    expect(whole.exitCode).toBe(0);
    expect(whole.err).toMatch(/of an interrupted run kept; .*\n.*cost \$\d/u);
    expect(double.counts()).toMatchObject({ bought: 30, distinctBought: 30 });
  });

  it("takes no budget that is none", async () => {
    for (const budget of ["0", "-1", "much", "1e3"]) {
      expect((await stillpoint("distill", "--budget", budget)).exitCode).toBe(2);
    }
  });
});

describe("a task's dry run", () => {
  const stages = ["redact", { distill: { model: "teacher" } }, "score", { repair: { model: "teacher" } }];
  const task = {
    name: "small",
    kind: "distillation",
    input: { file: "in.jsonl" },
    models: { teacher: "cheap" },
    stages,
  };
  beforeEach(() => writeFile(join(cwd, "task.yaml"), JSON.stringify(task)));

  it("plans stage by stage, by --plan", async () => {
    const { exitCode, out } = await stillpoint("run", "task.yaml", "--plan");
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^redact +30 +anew$/mu);
    expect(out).toMatch(/^distill +30 +anew +openai:m@cheap +30 +0$/mu);
    expect(out).toMatch(/^repair +30 +anew +openai:m@cheap +≤ 30 +0$/mu);
    await stillpoint("run", "task.yaml", "--quiet");
    const again = await stillpoint("run", "task.yaml", "--plan");
    expect(again.out).toMatch(/^distill +30 +as it is$/mu);
    expect(double.log).toHaveLength(30);
  });

  it("adds up what the stages cost, by --dry-run", async () => {
    const { out } = await stillpoint("run", "task.yaml", "--dry-run");
    expect(out).toMatch(/^distill, openai:m@cheap +30 +0 +\$/mu);
    expect(out).toMatch(/^repair, openai:m@cheap +≤ 30 +0 +\$0\.00 +\$/mu);
    expect(out).toMatch(/^all +≤ 60 +0 +\$/mu);
    expect(double.log).toEqual([]);
  });

  it("takes each model for the teacher, by --compare", async () => {
    const { out } = await stillpoint("run", "task.yaml", "--compare", "cheap,dear,builtin");
    expect(out.split("\n").map((line) => /^\w+/u.exec(line)?.[0])).toEqual(
      expect.arrayContaining(["cheap", "dear", "builtin"]),
    );
    expect(double.log).toEqual([]);
  });

  it("ends with code 5 at its budget, which the command line may set", async () => {
    await writeFile(join(cwd, "task.yaml"), JSON.stringify({ ...task, models: { teacher: "dear" }, budget: 100 }));
    const { exitCode, err } = await stillpoint("run", "task.yaml", "--budget", "0.05");
    expect(exitCode).toBe(5);
    expect(err).toMatch(/budget of \$0\.05 is reached.*Started again, the run goes on/su);
    const whole = await stillpoint("run", "task.yaml");
    expect(whole.exitCode).toBe(0);
    expect(whole.out).toMatch(
      /^cost \$\d.* for each example left; the cache saved \$0\.00 \(prices of 2026-10-01\)$/mu,
    );
    expect(double.counts()).toMatchObject({ bought: 30, distinctBought: 30 });
  });
});

describe("an evaluation", () => {
  it("says what it cost, and stops at a budget", async () => {
    const args = ["eval", "-i", "in.jsonl", "--splits", "train", "--model", "dear"];
    const stopped = await stillpoint(...args, "--budget", "0.05");
    expect([stopped.exitCode, stopped.out]).toEqual([5, ""]);
    expect(double.counts().bought).toBeLessThan(30);
    expect((await stillpoint(...args)).err).toMatch(/eval: cost \$\d.* for each example; the cache saved \$0\.\d/u);
    expect(double.counts()).toMatchObject({ bought: 30, distinctBought: 30 });
  });
});
