/**
 * Puts a backup in the place of a data folder's database. Everything is made ready beside it first: the backup is read
 * to its end and checked, brought to this program's version, and whoever took their data back since is deleted from it.
 */
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { WaitingClock } from "../clock.ts";
import { timestampOf } from "../clock.ts";
import { ensureDataDir } from "../data-dir.ts";
import { isOwnBackup } from "../deletion/backups.ts";
import { applyTombstones } from "../deletion/deletions.ts";
import { createQueue } from "../deletion/queue.ts";
import type { Tombstone } from "../deletion/tombstones.ts";
import { appendTombstone, readTombstones, readTombstonesAt, tombstonesName } from "../deletion/tombstones.ts";
import { Failure } from "../errors.ts";
import { writeFault } from "../jsonl/faults.ts";
import { ownerOnly, writeAll, writeOnce } from "../jsonl/whole-file.ts";
import type { Log } from "../log.ts";
import { lockData } from "../serve/data-lock.ts";
import type { Carried, DatabaseKind } from "../store/copy.ts";
import { carryForward, checkSoundness, foreignness, readFacts } from "../store/copy.ts";
import { openStore } from "../store/store.ts";
import { isThere } from "./is-there.ts";
import type { BackedUpFile, Manifest } from "./manifest.ts";
import { readBackup, readManifest } from "./manifest.ts";
import type { PutInPlace } from "./put-in-place.ts";
import { commitRestore, finishRestore, makeStaging, stagingName } from "./put-in-place.ts";

export interface RestoreOptions {
  readonly file: string;
  /** As the person wrote them. */
  readonly shown: string;
  readonly dataDirShown: string;
  readonly dataDir: string;
  /**
   * Who was deleted since, where the data folder cannot tell: what a copy of the server's `tombstones.jsonl` says, or
   * nobody that is known of.
   */
  readonly deletions?: { readonly file: string; readonly shown: string } | "none" | undefined;
  readonly clock: WaitingClock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log: Log;
  readonly signal: AbortSignal;
  onProgress(step: string, share: number): void;
}

export interface Restored extends PutInPlace {
  readonly manifest: Manifest;
  /** Of the database that was replaced; undefined where there was none, `unreadable` where it could not be read. */
  readonly replaced: Carried | "unreadable" | undefined;
  /** Deletions that were applied. */
  readonly tombstones: number;
  /** Names of the runs that were queued or under way in the backup: they are interrupted. */
  readonly runs: readonly string[];
}

/** Only checks the backup. @throws Failure that says what is wrong with it */
export async function checkBackup(
  options: Pick<RestoreOptions, "file" | "shown" | "signal" | "onProgress"> & { readonly staging: string },
): Promise<Manifest> {
  const { file, shown, staging, signal, onProgress } = options;
  await makeStaging(staging);
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

/**
 * @throws Failure where a server has the folder, the backup is not good, or nobody knows here who was deleted since; the
 * database is what it was then
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { dataDir, dataDirShown } = options;
  ensureDataDir(dataDir);
  const unlock = await lockData({ dataDir, shown: dataDirShown }, "stillpoint restore");
  const staging = join(dataDir, stagingName);
  try {
    await finishRestore(options);
    const given = await givenTombstones(options);
    const manifest = await checkBackup({ ...options, staging });
    // Before anything of the backup is in place.
    const prepared = await bringUpToDate(options, staging, manifest, given);
    const current = join(dataDir, "events.db");
    const replaced = (await isThere(current))
      ? (carryForward(join(staging, "events.db"), current) ?? "unreadable")
      : undefined;
    return { manifest, replaced, ...prepared, ...(await commitRestore(dataDir)) };
  } catch (error) {
    throw writeFault(error, dataDirShown);
  } finally {
    await rm(staging, { recursive: true, force: true });
    await unlock();
  }
}

/** @throws Failure where whoever was deleted since would be back, and nobody has said that this is right */
async function givenTombstones({
  file,
  shown,
  dataDir,
  dataDirShown,
  deletions,
}: RestoreOptions): Promise<readonly Tombstone[]> {
  if (deletions !== undefined && deletions !== "none") {
    const given = await readTombstonesAt(deletions.file);
    if (given === undefined) throw new Failure(`there is no ${deletions.shown}.`);
    return given;
  }
  if (deletions === "none" || (await isThere(join(dataDir, tombstonesName)))) return [];
  const { at } = await readManifest(file, shown);
  // A folder that it was made of, and that holds no tombstones, has none.
  if (await isOwnBackup(dataDir, at)) return [];
  throw new Failure(
    `${dataDirShown} holds no ${tombstonesName}, and ${shown} was not made of it: whoever had their data deleted since ` +
      `${at} would be back, and nobody here would know. Give a copy of the server's file (--tombstones FILE). Where it ` +
      "is lost, or nobody was deleted since, --without-deletions restores all the same.",
  );
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

/** What has happened since, and must not be undone. */
async function bringUpToDate(
  options: RestoreOptions,
  staging: string,
  { at: asOf }: Manifest,
  given: readonly Tombstone[],
): Promise<Pick<Restored, "tombstones" | "runs">> {
  const { dataDir, clock, randomBytes, log, signal } = options;
  const known = new Set((await readTombstones(dataDir)).map(({ id }) => id));
  for (const tombstone of given) if (!known.has(tombstone.id)) await appendTombstone(dataDir, tombstone);
  // From now on it is this folder that knows.
  if (options.deletions === "none") await writeOnce(join(dataDir, tombstonesName), "", ownerOnly);
  const store = await openStore({ dataDir: staging, mustExist: true, log, clock });
  try {
    const queues = { queue: createQueue(), tombstones: createQueue() };
    // The tombstones are the data folder's own: those that only the backup knows are added to them.
    await applyTombstones({ store, dataDir, clock, randomBytes, log, signal, ...queues });
    const at = timestampOf(clock);
    // Taken up by the next server they would buy again what may have been bought long ago, and nobody asked for it.
    const sentence = `It was queued or under way in the backup of ${asOf} that was restored, and was not taken up. Started again, it goes on with what its folder holds.`;
    const runs = await store.runs.interruptAll({ at, sentence });
    const details = { asOf, interruptedRuns: runs.length };
    await store.audit.record({ at, actor: "command-line", act: "backup.restore", details });
    return { tombstones: (await readTombstones(dataDir)).length, runs };
  } finally {
    await store.close();
  }
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
