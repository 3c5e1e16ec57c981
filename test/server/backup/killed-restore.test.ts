/** A restore that is killed, at every call by which it changes something: the old data or the new, whole, and no third. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeBackup } from "../../../server/backup/backup.ts";
import { finishRestore } from "../../../server/backup/put-in-place.ts";
import { restoreBackup } from "../../../server/backup/restore.ts";
import { openServerKey } from "../../../server/deletion/server-key.ts";
import { openCacheDatabase } from "../../../server/store/cache.ts";
import { openStore } from "../../../server/store/store.ts";
import { seededShare } from "../../../shared/ids.ts";
import { startTestServer, temporaryFolder, testClock } from "../http/support.ts";
import { receivedAt, recordingLog, smallEvent } from "../store/support.ts";

const signal = new AbortController().signal;
const onProgress = (): void => undefined;
const zeros = (length: number) => new Uint8Array(length);

async function fill(dataDir: string, from: number, to: number): Promise<void> {
  const store = await openStore({ dataDir, log: recordingLog() });
  const events = Array.from({ length: to - from }, (_, n) => smallEvent(from + n));
  await store.events.append({ contributor: "contributor-1", receivedAt, events });
  await store.close();
}

/** Of the tests that follow: where a first server was backed up, and what a second one has since. */
const base = mkdtempSync(join(tmpdir(), "stillpoint-killed-restore-"));
const [first, second, file] = [join(base, "first"), join(base, "second"), join(base, "backup.tar")];
let key = "";
/** Of a restore that nobody kills. */
let calls: string[] = [];

function lostFolder(): string {
  const dataDir = temporaryFolder();
  cpSync(second, dataDir, { recursive: true });
  return dataDir;
}

async function restoreKilled(dataDir: string, before: number) {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("./killed-restore-child.ts", import.meta.url)), dataDir, file, String(before)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [exitCode, killedBy] = await once(child, "close");
  return { exitCode, killedBy, said };
}

/** What the next one finds who takes the folder. */
async function found(dataDir: string) {
  const log = recordingLog();
  await finishRestore({ dataDir, log });
  const store = await openStore({ dataDir, mustExist: true, log });
  const events = (await store.events.page({ after: 0, limit: 100 })).length;
  await store.close();
  const names = readdirSync(dataDir);
  return {
    events,
    cache: names.includes("cache.db"),
    key: names.includes("server-key") ? readFileSync(join(dataDir, "server-key"), "utf8") : "",
    left: names.filter((name) => /restore|\.tmp|-wal|-shm/u.test(name)),
  };
}

beforeAll(async () => {
  await fill(first, 0, 20);
  openCacheDatabase(join(first, "cache.db")).close();
  await openServerKey(first, zeros);
  key = readFileSync(join(first, "server-key"), "utf8");
  await makeBackup({ dataDir: first, target: file, version: "0", clock: testClock(), signal, onProgress });
  await fill(second, 100, 107);
  calls = JSON.parse((await restoreKilled(lostFolderOfSuite(), 0)).said);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function lostFolderOfSuite(): string {
  cpSync(second, join(base, "third"), { recursive: true });
  return join(base, "third");
}

describe("a restore that is killed", () => {
  it("leaves the old data until all is ready, and the new ones from then on, at whatever call it is killed", async () => {
    const committed = calls.indexOf("rename restore.partial") + 1;
    expect(committed).toBeGreaterThan(5);
    expect(calls.length - committed).toBeGreaterThanOrEqual(6);
    // Before all is ready one moment is like another: some of them, by a seed, and each from the last one on.
    const early = [1, 2, 3].map((n) => Math.ceil(seededShare(7, "kill", String(n)) * (committed - 1)));
    const late = Array.from({ length: calls.length - committed + 1 }, (_, n) => committed + n);
    const killedBefore = async (before: number): Promise<void> => {
      const dataDir = lostFolder();
      expect(await restoreKilled(dataDir, before)).toMatchObject({ killedBy: "SIGKILL" });
      expect({ call: calls[before - 1], ...(await found(dataDir)) }).toEqual({
        call: calls[before - 1],
        left: [],
        ...(before <= committed ? { events: 7, cache: false, key: "" } : { events: 20, cache: true, key }),
      });
    };
    await Promise.all([...new Set([...early, ...late])].map(killedBefore));
  }, 120_000);

  it("is ended by the next start of the server, which says so", async () => {
    const dataDir = lostFolder();
    await restoreKilled(dataDir, calls.indexOf("rename restore.partial") + 2);
    expect(existsSync(join(dataDir, "restore.ready", "events.db"))).toBe(true);
    const server = await startTestServer({ dataDir });
    expect(await server.server.context.store.events.lastPosition()).toBe(20);
    expect(server.log()).toContain("a restore that was interrupted is finished now");
  });

  it("is ended by the next restore before that one begins", async () => {
    const dataDir = lostFolder();
    await restoreKilled(dataDir, calls.indexOf("rename restore.partial") + 2);
    const shown = join(dataDir, "no-backup");
    writeFileSync(shown, "x");
    const deletions = "none" as const;
    const options = {
      dataDir,
      dataDirShown: dataDir,
      deletions,
      clock: testClock(),
      randomBytes: zeros,
      signal,
      onProgress,
    };
    const again = restoreBackup({ ...options, file: shown, shown, log: recordingLog() });
    await expect(again).rejects.toThrow("cannot be used as a backup");
    expect(existsSync(join(dataDir, "restore.ready"))).toBe(false);
    expect(await found(dataDir)).toMatchObject({ events: 20, key });
  });
});
