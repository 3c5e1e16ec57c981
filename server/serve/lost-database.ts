/** A data folder whose database is gone is none that nobody has used: served as a new one, it would let deletions be forgotten. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { tombstonesName } from "../deletion/tombstones.ts";
import { Failure } from "../errors.ts";
import { isSystemError } from "../jsonl/faults.ts";
import { adminTokenName } from "./admin-token.ts";

/** What only a server leaves, behind its database. */
const traces = [adminTokenName, tombstonesName, "backups.jsonl", "receipts", "server-key"];

/**
 * @param dataDir there, and ours
 * @throws Failure where a server has had the folder, and its database is missing or empty
 */
export async function refuseLostDatabase(dataDir: string, shown: string): Promise<void> {
  const size = await sizeOf(join(dataDir, "events.db"));
  if (size !== undefined && size > 0) return;
  const left = new Set(await readdir(dataDir));
  const found = traces.filter((name) => left.has(name));
  if (found.length === 0) return;
  throw new Failure(
    `${join(shown, "events.db")} ${size === undefined ? "is missing" : "is empty"}, but a server has had ${shown}: it ` +
      `holds ${found.join(", ")}. Put events.db back, or restore a backup (stillpoint restore FILE --data ${shown}). To ` +
      `begin anew, name another folder, or delete ${[...(size === undefined ? [] : ["events.db"]), ...found].join(", ")} first.`,
  );
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
}
