/** `DATA/backups.jsonl`: the backups that were made of this data folder, so that a receipt can name those that are left. */
import { access, appendFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod/mini";
import { nonEmpty, schemaVersion, timestamp } from "../../shared/records/fields.ts";
import { parseRecord } from "../../shared/records/parse.ts";
import { isSystemError } from "../jsonl/faults.ts";
import { readIfThere } from "../jsonl/read-if-there.ts";

const fileName = "backups.jsonl";
/** Of the name of a folder in which one is made. */
export const partialPrefix = ".stillpoint-backup-";

const backup = z.strictObject({
  schema: schemaVersion,
  at: timestamp,
  /** As an absolute path. */
  path: nonEmpty,
});
export type Backup = z.infer<typeof backup>;

/** For whoever makes one, before anything is under its name: one that is not there counts for nothing. */
export async function recordBackup(dataDir: string, made: Backup): Promise<void> {
  const path = join(dataDir, fileName);
  // What a crash has left of a line is none.
  const torn = !((await readIfThere(path)) ?? "\n").endsWith("\n");
  await appendFile(path, `${torn ? "\n" : ""}${JSON.stringify(made)}\n`, { flush: true });
}

/** Those that are still there, by their file's name and the time; oldest first. */
export async function remainingBackups(dataDir: string): Promise<{ name: string; at: string }[]> {
  const left: { name: string; at: string }[] = [];
  // Under a name that was used again stands the newest.
  const newest = new Map((await recorded(dataDir)).map(({ path, at }) => [path, at]));
  for (const [path, at] of newest) {
    if (await isThere(path)) left.push({ name: basename(path), at });
  }
  return left;
}

async function recorded(dataDir: string): Promise<Backup[]> {
  const lines = (await readIfThere(join(dataDir, fileName)))?.split("\n") ?? [];
  return lines.flatMap((line) => {
    const parsed = parseRecord(backup, parseJson(line));
    return parsed.ok ? [parsed.value] : [];
  });
}

/** One that cannot be looked at, as on a disk that is not mounted, counts as being there. */
async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    return !isSystemError(error) || error.code !== "ENOENT";
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
