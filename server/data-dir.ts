/** DATA: the folder of everything that Stillpoint keeps. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigurationError } from "./errors.ts";
import { isSystemError, writeFault } from "./jsonl/faults.ts";
import { makeFolder } from "./make-folder.ts";

/** Makes the folder where it is not there, with a `.gitignore` of everything: what it holds is nobody's to commit. */
export function ensureDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir);
  } catch (error) {
    const isFile = isSystemError(error) && (error.code === "EEXIST" || error.code === "ENOTDIR");
    throw isFile ? new ConfigurationError(`${dataDir} cannot hold data: it is no folder.`) : writeFault(error, dataDir);
  }
  try {
    writeFileSync(join(dataDir, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if (isSystemError(error) && error.code === "EEXIST") return;
    throw writeFault(error, dataDir);
  }
}
