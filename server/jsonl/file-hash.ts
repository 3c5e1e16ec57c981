/** The hash of a whole file. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { isSystemError } from "./faults.ts";
import { readChunks } from "./read-chunks.ts";

/** SHA-256 in hexadecimal; undefined where there is no such file. */
export async function fileSha256(path: string): Promise<string | undefined> {
  try {
    const handle = await open(path, "r");
    try {
      const hash = createHash("sha256");
      for await (const chunk of readChunks(handle)) hash.update(chunk);
      return hash.digest("hex");
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
}
