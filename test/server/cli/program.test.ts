import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commandTable } from "../../../server/cli/commands.ts";
import { Interrupted, OutputClosed } from "../../../server/cli/ends.ts";
import { runProgram } from "../../../server/cli/program.ts";
import { exampleLines } from "../jsonl/examples.ts";
import type { FakeProcess } from "./harness.ts";
import { fakeProcess } from "./harness.ts";

let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "stillpoint-program-"));
});
afterEach(async () => rm(cwd, { recursive: true, force: true }));

async function stillpoint(args: string[], given: Partial<FakeProcess> & { input?: string } = {}) {
  const process = fakeProcess({ cwd, ...given });
  const exitCode = await runProgram(args, process);
  return { exitCode, out: process.out(), err: process.err() };
}

describe("the stillpoint program", () => {
  it("prints its version", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8"));
    expect(await stillpoint(["--version"])).toEqual({ exitCode: 0, out: `${version}\n`, err: "" });
  });

  it("fits its help into 80 columns and names every command with a summary", async () => {
    const { exitCode, out } = await stillpoint(["--help"]);
    expect(exitCode).toBe(0);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(out).toMatch(/Stages:\n +redact {2,}replace secrets/);
  });

  it.each([
    ["help", "score"],
    ["score", "--help"],
    ["--data", "x", "score", "--help"],
  ])("prints the help of one command: %s %s", async (...args) => {
    const { exitCode, out } = await stillpoint(args);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Usage: stillpoint score \[options\]/);
    expect(out).toMatch(/Global Options:\n(?:.*\n)* +--data <dir>/);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it.each([...commandTable.map(({ name }) => [name]), ["datasets", "rebuild"]])(
    "fits the help of %s into 80 columns",
    async (...names) => {
      const { exitCode, out } = await stillpoint(["help", ...names]);
      expect(exitCode).toBe(0);
      expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it("prints the help of a command's own command", async () => {
    const { exitCode, out } = await stillpoint(["help", "datasets", "verify"]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Usage: stillpoint datasets verify \[options\] <dataset>/);
  });

  it("lists the exit codes that can happen", async () => {
    expect((await stillpoint(["--help"])).out).toMatch(/Exit codes: 0 [^4]*5 budget reached, 130 and 143/);
  });

  it.each([
    ["redact", false, true],
    ["split", false, false],
    ["score", false, true],
    ["distill", true, true],
  ])("offers %s only the flags that mean something to it", async (stage, asks, chooses) => {
    const { out } = await stillpoint(["help", stage]);
    expect({ asks: out.includes("--concurrency"), chooses: out.includes("--only") }).toEqual({ asks, chooses });
  });

  it("breaks a long sentence between words on a terminal, and leaves it whole in a log", async () => {
    const args = ["run", "no-such-task-of-this-name"];
    const chunks: string[] = [];
    const write = (chunk: Buffer, _encoding: unknown, done: () => void) => {
      chunks.push(String(chunk));
      done();
    };
    const stderr = Object.assign(new Writable({ write }), { isTTY: true, columns: 40 });
    await stillpoint(args, { stderr });
    const { err } = await stillpoint(args);
    const lines = chunks.join("").trimEnd().split("\n");
    expect(lines.filter((line) => line.length > 40)).toEqual([]);
    expect(`${lines.join(" ")}\n`).toBe(err);
  });

  it.each([
    ["a-file", "a-file is a file; name a repository's folder."],
    ["nowhere", "there is no folder nowhere."],
  ])("says what is wrong with --repo %s", async (repo, sentence) => {
    await writeFile(join(cwd, "a-file"), "");
    expect(await stillpoint(["demo", "--repo", repo])).toMatchObject({ exitCode: 2, err: `stillpoint: ${sentence}\n` });
  });

  it("names the command that a misspelt one was meant to be", async () => {
    const { exitCode, err } = await stillpoint(["scoer"]);
    expect(exitCode).toBe(2);
    expect(err).toBe("stillpoint: unknown command 'scoer'\n(Did you mean score?)\n(--help shows the options)\n");
  });

  it("prints its help, and exits with 2, where no command is given", async () => {
    const { exitCode, out, err } = await stillpoint([]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toMatch(/^Usage: stillpoint/);
  });

  it("takes the data folder from the flag, then from the variable, then from where it stands", async () => {
    const bad = { input: "nonsense\n" };
    const env = { STILLPOINT_DATA: "from-variable" };
    expect((await stillpoint(["score"], bad)).err).toContain(join(".stillpoint", "rejected", "score.jsonl"));
    expect((await stillpoint(["score"], { ...bad, env })).err).toContain(join("from-variable", "rejected"));
    expect((await stillpoint(["score", "--data", "from-flag"], { ...bad, env })).err).toContain(
      join("from-flag", "rejected"),
    );
  });

  it("is silent on standard error with --quiet, but for warnings", async () => {
    expect((await stillpoint(["score", "--quiet"], { input: exampleLines(2) })).err).toBe("");
    expect((await stillpoint(["score", "--quiet"], { input: "" })).err).toBe(
      "stillpoint: standard input holds no examples.\n",
    );
  });

  it.each([
    [new Interrupted("SIGINT"), 130, "stillpoint: interrupted; the same command goes on from here\n"],
    [new Interrupted("SIGTERM"), 143, "stillpoint: interrupted; the same command goes on from here\n"],
    [new OutputClosed(), 0, "stillpoint: the reader of the output has closed it; stopped there\n"],
  ])("ends for the reason it was aborted for: %s", async (reason, exitCode, err) => {
    const signal = AbortSignal.abort(reason);
    expect(await stillpoint(["score"], { input: exampleLines(2), signal })).toMatchObject({ exitCode, err });
  });

  it("asks to report what is its own fault, and shows where only when asked", async () => {
    const stdin = (async function* () {
      yield await Promise.reject(new TypeError("something unforeseen"));
    })() as unknown as FakeProcess["stdin"];
    const plain = await stillpoint(["score"], { stdin });
    expect(plain.exitCode).toBe(1);
    expect(plain.err).toMatch(
      /^stillpoint: a fault of Stillpoint's own: TypeError: something unforeseen\. STILLPOINT_DEBUG=1 shows where/,
    );
  });

  it("says what is wrong with the configuration", async () => {
    await writeFile(join(cwd, "own.yaml"), "sead: 3\n");
    const { exitCode, err } = await stillpoint(["score", "--config", "own.yaml"], { input: exampleLines(1) });
    expect(exitCode).toBe(2);
    expect(err).toContain("sead is an unknown key. Did you mean seed?");
  });
});

describe("stillpoint run", () => {
  const task = `name: small
kind: distillation
input: { file: in.jsonl }
models: { teacher: builtin }
stages:
  - redact
  - distill: { model: teacher }
  - expect: { order: [teacher] }
output: { dataset: small }
`;

  it("executes a task file, prints the funnel and says where the dataset is", async () => {
    await writeFile(join(cwd, "in.jsonl"), exampleLines(3));
    await writeFile(join(cwd, "task.yaml"), task);
    const { exitCode, out, err } = await stillpoint(["run", "task.yaml"]);
    expect(err).toContain("  distill      3 examples\n");
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^stage +in +dropped +left +why\nredact +3/);
    const where = `dataset small/v1 in ${join(".stillpoint", "datasets", "small", "v1")}`;
    expect(out).toContain(`${where}\n`);
    expect((await stillpoint(["run", "task.yaml"])).out).toContain(`${where}, unchanged\n`);
  });

  it("takes another input, seed and model from the command line", async () => {
    await writeFile(join(cwd, "task.yaml"), task);
    await writeFile(join(cwd, "other.jsonl"), exampleLines(2));
    const otherwise = ["run", "task.yaml", "--input", "other.jsonl", "--seed", "9"];
    const unknown = await stillpoint([...otherwise, "--teacher", "nobody"]);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.err).toContain('there is no model "nobody"');
    expect((await stillpoint(otherwise)).exitCode).toBe(0);
    const resolved = JSON.parse(await readFile(join(cwd, ".stillpoint", "runs", "small", "task.json"), "utf8"));
    expect(resolved).toMatchObject({ seed: 9, input: { file: "other.jsonl" } });
  });

  it("exits with 3 where lines of its input were left out", async () => {
    await writeFile(join(cwd, "in.jsonl"), `nonsense\n${exampleLines(3)}`);
    await writeFile(join(cwd, "task.yaml"), task);
    expect((await stillpoint(["run", "task.yaml"])).exitCode).toBe(3);
  });

  it("finds a task that ships by its name, and says that there is none", async () => {
    expect((await stillpoint(["run", "settled", "--input", "no.jsonl"])).err).toContain("cannot read no.jsonl");
    const misspelt = await stillpoint(["run", "setled"]);
    expect(misspelt.exitCode).toBe(2);
    expect(misspelt.err).toContain(
      "there is no task file setled, and no task of this name ships; " +
        "those that do are demo-server, demo, settled, teacher-repaired. Did you mean settled?",
    );
    expect((await stillpoint(["run", "setled.yaml"])).err).toContain("cannot read setled.yaml: it does not exist.");
  });

  it("finds a task that ships also where a folder has its name", async () => {
    await mkdir(join(cwd, "settled"));
    expect((await stillpoint(["run", "settled", "--input", "no.jsonl"])).err).toContain("cannot read no.jsonl");
  });
});
