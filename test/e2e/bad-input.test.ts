/** Whatever a person gives it: a sentence, an exit code, and no half-written output in the place of a good one. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exampleLines, makeExample } from "../server/jsonl/examples.ts";
import { shell, stillpoint } from "./command.ts";

let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "stillpoint-bad-"));
  await writeFile(join(cwd, "out.jsonl"), "good\n");
});
afterEach(async () => rm(cwd, { recursive: true, force: true }));

const lines = exampleLines(2);
const wrongField = JSON.stringify({ ...makeExample(9), split: { name: "training", group: "g" } });

interface Case {
  readonly what: string;
  /** Of `in.jsonl`; undefined: there is no such file. */
  readonly input: string | undefined;
  readonly args?: readonly string[];
  readonly exitCode: number;
  readonly sentence: string | RegExp;
  /** Lines of `out.jsonl` behind it; "good" where it must be as it was. */
  readonly output: number | "good";
}

const cases: readonly Case[] = [
  {
    what: "a line of broken JSON",
    input: `${lines}{"schema": 1, "id" 2}\n`,
    exitCode: 3,
    sentence: "stillpoint: in.jsonl, line 3, column 20: broken JSON: a : is missing behind a field name\n",
    output: 2,
  },
  {
    what: "a wrong field",
    input: `${wrongField}\n${lines}`,
    exitCode: 3,
    sentence: 'stillpoint: in.jsonl, line 1: split.name: is not "train", "eval" or "test"\n',
    output: 2,
  },
  {
    what: "a line of 50 MB",
    input: `${lines}{"id": "${"x".repeat(50 * 1024 * 1024)}"}\n`,
    exitCode: 3,
    sentence: "stillpoint: in.jsonl, line 3: is longer than 16 MB\n",
    output: 2,
  },
  { what: "a byte order mark", input: `\uFEFF${lines}`, exitCode: 0, sentence: "score: 2 examples\n", output: 2 },
  { what: "CRLF", input: lines.replaceAll("\n", "\r\n"), exitCode: 0, sentence: "score: 2 examples\n", output: 2 },
  { what: "an empty file", input: "", exitCode: 0, sentence: "stillpoint: in.jsonl holds no examples.\n", output: 0 },
  {
    what: "a missing file",
    input: undefined,
    exitCode: 2,
    sentence: "stillpoint: cannot read in.jsonl: it does not exist.\n",
    output: "good",
  },
  {
    what: "a bad line where none is allowed",
    input: `${lines}nonsense\n`,
    args: ["--strict"],
    exitCode: 1,
    sentence:
      "stillpoint: in.jsonl, line 3, column 1: broken JSON: a value is missing; stopped there, as --strict asks.\n",
    output: "good",
  },
  {
    what: "an option that there is not",
    input: lines,
    args: ["--limits", "3"],
    exitCode: 2,
    sentence: "stillpoint: unknown option '--limits'\n(Did you mean --limit?)",
    output: "good",
  },
];

describe("a stage that is given", () => {
  it.each(cases)("$what", async ({ input, args = [], exitCode, sentence, output }) => {
    if (input !== undefined) await writeFile(join(cwd, "in.jsonl"), input);
    const ended = await stillpoint(["score", "-i", "in.jsonl", "-o", "out.jsonl", ...args], { cwd });
    expect(ended.err).toContain(sentence);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.out).toBe("");
    const written = await readFile(join(cwd, "out.jsonl"), "utf8");
    if (output === "good") expect(written).toBe("good\n");
    else expect(written.split("\n").length - 1).toBe(output);
    // A copy of the bad lines, byte for byte, and nothing else left over but what a later run could continue.
    const left = (await readdir(cwd)).filter((name) => !/^(in|out)\.jsonl$|\.partial/u.test(name));
    expect(left).toEqual(exitCode === 3 || args.includes("--strict") ? ["out.jsonl.rejected.jsonl"] : []);
  });

  it("a folder in the place of a file", async () => {
    const ended = await stillpoint(["score", "-i", "."], { cwd });
    expect(ended).toEqual({
      exitCode: 2,
      out: "",
      err: "stillpoint: cannot read .: it is a folder; name a JSONL file.\n",
    });
  });

  it.runIf(process.getuid?.() !== 0)("a file that may not be read", async () => {
    await writeFile(join(cwd, "in.jsonl"), lines, { mode: 0 });
    const ended = await stillpoint(["score", "-i", "in.jsonl"], { cwd });
    expect(ended.err).toBe("stillpoint: cannot read in.jsonl: permission is denied.\n");
    expect(ended.exitCode).toBe(2);
  });
});

describe.runIf(process.platform === "linux")("a stage whose output", () => {
  it("is a full device", async () => {
    await writeFile(join(cwd, "in.jsonl"), lines);
    const ended = await stillpoint(["score", "-i", "in.jsonl", "-o", "/dev/full"], { cwd });
    expect(ended.err).toBe("stillpoint: cannot write /dev/full: no space is left on the device.\n");
    expect(ended.exitCode).toBe(1);
  });

  it("is a full device behind standard output", async () => {
    await writeFile(join(cwd, "in.jsonl"), lines);
    const ended = await shell("stillpoint score -i in.jsonl > /dev/full", { cwd });
    expect(ended.err).toBe("stillpoint: cannot write standard output: no space is left on the device.\n");
    expect(ended.exitCode).toBe(1);
  });

  it("is closed by whoever reads it", async () => {
    await writeFile(join(cwd, "in.jsonl"), exampleLines(2_000));
    const ended = await shell("stillpoint score -i in.jsonl | head -1", { cwd });
    expect(ended.out.split("\n")).toHaveLength(2);
    expect(ended.err).toBe("stillpoint: the reader of the output has closed it; stopped there\n");
    expect(ended.exitCode).toBe(0);
  });

  it("cannot grow any more in the middle: the good one stays, and what was written is kept", async () => {
    await writeFile(join(cwd, "in.jsonl"), exampleLines(2_000));
    const limitKiB = 256;
    const ended = await shell(`ulimit -f ${limitKiB}; stillpoint score -i in.jsonl -o out.jsonl`, { cwd });
    expect(ended.err).toContain("stillpoint: cannot write out.jsonl: the file would be too large.");
    expect(ended.err).toContain("What was written so far is kept in out.jsonl.partial.");
    expect(ended.exitCode).toBe(1);
    expect(await readFile(join(cwd, "out.jsonl"), "utf8")).toBe("good\n");
    const whole = await stillpoint(["score", "-i", "in.jsonl", "-o", "out.jsonl"], { cwd });
    expect(whole.err).toMatch(/^score: 2,000 examples; \d+ of an interrupted run kept\n$/);
    expect((await readFile(join(cwd, "out.jsonl"), "utf8")).split("\n")).toHaveLength(2_001);
  });
});
