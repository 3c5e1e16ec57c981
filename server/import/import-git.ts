/**
 * Turns a repository's history into examples: every commit that a person may have typed is replayed hunk by hunk, and
 * somewhere on the way a snapshot is taken, of which the commit itself says how it settled.
 *
 * The same repository, range and seed give the same examples, in the order of the commits, newest first.
 */
import type { Json } from "../../shared/canonical-json.ts";
import { seededShare, sha256Hex } from "../../shared/ids.ts";
import type { Example } from "../../shared/records/example.ts";
import { ObjectReader } from "../git/blobs.ts";
import type { GitCommit } from "../git/commits.ts";
import { readCommits } from "../git/commits.ts";
import { LicenceReader } from "../git/licence.ts";
import type { Environment } from "../git/process.ts";
import type { Repository } from "../git/repository.ts";
import { openRepository, resolveRange } from "../git/repository.ts";
import { Syntax } from "../syntax/syntax.ts";
import type { CapturePoint, Draw, NoPoint, PointOptions } from "./capture-points.ts";
import { pointAtRest, pointBeforeChange } from "./capture-points.ts";
import { CommitReplay } from "./commit-replay.ts";
import { contributorPseudonym } from "./contributor.ts";
import type { ImportCounts } from "./counts.ts";
import { newCounts, tally } from "./counts.ts";
import type { CommitFacts } from "./example.ts";
import { makeExample } from "./example.ts";
import { candidateFiles, codeLines, replayFiles } from "./replay-files.ts";
import type { WrittenBefore } from "./resume.ts";
import { nothingWritten } from "./resume.ts";

/** Raised by hand whenever the same repository and options would give other examples. */
export const IMPORT_GIT_VERSION = 1;

/** Changed code lines of a commit that is replayed. */
const minCodeLines = 2;
const maxCodeLines = 1_000;
/** Of all examples, so many at most leave their region as it was. */
const maxUnchangedShare = 0.1;
/** Capture points tried in one commit, for each example that is wanted of it. */
const triesAnExample = 6;

export interface ImportGitOptions {
  /** A folder in the repository, as an absolute path. */
  readonly repo: string;
  /** As `git log` takes it; HEAD where it is not said. */
  readonly range?: string;
  /** At most so many examples. */
  readonly max?: number;
  readonly seed: number;
  /** At most so many examples of one commit, each with a target of its own. */
  readonly perCommit: number;
  /** Keys the contributors' pseudonyms. */
  readonly contributorKey: Uint8Array;
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
  const repository = await openRepository(options.repo, options.env);
  const range = await resolveRange(repository, options.range ?? "HEAD");
  const counts = newCounts();
  const { max = null, seed, perCommit, contributorKey } = options;
  return {
    identity: {
      importGit: IMPORT_GIT_VERSION,
      repo: repository.remote ?? repository.folder,
      revisions: range.revisions,
      max,
      seed,
      perCommit,
      // Tells keys apart without giving one away.
      contributorKey: sha256Hex(contributorKey),
    },
    counts,
    commits: range.commits,
    examples: (before) => replayCommits(repository, range.revisions, options, counts, before),
  };
}

async function* replayCommits(
  repository: Repository,
  revisions: readonly string[],
  options: ImportGitOptions,
  counts: ImportCounts,
  before: WrittenBefore = nothingWritten,
): AsyncGenerator<Example, void, undefined> {
  const objects = new ObjectReader(repository);
  const syntax = await Syntax.load();
  const licences = new LicenceReader(objects);
  const importer = new Importer({ repository, objects, syntax, licences, options, counts, before });
  const wanted = options.max ?? Number.POSITIVE_INFINITY;
  let behind = before.lastCommit === null;
  let written = before.examples;
  try {
    if (written >= wanted) return;
    for await (const commit of readCommits(repository, revisions)) {
      options.signal.throwIfAborted();
      if (!behind) {
        behind = commit.id === before.lastCommit;
        continue;
      }
      for (const example of await importer.examplesOf(commit)) {
        written++;
        counts.examples++;
        if (example.settlement?.unchanged) counts.unchanged++;
        yield example;
        if (written >= wanted) return;
      }
    }
  } finally {
    syntax.dispose();
    await objects.close();
  }
}

interface ImporterParts {
  readonly repository: Repository;
  readonly objects: ObjectReader;
  readonly syntax: Syntax;
  readonly licences: LicenceReader;
  readonly options: ImportGitOptions;
  readonly counts: ImportCounts;
  readonly before: WrittenBefore;
}

/** Why a commit gave no example. */
type SkippedCommit = "root" | "diffTooLarge" | "noTime" | "tooFewLines" | "tooManyLines" | NoPoint;

/** Works on one commit after the other; what it remembers of them is how many examples there are. */
class Importer {
  readonly #parts: ImporterParts;
  #examples: number;
  #unchanged: number;

  constructor(parts: ImporterParts) {
    this.#parts = parts;
    this.#examples = parts.before.examples;
    this.#unchanged = parts.before.unchanged;
  }

  async examplesOf(commit: GitCommit): Promise<Example[]> {
    const { counts } = this.#parts;
    counts.commits++;
    const examples = await this.#replay(commit);
    if (typeof examples === "string") {
      tally(counts.skippedCommits, examples);
      return [];
    }
    counts.used++;
    return examples;
  }

  async #replay(commit: GitCommit): Promise<Example[] | SkippedCommit> {
    const { objects, syntax, licences, options, counts, repository } = this.#parts;
    const [parent] = commit.parents;
    // Whatever a first commit brings was somewhere else before.
    if (parent === undefined) return "root";
    if (commit.overflow) return "diffTooLarge";
    const at = timestampOf(commit.authoredAt);
    if (at === null) return "noTime";
    const skip = (reason: string) => tally(counts.skippedFiles, reason);
    const files = await replayFiles(candidateFiles(commit, skip), objects, skip);
    const lines = codeLines(files);
    if (lines.insertions + lines.deletions < minCodeLines) return "tooFewLines";
    if (lines.insertions + lines.deletions > maxCodeLines) return "tooManyLines";
    const replay = new CommitReplay(files, syntax);
    const draw: Draw = (...purpose) => seededShare(options.seed, commit.id, ...purpose);
    const points = await this.#points({ replay, syntax, draw });
    if (typeof points === "string") return points;
    const facts: CommitFacts = {
      repository,
      commit: commit.id,
      parent,
      at,
      contributor: contributorPseudonym(options.contributorKey, commit.authorEmail),
      licence: await licences.at(parent),
      seed: options.seed,
      lines,
    };
    const examples: Example[] = [];
    for (const point of points) {
      examples.push(await makeExample(facts, replay, point));
      point.moment.tree?.dispose();
    }
    return examples;
  }

  /** The capture points of a commit, in the order of the replay. */
  async #points(options: PointOptions): Promise<CapturePoint[] | NoPoint> {
    const { perCommit } = this.#parts.options;
    const { replay, draw } = options;
    const ks = [...replay.steps.keys(), replay.steps.length];
    const order = new Map(ks.map((k) => [k, draw("order", String(k))]));
    ks.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
    const points: CapturePoint[] = [];
    let refusal: NoPoint = "nothingBefore";
    for (const k of ks.slice(0, triesAnExample * perCommit)) {
      const atRest = this.#mayRest() ? await pointAtRest(options, k) : null;
      const point = atRest ?? (await pointBeforeChange(options, k));
      if (typeof point === "string") {
        if (k < replay.steps.length) refusal = point;
        continue;
      }
      points.push(point);
      this.#examples++;
      if (atRest) this.#unchanged++;
      if (points.length === perCommit) break;
    }
    return points.length === 0 ? refusal : points.sort((a, b) => a.k - b.k);
  }

  #mayRest(): boolean {
    return this.#unchanged + 1 <= maxUnchangedShare * (this.#examples + 1);
  }
}

/** Null for a time that is none, or lies outside the years that RFC 3339 can write. */
function timestampOf(seconds: number): string | null {
  const date = new Date(seconds * 1_000);
  if (Number.isNaN(date.getTime())) return null;
  const written = date.toISOString();
  return written.length === "2026-01-31T09:05:00.123Z".length ? written : null;
}
