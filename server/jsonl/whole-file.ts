/** Files whose name never stands for half of them, and what makes that survive a power cut. */
import { randomUUID } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure } from "../errors.ts";
import { isSystemError, writeFault } from "./faults.ts";

/** Of a file that its owner alone may use. */
export const ownerOnly = 0o600;

/**
 * Writes a file so that its name never stands for half of it.
 * @param mode its rights; the process's where it is left out
 * @throws Failure
 */
export async function writeWhole(path: string, text: string | AsyncIterable<string>, mode?: number): Promise<void> {
  const made = `${path}.tmp`;
  try {
    // What a crash has left keeps the rights that it has.
    if (mode !== undefined) await rm(made, { force: true });
    await writeSynced(made, "w", text, mode);
    await rename(made, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw writeFault(error, path);
  }
}

/**
 * The same for a file that is made once and never replaced: of two that make it at once, one does.
 * @returns whether it was made; what was there is left as it is
 * @throws Failure
 */
export async function writeOnce(path: string, text: string, mode: number): Promise<boolean> {
  const made = `${path}.${randomUUID()}`;
  try {
    await writeSynced(made, "wx", text, mode);
    await link(made, path);
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === "EEXIST") return false;
    throw writeFault(error, path);
  } finally {
    await rm(made, { force: true });
  }
}

async function writeSynced(
  path: string,
  flags: "w" | "wx",
  text: string | AsyncIterable<string>,
  mode: number | undefined,
): Promise<void> {
  const handle = await open(path, flags, mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename survive a power cut. Windows has no such call, and does not need one. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes every byte.
 * @param position null writes at the current position: a device has no other
 */
export async function writeAll(handle: FileHandle, bytes: Buffer, position: number | null): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const at = position === null ? null : position + done;
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at);
    if (bytesWritten === 0) throw new Failure("the system took none of the bytes to be written.");
    done += bytesWritten;
  }
}
