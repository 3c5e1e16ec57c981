/** Folders with all that is missing above them. Node's own `recursive` never returns for one below `/proc`. */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Failure } from "./errors.ts";
import { isSystemError } from "./jsonl/faults.ts";

/**
 * @param path absolute
 * @param mode of each that is made; the process's where it is left out
 * @throws Failure where the file system takes no folders; what the system says otherwise
 */
export function makeFolder(path: string, mode?: number): void {
  if (tryToMake(path, mode)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above, mode);
  if (!tryToMake(path, mode)) {
    throw new Failure(`${path} cannot be made: ${above} takes no folders. Name another one.`);
  }
}

/** @returns whether it is there; it is not where what it would lie in is missing */
function tryToMake(path: string, mode: number | undefined): boolean {
  // First, since some systems refuse to make even what is there, where nothing may be written.
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return true;
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === "ENOENT") return false;
    // Somebody else has made it meanwhile.
    if (error.code === "EEXIST" && statSync(path).isDirectory()) return true;
    throw error;
  }
}
