/**
 * `DATA/tombstones.jsonl`: who took their data back, and up to when. It lies outside of the database, so that a restored
 * backup does not bring anybody back. A deletion counts from the moment when its line is on disk.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { nonEmpty, schemaVersion, timestamp } from "../../shared/records/fields.ts";
import { parseRecord } from "../../shared/records/parse.ts";
import { deletionId } from "../../shared/wire/deletion.ts";
import { Failure } from "../errors.ts";
import { writeFault } from "../jsonl/faults.ts";
import { readIfThere } from "../jsonl/read-if-there.ts";
import { syncFolder, writeAll } from "../jsonl/whole-file.ts";
import type { Owner } from "./owners.ts";

export const tombstonesName = "tombstones.jsonl";

const tombstone = z.strictObject({
  schema: schemaVersion,
  /** Of the deletion. */
  id: deletionId,
  contributor: nonEmpty,
  /** What the person did before this time is deleted, and refused if it comes again; null: all, for ever. */
  before: z.nullable(timestamp),
  at: timestamp,
});
export type Tombstone = z.infer<typeof tombstone>;

/** @throws Failure for a line that is damaged: it could be somebody who must not come back */
export async function readTombstones(dataDir: string): Promise<Tombstone[]> {
  return (await readTombstonesAt(join(dataDir, tombstonesName))) ?? [];
}

/** Of a file of any name; undefined where there is none. @throws Failure as `readTombstones` */
export async function readTombstonesAt(path: string): Promise<Tombstone[] | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  // Behind the last line end stands what a crash has left of a line: nobody was told that it counts.
  return text
    .split("\n")
    .slice(0, -1)
    .map((line, index) => {
      const parsed = parseRecord(tombstone, parseJson(line));
      if (parsed.ok) return parsed.value;
      throw new Failure(
        `${path}, line ${index + 1} is damaged, so it cannot be told whose data must not come back. Put the file back from a copy, or correct the line.`,
      );
    });
}

/** On disk when this resolves. Only the process that owns the data folder may call it. @throws Failure */
export async function appendTombstone(dataDir: string, added: Tombstone): Promise<void> {
  const path = join(dataDir, tombstonesName);
  try {
    const handle = await open(path, "a+");
    try {
      const whole = (await handle.readFile()).lastIndexOf("\n") + 1;
      await handle.truncate(whole);
      try {
        await writeAll(handle, Buffer.from(`${JSON.stringify(added)}\n`), null);
        await handle.sync();
      } catch (error) {
        // Whoever asked hears that nothing was deleted, so nothing may be later.
        await handle.truncate(whole);
        throw error;
      }
    } finally {
      await handle.close();
    }
    await syncFolder(dataDir);
  } catch (error) {
    throw writeFault(error, path, "Nothing was deleted.");
  }
}

/** What tombstones cover. */
export interface Coverage {
  /** Whether what this person did at that time is deleted. Of a time that nobody knows it is. */
  readonly covers: (owner: Owner) => boolean;
}

export function coverageOf(tombstones: readonly Pick<Tombstone, "contributor" | "before">[]): Coverage {
  const latest = new Map<string, string | null>();
  for (const { contributor, before } of tombstones) {
    const known = latest.get(contributor);
    if (known === null || (known !== undefined && before !== null && before < known)) continue;
    latest.set(contributor, before);
  }
  return {
    covers({ contributor, at }) {
      const before = latest.get(contributor);
      if (before === undefined) return false;
      return before === null || at === undefined || at < before;
    },
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
