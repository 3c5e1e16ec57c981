/**
 * Puts a backup in the place of a data folder's database. Everything is made ready beside it first: the backup is read
 * to its end and checked, brought to this program's version, and whoever took their data back since is deleted from it.
 * The replaced database stays in `DATA/replaced` until the new one is in place, and there is no moment without one.
 */
import { constants } from "node:fs";
import { copyFile, link, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { WaitingClock } from "../clock.ts";
import { ensureDataDir } from "../data-dir.ts";
import { applyTombstones } from "../deletion/deletions.ts";
import { createQueue } from "../deletion/queue.ts";
import { readTombstones } from "../deletion/tombstones.ts";
import { Failure } from "../errors.ts";
import { isSystemError, writeFault } from "../jsonl/faults.ts";
import { syncFolder, writeAll } from "../jsonl/whole-file.ts";
import type { Log } from "../log.ts";
import { lockData } from "../serve/data-lock.ts";
import type { Carried, DatabaseKind } from "../store/copy.ts";
import { carryForward, checkSoundness, foreignness, readFacts, settleLog } from "../store/copy.ts";
import { openStore } from "../store/store.ts";
import { isThere } from "./is-there.ts";
import type { BackedUpFile, Manifest } from "./manifest.ts";
import { readBackup } from "./manifest.ts";

export const stagingName = "restore.partial";
export const replacedName = "replaced";
const databaseFiles = ["events.db", "events.db-wal"] as const;

export interface RestoreOptions {
  readonly file: string;
  /** As the person wrote them. */
  readonly shown: string;
  readonly dataDirShown: string;
  readonly dataDir: string;
  readonly clock: WaitingClock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log: Log;
  readonly signal: AbortSignal;
  onProgress(step: string, share: number): void;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Of the database that was replaced; undefined where there was none, `unreadable` where it could not be read. */
  readonly replaced: Carried | "unreadable" | undefined;
  /** Whether the cache was put back. One that is there and sound stays: it holds what was bought since. */
  readonly cache: boolean;
  readonly key: boolean;
  /** Deletions that were applied. */
  readonly tombstones: number;
}

/** Only checks the backup. @throws Failure that says what is wrong with it */
export async function checkBackup(
  options: Pick<RestoreOptions, "file" | "shown" | "signal" | "onProgress"> & { readonly staging: string },
): Promise<Manifest> {
  const { file, shown, staging, signal, onProgress } = options;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true, mode: 0o700 });
  const manifest = await readBackup({
    file,
    shown,
    signal,
    onProgress: (_bytes, share) => onProgress("reading", share),
    take: ({ name }, content) => unpack(join(staging, name), content),
  });
  if (!manifest.files.some(({ name }) => name === "events.db")) throw new Failure(`${shown} holds no events.db.`);
  for (const each of manifest.files) {
    signal.throwIfAborted();
    if (each.name === "server-key") continue;
    onProgress(`checking ${each.name}`, 0);
    const wrong = faultOf(each, each.name === "events.db" ? "events" : "cache", staging);
    if (wrong) throw new Failure(`${shown} cannot be restored: its ${each.name} ${wrong}. Take another backup.`);
  }
  return manifest;
}

/** @throws Failure where a server has the folder, or the backup is not good; the database is what it was then */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { dataDir, dataDirShown } = options;
  ensureDataDir(dataDir);
  const unlock = await lockData({ dataDir, shown: dataDirShown }, "stillpoint restore");
  const staging = join(dataDir, stagingName);
  try {
    const manifest = await checkBackup({ ...options, staging });
    // Before anything of the backup is in place.
    const tombstones = await deleteWhoLeft(options, staging);
    const current = join(dataDir, "events.db");
    const wasThere = await isThere(current);
    const replaced = wasThere ? (carryForward(join(staging, "events.db"), current) ?? "unreadable") : undefined;
    settleLog(join(staging, "events.db"));
    const aside = wasThere ? await putAside(dataDir) : undefined;
    await exchange(dataDir, staging, aside);
    const holds = (name: BackedUpFile["name"]) => manifest.files.some((each) => each.name === name);
    const cache = holds("cache.db") && (await putCache(dataDir, staging));
    const key = holds("server-key") && (await putIfMissing(dataDir, staging, "server-key"));
    await syncFolder(dataDir);
    if (aside) await rm(aside, { recursive: true, force: true });
    return { manifest, replaced, cache, key, tombstones };
  } catch (error) {
    throw writeFault(error, dataDirShown);
  } finally {
    await rm(staging, { recursive: true, force: true });
    await unlock();
  }
}

function faultOf({ name, tables }: BackedUpFile, kind: DatabaseKind, staging: string): string | undefined {
  const file = join(staging, name);
  const foreign = foreignness(kind, file);
  if (foreign) return foreign;
  const { integrity, strayReferences } = checkSoundness(file);
  if (integrity.length > 0) return `is damaged (${integrity.join("; ")})`;
  if (strayReferences > 0) return "refers to rows that are not there";
  const same = JSON.stringify(readFacts(kind, file).tables) === JSON.stringify(tables);
  return same ? undefined : "holds other rows than it should";
}

/** @returns how many deletions there are */
async function deleteWhoLeft(options: RestoreOptions, staging: string): Promise<number> {
  const { dataDir, clock, randomBytes, log, signal } = options;
  const store = await openStore({ dataDir: staging, mustExist: true, log, clock });
  try {
    const queues = { queue: createQueue(), tombstones: createQueue() };
    // The tombstones are the data folder's own: those that only the backup knows are added to them.
    await applyTombstones({ store, dataDir, clock, randomBytes, log, signal, ...queues });
  } finally {
    await store.close();
  }
  return (await readTombstones(dataDir)).length;
}

/** @returns the folder in which the database that is to be replaced can be found */
async function putAside(dataDir: string): Promise<string> {
  const aside = join(dataDir, replacedName);
  // Of a restore that was killed: either it had not come to replace anything, or all that was left to do was this.
  await rm(aside, { recursive: true, force: true });
  settleLog(join(dataDir, "events.db"));
  const made = `${aside}.partial`;
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { mode: 0o700 });
  for (const name of databaseFiles) {
    if (await isThere(join(dataDir, name))) await linkOrCopy(join(dataDir, name), join(made, name));
  }
  await rename(made, aside);
  await syncFolder(dataDir);
  return aside;
}

async function exchange(dataDir: string, staging: string, aside: string | undefined): Promise<void> {
  try {
    // A log is its database's: beside another one it would be taken for that one's.
    await rm(join(dataDir, "events.db-wal"), { force: true });
    await rm(join(dataDir, "events.db-shm"), { force: true });
    await rename(join(staging, "events.db"), join(dataDir, "events.db"));
  } catch (error) {
    const where = aside === undefined ? "" : ` The replaced database is in ${aside}.`;
    throw writeFault(error, join(dataDir, "events.db"), where.trim());
  }
}

async function putCache(dataDir: string, staging: string): Promise<boolean> {
  const cache = join(dataDir, "cache.db");
  if (await isThere(cache)) {
    if (foreignness("cache", cache) === undefined && checkSoundness(cache).integrity.length === 0) return false;
    await rm(`${cache}-wal`, { force: true });
    await rm(`${cache}-shm`, { force: true });
  }
  await rename(join(staging, "cache.db"), cache);
  return true;
}

async function putIfMissing(dataDir: string, staging: string, name: BackedUpFile["name"]): Promise<boolean> {
  if (await isThere(join(dataDir, name))) return false;
  await rename(join(staging, name), join(dataDir, name));
  return true;
}

async function unpack(path: string, content: AsyncIterable<Buffer>): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    for await (const chunk of content) await writeAll(handle, chunk, null);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** File systems of sticks and shares have no links. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}
