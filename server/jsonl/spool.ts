/** A copy of a pipe on disk, for a stage that reads its input twice; and what else a command needs while it works. */
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFault } from "./faults.ts";
import { isAlive } from "./lock.ts";

const spoolName = /^spool-(\d+)-\d+\.jsonl$/;

export interface Spooled {
  readonly path: string;
  readonly bytes: number;
  remove(): Promise<void>;
}

/** Copies all of `stream` into a file of its own under `dir`, and removes what killed processes left there. */
export async function spool(stream: AsyncIterable<Uint8Array>, dir: string, signal: AbortSignal): Promise<Spooled> {
  try {
    const { path, handle } = await spoolFile(dir);
    let bytes = 0;
    try {
      for await (const chunk of stream) {
        signal.throwIfAborted();
        await handle.appendFile(chunk);
        bytes += chunk.byteLength;
      }
    } catch (error) {
      await rm(path, { force: true });
      throw writeFault(error, path);
    } finally {
      await handle.close();
    }
    return { path, bytes, remove: () => rm(path, { force: true }) };
  } catch (error) {
    throw writeFault(error, dir);
  }
}

/** A new file under `dir`, for the caller to close and to remove; what killed processes left there is removed. */
export async function spoolFile(dir: string): Promise<{ readonly path: string; readonly handle: FileHandle }> {
  await mkdir(dir, { recursive: true });
  await removeLeft(dir);
  return createNew(dir);
}

/** Whose copy a file of the spool's folder is, by its name: a process's id. */
export function spoolOwner(name: string): number | undefined {
  const pid = spoolName.exec(name)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

async function createNew(dir: string) {
  for (let n = 0; ; n++) {
    const path = join(dir, `spool-${process.pid}-${n}.jsonl`);
    try {
      return { path, handle: await open(path, "wx") };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

async function removeLeft(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!isAlive(spoolOwner(name) ?? process.pid)) await rm(join(dir, name), { force: true });
  }
}
