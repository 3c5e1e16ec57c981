/**
 * A backup of a data folder's server, made while it serves: one state of `events.db`, the cache of answers, and the key
 * that signs receipts, so that those given so far can be verified behind a disk that is lost. The admin's token is not
 * in it: there is no token in a backup, only hashes. Runs and datasets are files, which can be copied as they are.
 *
 * It is made in a folder beside its name, checked, put together, read back, and only then renamed: under its name stands
 * a whole backup or none.
 */
import { createHash } from "node:crypto";
import { mkdir, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { timestampOf } from "../clock.ts";
import { partialPrefix, recordBackup } from "../deletion/backups.ts";
import { Failure } from "../errors.ts";
import { writeFault } from "../jsonl/faults.ts";
import { fileSha256 } from "../jsonl/file-hash.ts";
import { acquireLock } from "../jsonl/lock.ts";
import { readChunks } from "../jsonl/read-chunks.ts";
import { readIfThere } from "../jsonl/read-if-there.ts";
import { ownerOnly, syncFolder } from "../jsonl/whole-file.ts";
import type { DatabaseCopy, DatabaseKind } from "../store/copy.ts";
import { checkSoundness, copyDatabase, readFacts } from "../store/copy.ts";
import { ArchiveWriter } from "./archive.ts";
import { isThere } from "./is-there.ts";
import type { BackedUpFile, Manifest } from "./manifest.ts";
import { manifestName, readBackup } from "./manifest.ts";
import { findTarget, keepNewest } from "./targets.ts";

const lockName = "backup.lock";
const partialIdChars = 8;

export interface BackupOptions {
  readonly dataDir: string;
  /** Absolute: of a file, or of a folder. */
  readonly target: string;
  /** How many a folder keeps, the new one with them; `target` is a folder then. All where it is left out. */
  readonly keep?: number | undefined;
  /** Stillpoint's. */
  readonly version: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** @param share of the step, from 0 to 1 */
  onProgress(step: string, share: number): void;
}

export interface MadeBackup {
  readonly path: string;
  readonly bytes: number;
  readonly manifest: Manifest;
  /** Names of older ones that are gone. */
  readonly deleted: readonly string[];
}

/** @throws Failure, or the signal's reason: there is no new backup then, and the old ones are all there */
export async function makeBackup(options: BackupOptions): Promise<MadeBackup> {
  const { dataDir, target: written, keep, clock } = options;
  const events = join(dataDir, "events.db");
  if (!(await isThere(events))) {
    throw new Failure(
      `there is no ${events} to be backed up: stillpoint serve makes it, and --data DIR names another folder.`,
    );
  }
  const unlock = await acquireLock(join(dataDir, lockName), `the backup of ${dataDir}`);
  try {
    const target = await findTarget(written, { isFolder: keep !== undefined, at: timestampOf(clock) });
    // The same for every backup of this data folder: the next one clears away what a killed one has left.
    const id = createHash("sha256").update(dataDir).digest("hex").slice(0, partialIdChars);
    const partial = join(target.folder, `${partialPrefix}${id}.partial`);
    try {
      await rm(partial, { recursive: true, force: true });
      await mkdir(partial, { mode: 0o700 });
      // Killed, it leaves copies there, which a receipt has to name.
      await recordBackup(dataDir, { schema: 1, at: timestampOf(clock), path: partial });
      const made = await makeIn(partial, join(target.folder, target.name), options);
      const deleted = keep === undefined ? [] : await keepNewest(target.folder, keep);
      for (const name of deleted) {
        await recordBackup(dataDir, {
          schema: 1,
          at: made.manifest.at,
          path: join(target.folder, name),
          deleted: true,
        });
      }
      return { ...made, deleted };
    } catch (error) {
      throw writeFault(error, target.folder);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  } finally {
    await unlock();
  }
}

async function makeIn(partial: string, path: string, options: BackupOptions): Promise<Omit<MadeBackup, "deleted">> {
  const { dataDir, clock, version, signal, onProgress } = options;
  const files: BackedUpFile[] = [];
  // Held until the backup is recorded: no deletion ends meanwhile, so its receipt names this backup, too.
  const events = await copyOf("events", partial, options);
  try {
    // Behind the beginning of the copy, or a receipt would take the backup to be older than what it holds.
    const at = timestampOf(clock);
    files.push(await checked("events", partial, events, options));
    // Behind the events: where they say that a deletion is done, its answers are gone from the cache.
    if (await isThere(join(dataDir, "cache.db"))) {
      const cache = await copyOf("cache", partial, options);
      cache.release();
      files.push(await checked("cache", partial, cache, options));
    }
    const key = await readIfThere(join(dataDir, "server-key"));
    if (key !== undefined) {
      await writeFile(join(partial, "server-key"), key, { mode: ownerOnly });
      files.push(await described("server-key", partial));
    }
    const manifest: Manifest = {
      schema: 1,
      kind: "stillpoint backup",
      at,
      stillpoint: version,
      lastPosition: events.facts.lastPosition,
      files,
    };
    const archive = join(partial, "backup.tar");
    await pack(archive, partial, manifest, options);
    await readBackup({
      file: archive,
      shown: "what was written",
      signal,
      onProgress: (_bytes, share) => onProgress("reading back", share),
      take: drain,
    });
    await recordBackup(dataDir, { schema: 1, at, path });
    await rename(archive, path);
    await syncFolder(join(path, ".."));
    return { path, bytes: (await stat(path)).size, manifest };
  } finally {
    events.release();
  }
}

async function copyOf(kind: DatabaseKind, partial: string, options: BackupOptions): Promise<DatabaseCopy> {
  const name = `${kind}.db` as const;
  return await copyDatabase({
    kind,
    file: join(options.dataDir, name),
    target: join(partial, name),
    signal: options.signal,
    onProgress: (share) => options.onProgress(`copying ${name}`, share),
  });
}

/** Compares the copy with what it is a copy of. */
async function checked(
  kind: DatabaseKind,
  partial: string,
  { facts }: DatabaseCopy,
  { signal, onProgress }: BackupOptions,
): Promise<BackedUpFile> {
  const name = `${kind}.db` as const;
  const file = join(partial, name);
  onProgress(`checking ${name}`, 0);
  const { integrity, strayReferences } = checkSoundness(file);
  if (integrity.length > 0 || strayReferences > 0) {
    const what = integrity.length > 0 ? integrity.join("; ") : `${strayReferences} references to nothing`;
    throw new Failure(`${name} is damaged, so no backup was made of it: ${what}. stillpoint doctor tells more.`);
  }
  signal.throwIfAborted();
  const { tables } = readFacts(kind, file);
  if (JSON.stringify(tables) !== JSON.stringify(facts.tables)) {
    throw new Failure(
      `the copy of ${name} holds other rows than it should, so it was thrown away. Make another backup.`,
    );
  }
  return { ...(await described(name, partial)), tables };
}

async function described(name: BackedUpFile["name"], partial: string): Promise<BackedUpFile> {
  const file = join(partial, name);
  const { size } = await stat(file);
  return { name, bytes: size, sha256: (await fileSha256(file)) ?? "" };
}

async function pack(
  archive: string,
  partial: string,
  manifest: Manifest,
  { signal, onProgress }: BackupOptions,
): Promise<void> {
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  const writer = await ArchiveWriter.create(archive, Date.parse(manifest.at));
  try {
    await writer.add({ name: manifestName, bytes: text.length }, [text]);
    const all = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    for (const { name, bytes } of manifest.files) {
      const handle = await open(join(partial, name), "r");
      try {
        const before = done;
        await writer.add(
          { name, bytes },
          counted(readChunks(handle), (n) => {
            signal.throwIfAborted();
            onProgress("writing", all === 0 ? 1 : (before + n) / all);
          }),
        );
        done += bytes;
      } finally {
        await handle.close();
      }
    }
    await writer.finish();
  } finally {
    await writer.close();
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, tell: (bytes: number) => void) {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    tell(bytes);
    yield chunk;
  }
}

async function drain(_file: BackedUpFile, content: AsyncIterable<Buffer>): Promise<void> {
  for await (const _chunk of content);
}
