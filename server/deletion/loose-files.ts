/** What lies in the data folder outside of runs: copies of bad lines, copies of pipes, and files that people put there. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { filesIn, foldersIn } from "../folder-entries.ts";
import { isAlive } from "../jsonl/lock.ts";
import { spoolOwner } from "../jsonl/spool.ts";
import type { Rewritten } from "./rewrite.ts";
import { putInPlace, removeUnfinished, rewrite } from "./rewrite.ts";
import type { ErasureOptions } from "./run-folders.ts";

/** Whose lines are told by other rules, or which hold none of anybody's. */
const elsewhere = new Set(["runs", "rejected", "spool", "datasets", "receipts", "tombstones.jsonl", "backups.jsonl"]);

export async function eraseFromRejected(dataDir: string, { erased, signal, announce }: ErasureOptions): Promise<void> {
  const folder = join(dataDir, "rejected");
  const names = (await filesIn(folder)).sort();
  if (names.length === 0) return;
  await removeUnfinished(folder);
  for (const name of names.filter((each) => each.endsWith(".jsonl"))) {
    const made: Rewritten | undefined = await rewrite(join(folder, name), { erased, rejected: true, signal });
    if (made === undefined) continue;
    await announce([made]);
    signal.throwIfAborted();
    await putInPlace(made.path);
  }
}

/**
 * Removes what killed commands have left of pipes, whoever's it is.
 * @returns what is in use
 */
export async function eraseSpool(dataDir: string): Promise<string[]> {
  const folder = join(dataDir, "spool");
  const inUse: string[] = [];
  for (const name of await filesIn(folder)) {
    const pid = spoolOwner(name);
    if (pid !== undefined && isAlive(pid)) inUse.push(`a command reads a copy of its input (process ${pid})`);
    else await rm(join(folder, name), { force: true });
  }
  return inUse;
}

/** Examples that somebody wrote into the data folder, as by `stillpoint pull -o DATA/captured.jsonl`. */
export async function eraseFromOthers(dataDir: string, options: ErasureOptions): Promise<void> {
  for (const name of (await foldersIn(dataDir)).filter((each) => !elsewhere.has(each))) {
    await eraseFromOthers(join(dataDir, name), options);
  }
  const { erased, signal, announce } = options;
  const names = (await filesIn(dataDir)).filter((each) => !elsewhere.has(each)).sort();
  if (names.some((name) => /\.jsonl(?:\.partial)?$/u.test(name))) await removeUnfinished(dataDir);
  for (const name of names.filter((each) => /\.jsonl(?:\.partial)?$/u.test(each))) {
    const path = join(dataDir, name);
    const made = await rewrite(path, { erased, rejected: name.endsWith(".rejected.jsonl"), signal });
    if (made === undefined) continue;
    await announce([made]);
    signal.throwIfAborted();
    if (name.endsWith(".partial")) {
      // Somebody may be writing it: they hear that it is gone, and make it anew, rather than end in half a file.
      await rm(path, { force: true });
      await rm(`${path}.json`, { force: true });
      await removeUnfinished(dataDir);
    } else await putInPlace(path);
  }
}
