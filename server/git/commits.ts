/**
 * A repository's commits with what they changed, from one `git log`, newest first, one at a time. What is read is
 * bytes: paths and contents are whatever somebody committed.
 */
import { ByteReader } from "./byte-reader.ts";
import type { GitProcess } from "./process.ts";
import { startGit } from "./process.ts";
import type { Repository } from "./repository.ts";

/** A commit whose diff is larger is yielded without it (`overflow`): nobody typed that in one sitting. */
const maxDiffLines = 8_000;
const maxDiffBytes = 4_194_304;

const startOfCommit = 0x01;
const lineFeed = 0x0a;
const nul = 0x00;
const colon = 0x3a;
const minus = 0x2d;
const plus = 0x2b;
const backslash = 0x5c;

/** One block of changed lines; nothing unchanged is inside. Sides are the lines as they are in the files. */
export interface GitHunk {
  /** Lines of the old file before the hunk. */
  readonly oldLine: number;
  readonly removed: Buffer;
  readonly added: Buffer;
}

export interface GitFileChange {
  /** git's letter: `A`dded, `D`eleted, `M`odified, `R`enamed, `T`ype changed, and others. */
  readonly status: string;
  /** As in trees: `100644` and `100755` files, `120000` a symbolic link, `160000` a submodule; `000000` none. */
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldBlob: string;
  /** The path after the commit, as the bytes that git keeps. */
  readonly path: Buffer;
  /** By line. Empty for binary files, for mode changes, and in a commit with `overflow`. */
  readonly hunks: readonly GitHunk[];
  readonly binary: boolean;
}

export interface GitCommit {
  readonly id: string;
  readonly parents: readonly string[];
  /** Seconds since 1970; NaN where the commit has none. */
  readonly authoredAt: number;
  readonly authorEmail: string;
  /** In git's order: by the path's bytes. */
  readonly files: readonly GitFileChange[];
  /** The diff was too large to be held, and is not here. */
  readonly overflow: boolean;
}

const logFormat = "tformat:%x01%H%x00%P%x00%at%x00%ae%x00";

/** What a configuration could decide about a diff is said, so that one commit reads the same everywhere. */
const diffArguments = [
  "--patch",
  "--inter-hunk-context=0",
  "--diff-algorithm=histogram",
  "--indent-heuristic",
  "-l400",
  "-O/dev/null",
  "--src-prefix=a/",
  "--dst-prefix=b/",
  "--submodule=short",
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--no-notes",
  "--no-mailmap",
  "--no-decorate",
  "--encoding=UTF-8",
];

const logArguments = [
  "log",
  "-z",
  "--no-merges",
  "--raw",
  "--no-abbrev",
  "--full-index",
  "--unified=0",
  "--find-renames=50%",
  `--format=${logFormat}`,
  ...diffArguments,
];

/** With the context by which `git patch-id` tells apart the same lines in two places of a file. */
const patchArguments = [
  "log",
  "--no-merges",
  "--unified=3",
  "--no-renames",
  "--format=tformat:commit %H",
  ...diffArguments,
];

const namedCommitsArguments = ["--no-walk=unsorted", "--stdin"];

/**
 * The commits that `revisions` reach and that are no merges, newest first.
 * @param revisions commit ids, or `^` and one, as of `resolveRange`
 * @throws Failure when git fails midway.
 */
export async function* readCommits(
  repository: Repository,
  revisions: readonly string[],
): AsyncGenerator<GitCommit, void, undefined> {
  const git = startGit(repository.place, [...logArguments, "--end-of-options", ...revisions, "--"]);
  git.stdin.end();
  yield* commitsOf(git);
}

/** The ids of the commits that `revisions` reach and that are neither merges nor first commits, newest first. */
export async function* readCommitIds(
  repository: Repository,
  revisions: readonly string[],
): AsyncGenerator<string, void, undefined> {
  const options = ["--no-merges", "--min-parents=1", "--end-of-options"];
  const git = startGit(repository.place, ["rev-list", ...options, ...revisions, "--"]);
  git.stdin.end();
  const reader = new ByteReader(git.stdout);
  try {
    while ((await reader.peek()) !== null) yield (await reader.until(lineFeed)).toString("latin1");
    await git.done;
  } finally {
    await git.stop();
  }
}

/**
 * The named commits, in their order.
 * @param ids each followed by a line feed; commits that are no merges
 */
export async function* readNamedCommits(
  repository: Repository,
  ids: Buffer,
): AsyncGenerator<GitCommit, void, undefined> {
  // Told of no commit at all, git would begin at HEAD.
  if (ids.length === 0) return;
  const git = startGit(repository.place, [...logArguments, ...namedCommitsArguments]);
  git.stdin.end(ids);
  yield* commitsOf(git);
}

export interface PatchOfCommit {
  readonly commit: string;
  /** As of `git patch-id --stable`: the same for the same change, whatever its lines' numbers and white space. */
  readonly patch: string;
}

/** The named commits' patches, in their order; those that change nothing have none. */
export async function* readPatchIds(
  repository: Repository,
  ids: Buffer,
): AsyncGenerator<PatchOfCommit, void, undefined> {
  if (ids.length === 0) return;
  const log = startGit(repository.place, [...patchArguments, ...namedCommitsArguments]);
  log.stdin.end(ids);
  const patchId = startGit(repository.place, ["patch-id", "--stable"]);
  log.stdout.pipe(patchId.stdin);
  const reader = new ByteReader(patchId.stdout);
  try {
    while ((await reader.peek()) !== null) {
      const [patch = "", commit = ""] = (await reader.until(lineFeed)).toString("latin1").split(" ");
      yield { commit, patch };
    }
    await Promise.all([log.done, patchId.done]);
  } finally {
    await Promise.all([log.stop(), patchId.stop()]);
  }
}

async function* commitsOf(git: GitProcess): AsyncGenerator<GitCommit, void, undefined> {
  try {
    yield* parseCommits(new ByteReader(git.stdout));
    await git.done;
  } finally {
    await git.stop();
  }
}

async function* parseCommits(reader: ByteReader): AsyncGenerator<GitCommit, void, undefined> {
  while ((await reader.peek()) !== null) {
    const header = await reader.until(nul);
    if (header[0] !== startOfCommit) throw new Error("git log printed what is no commit");
    const id = header.subarray(1).toString("latin1");
    const parents = (await reader.until(nul)).toString("latin1").split(" ").filter(Boolean);
    const authoredAt = Number.parseInt((await reader.until(nul)).toString("latin1"), 10);
    const authorEmail = (await reader.until(nul)).toString("utf8");
    await reader.until(nul);
    const files: FileUnderWay[] = [];
    let overflow = false;
    if ((await reader.peek()) === lineFeed) {
      await reader.skip(1);
      while ((await reader.peek()) === colon) files.push(await readRawEntry(reader));
      if ((await reader.peek()) === nul) {
        await reader.skip(1);
        overflow = await readPatch(reader, files);
      }
    }
    yield { id, parents, authoredAt, authorEmail, files, overflow };
  }
}

interface FileUnderWay extends GitFileChange {
  readonly newBlob: string;
  hunks: GitHunk[];
  binary: boolean;
}

/** `:OLDMODE NEWMODE OLDBLOB NEWBLOB STATUS`, the path, and for a rename or copy the path after it. */
async function readRawEntry(reader: ByteReader): Promise<FileUnderWay> {
  const [oldMode = "", newMode = "", oldBlob = "", newBlob = "", status = ""] = (await reader.until(nul))
    .subarray(1)
    .toString("latin1")
    .split(" ");
  let path = await reader.until(nul);
  if (/^[RC]/u.test(status)) path = await reader.until(nul);
  // A copy, because the chunk that it is a part of would be held as long as it is.
  return {
    oldMode,
    newMode,
    oldBlob,
    newBlob,
    status: status.slice(0, 1),
    path: Buffer.from(path),
    hunks: [],
    binary: false,
  };
}

/** Reads up to the next commit. True where the diff was too large, and then no file has hunks. */
async function readPatch(reader: ByteReader, files: readonly FileUnderWay[]): Promise<boolean> {
  let next = 0;
  let current: FileUnderWay | undefined;
  let lines = 0;
  let bytes = 0;
  let overflow = false;
  for (;;) {
    const first = await reader.peek();
    if (first === null || first === startOfCommit) break;
    const line = (await reader.until(lineFeed)).toString("latin1");
    if (line.startsWith("diff --git ")) current = undefined;
    else if (line.startsWith("index ")) {
      // Files stand in the order of the raw entries; a change of mode or type has no entry with these two blobs.
      const [oldBlob, newBlob] = (line.slice("index ".length).split(" ", 1)[0] ?? "").split("..");
      const found = files.findIndex((file, i) => i >= next && file.oldBlob === oldBlob && file.newBlob === newBlob);
      if (found !== -1) {
        current = files[found];
        next = found + 1;
      }
    } else if (line.startsWith("Binary files ")) {
      if (current) current.binary = true;
    } else if (line.startsWith("@@ -")) {
      const range = parseRange(line);
      const hunk = await readHunk(reader, range, !overflow && current !== undefined);
      lines += range.oldCount + range.newCount;
      bytes += hunk.removed.length + hunk.added.length;
      overflow ||= lines > maxDiffLines || bytes > maxDiffBytes;
      if (overflow) for (const file of files) file.hunks = [];
      else current?.hunks.push(hunk);
    }
  }
  return overflow;
}

interface HunkRange {
  readonly oldLine: number;
  readonly oldCount: number;
  readonly newCount: number;
}

/** `@@ -START[,COUNT] +START[,COUNT] @@`; a side of no lines names the line before it. */
function parseRange(line: string): HunkRange {
  const match = /^@@ -(?<oldStart>\d+)(?:,(?<oldCount>\d+))? \+\d+(?:,(?<newCount>\d+))? @@/u.exec(line);
  if (!match?.groups) throw new Error("git log printed a hunk header that is none");
  const oldStart = Number(match.groups["oldStart"]);
  const oldCount = Number(match.groups["oldCount"] ?? 1);
  return {
    oldLine: oldCount === 0 ? oldStart : oldStart - 1,
    oldCount,
    newCount: Number(match.groups["newCount"] ?? 1),
  };
}

/** Counts alone say where a hunk ends, since its lines may look like anything. */
async function readHunk(reader: ByteReader, range: HunkRange, keep: boolean): Promise<GitHunk> {
  const sides = { removed: [] as Buffer[], added: [] as Buffer[] };
  let side = sides.removed;
  let left = range.oldCount + range.newCount;
  for (;;) {
    const first = await reader.peek();
    if (first === backslash) {
      await reader.until(lineFeed);
      side.pop();
      continue;
    }
    if (left === 0) break;
    if (first !== minus && first !== plus) throw new Error("git log printed a hunk that ends too early");
    side = first === minus ? sides.removed : sides.added;
    await reader.skip(1);
    const line = await reader.until(lineFeed);
    left--;
    if (keep) side.push(line, newLine);
  }
  return { oldLine: range.oldLine, removed: Buffer.concat(sides.removed), added: Buffer.concat(sides.added) };
}

const newLine = Buffer.from("\n");
