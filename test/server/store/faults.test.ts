/** What becomes of the store when the disk, the file or another process is in its way, and afterwards. */
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEvents } from "../../../server/store/read-events.ts";
import type { Store, StoreOptions } from "../../../server/store/store.ts";
import { openStore } from "../../../server/store/store.ts";
import type { Event } from "../../../shared/records/event.ts";
import { capturedEvent } from "../../bench/captured-events.ts";
import type { StoreChild } from "./child.ts";
import { startStoreChild } from "./child.ts";
import { hasLimits, hasModes, hasSmallDisk, onSmallDisk, run, withoutPrivileges } from "./circumstances.ts";
import { damage } from "./damage.ts";
import { receivedAt, recordingLog, smallEvent, testClock } from "./support.ts";

let dataDir: string;
let file: string;
let store: Store | undefined;
let child: StoreChild | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "stillpoint-faults-"));
  file = join(dataDir, "events.db");
});
afterEach(async () => {
  await store?.close();
  store = undefined;
  child?.end();
  await child?.ended;
  child = undefined;
  rmSync(dataDir, { recursive: true });
});

async function opened(options: Partial<StoreOptions> = {}) {
  const log = recordingLog();
  store = await openStore({ dataDir, log, ...options });
  return { store, log };
}
const batch = (events: readonly Event[]) => ({ contributor: "contributor-1", receivedAt, events });
async function idsOf(from: Store): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of readEvents(from, { after: 0 })) ids.push(id);
  return ids;
}

describe("a database that another process holds", () => {
  it("keeps a call waiting, and nobody who reads; the call is done once it lets go", async () => {
    const clock = testClock();
    const { store, log } = await opened({ clock });
    await store.events.append(batch([smallEvent(1)]));
    const other = new Sqlite(file);
    other.exec("BEGIN IMMEDIATE");
    clock.onWake = (ms) => {
      if (ms >= 3_000 && other.inTransaction) other.exec("ROLLBACK");
    };
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.held = promise;
    const waiting = store.events.append(batch([smallEvent(2)]));
    expect(await idsOf(store)).toEqual([smallEvent(1).id]);
    resolve();
    expect(await waiting).toMatchObject([{ status: "stored", position: 2 }]);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(3_000);
    expect(log.lines).toEqual([]);
    other.close();
  });

  it("for 10 s makes calls fail after a while, with reads answered all along, and takes them again afterwards", async () => {
    const clock = testClock();
    const { store, log } = await opened({ clock });
    const other = new Sqlite(file);
    other.exec("BEGIN IMMEDIATE");
    clock.onWake = (ms) => {
      if (ms >= 10_000 && other.inTransaction) other.exec("ROLLBACK");
    };
    const first = store.events.append(batch([smallEvent(1)]));
    const told = expect(first).rejects.toMatchObject({ name: "StoreUnavailable", code: "locked" });
    expect(await store.events.lastPosition()).toBe(0);
    await told;
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(5_000);
    expect(clock.monotonicMs()).toBeLessThan(6_000);
    expect(await store.events.lastPosition()).toBe(0);
    // Sent again, as a client does, it outlasts the lock.
    expect(await store.events.append(batch([smallEvent(1)]))).toMatchObject([{ status: "stored" }]);
    expect(log.lines.map(({ level, facts }) => [level, facts["code"]])).toEqual([
      ["error", "locked"],
      ["info", "locked"],
    ]);
    other.close();
  });

  it("for longer than callers have room to wait turns the rest away with a time to come back", async () => {
    const clock = testClock();
    const { store } = await opened({ clock, limits: { maxWaitingBytes: 20_000 } });
    const other = new Sqlite(file);
    other.exec("BEGIN IMMEDIATE");
    const calls = Array.from({ length: 30 }, (_, n) => store.events.append(batch([capturedEvent(n)])));
    const results = await Promise.allSettled(calls);
    const reasons = results.map((result) => (result.status === "rejected" ? result.reason : undefined));
    expect(reasons.filter((reason) => reason?.name === "StoreBacklogged").length).toBeGreaterThan(10);
    expect(reasons.find((reason) => reason?.name === "StoreBacklogged").retryAfterSeconds).toBeGreaterThanOrEqual(1);
    other.exec("ROLLBACK");
    other.close();
    await store.events.append(batch([capturedEvent(0)]));
    expect(await idsOf(store)).toEqual([capturedEvent(0).id]);
  });

  it("while it is opened is waited for, too", async () => {
    await opened();
    await store?.close();
    const other = new Sqlite(file);
    other.exec("BEGIN EXCLUSIVE");
    const clock = testClock();
    clock.onWake = (ms) => {
      if (ms >= 1_000 && other.inTransaction) other.exec("ROLLBACK");
    };
    await opened({ clock });
    other.close();
    await expect(store?.events.lastPosition()).resolves.toBe(0);
  });
});

describe("a damaged page", () => {
  const sent = Array.from({ length: 300 }, (_, n) => smallEvent(n));

  it("fails the calls that need it and no others; once it is repaired all are served, and nothing is lost", async () => {
    const { store, log } = await opened();
    await store.events.append(batch(sent));
    // The index of ids: who appends needs it, who reads by position does not.
    const repair = damage(file, "sqlite_autoindex_events_1");
    for (let n = 0; n < 3; n++) {
      await expect(store.events.append(batch([smallEvent(1_000 + n)]))).rejects.toMatchObject({
        name: "StoreUnavailable",
        code: "corrupt",
        detail: expect.stringContaining("damaged"),
      });
    }
    expect(await idsOf(store)).toEqual(sent.map(({ id }) => id));
    repair();
    expect(await store.events.append(batch([smallEvent(0), smallEvent(1_000)]))).toMatchObject([
      { status: "duplicate" },
      { status: "stored" },
    ]);
    expect(await idsOf(store)).toHaveLength(301);
    expect(log.lines.map(({ level, facts }) => [level, facts["store"], facts["code"]])).toEqual([
      ["error", "write", "corrupt"],
      ["info", "write", "corrupt"],
    ]);
  });

  it("that only readers need keeps nobody from writing", async () => {
    const { store } = await opened();
    await store.events.append(batch(sent));
    const repair = damage(file, "events_by_contributor");
    await expect(store.events.page({ after: 0, limit: 9, contributor: "contributor-1" })).rejects.toMatchObject({
      code: "corrupt",
    });
    expect(await store.events.page({ after: 0, limit: 9 })).toHaveLength(9);
    repair();
    expect(await store.events.page({ after: 0, limit: 9, contributor: "contributor-1" })).toHaveLength(9);
  });

  it("inside of a stored body is told from an event", async () => {
    const { store } = await opened();
    await store.events.append(batch([capturedEvent(1), capturedEvent(2)]));
    const other = new Sqlite(file);
    other.exec(
      "UPDATE events SET body = CAST(substr(body, 1, 300) || zeroblob(9) || substr(body, 310) AS BLOB) WHERE position = 2",
    );
    other.close();
    await expect(store.events.page({ after: 0, limit: 9 })).rejects.toMatchObject({ code: "corrupt" });
    expect(await store.events.page({ after: 0, limit: 1 })).toHaveLength(1);
  });
});

/** Sends until the store says no, and gives what was acknowledged and the refusal. */
async function sendUntilRefused(to: StoreChild, first: number) {
  const acknowledged: string[] = [];
  for (let n = first; n < first + 5_000; n++) {
    const told = await to.call("events", "append", batch([capturedEvent(n)]));
    if (told === undefined) throw new Error("the process ended");
    if ("error" in told) return { acknowledged, error: told.error, next: n };
    acknowledged.push(capturedEvent(n).id);
  }
  throw new Error("nothing was refused");
}
async function idsIn(from: StoreChild): Promise<string[]> {
  const ids: string[] = [];
  for (let after = 0; ; ) {
    const told = await from.call("events", "page", { after, limit: 500 });
    if (told === undefined || "error" in told) throw new Error("could not be read");
    const page = told.value as { id: string; position: number }[];
    const last = page.at(-1);
    if (last === undefined) return ids;
    ids.push(...page.map(({ id }) => id));
    after = last.position;
  }
}

describe("a disk", () => {
  it.skipIf(!hasSmallDisk)(
    "that is full refuses, reads on, loses nothing acknowledged, and takes more once there is space",
    async () => {
      child = startStoreChild(dataDir, onSmallDisk(dataDir));
      expect(await child.opened).toHaveProperty("openedMs");
      const before = await sendSome(child, 0, 200);
      await child.call("child", "fillDisk");
      const full = await sendUntilRefused(child, 200);
      expect(full.error).toMatchObject({ name: "StoreUnavailable", code: "full" });
      const still = await child.call("events", "append", batch([capturedEvent(full.next)]));
      expect(still).toMatchObject({ error: { code: "full" } });
      expect(await idsIn(child)).toEqual([...before, ...full.acknowledged]);
      await child.call("child", "freeDisk");
      const after = await sendSome(child, full.next, full.next + 50);
      expect(await idsIn(child)).toEqual([...before, ...full.acknowledged, ...after]);
      const told = await child.call("child", "log");
      expect(told).toMatchObject({ value: [{ level: "error", facts: { code: "full" } }, { level: "info" }] });
    },
  );

  it.skipIf(!hasLimits)(
    "that reports errors refuses, reads on, loses nothing acknowledged, and takes more when it is well",
    async () => {
      child = startStoreChild(dataDir);
      expect(await child.opened).toHaveProperty("openedMs");
      const before = await sendSome(child, 0, 50);
      // The kernel refuses every write behind this many bytes of a file (EFBIG), until the limit is lifted.
      const limit = (bytes: string) => {
        expect(run(["prlimit", `--pid=${child?.pid}`, `--fsize=${bytes}:`])).toBe(0);
      };
      limit("1000000");
      const failing = await sendUntilRefused(child, 50);
      expect(failing.error).toMatchObject({ name: "StoreUnavailable", code: "disk" });
      expect(await idsIn(child)).toEqual([...before, ...failing.acknowledged]);
      limit("unlimited");
      const after = await sendSome(child, failing.next, failing.next + 50);
      expect(await idsIn(child)).toEqual([...before, ...failing.acknowledged, ...after]);
    },
  );
});

async function sendSome(to: StoreChild, from: number, until: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = from; n < until; n++) {
    const told = await to.call("events", "append", batch([capturedEvent(n)]));
    expect(told).toMatchObject({ value: [{ status: "stored" }] });
    ids.push(capturedEvent(n).id);
  }
  return ids;
}

describe.skipIf(!hasModes)("a folder that may only be read", () => {
  it("is refused at the start, with a sentence that says what is wrong", async () => {
    mkdirSync(join(dataDir, "sealed"), { mode: 0o555 });
    child = startStoreChild(join(dataDir, "sealed"), withoutPrivileges);
    expect(await child.opened).toEqual({ failed: expect.stringMatching(/sealed.*cannot be written/u) });
    expect(await child.ended).toBe(1);
  });

  it("met when the file is opened again refuses until it may be written", async () => {
    child = startStoreChild(dataDir, withoutPrivileges);
    await child.opened;
    const before = await sendSome(child, 0, 20);
    renameSync(file, `${file}.away`);
    expect((await sendUntilRefused(child, 20)).error).toMatchObject({ code: "missing" });
    expect(await child.call("events", "lastPosition")).toMatchObject({ error: { code: "missing" } });
    renameSync(`${file}.away`, file);
    chmodSync(file, 0o444);
    chmodSync(dataDir, 0o555);
    expect((await sendUntilRefused(child, 20)).error).toMatchObject({ name: "StoreUnavailable", code: "read-only" });
    chmodSync(dataDir, 0o755);
    chmodSync(file, 0o644);
    const after = await sendSome(child, 20, 30);
    expect(await idsIn(child)).toEqual([...before, ...after]);
  });
});
