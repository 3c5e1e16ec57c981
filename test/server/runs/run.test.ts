import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfiguration } from "../../../server/configuration/configuration.ts";
import { acquireLock } from "../../../server/jsonl/lock.ts";
import type { RunObserver, StageDone } from "../../../server/runs/run.ts";
import { runTask } from "../../../server/runs/run.ts";
import type { TaskChanges } from "../../../server/runs/task-file.ts";
import { adaptTask, readTask } from "../../../server/runs/task-file.ts";
import { exampleLines } from "../jsonl/examples.ts";

let folder: string;
let told: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-run-"));
  told = [];
  await writeFile(join(folder, "in.jsonl"), exampleLines(20));
  await writeFile(join(folder, "task.yaml"), task);
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const task = `name: small
kind: distillation
input:
  file: in.jsonl
models:
  teacher: builtin
  student: builtin
stages:
  - redact
  - split: { shares: "0.5,0.25,0.25" }
  - distill: { model: teacher }
  - score
  - sample: { model: student }
  - settle: { noiseAbove: 10 }
  - expect
output:
  dataset: small
  formats: [prompt-completion, examples]
`;

interface Given {
  readonly data?: string;
  readonly changes?: TaskChanges;
  readonly signal?: AbortSignal;
  readonly observer?: Partial<RunObserver>;
  readonly seed?: number;
}

/** Runs the task; `stages` says of each what became of it. */
async function run({ data = "data", changes = {}, signal, observer = {}, seed = 1 }: Given = {}) {
  const dataDir = join(folder, data);
  const env = {};
  const stages: string[] = [];
  const result = await runTask({
    task: adaptTask(await readTask(join(folder, "task.yaml"), "task.yaml"), changes),
    configuration: loadConfiguration({ dataDir, configFile: undefined, env, flags: { seed } }),
    dataDir,
    env,
    signal: signal ?? new AbortController().signal,
    warn: (sentence) => told.push(sentence),
    now: () => new Date("2026-01-31T09:05:00.000Z"),
    observer: {
      begin: () => undefined,
      line: () => undefined,
      end: (stage, { reused }: StageDone) => stages.push(reused ? `${stage} reused` : stage),
      ...observer,
    },
  });
  return { ...result, done: stages };
}

/** Every file of a data folder by its path, but for what may differ: the log of a run and of an export. */
async function filesOf(data: string): Promise<Record<string, string>> {
  const root = join(folder, data);
  const files: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /^run\.(?:log\.jsonl|progress\.jsonl|json)$/u.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(root.length + 1)] = await readFile(path, "utf8");
  }
  return files;
}

const whole = ["redact", "split", "distill", "score", "sample", "settle", "expect"];
const reused = whole.map((stage) => `${stage} reused`);

describe("a run", () => {
  it("leaves a file for each stage, the task as it was run, a manifest and a dataset", async () => {
    const { done, stages, dataset } = await run();
    expect(done).toEqual(whole);
    expect((await readdir(join(folder, "data", "runs", "small"))).sort()).toEqual([
      ...["01-redact", "02-split", "03-distill", "04-score", "05-sample", "06-settle", "07-expect"].map(
        (n) => `${n}.jsonl`,
      ),
      "manifest.json",
      "run.log.jsonl",
      "run.progress.jsonl",
      "task.json",
    ]);
    expect(stages.map(({ lines }) => lines)).toEqual(Array(7).fill(20));
    expect(dataset?.version).toBe("v1");
    expect(told).toEqual([]);
  });

  it("ends in the same files wherever it lies, but for its log", async () => {
    await run({ data: "one" });
    await run({ data: "two" });
    expect(await filesOf("two")).toEqual(await filesOf("one"));
  });

  it("holds no clock and no path of this machine, but in its log", async () => {
    await run();
    for (const [name, text] of Object.entries(await filesOf("data"))) {
      expect(text.includes(folder), name).toBe(false);
      expect(text.includes("2026-01-31T09:05:00.000Z"), name).toBe(false);
    }
  });

  it("does nothing twice: started again, every output is still good and no dataset is added", async () => {
    await run();
    const before = await filesOf("data");
    const { done, dataset } = await run();
    expect(done).toEqual(reused);
    expect(dataset).toMatchObject({ version: "v1", written: false });
    expect(await filesOf("data")).toEqual(before);
  });

  it("does a stage again whose options have changed, and those behind it whose input did", async () => {
    await run();
    await writeFile(join(folder, "task.yaml"), task.replace("noiseAbove: 10", "noiseAbove: 0"));
    const { done } = await run();
    expect(done).toEqual([...reused.slice(0, 5), "settle", "expect"]);
  });

  it("does a stage again whose output somebody changed, and keeps those behind it that come out the same", async () => {
    await run();
    const before = await filesOf("data");
    await writeFile(join(folder, "data", "runs", "small", "02-split.jsonl"), "spoilt\n");
    expect((await run()).done).toEqual(["redact reused", "split", ...reused.slice(2)]);
    expect(await filesOf("data")).toEqual(before);
  });

  it("does everything again where the input, or the seed, is another", async () => {
    await run();
    await writeFile(join(folder, "in.jsonl"), exampleLines(21));
    expect((await run()).done).toEqual(whole);
    expect((await run({ seed: 2 })).done).toEqual(whole);
  });

  it("removes outputs of stages that the task has no longer", async () => {
    await run();
    await writeFile(join(folder, "task.yaml"), task.replace("  - expect\n", "").replace(/output:\n(?: .*\n)*/u, ""));
    const { dataset } = await run();
    expect(dataset).toBeUndefined();
    expect(await readdir(join(folder, "data", "runs", "small"))).not.toContain("07-expect.jsonl");
  });

  it.each(whole.slice(2))("goes on where it was interrupted in %s, and ends in the same files", async (stage) => {
    await run({ data: "whole" });
    const stop = new AbortController();
    let now = "";
    const interrupted = run({
      signal: stop.signal,
      observer: {
        begin: (name) => {
          now = name;
        },
        line: ({ lines }) => {
          if (now === stage && lines === 7) stop.abort(new Error("interrupted"));
        },
      },
    });
    await expect(interrupted).rejects.toThrow("interrupted");
    const { done } = await run();
    expect(done).toContain(stage);
    expect(await filesOf("data")).toEqual(await filesOf("whole"));
  });

  it("goes on from any state that a kill can leave, between any two of its steps", async () => {
    await run({ data: "whole" });
    const good = await filesOf("whole");
    const copyOfWhole = async (name: string) => {
      await cp(join(folder, "whole"), join(folder, "data"), { recursive: true });
      return join(folder, "data", "runs", "small", name);
    };
    // Killed before the manifest was written, after the rename, and before the log's line was whole.
    await rm(await copyOfWhole("manifest.json"));
    await run();
    expect(await filesOf("data")).toEqual(good);
    await writeFile(await copyOfWhole("run.log.jsonl"), '{"at":"2026', { flag: "a" });
    await run();
    const log = await readFile(join(folder, "data", "runs", "small", "run.log.jsonl"), "utf8");
    expect(log).toMatch(/\{"at":"2026\n\{"at":"2026-01-31/);
    expect(await filesOf("data")).toEqual(good);
  });

  it("lets no second run of the same name in beside it, and names the process", async () => {
    await run();
    const release = await acquireLock(join(folder, "data", "runs", "small", "lock"), "the run");
    await expect(run()).rejects.toThrow(`the run small is being written by process ${process.pid}`);
    await release();
    expect((await run()).done).toEqual(reused);
  });

  it("leaves bad lines of its input out, and keeps a copy of them", async () => {
    await writeFile(join(folder, "in.jsonl"), `nonsense\n${exampleLines(5)}`);
    expect((await run()).rejected).toBe(1);
    expect(told[0]).toContain("in.jsonl, line 1, column 1: broken JSON");
    expect(await readFile(join(folder, "data", "runs", "small", "input.rejected.jsonl"), "utf8")).toBe("nonsense\n");
    // Also when every output is still good.
    expect((await run()).rejected).toBe(1);
  });

  it("names a key that is missing before its first stage", async () => {
    const changes = { models: { teacher: "builtin", student: "anthropic:claude-opus-5" } };
    const begun: string[] = [];
    const running = run({ changes, observer: { begin: (stage) => begun.push(stage) } });
    await expect(running).rejects.toThrow(/set ANTHROPIC_API_KEY/u);
    expect(begun).toEqual([]);
  });

  it("makes no data folder where the input does not exist", async () => {
    await rm(join(folder, "in.jsonl"));
    await expect(run()).rejects.toThrow("cannot read in.jsonl: it does not exist.");
    await expect(stat(join(folder, "data", "datasets"))).rejects.toThrow();
  });
});
