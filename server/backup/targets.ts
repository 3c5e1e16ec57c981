/** Where a backup goes: to a file of a name that somebody chose, or into a folder under its time, of which some are kept. */
import { rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Failure } from "../errors.ts";
import { filesIn } from "../folder-entries.ts";
import { isSystemError, writeFault } from "../jsonl/faults.ts";
import { syncFolder } from "../jsonl/whole-file.ts";
import { makeFolder } from "../make-folder.ts";
import { readManifest } from "./manifest.ts";

/** `stillpoint-20260131T090500123Z.tar`: the order of the names is that of the times. */
const datedName = /^stillpoint-\d{8}T\d{9}Z\.tar$/u;

export interface Target {
  readonly folder: string;
  readonly name: string;
}

/**
 * @param path absolute; with a `/` at its end, or of a folder that is there, it is a folder's
 * @param isFolder it is, whatever is there
 * @throws Failure for a file that is no backup: it would be lost
 */
export async function findTarget(path: string, { isFolder, at }: { isFolder: boolean; at: string }): Promise<Target> {
  const there = await stat(path).catch((error: unknown) => {
    if (isSystemError(error) && error.code === "ENOENT") return undefined;
    throw writeFault(error, path);
  });
  if (isFolder || path.endsWith("/") || there?.isDirectory()) {
    if (there !== undefined && !there.isDirectory()) {
      throw new Failure(
        `${path} is a file, and --keep wants a folder: it keeps the newest there. Name one, or leave --keep out.`,
      );
    }
    try {
      makeFolder(path, 0o700);
    } catch (error) {
      throw writeFault(error, path);
    }
    return { folder: path, name: `stillpoint-${at.replace(/[-:.]/gu, "")}.tar` };
  }
  // One that was made before is replaced, once the new one is whole; anything else was hardly meant.
  if (there !== undefined) {
    await readManifest(path, path).catch((error: unknown) => {
      if (!(error instanceof Error)) throw error;
      throw new Failure(`${path} is there and is no backup, so it is left as it is. Name another file, or a folder.`);
    });
  }
  return { folder: dirname(path), name: basename(path) };
}

/** Deletes the oldest of the folder's dated backups but `keep`. @returns the names of those that are gone */
export async function keepNewest(folder: string, keep: number): Promise<string[]> {
  const dated = (await filesIn(folder)).filter((name) => datedName.test(name)).sort();
  const old = dated.slice(0, Math.max(0, dated.length - keep));
  for (const name of old) await rm(join(folder, name), { force: true });
  if (old.length > 0) await syncFolder(folder);
  return old;
}
