/** The store as a second process opens it, beside the one that writes. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../../server/store/database.ts";
import { eventMigrations } from "../../../server/store/event-migrations/index.ts";
import { openStore } from "../../../server/store/store.ts";
import { receivedAt, recordingLog, smallEvent } from "./support.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-read-only-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const open = (readOnly = false) => openStore({ dataDir: folder, log: recordingLog(), readOnly });

describe("a store opened for reading", () => {
  it("sees what another has committed by now, and stores nothing itself", async () => {
    const writer = await open();
    const reader = await open(true);
    const append = { contributor: "contributor-1", receivedAt, events: [smallEvent(1)] };
    expect(await reader.events.lastPosition()).toBe(0);
    await writer.events.append(append);
    expect(await reader.events.lastPosition()).toBe(1);
    await expect(reader.events.append(append)).rejects.toMatchObject({ name: "StoreUnavailable", code: "read-only" });
    await reader.close();
    await writer.close();
  });

  it("is still there when the one that wrote has gone", async () => {
    const writer = await open();
    await writer.events.append({ contributor: "contributor-1", receivedAt, events: [smallEvent(1)] });
    await writer.close();
    const reader = await open(true);
    expect(await reader.events.lastPosition()).toBe(1);
    await reader.close();
  });

  it("is none where there is no database, and makes none", async () => {
    await expect(open(true)).rejects.toThrow(/^there is no .*events\.db: stillpoint serve makes it/);
    expect(await readdir(folder)).toEqual([]);
  });

  it("refuses one of an older version, which it cannot bring forward", async () => {
    const [first] = eventMigrations;
    const older = openDatabase({
      file: join(folder, "events.db"),
      holds: "the events of all contributors",
      applicationId: 0x53_50_65_76,
      migrations: first ? [first] : [],
      remedy: "",
    });
    older.close();
    await expect(open(true)).rejects.toThrow(/in version 1, written by an older Stillpoint.*stillpoint serve/);
  });
});
