/**
 * `pull`: settled snapshots of the store as examples, in the order in which they were stored. It stands where an import
 * stands: at the start of the line. What became of predictions is not its matter: `verdicts` joins it, at any time.
 */
import { createHash } from "node:crypto";
import * as z from "zod/mini";
import type { Json } from "../../shared/canonical-json.ts";
import { exampleId } from "../../shared/ids.ts";
import type { snapshotSettled } from "../../shared/records/event.ts";
import type { Example } from "../../shared/records/example.ts";
import type { LineOutput, Written } from "../jsonl/line-output.ts";
import type { PullChoice, PulledEvent } from "../store/families/pull.ts";
import type { Store } from "../store/store.ts";

/** Raised by hand whenever the same events would give other examples. */
export const PULL_VERSION = 1;

const date = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/u;

/** An instant as records hold it; undefined for what is none. A date alone is its first instant in UTC. */
function instantOf(text: string): string | undefined {
  const time = date.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) return undefined;
  const instant = new Date(time).toISOString();
  // A day that its month does not have would become one of the next.
  return instant.startsWith(text.slice(0, 10)) ? instant : undefined;
}

const instant = z
  .string()
  .check(
    z.refine(
      (text) => instantOf(text) !== undefined,
      "is no date or time in UTC, such as 2026-01-31 or 2026-01-31T09:30Z",
    ),
  );

/** As flags and in task files. */
export const pullOptions = z.strictObject({
  contributor: z._default(z.array(z.string()).check(z.describe("Only of these contributors (ids).")), []),
  repo: z._default(
    z.array(z.string()).check(z.describe("Only of these repositories: host/owner/name; * stands for any characters.")),
    [],
  ),
  language: z._default(z.array(z.string()).check(z.describe("Only in these languages (VS Code's ids).")), []),
  since: z._default(
    z.nullable(instant).check(z.describe("Only what settled at this time (UTC) or later. Moves no position.")),
    null,
  ),
  until: z._default(z.nullable(instant).check(z.describe("Only what settled before this time (UTC).")), null),
});
export type PullOptions = z.infer<typeof pullOptions>;

export function pullChoice({ contributor, repo, language, since, until }: PullOptions): PullChoice {
  return {
    contributors: contributor.toSorted(),
    repos: repo.toSorted(),
    languages: language.toSorted(),
    since: since === null ? undefined : instantOf(since),
    until: until === null ? undefined : instantOf(until),
  };
}

export interface PullRange {
  readonly choice: PullChoice;
  /** Snapshots stored behind this position, up to the other one inclusive. */
  readonly after: number;
  readonly upTo: number;
  /** At most so many examples. */
  readonly max: number | undefined;
}

/** Everything that decides the examples, besides what is deleted meanwhile. */
export function pullIdentity({ choice, after, upTo, max }: PullRange): Json {
  const { contributors, repos, languages, since, until } = choice;
  return {
    pull: PULL_VERSION,
    contributors,
    repos,
    languages,
    since: since ?? null,
    until: until ?? null,
    after,
    upTo,
    max: max ?? null,
  };
}

export interface PullWriting {
  readonly store: Pick<Store, "pull">;
  readonly range: PullRange;
  readonly output: LineOutput;
  readonly signal: AbortSignal;
  /** Called for every example written, with how many there are by now and how far in the store that is, from 0 to 1. */
  readonly onLine?: (lines: number, share: number) => void;
  /** Called when all lines are written, and the output is not yet in its place. */
  readonly beforeCommit?: (made: PullMade) => Promise<void>;
}

export interface PullMade {
  /** Everything that was asked for, up to this position, is in the output. */
  readonly reached: number;
  /** Of the whole output. */
  readonly sha256: string;
}

/**
 * Commits the output. When it throws, the output is left for the caller to close: what was written stays as partial.
 * @returns `kept`: how many of the lines an interrupted pull had written
 * @throws the signal's reason when aborted
 */
export async function writePull(writing: PullWriting): Promise<{ kept: number; written: Written; reached: number }> {
  const { store, range, output, signal, onLine, beforeCommit } = writing;
  const hash = createHash("sha256");
  let reached = range.upTo;
  let lines = 0;
  const examples = pulledExamples(store, range);
  const count = (line: string, position: number): void => {
    hash.update(line).update("\n");
    lines++;
    onLine?.(lines, (position - range.after) / Math.max(1, range.upTo - range.after));
    if (lines === range.max) reached = position;
  };

  // What an interrupted pull has written stays while it is still what the store says: some of it may be deleted by now.
  let next = await examples.next();
  for await (const kept of output.kept()) {
    if (next.done || kept.bytes.toString("utf8") !== next.value.line) break;
    output.keep(kept);
    count(next.value.line, next.value.position);
    next = await examples.next();
  }
  const kept = lines;
  for (; !next.done; next = await examples.next()) {
    signal.throwIfAborted();
    await output.write(next.value.line);
    count(next.value.line, next.value.position);
  }
  await beforeCommit?.({ reached, sha256: hash.digest("hex") });
  return { kept, written: await output.commit(), reached };
}

interface PulledLine {
  readonly position: number;
  readonly line: string;
}

async function* pulledExamples(
  store: Pick<Store, "pull">,
  { choice, after, upTo, max = Number.POSITIVE_INFINITY }: PullRange,
): AsyncGenerator<PulledLine, void, undefined> {
  let given = 0;
  for (let next: number | null = after; next !== null && given < max; ) {
    const page: Awaited<ReturnType<Store["pull"]["page"]>> = await store.pull.page({ ...choice, after: next, upTo });
    for (const event of page.events) {
      yield { position: event.position, line: JSON.stringify(exampleOf(event)) };
      given++;
      if (given === max) return;
    }
    next = page.next;
  }
}

function exampleOf({ contributor, body }: PulledEvent): Example {
  // Held against its schema before it was stored.
  const { id, at, consentVersion, snapshot, settlement } = JSON.parse(body) as z.infer<typeof snapshotSettled>;
  const repo = snapshot.repo?.remote ?? snapshot.repo?.folder;
  const revision = snapshot.repo?.revision;
  return {
    schema: 1,
    id: exampleId({ kind: "capture", eventId: id }),
    source: {
      kind: "capture",
      contributor,
      ...(repo !== undefined && { repo }),
      ...(revision !== undefined && { revision }),
      at,
      eventId: id,
      consentVersion,
    },
    snapshot,
    settlement,
  };
}
