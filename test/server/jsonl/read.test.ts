import { execFileSync } from "node:child_process";
import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigurationError, Failure } from "../../../server/errors.ts";
import { splitLines } from "../../../server/jsonl/lines.ts";
import type { ReadOptions } from "../../../server/jsonl/read.ts";
import { openExamples } from "../../../server/jsonl/read.ts";
import { RejectedLines } from "../../../server/jsonl/rejected.ts";
import { exampleLines, makeExample } from "./examples.ts";

let folder: string;
let told: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-read-"));
  told = [];
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function read(content: string | Buffer | undefined, options: Partial<ReadOptions> = {}) {
  const path = join(folder, "in.jsonl");
  if (content !== undefined) await writeFile(path, content);
  const copy = join(folder, "out.rejected.jsonl");
  const copies = { path: copy, shown: "out.rejected.jsonl" };
  const rejected = new RejectedLines("in.jsonl", copies, (sentence) => told.push(sentence));
  const never = new AbortController().signal;
  const source = await openExamples({ from: { path }, name: "in.jsonl", rejected, signal: never, ...options });
  try {
    const ids: string[] = [];
    for await (const example of source) ids.push(example.source.kind === "file" ? example.source.name : "?");
    const secondTime: string[] = [];
    if (options.twice) for await (const example of source) secondTime.push(example.id);
    return { ids, secondTime, rejected: source.rejected };
  } finally {
    await source.close();
  }
}

const copied = () => readFile(join(folder, "out.rejected.jsonl"), "utf8");

describe("reading examples", () => {
  it("reads every line, with or without a line end behind the last", async () => {
    const lines = exampleLines(3);
    expect((await read(lines)).ids).toEqual(["case-0", "case-1", "case-2"]);
    expect((await read(lines.trimEnd())).ids).toEqual(["case-0", "case-1", "case-2"]);
    expect(told).toEqual([]);
    expect(await readdir(folder)).toEqual(["in.jsonl"]);
  });

  it("takes a byte order mark, CRLF and blank lines for what they are", async () => {
    const lines = `\uFEFF${exampleLines(2).replaceAll("\n", "\r\n")}\r\n  \n\t\n`;
    expect(await read(lines)).toMatchObject({ ids: ["case-0", "case-1"], rejected: 0 });
  });

  it.skipIf(process.platform === "win32")("reads a named pipe to its end, and keeps its writer", async () => {
    // More than a pipe holds, so that the writer is in the middle when it is opened.
    const lines = exampleLines(200);
    expect(lines.length).toBeGreaterThan(2 * 65_536);
    const path = join(folder, "pipe");
    execFileSync("sh", ["-c", `mkfifo "$0"`, path]);
    async function write() {
      const pipe = await open(path, "w");
      try {
        await pipe.writeFile(lines);
      } finally {
        await pipe.close();
      }
    }
    const [reading] = await Promise.all([read(undefined, { from: { path } }), write()]);
    expect(reading.ids).toHaveLength(200);
  });

  it("refuses to read what it would copy bad lines over, and leaves it as it is", async () => {
    const path = join(folder, "out.rejected.jsonl");
    const mended = `${exampleLines(1)}nonsense\n`;
    await writeFile(path, mended);
    await expect(read(undefined, { from: { path } })).rejects.toThrow(ConfigurationError);
    expect(await copied()).toBe(mended);
  });

  it("finds nothing in an empty file", async () => {
    expect(await read("")).toMatchObject({ ids: [], rejected: 0 });
  });

  const wrongField = JSON.stringify({ ...makeExample(7), split: { name: "training", group: "g" } });
  const unknownField = JSON.stringify({ ...makeExample(7), snapshot: { ...makeExample(7).snapshot, curser: 1 } });
  it.each([
    ["broken JSON", '{"schema": 1, "id": }', "in.jsonl, line 2, column 21: broken JSON: a value is missing"],
    ["a wrong value", wrongField, 'in.jsonl, line 2: split.name: is not "train", "eval" or "test"'],
    ["an unknown field", unknownField, "in.jsonl, line 2: snapshot.curser: is not a known field"],
    ["another kind of JSON", "[1]", "in.jsonl, line 2: is an array, not an object"],
    ["an id that was there", JSON.stringify(makeExample(0)), "in.jsonl, line 2: id: stands in this file already"],
  ])("tells of %s, copies the line away and goes on", async (_what, line, sentence) => {
    const [first = "", second = ""] = exampleLines(2).split("\n");
    expect(await read(`${first}\n${line}\n${second}\n`)).toMatchObject({ ids: ["case-0", "case-1"], rejected: 1 });
    expect(told).toEqual([sentence, "the bad line is in out.rejected.jsonl"]);
    expect(await copied()).toBe(`${line}\n`);
  });

  it("never repeats what stands in a bad line, since it may be code", async () => {
    await read('{"id": secretFunction()}\n{"id": "secretFunction()"}\n');
    expect(told.join("\n")).not.toContain("secret");
  });

  it("refuses bytes that are not UTF-8, and copies them as they are", async () => {
    const bytes = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}\n')]);
    await read(bytes);
    expect(told[0]).toBe("in.jsonl, line 1: is not UTF-8");
    expect(await readFile(join(folder, "out.rejected.jsonl"))).toEqual(bytes);
  });

  it("tells of five bad lines and counts the rest", async () => {
    await read("nonsense\n".repeat(8));
    expect(told).toHaveLength(6);
    expect(told.at(-1)).toBe("and 3 more bad lines; all 8 bad lines are in out.rejected.jsonl");
  });

  it("stops at the first bad line where that is asked for", async () => {
    const reading = read(`nonsense\n${exampleLines(1)}`, { strict: true });
    await expect(reading).rejects.toThrow(Failure);
    await expect(reading).rejects.toThrow("in.jsonl, line 1, column 1: broken JSON: a value is missing; stopped there");
  });

  it("copies a line of 50 MB away and reads on behind it", async () => {
    const long = `{"id":"${"x".repeat(50 * 1024 * 1024)}"}`;
    expect((await read(`${exampleLines(1)}${long}\n${JSON.stringify(makeExample(5))}`)).ids).toEqual([
      "case-0",
      "case-5",
    ]);
    expect(told[0]).toBe("in.jsonl, line 2: is longer than 16 MB");
    expect((await copied()) === `${long}\n`).toBe(true);
  });

  it("leaves no copy of an earlier reading", async () => {
    await read("nonsense\n");
    await read(exampleLines(1));
    expect(await readdir(folder)).toEqual(["in.jsonl"]);
  });

  it("says in a sentence that there is no such file, or that it is a folder", async () => {
    await expect(read(undefined)).rejects.toThrow(ConfigurationError);
    await expect(read(undefined)).rejects.toThrow("cannot read in.jsonl: it does not exist.");
    await expect(read(undefined, { from: { path: folder } })).rejects.toThrow("it is a folder; name a JSONL file.");
  });

  it("reads a file twice, and a pipe that it has copied, telling of a bad line once", async () => {
    const spoolDir = join(folder, "spool");
    const bytes = Buffer.from(`nonsense\n${exampleLines(2)}`);
    async function* pipe() {
      yield bytes.subarray(0, 100);
      yield bytes.subarray(100);
    }
    const fromPipe = await read(undefined, { from: { stream: pipe() }, twice: { spoolDir } });
    expect(fromPipe).toMatchObject({ ids: ["case-0", "case-1"], rejected: 1 });
    expect(fromPipe.secondTime).toHaveLength(2);
    expect(told).toHaveLength(2);
    expect(await readdir(spoolDir)).toEqual([]);
  });
});

describe("splitting bytes into lines", () => {
  async function linesOf(chunks: readonly Buffer[], maxBytes?: number) {
    async function* stream() {
      yield* chunks;
    }
    const found = [];
    for await (const part of splitLines(stream(), maxBytes)) found.push(part);
    return found;
  }

  /** Small texts over line ends, in chunks cut at any byte. */
  const chunked = fc
    .tuple(fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 30 }), fc.array(fc.nat(30)))
    .map(([text, cuts]) => {
      const bytes = Buffer.from(text);
      const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      return { text, chunks: places.slice(1).map((end, i) => bytes.subarray(places[i], end)) };
    });

  it("gives the same lines wherever the chunks are cut", async () => {
    await fc.assert(
      fc.asyncProperty(chunked, async ({ text, chunks }) => {
        const lines = text.split("\n");
        if (lines.at(-1) === "") lines.pop();
        const found = await linesOf(chunks);
        expect(found.map((part) => part.bytes.toString())).toEqual(lines);
        expect(found.map((part) => part.number)).toEqual(lines.map((_, i) => i + 1));
      }),
    );
  });

  it("loses no byte of lines over the limit, and counts them", async () => {
    await fc.assert(
      fc.asyncProperty(chunked, async ({ text, chunks }) => {
        const found = await linesOf(chunks, 3);
        const joined = found.map((part) => part.bytes.toString() + (part.kind === "line" && part.ended ? "\n" : ""));
        expect(joined.join("")).toBe(text);
        for (const part of found) if (part.kind === "line") expect(part.bytes.length).toBeLessThanOrEqual(3);
        const numbers = found.filter((part) => part.kind === "line" || part.last).map((part) => part.number);
        expect(numbers).toEqual(numbers.map((_, i) => i + 1));
      }),
    );
  });
});
