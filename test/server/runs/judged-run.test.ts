/**
 * A run in which models judge: a teacher that answers badly in every way, a judge that sees it, and what becomes of
 * each answer; stopped at any moment and continued, it ends in the same files.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfiguration } from "../../../server/configuration/configuration.ts";
import { findMarker, NO_EDIT, REGION_END, REGION_START } from "../../../server/prompts/markers.ts";
import { runTask } from "../../../server/runs/run.ts";
import { readTask } from "../../../server/runs/task-file.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { startAnthropicDouble } from "../../doubles/anthropic.ts";
import type { Double, DoubleRequest } from "../../doubles/http-double.ts";
import { makeExample } from "../jsonl/examples.ts";
import { CURSOR, snapshotOf } from "../models/builtin/editing.ts";
import { withoutBackoff } from "../models/support.ts";

const examples = 20;
const concurrency = 4;

/** The person renames `totalN` to `sumN`, and has come as far as the first line. */
const kept = ["first();\n", "second();\n", "third();\n"].join("");
const earlier = (n: number) => `const total${n} = add(a, b);\n${kept}print(total${n});\n`;
const now = (n: number) => earlier(n).replace("total", "sum");
const finished = (n: number) => now(n).replace("total", "sum");

/** What the teacher does with the n-th example, by its last digit. */
const first: Readonly<Record<number, (n: number) => string>> = {
  0: (n) => region(earlier(n)),
  1: (n) => region(now(n).replace(kept, "")),
  2: (n) => region(finished(n).concat(n < 10 ? "<|fim_middle|>\n" : `${REGION_START}\n`)),
  5: (n) => region(earlier(n)),
  6: (n) => region(`${finished(n)}// ... rest of the code\n`),
  7: (n) => `I'm sorry, but I can't help with the rest.\n${region(finished(n))}`,
};
const REFUSED = 3;
const TRUNCATED = 4;
const REVERTS_AGAIN = 5;

function region(text: string): string {
  return `They rename.\n\n${REGION_START}\n${text}${REGION_END}\n`;
}

function answer({ messages, prompt, schema }: DoubleRequest): string {
  const n = Number(/const sum(\d+) =/u.exec(messages[0]?.content ?? "")?.[1]);
  const properties = (schema as { properties?: object } | undefined)?.properties ?? {};
  if ("confidence" in properties) {
    const reverts = /\[-sum\d/u.test(prompt);
    const confidence = reverts ? 1 : /\[-first/u.test(prompt) ? 2 : 5;
    return JSON.stringify({ reasoning: `It is example ${n}.`, reverts, confidence });
  }
  if ("intent" in properties) return JSON.stringify({ reasoning: "A rename.", intent: "infer-refactor" });
  if ("score" in properties) return JSON.stringify({ reason: "A rename.", score: 4 });
  if (prompt.startsWith("Your answer was checked")) {
    return n % 10 === REVERTS_AGAIN ? region(earlier(n)) : n % 10 === 1 ? `No.\n${NO_EDIT}\n` : region(finished(n));
  }
  return first[n % 10]?.(n) ?? region(finished(n));
}

function exampleOf(n: number): Example {
  const { settlement, ...example } = makeExample(n, finished(n));
  const snapshot = snapshotOf({ states: [earlier(n), now(n).replace(`sum${n}`, `sum${n}${CURSOR}`)] });
  if (!settlement) throw new Error("the example is settled");
  return { ...example, id: sha256Hex(`judged ${n}`), snapshot, settlement: { ...settlement, unchanged: false } };
}

const task = `name: judged
kind: distillation
input: { file: in.jsonl }
concurrency: ${concurrency}
models: { teacher: "anthropic:claude-opus-5", judge: "anthropic:claude-sonnet-5" }
stages:
  - redact
  - distill: { model: teacher }
  - score
  - qa: { model: judge }
  - repair: { model: teacher }
  - expect
  - label: { model: judge }
  - rate: { model: judge }
  - filter
output: { dataset: judged, formats: [prompt-completion, examples] }
`;

let folder: string;
let double: Double;
let onAnswer: () => void;

beforeEach(async () => {
  withoutBackoff();
  folder = await mkdtemp(join(tmpdir(), "stillpoint-judged-"));
  onAnswer = () => undefined;
  double = await startAnthropicDouble({
    answer(request) {
      onAnswer();
      return answer(request);
    },
  });
  for (const [digit, kind] of [
    [REFUSED, "refusal"],
    [TRUNCATED, "truncated"],
  ] as const) {
    for (let n = digit; n < examples; n += 10) {
      double.plan({ fault: { kind }, times: Number.POSITIVE_INFINITY, matching: `const sum${n} =` });
    }
  }
  const lines = Array.from({ length: examples }, (_, n) => `${JSON.stringify(exampleSchema.parse(exampleOf(n)))}\n`);
  await writeFile(join(folder, "in.jsonl"), lines.join(""));
  await writeFile(join(folder, "task.yaml"), task);
});
afterEach(async () => {
  await double.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(data: string, signal = new AbortController().signal) {
  const dataDir = join(folder, data);
  const reused: string[] = [];
  const env = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: double.url };
  const result = await runTask({
    task: await readTask(join(folder, "task.yaml"), "task.yaml"),
    configuration: loadConfiguration({ dataDir, configFile: undefined, env, flags: { concurrency } }),
    dataDir,
    env,
    signal,
    warn: () => undefined,
    now: () => new Date("2026-01-31T09:05:00.000Z"),
    observer: {
      begin: () => undefined,
      line: () => undefined,
      end: (stage, done) => {
        if (done.reused) reused.push(stage);
      },
    },
  });
  return { ...result, reused };
}

async function examplesOf(path: string): Promise<Example[]> {
  const lines = (await readFile(path, "utf8")).split("\n").filter(Boolean);
  return lines.map((line) => exampleSchema.parse(JSON.parse(line)));
}

/** What a run left, but for what may differ: its logs, and the cache's file. */
async function filesOf(data: string): Promise<Record<string, string>> {
  const root = join(folder, data);
  const files: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /^run\.|^cache\.db/u.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(root.length + 1)] = await readFile(path, "utf8");
  }
  return files;
}

describe("a run with a judge", () => {
  it("catches every bad answer, with the right reason, and lets none into the dataset", async () => {
    const { lastFile, dataset, stages } = await run("data");
    const out = await examplesOf(lastFile);
    const became = (digit: number) =>
      out.filter((_, n) => n % 10 === digit).map(({ repair, dropped }) => [repair?.triggers, dropped?.reason]);
    const both = (triggers: string[] | undefined, reason: string | undefined) => Array(2).fill([triggers, reason]);
    expect(became(0)).toEqual(both(["reverts", "lowConfidence"], undefined));
    expect(became(1)).toEqual(both(["lowConfidence"], undefined));
    expect(became(2)).toEqual(both(undefined, "noTarget"));
    expect(became(REFUSED)).toEqual(both(undefined, "noTarget"));
    expect(became(TRUNCATED)).toEqual(both(undefined, "noTarget"));
    expect(became(REVERTS_AGAIN)).toEqual(both(["reverts", "lowConfidence"], "failedTwice"));
    expect(became(6)).toEqual(both(undefined, "incomplete"));
    expect(became(7)).toEqual(both(undefined, "refusal"));
    expect(became(8)).toEqual(both(undefined, undefined));
    expect(out.map(({ teacher }) => teacher?.predictions[0]?.error).slice(0, 5)).toEqual([
      undefined,
      undefined,
      "marker",
      "refusal",
      "truncated",
    ]);

    const dropped = stages.map((stage) => Object.values(stage.dropped).reduce((sum, n) => sum + n, 0));
    expect(dropped).toEqual([0, 0, 0, 0, 2, 6, 0, 0, 4]);
    const rows = await readFile(join(dataset?.folder ?? "", "data", "train.jsonl"), "utf8");
    expect(rows.split("\n").filter(Boolean)).toHaveLength(8);
    for (const row of rows.split("\n").filter(Boolean)) {
      const { completion } = JSON.parse(row) as { completion: string };
      expect(findMarker(completion.replace(/>>>>>>> UPDATED\n?$/u, "").replace("NO_EDITS", ""))).toBeUndefined();
      expect(completion).not.toContain("sorry");
    }
    const [good] = out.filter(({ dropped: fell }) => !fell).slice(-1);
    expect(good?.labels).toMatchObject({ intent: "infer-refactor", location: "non-local-edit" });
    expect(good?.quality?.score).toBe(4);
  });

  it("buys each answer once, and nothing at all when it is run again", async () => {
    await run("data");
    const { requests, bought, distinctBought } = double.counts();
    // Two further attempts at each marker, refusal and truncated answer; every other one is another request's.
    expect(bought - distinctBought).toBe(2 * 3 * 2);
    const { reused } = await run("data");
    expect(reused).toHaveLength(9);
    expect(double.counts().requests).toBe(requests);
  });

  it("ends in the same files however often it is stopped, and buys no more than was under way again", async () => {
    await run("whole");
    const alone = double.counts().bought;
    let stops = 0;
    for (let done = false; !done; ) {
      const stop = new AbortController();
      let left = 3 + 5 * stops;
      onAnswer = () => {
        if (--left === 0) stop.abort(new Error("stopped by the test"));
      };
      done = await run("stopped", stop.signal).then(
        () => true,
        () => false,
      );
      if (!done) stops++;
    }
    expect(stops).toBeGreaterThan(2);
    expect(await filesOf("stopped")).toEqual(await filesOf("whole"));
    expect(double.counts().bought - alone).toBeLessThanOrEqual(alone + stops * concurrency);
  });

  it("records each stage with its version, options, model and prompt; another rubric redoes only what follows", async () => {
    await run("data");
    const manifest = JSON.parse(await readFile(join(folder, "data", "runs", "judged", "manifest.json"), "utf8"));
    const identities = manifest.stages.map(({ identity }: { identity: Record<string, unknown> }) => identity);
    const of = (stage: string) => identities.find((identity: Record<string, unknown>) => identity["stage"] === stage);
    const judge = { provider: "anthropic", model: "claude-sonnet-5" };
    for (const [stage, prompt] of [
      ["qa", /^qa-1:/u],
      ["label", /^label-1:/u],
      ["rate", /^rate-1:/u],
    ] as const) {
      expect(of(stage)).toMatchObject({
        version: 1,
        options: { model: "anthropic:claude-sonnet-5", diagnostics: true },
        fingerprint: { model: judge, prompt: expect.stringMatching(prompt) },
      });
    }
    expect(of("filter")).toMatchObject({ version: 1, options: { flag: false, maxHunks: 8, maxRepeats: 3 } });
    await writeFile(join(folder, "task.yaml"), task.replace("filter", "filter: { maxRepeats: 4 }"));
    expect((await run("data")).reused).toHaveLength(8);
  });
});
