import { access } from "node:fs/promises";
import { isSystemError } from "../jsonl/faults.ts";

/** Whether there is anything of that name. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return false;
    throw error;
  }
}
