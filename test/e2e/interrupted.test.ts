/** Ctrl-C in the middle of paying, and a second command in the same place. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Double as ModelDouble } from "../doubles/http-double.ts";
import { startOpenAiDouble } from "../doubles/openai.ts";
import { answer } from "../doubles/teacher-answer.ts";
import { exampleLines } from "../server/jsonl/examples.ts";
import type { Killable } from "./command.ts";
import { startKillable, stillpoint } from "./command.ts";

let cwd: string;
let double: ModelDouble;
/** Resolves when the double has answered for the first time; by then the next request waits. */
let asked: PromiseWithResolvers<void>;
let releasing: NodeJS.Timeout | undefined;

const task = `name: held
kind: distillation
input: { file: in.jsonl }
concurrency: 1
models: { teacher: builtin }
stages:
  - distill: { model: teacher }
`;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "stillpoint-interrupted-"));
  // Each asks something else, or one answer would do for all.
  const lines = exampleLines(4).split("\n").filter(Boolean);
  const distinct = lines.map((line, n) => line.replaceAll("const a = 1;", `const a = ${n};`));
  await writeFile(join(cwd, "in.jsonl"), `${distinct.join("\n")}\n`);
  await writeFile(join(cwd, "task.yaml"), task);
  asked = Promise.withResolvers();
  double = await startOpenAiDouble({
    answer(request) {
      double.plan({ fault: { kind: "held" }, times: 1 });
      asked.resolve();
      return answer(request);
    },
  });
});
afterEach(async () => {
  clearInterval(releasing);
  await double.close();
  await rm(cwd, { recursive: true, force: true });
});

const teacher = () => `openai:double@${double.url}/v1`;
const runArgs = () => ["run", "task.yaml", "--teacher", teacher()];
const stageArgs = () => ["distill", "-i", "in.jsonl", "-o", "out.jsonl", "--model", teacher(), "--concurrency", "1"];

async function startedAndHeld(args: string[]): Promise<Killable> {
  const command = startKillable(args, { cwd });
  await asked.promise;
  return command;
}

/**
 * From here on every answer comes. Again and again, since the plan to hold one may not have met its request: whoever
 * was interrupted early has never sent it.
 */
function letGo(): void {
  double.plan = () => undefined;
  releasing = setInterval(() => double.release(), 10);
}

describe("a command that is interrupted", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends at %s with %i, and the same command goes on without paying again", async (signal, exitCode) => {
    const run = await startedAndHeld(runArgs());
    run.kill(signal);
    const ended = await run.ended;
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.err).toContain("stillpoint: interrupted; the same command goes on from here\n");
    letGo();
    expect((await stillpoint(runArgs(), { cwd })).exitCode).toBe(0);
    // Four were needed; one was under way.
    expect(double.counts().requests).toBeLessThanOrEqual(4 + 1);
    const lines = await readFile(join(cwd, ".stillpoint", "runs", "held", "01-distill.jsonl"), "utf8");
    expect(lines.split("\n")).toHaveLength(5);
  });
});

describe("a command that waits for its input", () => {
  it.each([["stats"], ["split"]])("ends at once when it is interrupted: %s", async (command) => {
    const waiting = startKillable([command], { cwd });
    waiting.input.write(`nonsense\n${exampleLines(1)}`);
    // Those that read twice copy their input first, and say nothing of it: they have come so far when the copy is there.
    const copied = () => existsSync(join(cwd, ".stillpoint", "spool"));
    if (command === "split") await vi.waitUntil(copied, { timeout: 30_000 });
    else await waiting.spoken;
    // As from a terminal under npm, which hands on what the command has got already.
    waiting.kill("SIGINT");
    waiting.kill("SIGTERM");
    const { exitCode, err } = await waiting.ended;
    expect(err).toContain("stillpoint: interrupted; the same command goes on from here\n");
    expect([130, 143]).toContain(exitCode);
  });
});

describe("a second command in the same place", () => {
  it.each([
    ["a run", runArgs, "the run held"],
    ["a stage", stageArgs, "out.jsonl"],
  ])("is refused while %s is under way, with the process named", async (_what, args, shown) => {
    const first = await startedAndHeld(args());
    const second = await stillpoint(args(), { cwd });
    expect(second.exitCode).toBe(1);
    expect(second.err).toContain(`stillpoint: ${shown} is being written by process ${first.pid};`);
    // Killed without a chance to give the lock back, it stands in nobody's way.
    first.kill();
    await first.ended;
    letGo();
    expect((await stillpoint(args(), { cwd })).exitCode).toBe(0);
  });
});
