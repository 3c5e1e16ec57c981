/** Files whose name never stands for half of them, and what makes that survive a power cut. */
import type { FileHandle } from "node:fs/promises";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure } from "../errors.ts";
import { writeFault } from "./faults.ts";

/** Writes a file so that its name never stands for half of it. */
export async function writeWhole(path: string, text: string | AsyncIterable<string>): Promise<void> {
  const made = `${path}.tmp`;
  try {
    const handle = await open(made, "w");
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(made, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw writeFault(error, path);
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
