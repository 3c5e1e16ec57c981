import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfiguration } from "../../../server/configuration/configuration.ts";
import { runTask } from "../../../server/runs/run.ts";
import { readTask } from "../../../server/runs/task-file.ts";
import type { Store } from "../../../server/store/store.ts";
import { openStore } from "../../../server/store/store.ts";
import type { Example } from "../../../shared/records/example.ts";
import { eventId } from "../../bench/captured-events.ts";
import { given, made, ratingOf, settled, snapshotFrom } from "../stages/captured.ts";
import { recordingLog } from "../store/support.ts";

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-pull-run-"));
  await writeFile(join(folder, "task.yaml"), task);
  store = await openStore({ dataDir: folder, log: recordingLog() });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const task = `name: captured
kind: distillation
input:
  pull: { language: [typescript] }
stages:
  - redact
  - split: { shares: "1,0,0" }
  - verdicts
  - expect
output:
  dataset: captured
  formats: [examples]
`;

const predictionId = (n: number) => eventId(5_000 + n);

/** A capture in which a prediction was made and rated good: a target of its own. */
async function stores(n: number): Promise<void> {
  const snapshot = snapshotFrom({ n });
  const events = [
    settled({ n, predictionId: predictionId(n) }),
    made(1_000 + n, predictionId(n), snapshot, "rated good\n"),
    given(2_000 + n, ratingOf(3_000 + n, predictionId(n))),
  ];
  await store.events.append({ contributor: "contributor-1", receivedAt: "2026-01-31T10:00:00.000Z", events });
}

/** @param stopAt the stage in which the run is interrupted */
async function run(stopAt?: string) {
  const stop = new AbortController();
  const done: string[] = [];
  const result = await runTask({
    task: await readTask(join(folder, "task.yaml"), "task.yaml"),
    configuration: loadConfiguration({ dataDir: folder, configFile: undefined, env: {} }),
    dataDir: folder,
    env: {},
    signal: stop.signal,
    warn: () => undefined,
    now: () => new Date("2026-01-31T10:00:00.000Z"),
    observer: {
      begin: (stage) => {
        if (stage === stopAt) stop.abort(new Error(`stopped in ${stage}`));
      },
      line: () => undefined,
      end: (stage, { reused }) => done.push(reused ? `${stage} reused` : stage),
    },
  });
  return { ...result, done };
}

async function examples(): Promise<Example[]> {
  const text = await readFile(join(folder, "runs", "captured", "04-expect.jsonl"), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Example);
}

async function asOfs(): Promise<unknown[]> {
  const manifest = JSON.parse(await readFile(join(folder, "runs", "captured", "manifest.json"), "utf8")) as {
    stages: { identity: { fingerprint: { upTo?: number; asOf?: number } | null } }[];
  };
  return manifest.stages.flatMap(({ identity: { fingerprint } }) => fingerprint?.upTo ?? fingerprint?.asOf ?? []);
}

describe("a run that begins with what the server has stored", () => {
  it("takes it through to a dataset whose manifest says as of which position", async () => {
    await stores(0);
    await stores(1);
    const { dataset } = await run();
    expect(dataset?.tally.counts.exported).toBe(2);
    expect((await examples()).map(({ expected }) => expected)).toEqual(
      Array(2).fill({ text: "rated good\n", from: "rated" }),
    );
    expect(await asOfs()).toEqual([6, 6]);
    const manifest = await readFile(join(dataset?.folder ?? "", "manifest.json"), "utf8");
    expect(JSON.parse(manifest)).toMatchObject({
      provenance: { stages: expect.arrayContaining([expect.objectContaining({ fingerprint: { asOf: 6 } })]) },
    });
  });

  it("goes on, when it was interrupted, with what there was when it began", async () => {
    await stores(0);
    await expect(run("verdicts")).rejects.toThrow("stopped in verdicts");
    await stores(1);
    const { done } = await run();
    expect(done).toEqual(["pull reused", "redact reused", "split reused", "verdicts", "expect"]);
    expect(await examples()).toHaveLength(1);
    expect(await asOfs()).toEqual([3, 3]);
  });

  it("looks again once it is done", async () => {
    await stores(0);
    await run();
    expect((await run()).done.every((stage) => stage.endsWith(" reused"))).toBe(true);
    await stores(1);
    const { dataset } = await run();
    expect(await examples()).toHaveLength(2);
    expect(dataset?.version).toBe("v2");
  });

  it("says so where there is nothing, and looks again the next time", async () => {
    await expect(run()).rejects.toThrow("the server has stored no settled snapshot that the task asks for.");
    await stores(0);
    expect((await run()).dataset?.tally.counts.exported).toBe(1);
  });
});
