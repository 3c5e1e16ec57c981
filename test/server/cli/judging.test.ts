/** The stages that judge, label, rate and filter, as commands. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../../server/cli/program.ts";
import type { Example } from "../../../shared/records/example.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { afterwards } from "../models/support.ts";
import { exampleOf, predictionOf } from "../stages/examples.ts";
import { fakeProcess } from "./harness.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-judging-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function stillpoint(args: string[], examples?: readonly Example[]) {
  if (examples) {
    await writeFile(join(folder, "in.jsonl"), examples.map((example) => `${JSON.stringify(example)}\n`).join(""));
  }
  const process = fakeProcess({ cwd: folder, env: { LANG: "C.UTF-8", OPENAI_API_KEY: "k" } });
  const exitCode = await runProgram(args, process);
  return { exitCode, out: process.out(), err: process.err() };
}

async function examplesIn(file: string): Promise<Example[]> {
  const lines = (await readFile(join(folder, file), "utf8")).split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Example);
}

const region = "one();\n";
const taught = (target: string, n: number) =>
  exampleOf(region, null, { expected: { text: target, from: "settled" } }, n);
const repeats = "x();\n".repeat(5);

describe("stillpoint filter", () => {
  const given = [taught(`${region}two();\n`, 0), taught(repeats, 1), taught(repeats, 2)];

  it("says how many there were, passed and fell out, by reason", async () => {
    const { exitCode, err } = await stillpoint(["filter", "-i", "in.jsonl", "-o", "out.jsonl"], given);
    expect(exitCode).toBe(0);
    expect(err).toContain("filter: 3 in all, 1 passed, 2 dropped: repetition 2\n");
    expect((await examplesIn("out.jsonl")).map(({ dropped }) => dropped?.reason)).toEqual([
      undefined,
      "repetition",
      "repetition",
    ]);
  });

  it("takes every bound as a flag, marks with --flag, and stats shows the marks", async () => {
    const { err } = await stillpoint(["filter", "-i", "in.jsonl", "-o", "out.jsonl", "--flag"], given);
    expect(err).toContain("filter: 3 in all, 1 passed, 2 marked: repetition 2\n");
    expect((await stillpoint(["stats", "out.jsonl"])).out).toMatch(/Marked by filter\nrepetition +2 100%/u);
    const wide = await stillpoint(["filter", "-i", "in.jsonl", "--max-repeats", "5"], given);
    expect(wide.err).toContain("3 passed, 0 dropped");
    const few = await stillpoint(["filter", "-i", "in.jsonl", "--rules", "big,deletes"], given);
    expect(few.err).toContain("3 passed, 0 dropped");
  });

  it("refuses a rule that is none, and names those that are", async () => {
    const { exitCode, err } = await stillpoint(["filter", "-i", "in.jsonl", "--rules", "toxic"], given);
    expect(exitCode).toBe(2);
    expect(err).toContain("--rules");
    expect(err).toContain("unrelated");
  });
});

describe.each(["qa", "rate"])("stillpoint %s", (stage) => {
  it("refuses builtin with exit code 2 before it writes anything", async () => {
    const { exitCode, err } = await stillpoint([stage, "-i", "in.jsonl", "-o", "out.jsonl"], [taught(region, 0)]);
    expect(exitCode).toBe(2);
    expect(err).toContain(`${stage} needs a model that reads and writes, and builtin is none.`);
    await expect(readFile(join(folder, "out.jsonl"))).rejects.toThrow("ENOENT");
  });
});

describe("stillpoint qa", () => {
  it("judges as many as --limit says, and with --only failed those that the judge failed at", async () => {
    const double = await startOpenAiDouble({
      answer: () => JSON.stringify({ reasoning: "It follows.", reverts: false, confidence: 4 }),
    });
    afterwards(() => double.close());
    double.plan({ fault: { kind: "refusal" }, times: 3 });
    const judged = (n: number) =>
      exampleOf(`case${n}();\n`, null, { teacher: { predictions: [predictionOf({ text: "new();\n" }, { n })] } }, n);
    const flags = ["--model", `openai:judge@${double.url}/v1`, "--concurrency", "1"];
    const first = await stillpoint(
      ["qa", "-i", "in.jsonl", "-o", "a.jsonl", "--limit", "2", ...flags],
      [0, 1, 2].map(judged),
    );
    expect(first.exitCode).toBe(0);
    expect(first.err).toContain("failed: refusal 1");
    expect((await examplesIn("a.jsonl")).map(({ qa }) => Object.keys(qa ?? {}).length)).toEqual([0, 1]);
    const asked = double.counts().requests;
    await stillpoint(["qa", "-i", "a.jsonl", "-o", "b.jsonl", "--only", "failed", ...flags]);
    expect((await examplesIn("b.jsonl")).map(({ qa }) => Object.keys(qa ?? {}).length)).toEqual([1, 1]);
    expect(double.counts().requests).toBe(asked + 1);
  });
});
