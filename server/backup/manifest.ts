/** `backup.json`, the first entry of a backup: what it holds, and by what it can be told that it is whole. */
import * as z from "zod/mini";
import { nonEmpty, schemaVersion, timestamp } from "../../shared/records/fields.ts";
import { parseRecord } from "../../shared/records/parse.ts";
import { Failure } from "../errors.ts";
import { readFault } from "../jsonl/faults.ts";
import type { ReadEntry } from "./archive.ts";
import { DamagedArchive, hashing, readArchive } from "./archive.ts";

export const manifestName = "backup.json";
const maxManifestBytes = 1 << 20;

/** The only names that are ever written: none of them leads anywhere else. */
const backedUp = ["events.db", "cache.db", "server-key"] as const;

const manifest = z.strictObject({
  schema: schemaVersion,
  kind: z.literal("stillpoint backup"),
  /** When the state that it holds was. */
  at: timestamp,
  /** The version of Stillpoint that made it. */
  stillpoint: nonEmpty,
  /** Of the last event in it. */
  lastPosition: z.int(),
  files: z.array(
    z.strictObject({
      name: z.enum(backedUp),
      bytes: z.int(),
      sha256: nonEmpty,
      /** Rows of each table, where it is a database. */
      tables: z.optional(z.record(z.string(), z.int())),
    }),
  ),
});
export type Manifest = z.infer<typeof manifest>;
export type BackedUpFile = Manifest["files"][number];

/** @throws Failure where the file is no backup; ConfigurationError where it cannot be read */
export async function readManifest(file: string, shown: string): Promise<Manifest> {
  return await fromArchive(file, shown, (entries) => nextManifest(entries));
}

export interface ReadOptions {
  readonly file: string;
  /** As the person wrote it. */
  readonly shown: string;
  readonly signal: AbortSignal;
  onProgress(bytes: number, share: number): void;
  /** Takes a file's bytes; to their end. */
  take(file: BackedUpFile, content: AsyncIterable<Buffer>): Promise<void>;
}

/** Reads a backup to its end, and compares every file's hash. @throws Failure as soon as something is not what it was */
export async function readBackup({ file, shown, signal, onProgress, take }: ReadOptions): Promise<Manifest> {
  return await fromArchive(file, shown, async (entries) => {
    const found = await nextManifest(entries);
    const all = found.files.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    for (const expected of found.files) {
      const next = await entries.next();
      if (next.done || next.value.name !== expected.name || next.value.bytes !== expected.bytes) {
        throw new DamagedArchive(`${expected.name} is missing in it`);
      }
      const passing = hashing(next.value.content, (bytes) => {
        signal.throwIfAborted();
        done += bytes;
        onProgress(done, all === 0 ? 1 : done / all);
      });
      await take(expected, passing.content);
      if (passing.sha256() !== expected.sha256) throw new DamagedArchive(`${expected.name} in it is not what it was`);
    }
    if (!(await entries.next()).done) throw new DamagedArchive("it holds more than it says");
    return found;
  });
}

async function fromArchive<Result>(
  file: string,
  shown: string,
  read: (entries: AsyncGenerator<ReadEntry, void, undefined>) => Promise<Result>,
): Promise<Result> {
  const entries = readArchive(file);
  try {
    return await read(entries);
  } catch (error) {
    if (error instanceof DamagedArchive) {
      throw new Failure(`${shown} cannot be used as a backup: ${error.message}. Take another one.`);
    }
    throw readFault(error, shown);
  } finally {
    await entries.return();
  }
}

async function nextManifest(entries: AsyncGenerator<ReadEntry, void, undefined>): Promise<Manifest> {
  const first = await entries.next();
  if (first.done || first.value.name !== manifestName || first.value.bytes > maxManifestBytes) {
    throw new DamagedArchive("it is no backup of Stillpoint's");
  }
  const chunks: Buffer[] = [];
  for await (const chunk of first.value.content) chunks.push(chunk);
  const parsed = parseRecord(manifest, parseJson(Buffer.concat(chunks).toString("utf8")));
  if (!parsed.ok) throw new DamagedArchive(`its ${manifestName} is damaged, or a newer Stillpoint's`);
  return parsed.value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
