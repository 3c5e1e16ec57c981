/** Lists of patterns in files along a path, by gitignore's rules: the nearest to the file has the last word. */
import type { Ignore } from "ignore";
import ignore from "ignore";
import type { Files } from "./files.ts";
import { parentOf, relativeTo } from "./uri.ts";

/** A longer one is read no further. */
const maxBytes = 1_000_000;

/** Patterns, and the folder that they are relative to. */
export interface PatternList {
  readonly folder: string;
  readonly patterns: Ignore;
}

/**
 * The files called `name` in every folder from `top` down to the file's own, outermost first.
 * @throws what the file system throws where one is there and cannot be read.
 */
export async function listsAbove(files: Files, name: string, top: string, path: string): Promise<PatternList[]> {
  const folders: string[] = [];
  for (let folder = parentOf(path); folder !== null; folder = parentOf(folder)) {
    if (relativeTo(top, folder) === null) break;
    folders.unshift(folder);
  }
  const lists = await Promise.all(folders.map((folder) => readList(files, join(folder, name), folder)));
  return lists.filter((list) => list !== null);
}

/** @param folder that the patterns are relative to */
export async function readList(files: Files, path: string, folder: string): Promise<PatternList | null> {
  const text = await files.readText(path, maxBytes);
  return text === null ? null : { folder, patterns: ignore().add(text.replace(/^\uFEFF/u, "")) };
}

export function join(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/**
 * The pattern that excludes the file, or null. A file in a folder that is excluded cannot be taken back in.
 * @param lists the least of them first
 */
export function excludedBy(lists: readonly PatternList[], top: string, path: string): string | null {
  const inside = relativeTo(top, path);
  if (inside === null || inside === "") return null;
  const parts = inside.split("/");
  for (let count = 1; count <= parts.length; count++) {
    const target = join(top, parts.slice(0, count).join("/"));
    const pattern = decidedBy(lists, target, count < parts.length);
    if (pattern !== null) return pattern;
  }
  return null;
}

function decidedBy(lists: readonly PatternList[], target: string, isFolder: boolean): string | null {
  for (let at = lists.length - 1; at >= 0; at--) {
    const list = lists[at];
    const inside = list && relativeTo(list.folder, target);
    if (!list || !inside) continue;
    const { ignored, unignored, rule } = list.patterns.test(isFolder ? `${inside}/` : inside);
    if (ignored) return rule?.pattern ?? "";
    if (unignored) return null;
  }
  return null;
}
