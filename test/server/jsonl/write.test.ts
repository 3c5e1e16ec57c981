import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigurationError, Failure } from "../../../server/errors.ts";
import { openOutput, outputTarget, streamOutput } from "../../../server/jsonl/write.ts";
import { sha256Hex } from "../../../shared/ids.ts";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-write-"));
  file = join(folder, "out.jsonl");
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const identity = { stage: "score", version: 1 };

async function open(as: typeof identity | undefined = identity, path = file, shown = "out.jsonl") {
  return openOutput(await outputTarget(path, shown), shown, as);
}

/** What a run killed after these lines leaves. */
async function interruptedAfter(lines: readonly string[], halfLine = "") {
  const output = await open();
  for (const line of lines) await output.write(line);
  await output.close();
  if (halfLine !== "") await writeFile(`${file}.partial`, halfLine, { flag: "a" });
}

async function keptLines(as: typeof identity | undefined = identity) {
  const output = await open(as);
  const lines: string[] = [];
  for await (const line of output.kept()) {
    lines.push(line.bytes.toString());
    output.keep(line);
  }
  return { output, lines };
}

describe("writing lines to a file", () => {
  it("puts the file in its place at the end, and leaves nothing else", async () => {
    const output = await open();
    await output.write('{"n":1}');
    await output.write('{"n":"ü"}');
    const written = await output.commit();
    const text = '{"n":1}\n{"n":"ü"}\n';
    expect(await readFile(file, "utf8")).toBe(text);
    expect(written).toEqual({ lines: 2, bytes: Buffer.byteLength(text), sha256: sha256Hex(text) });
    expect(await readdir(folder)).toEqual(["out.jsonl"]);
  });

  it("leaves a good file alone until the new one is whole", async () => {
    await writeFile(file, "good\n");
    await interruptedAfter(["half"]);
    expect(await readFile(file, "utf8")).toBe("good\n");
    expect(await readdir(folder)).toEqual(["out.jsonl", "out.jsonl.partial", "out.jsonl.partial.json"]);
  });

  it("goes on behind the last whole line, and ends in the file it would have ended in", async () => {
    await interruptedAfter(["one", "two"], '{"half');
    const { output, lines } = await keptLines();
    expect(lines).toEqual(["one", "two"]);
    await output.write("three");
    const text = "one\ntwo\nthree\n";
    expect(await output.commit()).toEqual({ lines: 3, bytes: text.length, sha256: sha256Hex(text) });
    expect(await readFile(file, "utf8")).toBe(text);
    expect(await readdir(folder)).toEqual(["out.jsonl"]);
  });

  it("cuts off a half-written line even where nothing follows it", async () => {
    await interruptedAfter(["one"], "ha");
    const { output } = await keptLines();
    await output.commit();
    expect(await readFile(file, "utf8")).toBe("one\n");
  });

  it("cuts off whole lines that were not kept", async () => {
    await interruptedAfter(["one", "two", "three"]);
    const output = await open();
    for await (const line of output.kept()) {
      output.keep(line);
      break;
    }
    await output.write("2");
    await output.commit();
    expect(await readFile(file, "utf8")).toBe("one\n2\n");
  });

  it("starts over where the stage, its version, its options or its input are others", async () => {
    await interruptedAfter(["one"]);
    const { output, lines } = await keptLines({ ...identity, version: 2 });
    expect(lines).toEqual([]);
    await output.commit();
    expect(await readFile(file, "utf8")).toBe("");
  });

  it("starts over where nobody knows what the partial file is a part of", async () => {
    await interruptedAfter(["one"]);
    await rm(`${file}.partial.json`);
    const { output, lines } = await keptLines();
    expect(lines).toEqual([]);
    await output.close();
    await interruptedAfter(["one"]);
    const pipe = await openOutput({ kind: "file", path: file }, "out.jsonl", undefined);
    for await (const _line of pipe.kept()) expect.unreachable();
    await pipe.close();
  });

  it("writes through a symbolic link instead of replacing it", async () => {
    await mkdir(join(folder, "elsewhere"));
    await writeFile(join(folder, "elsewhere", "real.jsonl"), "old\n");
    await symlink(join(folder, "elsewhere", "real.jsonl"), file);
    const output = await open();
    await output.write("new");
    await output.commit();
    expect(await readFile(join(folder, "elsewhere", "real.jsonl"), "utf8")).toBe("new\n");
  });

  it("says in a sentence that the path is a folder, or that its folder is missing", async () => {
    await expect(outputTarget(folder, "out")).rejects.toThrow(ConfigurationError);
    const missing = outputTarget(join(folder, "no", "out.jsonl"), "no/out.jsonl");
    await expect(missing).rejects.toThrow("cannot write no/out.jsonl: its folder does not exist.");
    await expect(missing).rejects.toThrow(ConfigurationError);
  });

  it.runIf(process.getuid?.() !== 0)(
    "says in a sentence that its folder takes no file, which is a wrong argument",
    async () => {
      await mkdir(join(folder, "closed"), { mode: 0o555 });
      const closed = outputTarget(join(folder, "closed", "out.jsonl"), "closed/out.jsonl");
      await expect(closed).rejects.toThrow("cannot write closed/out.jsonl: permission is denied.");
      await expect(closed).rejects.toThrow(ConfigurationError);
    },
  );

  it.runIf(process.platform === "linux")("names the file where the disk is full", async () => {
    const output = await open(identity, "/dev/full", "/dev/full");
    await output.write("one");
    const full = output.commit();
    await expect(full).rejects.toThrow(Failure);
    await expect(full).rejects.toThrow("cannot write /dev/full: no space is left on the device.");
    await output.close();
  });
});

describe("writing lines to a stream", () => {
  it("gives on what was written, in order, and its hash", async () => {
    const chunks: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        chunks.push(String(chunk));
        done();
      },
    });
    const output = streamOutput(stream, "standard output");
    for (let n = 0; n < 20_000; n++) await output.write(String(n));
    const { lines, sha256 } = await output.commit();
    expect(lines).toBe(20_000);
    expect(sha256).toBe(sha256Hex(chunks.join("")));
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.length).toBeLessThan(10);
  });

  it("passes the system's own fault on, at the latest at the end", async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("closed"), { code: "EPIPE" })),
    });
    stream.on("error", () => undefined);
    const output = streamOutput(stream, "standard output");
    await output.write("one");
    await expect(output.commit()).rejects.toMatchObject({ code: "EPIPE" });
  });
});
