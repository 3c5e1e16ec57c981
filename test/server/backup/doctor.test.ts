/** `stillpoint doctor`: each thing that it can find, as a case. */
import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import type { DoctorOptions, Finding } from "../../../server/backup/doctor.ts";
import { examine } from "../../../server/backup/doctor.ts";
import { runProgram } from "../../../server/cli/program.ts";
import { recordBackup } from "../../../server/deletion/backups.ts";
import { appendTombstone } from "../../../server/deletion/tombstones.ts";
import { openCache } from "../../../server/store/cache.ts";
import { openStore } from "../../../server/store/store.ts";
import { fakeProcess } from "../cli/harness.ts";
import { startTestServer, temporaryFolder } from "../http/support.ts";
import { receivedAt, recordingLog, smallEvent } from "../store/support.ts";

const now = Date.parse(receivedAt) + 3_600_000;
const plentyBytes = 2 ** 40;
let dataDir = "";

/** A data folder in which all is well. */
beforeEach(async () => {
  dataDir = temporaryFolder();
  const store = await openStore({ dataDir, log: recordingLog() });
  const events = Array.from({ length: 300 }, (_, n) => smallEvent(n));
  await store.events.append({ contributor: "contributor-1", receivedAt, events });
  await store.close();
  openCache({ file: join(dataDir, "cache.db"), now: () => new Date(now) }).close();
  writeFileSync(join(dataDir, "admin-token"), "a token", { mode: 0o600 });
  chmodSync(join(dataDir, "events.db"), 0o600);
  writeFileSync(join(dataDir, "backup.tar"), "");
  await recordBackup(dataDir, { schema: 1, at: receivedAt, path: join(dataDir, "backup.tar") });
});

function look(more: Partial<DoctorOptions> = {}): Promise<Finding[]> {
  const clock = { now: () => now, monotonicMs: () => 0 };
  const freeBytes = async () => plentyBytes;
  return examine({ dataDir, shown: "DATA", clock, nodeVersion: "24.1.0", nodeWanted: ">=22.18", freeBytes, ...more });
}

/** What is not ok, as `state check: finding`. */
async function complaints(more: Partial<DoctorOptions> = {}): Promise<string[]> {
  const found = (await look(more)).filter(({ state }) => state !== "ok");
  for (const { remedy } of found) expect(remedy).toMatch(/\S/u);
  return found.map(({ check, state, finding }) => `${state} ${check}: ${finding}`);
}

const at = (name: string) => join(dataDir, name);

describe("the doctor", () => {
  it("has nothing to say against a folder in which all is well", async () => {
    expect(await complaints()).toEqual([]);
    expect((await look()).map(({ check }) => check)).toEqual([
      "Node.js",
      "events.db",
      "events",
      "events.db version",
      "events.db log",
      "cache.db",
      "cache.db version",
      "cache.db log",
      "server",
      "clock",
      "tombstones",
      "server-key",
      "admin-token rights",
      "events.db rights",
      "free disk",
      "backups",
      "leftovers",
    ]);
  });

  it("names the server that has the folder", async () => {
    const server = await startTestServer();
    dataDir = server.dataDir;
    const found = (await look()).find(({ check }) => check === "server");
    expect(found).toEqual({
      check: "server",
      state: "ok",
      finding: `process ${process.pid} at ${server.server.url}`,
    });
    expect((await look()).find(({ check }) => check === "leftovers")).toMatchObject({ state: "ok" });
  });

  const cases: [what: string, make: () => unknown, said: string, more?: Partial<DoctorOptions>][] = [
    ["a page that was overwritten", overwritePage, "fault events.db: is damaged: "],
    ["a database that was cut off", () => truncateSync(at("events.db"), 20_000), "fault events.db: "],
    ["no database at all", () => writeFileSync(at("events.db"), "x".repeat(9_000)), "fault events.db: cannot be read"],
    ["an empty database", () => truncateSync(at("events.db"), 0), "fault events.db: is empty"],
    ["another program's database", () => sql("events.db", "PRAGMA application_id = 7"), "fault events.db: is another"],
    ["a newer version", () => sql("events.db", "PRAGMA user_version = 9999"), "fault events.db: is of version 9999"],
    ["an older version", () => sql("events.db", "PRAGMA user_version = 41"), "warning events.db version: 41, and"],
    [
      "a row that refers to nothing",
      () => sql("events.db", "INSERT INTO verdict_links (key, position) VALUES ('k', 9999)"),
      "fault events.db: 1 rows refer to rows that are not there",
    ],
    ["a damaged cache", () => writeFileSync(at("cache.db"), "x".repeat(9_000)), "fault cache.db: cannot be read"],
    ["a log that is never emptied", () => grow("cache.db-wal"), "warning cache.db log: 600.0 MiB"],
    ["an old Node.js", () => undefined, "fault Node.js: 22.9.1", { nodeVersion: "22.9.1" }],
    [
      "a clock that was set back",
      () => undefined,
      `warning clock: is 2026-01-31T00:00:00.000Z, but the newest event came at ${receivedAt}`,
      { clock: { now: () => Date.parse("2026-01-31T00:00:00.000Z"), monotonicMs: () => 0 } },
    ],
    ["a token that others can read", () => chmodSync(at("admin-token"), 0o644), "fault admin-token rights: 0644"],
    ["a key that is none", () => writeFileSync(at("server-key"), "x", { mode: 0o600 }), "fault server-key: holds no"],
    ["a database that others can read", () => chmodSync(at("events.db"), 0o640), "warning events.db rights: 0640"],
    ["little space", () => undefined, "warning free disk: 1.0 GiB", { freeBytes: async () => 2 ** 30 }],
    ["no space", () => undefined, "fault free disk: 1 KiB", { freeBytes: async () => 1_000 }],
    ["a tombstone that is not applied", () => bury(), "warning tombstones: 1 of 1 are not applied"],
    [
      "a damaged tombstone",
      () => writeFileSync(at("tombstones.jsonl"), "{\n"),
      "fault tombstones: the file is damaged",
    ],
    ["a backup that is gone", () => rmSync(at("backup.tar")), "warning backups: none that is known of; 1 not found"],
    ["no backup", () => writeFileSync(at("backups.jsonl"), ""), "warning backups: none that is known of"],
    [
      "an old backup",
      () => undefined,
      "warning backups: 1, the newest 9 days old",
      { clock: { now: () => now + 9 * 86_400_000, monotonicMs: () => 0 } },
    ],
    ["a restore that is to be ended", () => mkdirSync(at("restore.ready")), "warning leftovers: restore.ready"],
    ["a restore that is to be undone", () => mkdirSync(at("restore.partial")), "warning leftovers: restore.partial"],
    ["half of a file", () => appendFileSync(at("admin-token.tmp"), ""), "warning leftovers: admin-token.tmp"],
    [
      "the lock of a server that was killed",
      // Process ids end at 4,194,304.
      () => writeFileSync(at("server.lock"), JSON.stringify({ pid: 9_999_999, startMark: "", nonce: "n" })),
      "warning leftovers: server.lock",
    ],
  ];

  it.each(cases)("finds %s", async (_what, make, said, more) => {
    await make();
    expect(await complaints(more)).toEqual([expect.stringContaining(said)]);
  });

  it("says that there is no folder, or no database in it", async () => {
    expect(await complaints({ dataDir: at("nowhere"), shown: "nowhere" })).toEqual([
      "fault data folder: there is no nowhere",
    ]);
    expect(await complaints({ dataDir: temporaryFolder() })).toEqual([
      "fault events.db: is not there",
      "warning backups: none that is known of",
    ]);
  });

  it("prints a table for a person, JSON for a program, and exits with 1 for a fault alone", async () => {
    const run = async (...args: string[]) => {
      const process = fakeProcess({ cwd: dataDir });
      const exitCode = await runProgram(["doctor", ...args, "--data", dataDir], process);
      return { exitCode, out: process.out(), err: process.err() };
    };
    mkdirSync(at("restore.ready"));
    const warned = await run();
    expect(warned).toMatchObject({ exitCode: 0, err: expect.stringContaining("0 faults, ") });
    expect(warned.out).toMatch(/^ok {7}events\.db {11}sound, /mu);
    expect(warned.out).toMatch(/^warning {2}leftovers {11}restore\.ready\n {29}A restore was interrupted/mu);
    chmodSync(at("admin-token"), 0o644);
    const failed = await run("--json");
    expect(failed.exitCode).toBe(1);
    expect(JSON.parse(failed.out).findings).toContainEqual({
      check: "admin-token rights",
      state: "fault",
      finding: "0644: others can use it",
      remedy: `chmod 600 ${at("admin-token")}`,
    });
  });
});

function sql(name: string, statement: string): void {
  const sqlite = new Sqlite(at(name));
  sqlite.pragma("foreign_keys = OFF");
  sqlite.exec(statement);
  sqlite.close();
}

function overwritePage(): void {
  const bytes = readFileSync(at("events.db"));
  bytes.fill(0x5a, bytes.length - 30_000, bytes.length - 10_000);
  writeFileSync(at("events.db"), bytes);
}

/** Sparse: no bytes are written. SQLite finds no log of its own in it, and leaves it out. */
function grow(name: string): void {
  writeFileSync(at(name), "");
  truncateSync(at(name), 600 * 2 ** 20);
}

async function bury(): Promise<void> {
  await appendTombstone(dataDir, {
    schema: 1,
    id: "0123456789abcdef0123456789abcdef",
    contributor: "contributor-2",
    before: null,
    at: receivedAt,
  });
}
