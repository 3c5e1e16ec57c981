/** Rule 6: what a file's path says about it. */
import type { Ignore } from "ignore";
import ignore from "ignore";
import { isSecretPath } from "../../shared/privacy/secret-paths.ts";
import type { Files } from "./files.ts";
import { anchored, expandBraces } from "./globs.ts";
import { excludedBy, join, listsAbove } from "./ignore-files.ts";
import { rootsAbove } from "./repository-roots.ts";
import { nameOf, parentOf, relativeTo } from "./uri.ts";

export interface PathRefusal {
  readonly reason: "secret" | "versionControl" | "filesExclude" | "gitIgnored" | "setting" | "ignoreFile";
  readonly pattern?: string;
}

/** Settings that take files away. None gives any back. */
export interface PathSettings {
  /** VS Code's `files.exclude`. */
  readonly filesExclude: Readonly<Record<string, boolean | { readonly when: string }>>;
  /** `stillpoint.exclude`: patterns as in .gitignore, with braces. */
  readonly exclude: readonly string[];
}

const versionControlFolders = new Set([".git", ".hg", ".svn", ".jj", "cvs"]);

/** What nothing switches off. */
export function builtIn(path: string): PathRefusal | null {
  if (isSecretPath(path)) return { reason: "secret" };
  const isVersionControls = path
    .toLowerCase()
    .split("/")
    .some((part) => versionControlFolders.has(part));
  return isVersionControls ? { reason: "versionControl" } : null;
}

/** Settings, made ready for many files. */
export interface PathPatterns {
  readonly filesExclude: readonly (readonly [glob: string, patterns: Ignore, condition: true | { when: string }])[];
  readonly exclude: Ignore;
}

export function readyPatterns({ filesExclude, exclude }: PathSettings): PathPatterns {
  return {
    filesExclude: Object.entries(filesExclude).flatMap(([glob, condition]) =>
      condition === false ? [] : [[glob, ignore().add(anchored(glob)), condition] as const],
    ),
    exclude: ignore().add(exclude.flatMap(expandBraces)),
  };
}

/** `files.exclude`, with a glob's condition: `{ "**\/*.js": { "when": "$(basename).ts" } }`. */
export async function byFilesExclude(
  { filesExclude }: PathPatterns,
  files: Files,
  folder: string,
  path: string,
): Promise<PathRefusal | null> {
  for (const [glob, patterns, condition] of filesExclude) {
    if (excludedBy([{ folder, patterns }], folder, path) === null) continue;
    if (condition === true || (await hasSibling(files, path, condition.when))) {
      return { reason: "filesExclude", pattern: glob };
    }
  }
  return null;
}

async function hasSibling(files: Files, path: string, when: string): Promise<boolean> {
  const name = nameOf(path);
  const dot = name.lastIndexOf(".");
  const sibling = when.replaceAll("$(basename)", dot > 0 ? name.slice(0, dot) : name);
  const folder = parentOf(path);
  return folder !== null && (await files.stat(join(folder, sibling))) !== null;
}

export function bySetting({ exclude }: PathPatterns, folder: string, path: string): PathRefusal | null {
  const pattern = excludedBy([{ folder, patterns: exclude }], folder, path);
  return pattern === null ? null : { reason: "setting", pattern };
}

/** `.stillpointignore` files, from the repository's root (else the workspace folder) down to the file. */
export async function byIgnoreFile(files: Files, folder: string, path: string): Promise<PathRefusal | null> {
  const roots = await rootsAbove(files, path, folder);
  const outermost = roots.at(-1);
  const top = outermost !== undefined && relativeTo(outermost, folder) !== null ? outermost : folder;
  const pattern = excludedBy(await listsAbove(files, ".stillpointignore", top, path), top, path);
  return pattern === null ? null : { reason: "ignoreFile", pattern };
}
