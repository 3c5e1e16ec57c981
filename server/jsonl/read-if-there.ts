import { readFile } from "node:fs/promises";
import { isSystemError } from "./faults.ts";

/** The file's text; undefined where there is no such file. @throws the system's own error where it cannot be read */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
}
