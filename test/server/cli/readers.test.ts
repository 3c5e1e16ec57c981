import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CliContext } from "../../../server/cli/context.ts";
import { diffCommand } from "../../../server/cli/diff.ts";
import { explainCommand } from "../../../server/cli/explain.ts";
import { statsCommand } from "../../../server/cli/stats.ts";
import { writeRunManifest } from "../../../server/runs/run-manifest.ts";
import { exampleLines, makeExample } from "../jsonl/examples.ts";
import { variedExamples } from "../reports/cases.ts";
import type { FakeProcess } from "./harness.ts";
import { fakeCli, fakeProcess } from "./harness.ts";

const commands = { stats: statsCommand, explain: explainCommand, diff: diffCommand };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-readers-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function run(name: keyof typeof commands, args: string[], input?: string) {
  return runOn(fakeProcess({ cwd: folder, ...(input !== undefined && { input }) }), name, args);
}

/** At a terminal, where nothing is piped in. */
async function runAtTerminal(name: keyof typeof commands, args: string[]) {
  const stdin = Object.assign(Readable.from([]), { isTTY: true });
  return runOn(fakeProcess({ cwd: folder, stdin }), name, args);
}

async function runOn(process: FakeProcess, name: keyof typeof commands, args: string[]) {
  const cli: CliContext = fakeCli(process);
  await commands[name](cli).exitOverride().parseAsync(args, { from: "user" });
  return { out: process.out(), err: process.err(), exitCode: cli.exitCode };
}

const stageRecord = (file: string) => ({
  file,
  identity: { stage: "split", version: 1, options: {}, fingerprint: null, seed: 1, input: null },
  lines: 1,
  dropped: {},
  droppedBefore: 0,
  rejected: 0,
  bytes: 1,
  sha256: "0".repeat(64),
});

const varied = () =>
  variedExamples()
    .map((example) => `${JSON.stringify(example)}\n`)
    .join("");

describe("stats", () => {
  it("counts a file, a pipe, and tells a bad line with exit code 3", async () => {
    await writeFile(join(folder, "in.jsonl"), varied());
    const fromFile = await run("stats", ["in.jsonl"]);
    expect(fromFile).toMatchObject({ exitCode: 0, err: "" });
    expect(fromFile.out).toContain("33 of 60 left (55%)");
    expect((await run("stats", [], varied())).out).toBe(fromFile.out);
    const broken = await run("stats", ["-"], `${varied()}{"schema":\n`);
    expect(broken.exitCode).toBe(3);
    expect(broken.out).toBe(fromFile.out);
    expect(broken.err).toContain("standard input, line 61, column");
  });

  it("prints JSON that adds up", async () => {
    const stats = JSON.parse((await run("stats", ["--json"], varied())).out);
    expect(stats).toMatchObject({ funnel: { total: 60, left: 33 }, splits: { train: 29, eval: 2, test: 2 } });
  });

  it("says that there is nothing in an empty file", async () => {
    const empty = await run("stats", ["-"], "");
    expect(empty).toMatchObject({ exitCode: 0, err: "stillpoint: standard input holds no examples.\n" });
    expect(empty.out).toContain("0 of 0 left");
  });

  it("reads what the newest run left where no file is named and nothing is piped in", async () => {
    await expect(runAtTerminal("stats", [])).rejects.toThrow("there is no run in .stillpoint to look at");
    const runs = join(folder, ".stillpoint", "runs");
    for (const [n, name] of ["old", "newest", "older", "unfinished"].entries()) {
      const dir = join(runs, name);
      await mkdir(dir, { recursive: true });
      const stages = name === "unfinished" ? [] : ["01-redact", "02-split"].map((file) => stageRecord(`${file}.jsonl`));
      await writeRunManifest(join(dir, "manifest.json"), { schema: 1, task: name, stages });
      await writeFile(join(dir, "02-split.jsonl"), exampleLines(n + 1));
      await utimes(join(dir, "manifest.json"), 100, name === "newest" ? 300 : 100 + n);
    }
    await writeFile(join(runs, "notes.txt"), "a file among the folders");
    const { out, err } = await runAtTerminal("stats", []);
    expect(err).toBe("reading .stillpoint/runs/newest/02-split.jsonl\n");
    expect(out).toContain("2 of 2 left");
  });

  it("reads what the newest run left where standard input is empty, as in a script", async () => {
    const dir = join(folder, ".stillpoint", "runs", "only");
    await mkdir(dir, { recursive: true });
    await writeRunManifest(join(dir, "manifest.json"), { schema: 1, task: "only", stages: [stageRecord("01.jsonl")] });
    await writeFile(join(dir, "01.jsonl"), exampleLines(2));
    const { out, err } = await run("stats", [], "");
    expect(err).toBe("reading .stillpoint/runs/only/01.jsonl\n");
    expect(out).toContain("2 of 2 left");
    expect((await run("stats", [], exampleLines(3))).out).toContain("3 of 3 left");
    expect((await run("explain", [makeExample(1).id])).out).toContain(makeExample(1).id);
  });

  it("refuses two files, and a file that is not there", async () => {
    await expect(run("stats", ["a.jsonl", "-i", "b.jsonl"])).rejects.toThrow("name one file");
    await expect(run("stats", ["none.jsonl"])).rejects.toThrow("none.jsonl");
  });
});

describe("explain", () => {
  it("finds an example by the beginning of its id", async () => {
    const { id } = makeExample(3);
    const { out } = await run("explain", [id.slice(0, 12)], exampleLines(5));
    expect(out.startsWith(`Example ${id}\n`)).toBe(true);
    expect(JSON.parse((await run("explain", [id.toUpperCase(), "--json"], exampleLines(5))).out)).toEqual(
      makeExample(3),
    );
  });

  it("names the candidates where the beginning fits several, and says so where it fits none", async () => {
    const lines = exampleLines(40);
    const first = makeExample(0).id.slice(0, 1);
    await expect(run("explain", [first], lines)).rejects.toThrow(
      /examples have an id that begins with .:\n {2}[0-9a-f]{32} {2}src\/a\.ts/u,
    );
    await expect(run("explain", [first], lines)).rejects.not.toThrow("more");
    const many = exampleLines(300);
    await expect(run("explain", [first], many)).rejects.toThrow(
      /^(\d+) examples have.*(?:\n {2}[0-9a-f]{32}.*){10}\n {2}and \d+ more$/u,
    );
    await expect(run("explain", ["0".repeat(64)], lines)).rejects.toThrow("no example in standard input has an id");
    await expect(run("explain", ["../x"], lines)).rejects.toThrow("is no id");
  });
});

describe("diff", () => {
  it("compares a file with a pipe", async () => {
    await writeFile(join(folder, "a.jsonl"), exampleLines(5));
    const same = await run("diff", ["a.jsonl", "-"], exampleLines(5));
    expect(same.out).toContain("The files hold the same examples.");
    const shorter = await run("diff", ["a.jsonl", "-", "--json"], exampleLines(4));
    expect(JSON.parse(shorter.out)).toMatchObject({ same: 4, removed: 1, removedIds: [makeExample(4).id] });
    await expect(run("diff", ["-", "-"])).rejects.toThrow("only one");
  });
});
