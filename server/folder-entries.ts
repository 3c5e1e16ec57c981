/** What lies in folders that need not be there. */
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { isSystemError } from "./jsonl/faults.ts";

/** Names of the regular files in a folder; none where it is not there. */
export async function filesIn(folder: string): Promise<string[]> {
  return (await entriesOf(folder)).filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** Names of the folders in a folder; none where it is not there. */
export async function foldersIn(folder: string): Promise<string[]> {
  return (await entriesOf(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
}
