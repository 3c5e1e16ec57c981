/** The examples of one commit after the other, up to as many as are wanted, behind those of an interrupted import. */
import type { Example } from "../../shared/records/example.ts";
import { ObjectReader } from "../git/blobs.ts";
import { LicenceReader } from "../git/licence.ts";
import type { Repository } from "../git/repository.ts";
import { Syntax } from "../syntax/syntax.ts";
import type { ImportCounts } from "./counts.ts";
import { tally } from "./counts.ts";
import type { CommitToReplay, ReplayOptions } from "./importer.ts";
import { Importer } from "./importer.ts";
import type { WrittenBefore } from "./written-before.ts";
import { nothingWritten } from "./written-before.ts";

/** A commit in its turn. */
export interface CommitInTurn extends CommitToReplay {
  /** Why it gives no example, where that is known before it is replayed. */
  readonly passedOver?: string;
  /** Called when all that it gives is on its way; the next one is asked for after that. */
  taken?(): void;
}

export interface Replaying {
  readonly repository: Repository;
  readonly options: ReplayOptions & { readonly max?: number; readonly signal: AbortSignal };
  readonly counts: ImportCounts;
  /** The last of `max` is a whole commit: one that would give more is left for another import. */
  readonly wholeCommits: boolean;
  commits(objects: ObjectReader): AsyncIterable<CommitInTurn>;
}

/** @param before what an interrupted run has written, and stays */
export async function* replayCommits(
  { repository, options, counts, wholeCommits, commits }: Replaying,
  before: WrittenBefore = nothingWritten,
): AsyncGenerator<Example, void, undefined> {
  const objects = new ObjectReader(repository);
  const syntax = await Syntax.load();
  const licences = new LicenceReader(objects);
  const importer = new Importer({ repository, syntax, licences, options, counts, before });
  const wanted = options.max ?? Number.POSITIVE_INFINITY;
  let behind = before.lastCommit === null;
  let written = before.examples;
  try {
    if (written >= wanted) return;
    for await (const commit of commits(objects)) {
      options.signal.throwIfAborted();
      if (!behind) {
        behind = commit.commit.id === before.lastCommit;
        commit.taken?.();
        continue;
      }
      if (commit.passedOver !== undefined) tally(counts.skippedCommits, commit.passedOver);
      const examples = commit.passedOver === undefined ? await importer.examplesOf(commit) : [];
      if (wholeCommits && written + examples.length > wanted) return;
      counts.commits++;
      if (examples.length > 0) counts.used++;
      commit.taken?.();
      for (const example of examples) {
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
