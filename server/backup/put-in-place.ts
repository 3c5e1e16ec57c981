/**
 * The last step of a restore. Until `DATA/restore.ready` has its name, the data folder is what it was; from then on its
 * files are the data, and whoever takes the folder next moves them where they belong before anything else is done with
 * it. So a restore that is killed at any moment is either undone or done, and no copy that a deletion would not reach
 * is left.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError, writeFault } from "../jsonl/faults.ts";
import { syncFolder } from "../jsonl/whole-file.ts";
import type { Log } from "../log.ts";
import { checkSoundness, foreignness, settleLog } from "../store/copy.ts";
import { isThere } from "./is-there.ts";

export const stagingName = "restore.partial";
export const readyName = "restore.ready";

export interface PutInPlace {
  /** Whether the cache was put back. One that is there and sound stays: it holds what was bought since. */
  readonly cache: boolean;
  readonly key: boolean;
}

/** An empty folder for what is made ready. */
export async function makeStaging(staging: string): Promise<void> {
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true, mode: 0o700 });
}

/**
 * Ends a restore that was killed or could not go on; for whoever has just taken the folder.
 * @throws Failure that names what is in the way
 */
export async function finishRestore({ dataDir, log }: { readonly dataDir: string; readonly log: Log }): Promise<void> {
  await rm(join(dataDir, stagingName), { recursive: true, force: true });
  if (!(await isThere(join(dataDir, readyName)))) return;
  await putInPlace(dataDir);
  log.warn({}, "a restore that was interrupted is finished now: the data are those of the backup");
}

/** Makes what is ready in `restore.partial` the data. */
export async function commitRestore(dataDir: string): Promise<PutInPlace> {
  const staging = join(dataDir, stagingName);
  settleLog(join(staging, "events.db"));
  try {
    await syncFolder(staging);
    await rename(staging, join(dataDir, readyName));
    await syncFolder(dataDir);
  } catch (error) {
    throw writeFault(error, staging);
  }
  return await putInPlace(dataDir);
}

/** Each step may be done again, and has been where its file is not in the folder any more. */
async function putInPlace(dataDir: string): Promise<PutInPlace> {
  const ready = join(dataDir, readyName);
  try {
    const cache = await putCache(dataDir, ready);
    const key = await putKey(dataDir, ready);
    if (await isThere(join(ready, "events.db"))) await replaceDatabase(dataDir, ready, "events.db");
    await syncFolder(dataDir);
    await rm(ready, { recursive: true, force: true });
    return { cache, key };
  } catch (error) {
    const goesOn = `The data of the backup are in ${ready}; the next stillpoint serve or restore goes on from there.`;
    throw writeFault(error, dataDir, goesOn);
  }
}

async function replaceDatabase(dataDir: string, ready: string, name: "events.db" | "cache.db"): Promise<void> {
  const file = join(dataDir, name);
  if (await isThere(file)) settleLog(file);
  // A log is its database's: beside another one it would be taken for that one's.
  await rm(`${file}-wal`, { force: true });
  await rm(`${file}-shm`, { force: true });
  await rename(join(ready, name), file);
}

async function putCache(dataDir: string, ready: string): Promise<boolean> {
  if (!(await isThere(join(ready, "cache.db")))) return false;
  const cache = join(dataDir, "cache.db");
  const isGood =
    (await isThere(cache)) && foreignness("cache", cache) === undefined && checkSoundness(cache).integrity.length === 0;
  if (isGood) return false;
  await replaceDatabase(dataDir, ready, "cache.db");
  return true;
}

async function putKey(dataDir: string, ready: string): Promise<boolean> {
  const key = join(dataDir, "server-key");
  if (await isThere(key)) return false;
  try {
    await rename(join(ready, "server-key"), key);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return false;
    throw error;
  }
}
