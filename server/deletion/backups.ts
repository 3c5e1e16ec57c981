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
  /** By us, to keep no more than were wanted. */
  deleted: z.optional(z.literal(true)),
});
export type Backup = z.infer<typeof backup>;

/** For whoever makes one, before anything is under its name: one that is not there counts for nothing. */
export async function recordBackup(dataDir: string, made: Backup): Promise<void> {
  const path = join(dataDir, fileName);
  // What a crash has left of a line is none.
  const torn = !((await readIfThere(path)) ?? "\n").endsWith("\n");
  await appendFile(path, `${torn ? "\n" : ""}${JSON.stringify(made)}\n`, { flush: true });
}

interface RemainingBackup {
  /** Of its file. */
  readonly name: string;
  readonly at: string;
  /** Nothing is where it was made: somebody has deleted or moved it, or its disk is away. */
  readonly notFound?: true;
}

/** All but those that we have deleted ourselves; oldest first. */
export async function remainingBackups(dataDir: string): Promise<RemainingBackup[]> {
  const left: RemainingBackup[] = [];
  // Under a name that was used again stands the newest.
  const newest = new Map((await recorded(dataDir)).map((each) => [each.path, each]));
  for (const { path, at, deleted } of newest.values()) {
    if (deleted) continue;
    const name = basename(path);
    if (await isThere(path)) left.push({ name, at });
    // What one is made in goes with it.
    else if (!name.startsWith(partialPrefix)) left.push({ name, at, notFound: true });
  }
  return left;
}

/** Whether the backup of that time was made of this data folder. */
export async function isOwnBackup(dataDir: string, at: string): Promise<boolean> {
  return (await recorded(dataDir)).some((each) => each.at === at);
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
