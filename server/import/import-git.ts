/**
 * Turns a repository's history into examples: every commit that a person may have typed is replayed hunk by hunk, and
 * somewhere on the way a snapshot is taken, of which the commit itself says how it settled.
 *
 * The same repository, range and seed give the same examples, in the order of the commits, newest first.
 */
import type { Json } from "../../shared/canonical-json.ts";
import { sha256Hex } from "../../shared/ids.ts";
import type { Example } from "../../shared/records/example.ts";
import type { Environment } from "../../shared/repository/shut-git.ts";
import type { ObjectReader } from "../git/blobs.ts";
import type { GitCommit } from "../git/commits.ts";
import { readCommits } from "../git/commits.ts";
import type { Repository } from "../git/repository.ts";
import { openRepository, resolveRange } from "../git/repository.ts";
import type { ImportCounts } from "./counts.ts";
import { newCounts } from "./counts.ts";
import type { ReplayOptions } from "./importer.ts";
import type { CommitInTurn } from "./replay-commits.ts";
import { replayCommits } from "./replay-commits.ts";
import type { WrittenBefore } from "./written-before.ts";

/** Raised by hand whenever the same repository and options would give other examples. */
export const IMPORT_GIT_VERSION = 1;

export interface ImportGitOptions extends ReplayOptions {
  /** A folder in the repository, as an absolute path. */
  readonly repo: string;
  /** The same as the person wrote it. */
  readonly repoShown: string;
  /** As `git log` takes it; HEAD where it is not said. */
  readonly range?: string;
  /** At most so many examples. */
  readonly max?: number;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

export interface GitImport {
  /** Everything that decides the examples. */
  readonly identity: Json;
  /** Of what was read so far, not of what was written before. */
  readonly counts: ImportCounts;
  /** Of all commits in the range, so many are read; nobody knows in advance which give examples. */
  readonly commits: number;
  /**
   * To be iterated once.
   * @param before what an interrupted run has written, and stays: the examples behind it follow
   */
  examples(before?: WrittenBefore): AsyncGenerator<Example, void, undefined>;
}

/**
 * Opens a repository for import.
 * @throws ConfigurationError for a folder that is no repository, or a range that names nothing in it.
 */
export async function openGitImport(options: ImportGitOptions): Promise<GitImport> {
  const repository = await openRepository(options.repo, options.env, options.repoShown);
  const { revisions, commits } = await resolveRange(repository, options.range ?? "HEAD");
  const counts = newCounts();
  async function* inTurn(objects: ObjectReader): AsyncGenerator<CommitInTurn, void, undefined> {
    for await (const commit of readCommits(repository, revisions)) yield commitInTurn(commit, objects);
  }
  return {
    identity: importIdentity(repository, revisions, options),
    counts,
    commits,
    examples: (before) => replayCommits({ repository, options, counts, wholeCommits: false, commits: inTurn }, before),
  };
}

/** Everything that decides which examples such a repository gives. */
export function importIdentity(
  repository: Repository,
  revisions: readonly string[],
  { max = null, seed, perCommit, contributorKey }: ReplayOptions & { readonly max?: number | null },
): Record<string, Json> {
  return {
    importGit: IMPORT_GIT_VERSION,
    repo: repository.remote ?? repository.folder,
    revisions,
    max,
    seed,
    perCommit,
    // Tells keys apart without giving one away.
    contributorKey: sha256Hex(contributorKey),
  };
}

/** A commit of the repository itself, which holds its parent and every file. */
export function commitInTurn(commit: GitCommit, blobs: ObjectReader): CommitInTurn {
  const [parent = null] = commit.parents;
  return { commit, blobs, parent, licensedBy: parent ?? commit.id };
}
