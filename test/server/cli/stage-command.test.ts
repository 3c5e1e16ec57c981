import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { endOf } from "../../../server/cli/ends.ts";
import { stageCommand } from "../../../server/cli/stage-command.ts";
import type { Stage } from "../../../server/stages/stage.ts";
import { defineStage, drop } from "../../../server/stages/stage.ts";
import type { Example } from "../../../shared/records/example.ts";
import { exampleLines, makeExample } from "../jsonl/examples.ts";
import { fakeCli, fakeProcess } from "./harness.ts";

/** How often the stage below looked at an example, by its name. */
let seen: string[];
/** Interrupts the stage below behind this many examples. */
let failsBehind: number;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-stage-"));
  seen = [];
  failsBehind = Number.POSITIVE_INFINITY;
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** Says something of each example, and drops those of which it was told. */
const remarkStage = defineStage({
  name: "remark",
  version: 1,
  options: z.strictObject({
    remark: z._default(z.string(), "seen").check(z.describe("what to say")),
    dropNames: z._default(z.array(z.string()), []).check(z.describe("names of examples to drop")),
    tone: z._default(z.enum(["kind", "curt"]), "kind").check(z.describe("how to say it")),
    times: z._default(z.int().check(z.minimum(1), z.maximum(3)), 1).check(z.describe("how often to say it")),
    aloud: z._default(z.boolean(), true).check(z.describe("say it at all")),
  }),
  async *run(examples, options) {
    for await (const example of examples) {
      if (example.dropped) {
        yield example;
        continue;
      }
      if (seen.length >= failsBehind) throw new Error("interrupted by the test");
      const name = nameOf(example);
      seen.push(name);
      const remarks = options.aloud ? Array<string>(options.times).fill(options.remark) : [];
      const said = { ...example, assertions: remarks };
      yield options.dropNames.includes(name) ? drop(said, { stage: "remark", reason: "named" }) : said;
    }
  },
});

const nameOf = (example: Example) => (example.source.kind === "file" ? example.source.name : "?");

async function run(args: string[], input?: string, stage: Stage<never> = remarkStage as Stage<never>) {
  const process = fakeProcess({ cwd: folder, ...(input !== undefined && { input }) });
  const cli = fakeCli(process);
  const command = stageCommand(cli, stage as Stage<unknown>, "Says something of each example.").exitOverride();
  command.configureOutput({ writeOut: (text) => process.stdout.write(text), writeErr: () => undefined });
  let exitCode: number;
  try {
    await command.parseAsync(args, { from: "user" });
    exitCode = cli.exitCode;
  } catch (thrown) {
    const end = endOf(thrown, false);
    if (end.sentence !== undefined) cli.warn(end.sentence);
    exitCode = end.exitCode;
  }
  const text = process.out();
  const examples = () => text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Example]));
  return { exitCode, text, examples, err: process.err() };
}

const readExamples = async (name: string) =>
  (await readFile(join(folder, name), "utf8"))
    .split("\n")
    .flatMap((line) => (line ? [JSON.parse(line) as Example] : []));

describe("a stage as a command", () => {
  it("takes examples from a pipe to a pipe, and says in a line what it did", async () => {
    const { exitCode, examples, err } = await run(["--remark", "hello", "--drop-names", "case-1"], exampleLines(3));
    expect(exitCode).toBe(0);
    expect(examples().map(nameOf)).toEqual(["case-0", "case-1", "case-2"]);
    expect(examples()[0]?.assertions).toEqual(["hello"]);
    expect(examples()[1]?.dropped).toEqual({ stage: "remark", reason: "named" });
    expect(err).toBe("remark: 3 examples; dropped 1 (named 1)\n");
    expect(await readdir(folder)).toEqual([]);
  });

  it("writes a file whole, and no second one beside it", async () => {
    await writeFile(join(folder, "in.jsonl"), exampleLines(3));
    expect((await run(["-i", "in.jsonl", "-o", "out.jsonl"])).text).toBe("");
    expect(await readExamples("out.jsonl")).toHaveLength(3);
    expect(await readdir(folder)).toEqual(["in.jsonl", "out.jsonl"]);
  });

  it("makes flags of the stage's options, by their types", async () => {
    const all = ["--times", "2", "--tone", "curt", "--remark", "so"];
    expect((await run(all, exampleLines(1))).examples()[0]?.assertions).toEqual(["so", "so"]);
    expect((await run(["--no-aloud"], exampleLines(1))).examples()[0]?.assertions).toEqual([]);
  });

  it("shows each option's default and description in the help", async () => {
    const { text } = await run(["--help"]);
    expect(text).toMatch(/Options of remark:\n/);
    expect(text).toMatch(/--remark <text> +what to say \(default: seen\)/);
    expect(text).toMatch(/--drop-names <a,b> +names of examples to drop/);
    expect(text).toMatch(/--tone <name> +how to say it \(default: kind\) \(choices: "kind", "curt"\)/);
    expect(text).toMatch(/--no-aloud +turn off: say it at all/);
  });

  it.each([
    [["--times", "9"], "remark: --times must be at most 3."],
    [["--times", "many"], ""],
    [["--tone", "loud"], ""],
    [["--only", "x"], '--only takes "failed" or at least 6 characters of an example\'s id, not "x".'],
    [["-i", "missing.jsonl"], "cannot read missing.jsonl: it does not exist."],
    [["-i", "."], "cannot read .: it is a folder; name a JSONL file."],
    [["-o", "no/out.jsonl"], "cannot write no/out.jsonl: its folder does not exist."],
  ])("refuses %j as wrong usage", async (args, sentence) => {
    const { exitCode, err } = await run(args, exampleLines(1));
    expect(exitCode).toBe(2);
    expect(err).toContain(sentence);
    expect(await readdir(folder)).toEqual([]);
  });

  it("reckons how far it is by what --offset and --limit leave to do", async () => {
    await writeFile(join(folder, "in.jsonl"), exampleLines(50));
    const shares = async (...args: string[]) => {
      const chunks: string[] = [];
      const stderr = new Writable({
        write(chunk: Buffer, _encoding, done) {
          chunks.push(String(chunk));
          done();
        },
      });
      const process = fakeProcess({ cwd: folder, stderr: Object.assign(stderr, { isTTY: true, columns: 80 }) });
      const command = stageCommand(fakeCli(process), remarkStage as Stage<unknown>, "Says something.").exitOverride();
      await command.parseAsync(["-i", "in.jsonl", ...args], { from: "user" });
      return Number(/1 · (\d+)%/u.exec(chunks.join(""))?.[1]);
    };
    expect(await shares()).toBeLessThanOrEqual(2);
    expect(await shares("--limit", "5")).toBe(20);
    const tenth = await shares("--offset", "40", "--limit", "100");
    expect(tenth).toBeGreaterThanOrEqual(8);
    expect(tenth).toBeLessThanOrEqual(12);
  });

  it("says that a file is empty, and is done", async () => {
    await writeFile(join(folder, "in.jsonl"), "");
    const { exitCode, err } = await run(["-i", "in.jsonl", "-o", "out.jsonl"]);
    expect(exitCode).toBe(0);
    expect(err).toContain("in.jsonl holds no examples.");
    expect(await readFile(join(folder, "out.jsonl"), "utf8")).toBe("");
  });

  it("exits with 3 where it left lines out, which lie beside the output", async () => {
    await writeFile(join(folder, "in.jsonl"), `nonsense\n${exampleLines(1)}`);
    const { exitCode, err } = await run(["-i", "in.jsonl", "-o", "out.jsonl"]);
    expect(exitCode).toBe(3);
    expect(err).toContain("in.jsonl, line 1, column 1: broken JSON");
    expect(err).toContain("remark: 1 example; 1 bad line left out");
    expect(await readFile(join(folder, "out.jsonl.rejected.jsonl"), "utf8")).toBe("nonsense\n");
    expect(await readExamples("out.jsonl")).toHaveLength(1);
  });

  it("keeps bad lines of a pipe in the data folder", async () => {
    expect((await run([], `nonsense\n${exampleLines(1)}`)).exitCode).toBe(3);
    expect(await readFile(join(folder, ".stillpoint", "rejected", "remark.jsonl"), "utf8")).toBe("nonsense\n");
    expect(await readFile(join(folder, ".stillpoint", ".gitignore"), "utf8")).toBe("*\n");
  });

  it("fails at the first bad line with --strict, and leaves a good output as it was", async () => {
    await writeFile(join(folder, "in.jsonl"), `${exampleLines(1)}nonsense\n`);
    await writeFile(join(folder, "out.jsonl"), "good\n");
    expect((await run(["-i", "in.jsonl", "-o", "out.jsonl", "--strict"])).exitCode).toBe(1);
    expect(await readFile(join(folder, "out.jsonl"), "utf8")).toBe("good\n");
  });

  it("goes on behind what an interrupted run wrote, and ends in the same file", async () => {
    await writeFile(join(folder, "in.jsonl"), exampleLines(5));
    await run(["-i", "in.jsonl", "-o", "whole.jsonl"]);
    seen = [];
    failsBehind = 2;
    expect((await run(["-i", "in.jsonl", "-o", "out.jsonl"])).exitCode).toBe(1);
    failsBehind = Number.POSITIVE_INFINITY;
    const { err } = await run(["-i", "in.jsonl", "-o", "out.jsonl"]);
    expect(seen).toEqual(["case-0", "case-1", "case-2", "case-3", "case-4"]);
    expect(err).toBe("remark: 5 examples; 2 of an interrupted run kept\n");
    expect(await readFile(join(folder, "out.jsonl"))).toEqual(await readFile(join(folder, "whole.jsonl")));
  });

  it("starts over where the options have changed since", async () => {
    await writeFile(join(folder, "in.jsonl"), exampleLines(3));
    failsBehind = 2;
    await run(["-i", "in.jsonl", "-o", "out.jsonl"]);
    failsBehind = Number.POSITIVE_INFINITY;
    await run(["-i", "in.jsonl", "-o", "out.jsonl", "--remark", "other"]);
    expect((await readExamples("out.jsonl")).map(({ assertions }) => assertions)).toEqual([
      ["other"],
      ["other"],
      ["other"],
    ]);
  });

  it("reads and writes only the lines that --offset and --limit choose", async () => {
    const { examples } = await run(["--offset", "1", "--limit", "2"], exampleLines(5));
    expect(examples().map(nameOf)).toEqual(["case-1", "case-2"]);
    expect((await run(["--limit", "0"], exampleLines(5))).text).toBe("");
  });

  it("works on the chosen example alone with --only, and writes the others as they came", async () => {
    const { examples } = await run(["--only", makeExample(1).id.slice(0, 8)], exampleLines(3));
    expect(examples().map(({ assertions }) => assertions)).toEqual([undefined, ["seen"], undefined]);
    expect(examples().every(({ dropped }) => dropped === undefined)).toBe(true);
  });

  it("looks again at what an earlier run of itself dropped, but not at what another stage did", async () => {
    const own = { ...makeExample(0), dropped: { stage: "remark", reason: "named" } };
    const other = { ...makeExample(1), dropped: { stage: "other", reason: "its own" } };
    const { examples } = await run([], `${JSON.stringify(own)}\n${JSON.stringify(other)}\n`);
    expect(examples().map(({ dropped }) => dropped)).toEqual([undefined, { stage: "other", reason: "its own" }]);
    expect(seen).toEqual(["case-0"]);
  });

  it("writes over its own input, whole", async () => {
    await writeFile(join(folder, "in.jsonl"), exampleLines(3));
    await run(["-i", "in.jsonl", "-o", "in.jsonl"]);
    expect((await readExamples("in.jsonl")).map(({ assertions }) => assertions)).toEqual([
      ["seen"],
      ["seen"],
      ["seen"],
    ]);
  });

  it("reads a pipe twice for a stage that needs it, and keeps no copy", async () => {
    const countStage = defineStage({
      ...remarkStage,
      global: true,
      async *run(examples) {
        let total = 0;
        for await (const _example of examples) total++;
        for await (const example of examples) yield { ...example, assertions: [`one of ${total}`] };
      },
    });
    const { examples } = await run([], exampleLines(3), countStage as Stage<never>);
    expect(examples().map(({ assertions }) => assertions)).toEqual(Array(3).fill(["one of 3"]));
    expect(await readdir(join(folder, ".stillpoint", "spool"))).toEqual([]);
  });

  it.each([
    ["loses an example", (examples: Example[]) => examples.slice(1)],
    ["changes the order", (examples: Example[]) => examples.toReversed()],
  ])("notices a stage that %s", async (_what, change) => {
    const badStage = defineStage({
      ...remarkStage,
      async *run(examples) {
        const all: Example[] = [];
        for await (const example of examples) all.push(example);
        yield* change(all);
      },
    });
    const { exitCode, err } = await run([], exampleLines(2), badStage as Stage<never>);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/a fault of Stillpoint's own: .*remark (lost|changed the order)/);
  });
});
