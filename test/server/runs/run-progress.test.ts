/** A run tells where it is; who reads along hears everything once, whatever happens to the file. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../../../server/errors.ts";
import { progressTail } from "../../../server/runs/progress-tail.ts";
import type { RunObserver } from "../../../server/runs/run.ts";
import { openProgressLog } from "../../../server/runs/run-progress.ts";

let folder: string;
let path: string;
let nowMs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-progress-"));
  path = join(folder, "run.progress.jsonl");
  nowMs = Date.parse("2026-01-31T09:05:00.000Z");
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const silent: RunObserver = { begin: () => undefined, line: () => undefined, end: () => undefined };
const open = () => openProgressLog(path, ["redact", "export"], () => new Date(nowMs));
const done = { counts: { lines: 4, kept: 1, dropped: { noise: 2 }, droppedBefore: 0 }, reused: false, uses: [] };

async function told() {
  return (await readFile(path, "utf8"))
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

describe("the progress of a run", () => {
  it("is told stage by stage to the observer and in the file", async () => {
    const heard: string[] = [];
    const log = open();
    const observer = log.observe({
      begin: (stage) => heard.push(`begin ${stage}`),
      line: ({ lines }) => heard.push(`line ${lines}`),
      end: (stage) => heard.push(`end ${stage}`),
    });
    observer.begin("redact", 4);
    observer.line({ lines: 1 }, undefined);
    observer.end("redact", done);
    log.stopped(new Failure("the disk is full."), false);
    log.close();
    expect(heard).toEqual(["begin redact", "line 1", "end redact"]);
    const at = "2026-01-31T09:05:00.000Z";
    expect(await told()).toEqual([
      { type: "started", at, stages: ["redact", "export"] },
      { type: "stage", at, stage: "redact", total: 4 },
      { type: "progress", at, stage: "redact", lines: 1, share: 0.25 },
      {
        type: "stage-done",
        at,
        stage: "redact",
        lines: 4,
        kept: 1,
        dropped: { noise: 2 },
        droppedBefore: 0,
        reused: false,
        models: [],
      },
      { type: "ended", at, state: "failed", sentence: "the disk is full." },
    ]);
  });

  it("names no message of a fault of its own, which could quote anything", async () => {
    const log = open();
    log.stopped(new TypeError("cannot read secretCode"), false);
    log.close();
    expect(JSON.stringify(await told())).not.toContain("secretCode");
    expect((await told()).at(-1).sentence).toContain("TypeError");
  });

  it("says the less the longer a stage takes, so that a run of ten hours fits in a small file", async () => {
    const log = open();
    const observer = log.observe(silent);
    observer.begin("redact", undefined);
    for (let second = 0; second < 36_000; second++) {
      nowMs += 1_000;
      observer.line({ lines: second }, second / 36_000);
    }
    log.close();
    const records = (await told()).filter(({ type }) => type === "progress");
    expect(records.length).toBeGreaterThan(1_000);
    expect(records.length).toBeLessThan(5_000);
    // The first come at once.
    expect(records.slice(0, 3).map(({ lines }) => lines)).toEqual([0, 1, 2]);
  });

  it("goes on where the clock is set back", async () => {
    const log = open();
    const observer = log.observe(silent);
    observer.begin("redact", undefined);
    observer.line({ lines: 1 }, 0);
    nowMs -= 3_600_000;
    observer.line({ lines: 2 }, 0);
    log.close();
    expect((await told()).filter(({ type }) => type === "progress")).toHaveLength(2);
  });
});

describe("who reads along", () => {
  const types = async (tail: ReturnType<typeof progressTail>) => (await tail.read()).map(({ record }) => record.type);

  it("hears nothing where there is no file yet, then everything once", async () => {
    const tail = progressTail(path);
    expect(await types(tail)).toEqual([]);
    const log = open();
    expect(await types(tail)).toEqual(["started"]);
    log.observe(silent).begin("redact", undefined);
    expect(await types(tail)).toEqual(["stage"]);
    expect(await types(tail)).toEqual([]);
    log.close();
  });

  it("waits for the rest of a line, and leaves out what it cannot read", async () => {
    const log = open();
    const tail = progressTail(path);
    await tail.read();
    const line = JSON.stringify({ type: "stage", at: new Date(nowMs).toISOString(), stage: "redact" });
    await appendFile(path, line.slice(0, 20));
    expect(await types(tail)).toEqual([]);
    await appendFile(path, `${line.slice(20)}\nnonsense\n{"type":"from-a-newer-version"}\n${line}\n`);
    expect(await types(tail)).toEqual(["stage", "stage"]);
    log.close();
  });

  it("hears of another attempt from its beginning, whether its file is shorter or longer", async () => {
    const tail = progressTail(path);
    const first = open();
    first.observe(silent).begin("redact", undefined);
    first.close();
    await tail.read();
    nowMs += 60_000;
    const second = open();
    expect(await types(tail)).toEqual(["started"]);
    second.close();
    const longer = (await readFile(path, "utf8")).replaceAll("09:06", "09:07").repeat(10);
    await writeFile(path, longer);
    expect(await types(tail)).toHaveLength(10);
  });

  it("names each record by the byte behind it", async () => {
    const log = open();
    log.observe(silent).begin("redact", undefined);
    log.close();
    const text = await readFile(path, "utf8");
    const ends = (await progressTail(path).read()).map(({ end }) => end);
    expect(ends).toEqual([text.indexOf("\n") + 1, text.length]);
  });
});
