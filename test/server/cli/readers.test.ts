import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CliContext } from "../../../server/cli/context.ts";
import { diffCommand } from "../../../server/cli/diff.ts";
import { explainCommand } from "../../../server/cli/explain.ts";
import { statsCommand } from "../../../server/cli/stats.ts";
import { exampleLines, makeExample } from "../jsonl/examples.ts";
import { variedExamples } from "../reports/cases.ts";
import { fakeCli, fakeProcess } from "./harness.ts";

const commands = { stats: statsCommand, explain: explainCommand, diff: diffCommand };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-readers-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function run(name: keyof typeof commands, args: string[], input?: string) {
  const process = fakeProcess({ cwd: folder, ...(input !== undefined && { input }) });
  const cli: CliContext = fakeCli(process);
  await commands[name](cli).exitOverride().parseAsync(args, { from: "user" });
  return { out: process.out(), err: process.err(), exitCode: cli.exitCode };
}

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
