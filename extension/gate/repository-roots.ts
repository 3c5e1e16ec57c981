/** Where repositories begin, by the `.git` in them. */
import type { Files } from "./files.ts";
import { join } from "./ignore-files.ts";
import { normalPath, parentOf, relativeTo } from "./uri.ts";

const maxPointerBytes = 10_000;

/**
 * The roots of the repositories that a file is in, innermost first: those inside the workspace folder, and the first at
 * or above it. A repository inside another, ignored by the outer one, is ignored.
 */
export async function rootsAbove(files: Files, path: string, workspaceFolder: string): Promise<string[]> {
  const roots: string[] = [];
  for (let folder = parentOf(path); folder !== null; folder = parentOf(folder)) {
    if ((await files.stat(join(folder, ".git"))) === null) continue;
    roots.push(folder);
    if (relativeTo(folder, workspaceFolder) !== null) break;
  }
  return roots;
}

export interface GitFolders {
  /** Of this work tree: its HEAD. */
  readonly own: string;
  /** Of all work trees of the repository: its configuration. */
  readonly common: string;
}

/** Where the `.git` of a work tree leads to, which is a file in all but the first (gitrepository-layout(5)). */
export async function gitFolders(files: Files, root: string): Promise<GitFolders> {
  const dotGit = join(root, ".git");
  if ((await files.stat(dotGit))?.kind !== "file") return { own: dotGit, common: dotGit };
  const pointer = (await files.readText(dotGit, maxPointerBytes)) ?? "";
  const own = from(root, /^gitdir: (?<path>.+)$/mu.exec(pointer)?.groups?.["path"]?.trim() ?? ".git");
  const common = await files.readText(join(own, "commondir"), maxPointerBytes);
  return { own, common: common === null ? own : from(own, common.trim()) };
}

function from(folder: string, path: string): string {
  const slashed = path.replaceAll("\\", "/");
  return normalPath(/^(?:\/|[a-z]:\/)/iu.test(slashed) ? slashed : join(folder, slashed));
}
