/**
 * An import of the commits alone that no earlier one has seen. It remembers commits, not where branches stood: whatever
 * is pushed, by force or not, what was seen stays seen and what is new is new.
 */
import { ConfigurationError } from "../errors.ts";
import type { ObjectReader } from "../git/blobs.ts";
import type { PatchOfCommit } from "../git/commits.ts";
import { readCommitIds, readNamedCommits, readPatchIds } from "../git/commits.ts";
import { openRepository, resolveRange } from "../git/repository.ts";
import { newCounts } from "./counts.ts";
import type { GitImport, ImportGitOptions } from "./import-git.ts";
import { commitInTurn, importIdentity } from "./import-git.ts";
import type { CommitInTurn } from "./replay-commits.ts";
import { replayCommits } from "./replay-commits.ts";
import type { SeenCommits } from "./seen.ts";
import { openSeenCommits } from "./seen.ts";

export interface ResumedImport extends GitImport {
  /** How many commits earlier imports had seen, of whatever range. */
  readonly seenBefore: number;
  /** Remembers the commits that were read. To be called once their examples lie where nothing takes them away. */
  save(): Promise<void>;
  /** Lets other imports of the repository go on; without `save` before, the next one reads the same commits. */
  close(): Promise<void>;
}

/**
 * @param dataDir an existing folder, as an absolute path
 * @throws ConfigurationError for a folder that is no repository, or a range that names nothing in it
 * @throws Failure where another import of the repository is under way
 */
export async function openResumedImport(options: ImportGitOptions, dataDir: string): Promise<ResumedImport> {
  const { seed, perCommit, max = Number.POSITIVE_INFINITY } = options;
  // A commit is taken whole or left for the next time, so that nothing of it is skipped and nothing comes twice.
  if (max < perCommit) throw new ConfigurationError("with --resume, --max must be at least as large as --per-commit.");
  const repository = await openRepository(options.repo, options.env, options.repoShown);
  const { revisions } = await resolveRange(repository, options.range ?? "HEAD");
  const seen = await openSeenCommits({ dataDir, repository, revisions, seed, perCommit });
  try {
    const unseen: Buffer[] = [];
    for await (const id of readCommitIds(repository, revisions)) {
      if (!seen.hasCommit(id)) unseen.push(Buffer.from(`${id}\n`));
    }
    const ids = Buffer.concat(unseen);
    const counts = newCounts();
    async function* commits(objects: ObjectReader): AsyncGenerator<CommitInTurn, void, undefined> {
      const patches = new PatchReader(readPatchIds(repository, ids));
      try {
        for await (const commit of readNamedCommits(repository, ids)) {
          yield unseenCommit(commitInTurn(commit, objects), await patches.of(commit.id), seen);
        }
      } finally {
        await patches.close();
      }
    }
    return {
      identity: { ...importIdentity(repository, revisions, options), seen: seen.digest },
      counts,
      commits: unseen.length,
      examples: (before) => replayCommits({ repository, options, counts, wholeCommits: true, commits }, before),
      seenBefore: seen.size,
      save: () => seen.save(),
      close: () => seen.close(),
    };
  } catch (error) {
    await seen.close();
    throw error;
  }
}

function unseenCommit(commit: CommitInTurn, patch: string | undefined, seen: SeenCommits): CommitInTurn {
  const taken = () => seen.add(commit.commit.id, patch);
  const rewritten = patch !== undefined && seen.hasPatch(patch);
  return rewritten ? { ...commit, passedOver: "samePatch", taken } : { ...commit, taken };
}

/** Looks patches up in the order in which they come. */
class PatchReader {
  readonly #patches: AsyncGenerator<PatchOfCommit, void, undefined>;
  #next: PatchOfCommit | null | undefined;

  constructor(patches: AsyncGenerator<PatchOfCommit, void, undefined>) {
    this.#patches = patches;
  }

  /** Undefined for a commit that changes nothing. */
  async of(commit: string): Promise<string | undefined> {
    this.#next ??= await this.#read();
    if (this.#next?.commit !== commit) return undefined;
    const { patch } = this.#next;
    this.#next = undefined;
    return patch;
  }

  async close(): Promise<void> {
    await this.#patches.return();
  }

  async #read(): Promise<PatchOfCommit | null> {
    const { done, value } = await this.#patches.next();
    return done ? null : value;
  }
}
