/**
 * Which files git ignores. Git itself is asked, by its patterns alone: a file that matches one is nothing to share also
 * where somebody added it by force. Where git is missing, too slow or refuses (a repository of another user's), the
 * lists that it would have read are read here instead, so that no ignored file slips through.
 */
import type { Files } from "./files.ts";
import type { Git } from "./git.ts";
import type { PatternList } from "./ignore-files.ts";
import { excludedBy, join, listsAbove, readList } from "./ignore-files.ts";
import { gitFolders, rootsAbove } from "./repository-roots.ts";
import { normalPath, relativeTo } from "./uri.ts";

const maxConfigBytes = 100_000;

export interface GitIgnoredDeps {
  readonly files: Files;
  readonly git: Git;
  /** The person's home, in which git's lists for all repositories lie. */
  readonly home: string;
}

/** @returns the paths that git ignores, of those given: absolute, without links on the way to them */
export type GitIgnored = (paths: readonly string[], workspaceFolder: string) => Promise<ReadonlySet<string>>;

export function createGitIgnored(deps: GitIgnoredDeps): GitIgnored {
  return async (paths, workspaceFolder) => {
    const byRoot = new Map<string, string[]>();
    const ignored = new Set<string>();
    for (const path of paths) {
      const roots = await rootsAbove(deps.files, path, workspaceFolder);
      for (const root of roots) byRoot.set(root, [...(byRoot.get(root) ?? []), path]);
      // A folder that is no repository may become one: its lists count already.
      if (roots.length === 0 && (await isListed(deps, workspaceFolder, [], path))) ignored.add(path);
    }
    for (const [root, inside] of byRoot) {
      for (const path of await ignoredIn(deps, root, inside)) ignored.add(path);
    }
    return ignored;
  };
}

async function ignoredIn(deps: GitIgnoredDeps, root: string, paths: readonly string[]): Promise<string[]> {
  const names = new Map(paths.map((path) => [relativeTo(root, path) ?? path, path]));
  const args = ["check-ignore", "--no-index", "-z", "--stdin"];
  const answer = await deps.git(root, args, [...names.keys()].map((name) => `${name}\0`).join(""));
  // 0: some are ignored, 1: none. Everything else is a failure.
  if (answer.kind === "ended" && answer.code <= 1) {
    return answer.output.split("\0").flatMap((name) => names.get(name) ?? []);
  }
  const forAll = await listsOfRepository(deps, root);
  const listed: string[] = [];
  for (const path of paths) if (await isListed(deps, root, forAll, path)) listed.push(path);
  return listed;
}

async function isListed(
  { files }: GitIgnoredDeps,
  top: string,
  forAll: readonly PatternList[],
  path: string,
): Promise<boolean> {
  return excludedBy([...forAll, ...(await listsAbove(files, ".gitignore", top, path))], top, path) !== null;
}

/** Git's lists outside of the work tree: the person's, then the repository's own (gitignore(5)). */
async function listsOfRepository({ files, home }: GitIgnoredDeps, root: string): Promise<PatternList[]> {
  const paths = [
    join(home, ".config/git/ignore"),
    ...(await excludesFiles(files, home)),
    join((await gitFolders(files, root)).common, "info/exclude"),
  ];
  const lists = await Promise.all(paths.map((path) => readList(files, path, root)));
  return lists.filter((list) => list !== null);
}

/** `core.excludesFile` of the person's configuration. */
async function excludesFiles(files: Files, home: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of [".gitconfig", ".config/git/config"]) {
    const text = await files.readText(join(home, name), maxConfigBytes);
    for (const match of (text ?? "").matchAll(/^[ \t]*excludesfile[ \t]*=[ \t]*"?(?<path>[^"\r\n]+)/gimu)) {
      const path = (match.groups?.["path"] ?? "")
        .trim()
        .replaceAll("\\", "/")
        .replace(/^~(?=\/)/u, home);
      found.push(normalPath(path));
    }
  }
  return found;
}
