/** What commands leave in the data folder outside of runs: copies of bad lines, and copies of pipes. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { filesIn } from "../folder-entries.ts";
import { isAlive } from "../jsonl/lock.ts";
import { spoolOwner } from "../jsonl/spool.ts";
import type { Rewritten } from "./rewrite.ts";
import { putInPlace, removeUnfinished, rewrite } from "./rewrite.ts";
import type { ErasureOptions } from "./run-folders.ts";

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
