/** Makes the examples of one commit after the other. */
import { seededShare } from "../../shared/ids.ts";
import type { Example } from "../../shared/records/example.ts";
import type { BlobSource } from "../git/blobs.ts";
import type { GitCommit } from "../git/commits.ts";
import type { LicenceReader } from "../git/licence.ts";
import type { Repository } from "../git/repository.ts";
import type { Syntax } from "../syntax/syntax.ts";
import type { CapturePoint, Draw, NoPoint, PointOptions } from "./capture-points.ts";
import { pointAtRest, pointBeforeChange } from "./capture-points.ts";
import { CommitReplay } from "./commit-replay.ts";
import { contributorPseudonym } from "./contributor.ts";
import type { ImportCounts } from "./counts.ts";
import { tally } from "./counts.ts";
import type { CommitFacts } from "./example.ts";
import { makeExample } from "./example.ts";
import { candidateFiles, codeLines, replayFiles } from "./replay-files.ts";
import type { WrittenBefore } from "./written-before.ts";

/** Changed code lines of a commit that is replayed. */
const minCodeLines = 2;
const maxCodeLines = 1_000;
/** Of all examples, so many at most leave their region as it was. */
const maxUnchangedShare = 0.1;
/** Capture points tried in one commit, for each example that is wanted of it. */
const triesAnExample = 6;

/** A commit, and what its examples need to know besides. */
export interface CommitToReplay {
  readonly commit: GitCommit;
  /** Where the files before it are found. */
  readonly blobs: BlobSource;
  /** The commit in whose tree those files are; null where nobody knows, or it is the first. */
  readonly parent: string | null;
  /** The commit whose licence holds. */
  readonly licensedBy: string;
}

export interface ReplayOptions {
  readonly seed: number;
  /** At most so many examples of one commit, each with a target of its own. */
  readonly perCommit: number;
  /** Keys the contributors' pseudonyms. */
  readonly contributorKey: Uint8Array;
}

interface ImporterParts {
  readonly repository: Repository;
  readonly syntax: Syntax;
  readonly licences: LicenceReader;
  readonly options: ReplayOptions;
  readonly counts: ImportCounts;
  readonly before: WrittenBefore;
}

/** Why a commit gave no example. */
type SkippedCommit = "root" | "diffTooLarge" | "noTime" | "tooFewLines" | "tooManyLines" | NoPoint;

/** Works on one commit after the other; what it remembers of them is how many examples there are. */
export class Importer {
  readonly #parts: ImporterParts;
  #examples: number;
  #unchanged: number;

  constructor(parts: ImporterParts) {
    this.#parts = parts;
    this.#examples = parts.before.examples;
    this.#unchanged = parts.before.unchanged;
  }

  /** None where the commit was passed over; the counts say why. */
  async examplesOf(replayed: CommitToReplay): Promise<Example[]> {
    const examples = await this.#replay(replayed);
    if (typeof examples !== "string") return examples;
    tally(this.#parts.counts.skippedCommits, examples);
    return [];
  }

  async #replay({ commit, blobs, parent, licensedBy }: CommitToReplay): Promise<Example[] | SkippedCommit> {
    const { syntax, licences, options, counts, repository } = this.#parts;
    // Whatever a first commit brings was somewhere else before.
    if (commit.parents.length === 0) return "root";
    if (commit.overflow) return "diffTooLarge";
    const at = timestampOf(commit.authoredAt);
    if (at === null) return "noTime";
    const skip = (reason: string) => tally(counts.skippedFiles, reason);
    const files = await replayFiles(candidateFiles(commit, skip), blobs, skip);
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
      licence: await licences.at(licensedBy),
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
