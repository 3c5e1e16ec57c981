/** The queue of runs: what was asked for under a name last is what counts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../../server/store/store.ts";
import { openStore } from "../../../server/store/store.ts";
import { receivedAt as at, recordingLog } from "./support.ts";

let dataDir: string;
let store: Store;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "stillpoint-run-queue-"));
  store = await openStore({ dataDir, log: recordingLog() });
});
afterEach(async () => {
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

const actor = { at, actor: "0123456789ab" };
const submit = (name: string) => store.runs.submit({ name, task: "{}", seed: 1, actor });

describe("the queue of runs", () => {
  it("gives the first that waits, and the one under way before it", async () => {
    expect(await store.runs.next()).toBeUndefined();
    const [b, a] = [await submit("b"), await submit("a")];
    expect((await store.runs.next())?.name).toBe("b");
    expect(await store.runs.begin({ name: "b", number: b.number, at, pid: 7 })).toBe(true);
    expect(await store.runs.next()).toMatchObject({ name: "b", state: "running", pid: 7, seed: 1, task: "{}" });
    await store.runs.end({ name: "b", number: b.number, at, state: "done", exitCode: 0 });
    expect(await store.runs.next()).toMatchObject({ name: "a", number: a.number });
    expect((await store.runs.list()).map(({ name, state }) => [name, state])).toEqual([
      ["b", "done"],
      ["a", "queued"],
    ]);
  });

  it("takes no name twice while it is active, and puts it at the end once it is not", async () => {
    const first = await submit("one");
    await submit("two");
    await expect(submit("one")).rejects.toMatchObject({ code: "run-active" });
    await store.runs.end({ name: "one", number: first.number, at, state: "failed", sentence: "no." });
    await submit("one");
    expect((await store.runs.list()).map(({ name, state }) => [name, state])).toEqual([
      ["two", "queued"],
      ["one", "queued"],
    ]);
    expect(await store.runs.find({ name: "one" })).not.toHaveProperty("task");
    expect((await store.runs.find({ name: "one" }))?.sentence).toBeUndefined();
  });

  it("lets what is said of an earlier one change nothing of the later", async () => {
    const first = await submit("one");
    expect(await store.runs.cancel({ name: "one", actor })).toMatchObject({ state: "cancelled", cancelAsked: true });
    await submit("one");
    expect(await store.runs.begin({ name: "one", number: first.number, at, pid: 7 })).toBe(false);
    await store.runs.end({ name: "one", number: first.number, at, state: "done" });
    expect(await store.runs.find({ name: "one" })).toMatchObject({ state: "queued", cancelAsked: false });
  });

  it("remembers that one under way is to be cancelled, once in the audit log", async () => {
    const { number } = await submit("one");
    await store.runs.begin({ name: "one", number, at, pid: 7 });
    for (let times = 0; times < 2; times++) {
      expect(await store.runs.cancel({ name: "one", actor })).toMatchObject({ state: "running", cancelAsked: true });
    }
    expect(await store.runs.begin({ name: "one", number, at, pid: 8 })).toBe(false);
    expect((await store.audit.page({ limit: 9 })).map(({ act }) => act)).toEqual(["run.cancel", "run.start"]);
    await store.runs.end({ name: "one", number, at, state: "cancelled" });
    await expect(store.runs.cancel({ name: "one", actor })).rejects.toMatchObject({ code: "run-ended" });
    await expect(store.runs.cancel({ name: "none", actor })).rejects.toMatchObject({ code: "unknown-run" });
  });
});
