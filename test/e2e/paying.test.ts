/** What a run pays for: each answer once, and per kill at most the requests then in flight. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "../../shared/ids.ts";
import type { DoubleRequest, Double as ModelDouble } from "../doubles/http-double.ts";
import { startOpenAiDouble } from "../doubles/openai.ts";
import { answer as teacherAnswer } from "../doubles/teacher-answer.ts";
import { makeExample } from "../server/jsonl/examples.ts";
import { startKillable, stillpoint } from "./command.ts";
import { seededRandom } from "./seeded-random.ts";

const examples = 60;
/** Of those, how many ask what another has asked already. */
const repeats = 10;
const concurrency = 4;
const kills = 8;
const answerMs = 15;
const seed = 20_260_131;

let cwd: string;
let double: ModelDouble;

/** Called for every answer that the double gives. */
let onAnswer: () => void;

/** Every answer tells which prompt it is for, so that the cache's rows can be held against the requests. */
function answer(request: DoubleRequest): string {
  return `For ${sha256Hex(request.prompt)}.\n${teacherAnswer(request)}`;
}

/** An example whose excerpt says which it is; the last ones say what earlier ones do. */
function distinctExample(n: number) {
  const example = makeExample(n);
  const text = `const a = ${n % (examples - repeats)};\nconst b = 0;\n`;
  const document = { ...example.snapshot.document, sha256: sha256Hex(text) };
  const start = text.indexOf("const b");
  const editable = { start, end: text.length };
  return {
    ...example,
    snapshot: { ...example.snapshot, document, excerpt: { startLine: 0, text }, cursor: start, editable },
  };
}

const task = `name: paid
kind: distillation
input: { file: in.jsonl }
concurrency: ${concurrency}
models: { teacher: builtin }
stages:
  - redact
  - distill: { model: teacher }
  - score
  - repair: { model: teacher }
  - expect
output: { dataset: paid, formats: [examples] }
`;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "stillpoint-paying-"));
  const lines = Array.from({ length: examples }, (_, n) => JSON.stringify(distinctExample(n)));
  await writeFile(join(cwd, "in.jsonl"), `${lines.join("\n")}\n`);
  await writeFile(join(cwd, "task.yaml"), task);
  onAnswer = () => undefined;
  double = await startOpenAiDouble({
    answer(request) {
      onAnswer();
      return answer(request);
    },
  });
});
afterEach(async () => {
  await double.close();
  await rm(cwd, { recursive: true, force: true });
});

const argsFor = (data: string) => ["run", "task.yaml", "--teacher", `openai:double@${double.url}/v1`, "--data", data];

/** The answers that are committed, by their text. */
function committed(data: string): Set<string> {
  try {
    const database = new Database(join(cwd, data, "cache.db"), { readonly: true });
    try {
      return new Set(
        database
          .prepare<[], { raw: string }>("SELECT raw FROM answers")
          .all()
          .map(({ raw }) => raw),
      );
    } finally {
      database.close();
    }
  } catch {
    // Killed before there was one.
    return new Set();
  }
}

/** The text that each request logged from `first` on was, or would have been, answered with. */
function answersFrom(first: number): string[] {
  return double.log.slice(first).map(({ body }) => {
    const messages = (body as { messages: DoubleRequest["messages"] }).messages;
    const prompt = messages.findLast(({ role }) => role === "user")?.content ?? "";
    return answer({ system: "", messages, prompt, sample: 0 });
  });
}

const stageFiles = ["02-distill.jsonl", "05-expect.jsonl", "manifest.json", "task.json"];
const filesOf = (data: string) =>
  Promise.all(stageFiles.map((name) => readFile(join(cwd, data, "runs", "paid", name), "utf8")));

describe("a run that pays for answers", () => {
  it("buys as many as there are distinct requests, exactly, and none when it is run again", async () => {
    expect((await stillpoint(argsFor("data"), { cwd })).exitCode).toBe(0);
    const needed = examples - repeats;
    expect(double.counts()).toMatchObject({ requests: needed, distinct: needed, bought: needed });
    expect(double.counts().mostUnderWay).toBeLessThanOrEqual(concurrency);
    await rm(join(cwd, "data", "runs"), { recursive: true });
    expect((await stillpoint(argsFor("data"), { cwd })).exitCode).toBe(0);
    expect(double.counts().requests).toBe(needed);
  });

  it("loses at most the requests in flight by a kill, and never asks for what was committed", async () => {
    const random = seededRandom(seed);
    double.plan({ fault: { kind: "slow", delayMs: answerMs }, times: Number.POSITIVE_INFINITY });
    for (let kill = 0; kill < kills; kill++) {
      const before = double.log.length;
      const known = committed("data");
      let left = 1 + Math.floor(random() * 6);
      const child = startKillable(argsFor("data"), { cwd });
      onAnswer = () => {
        if (--left === 0) child.kill();
      };
      expect(await child.ended).toMatchObject({ exitCode: null });
      expect(answersFrom(before).filter((text) => known.has(text))).toEqual([]);
    }
    onAnswer = () => undefined;
    const known = committed("data");
    const before = double.log.length;
    expect((await stillpoint(argsFor("data"), { cwd })).exitCode).toBe(0);
    expect(answersFrom(before).filter((text) => known.has(text))).toEqual([]);

    const needed = examples - repeats;
    const { requests, distinct } = double.counts();
    expect(distinct).toBe(needed);
    expect(requests).toBeGreaterThan(needed);
    expect(requests).toBeLessThanOrEqual(needed + kills * concurrency);
    expect((await stillpoint(argsFor("whole"), { cwd })).exitCode).toBe(0);
    expect(await filesOf("data")).toEqual(await filesOf("whole"));
  });
});
