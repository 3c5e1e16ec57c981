/**
 * `run.progress.jsonl`: where a run is, for whoever watches it from another process. It tells of the newest attempt
 * alone, in the order in which things happen, so that who has read up to a byte goes on there and misses nothing.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import * as z from "zod/mini";
import { natural, nonEmpty, share, timestamp } from "../../shared/records/fields.ts";
import { usage } from "../../shared/records/prediction.ts";
import type { RunAsked } from "../../shared/wire/runs.ts";
import { runAsked } from "../../shared/wire/runs.ts";
import { BatchesWaiting, BudgetReached, ConfigurationError, Failure } from "../errors.ts";
import { writeFault } from "../jsonl/faults.ts";
import type { ModelUse } from "../reports/spending.ts";
import { askedOf } from "../reports/spending.ts";
import type { RunObserver, RunResult } from "./run.ts";

export const PROGRESS_FILE = "run.progress.jsonl";

/** Between two records of how far a stage is: the longer it takes the longer, so that the file stays small. */
const progressEvery = { leastMs: 500, mostMs: 10_000, shareOfTime: 0.01 };

const counts = z.record(z.string(), natural);

const stageDone = z.strictObject({
  type: z.literal("stage-done"),
  at: timestamp,
  stage: nonEmpty,
  lines: natural,
  /** Of those, the ones that an interrupted attempt had written. */
  kept: natural,
  /** By reason code. */
  dropped: counts,
  droppedBefore: natural,
  /** The output of an earlier attempt was still good. */
  reused: z.boolean(),
  /** All models but builtin together. */
  asked: z.optional(runAsked),
  /** Of each. */
  models: z.array(
    z.strictObject({ model: nonEmpty, requests: natural, cached: natural, failures: counts, usage: z.optional(usage) }),
  ),
});

export const runEnd = z.strictObject({
  type: z.literal("ended"),
  at: timestamp,
  state: z.enum(["done", "failed", "interrupted"]),
  /** Why it failed. */
  sentence: z.optional(z.string()),
  /** Bad lines of the input that were left out. */
  rejected: z.optional(natural),
  dataset: z.optional(z.strictObject({ name: nonEmpty, version: nonEmpty, written: z.boolean() })),
  /** By this attempt, in all of its stages. */
  asked: z.optional(runAsked),
});
export type RunEnd = z.infer<typeof runEnd>;

export const progressRecord = z.discriminatedUnion("type", [
  /** First of all. The time tells one attempt from the next. */
  z.strictObject({ type: z.literal("started"), at: timestamp, stages: z.array(nonEmpty) }),
  z.strictObject({ type: z.literal("stage"), at: timestamp, stage: nonEmpty, total: z.optional(natural) }),
  z.strictObject({
    type: z.literal("progress"),
    at: timestamp,
    stage: nonEmpty,
    lines: natural,
    /** Of the stage's work. */
    share: z.optional(share),
    asked: z.optional(runAsked),
  }),
  stageDone,
  runEnd,
]);
export type ProgressRecord = z.infer<typeof progressRecord>;

type Untimed<Entry> = Entry extends unknown ? Omit<Entry, "at"> : never;

export interface ProgressLog {
  /** Tells `observer` too. */
  observe(observer: RunObserver): RunObserver;
  done(result: RunResult, dataset: string | undefined): void;
  /** @param aborted it was told to stop */
  stopped(thrown: unknown, aborted: boolean): void;
  /** @throws what writing threw: progress is no reason to stop the work that it tells of */
  close(): void;
}

/** Begins anew: what an earlier attempt told is gone. @param stages what the run will pass, in order */
export function openProgressLog(path: string, stages: readonly string[], now: () => Date): ProgressLog {
  let fault: unknown;
  const file = open(path);
  let stage = "";
  let total: number | undefined;
  let begunMs = 0;
  let toldMs = 0;
  /** How far the stage under way is, as it was told last and since. */
  let latest: (() => Untimed<ProgressRecord>) | undefined;

  function write(entry: Untimed<ProgressRecord>): void {
    if (fault !== undefined) return;
    try {
      const { type, ...rest } = entry;
      writeSync(file, `${JSON.stringify({ type, at: now().toISOString(), ...rest })}\n`);
    } catch (error) {
      fault = writeFault(error, path);
    }
  }

  write({ type: "started", stages: [...stages] });
  return {
    observe: (observer) => ({
      begin(name, expected) {
        observer.begin(name, expected);
        stage = name;
        total = expected;
        begunMs = now().getTime();
        toldMs = Number.NEGATIVE_INFINITY;
        write({ type: "stage", stage, ...(total !== undefined && { total }) });
      },
      line(lineCounts, ownShare, uses) {
        observer.line(lineCounts, ownShare, uses);
        const nowMs = now().getTime();
        const { lines } = lineCounts;
        const reached = total === undefined || total === 0 ? ownShare : lines / total;
        const share = reached === undefined ? {} : { share: Math.min(1, reached) };
        latest = () => ({ type: "progress", stage, lines, ...share, ...askedIn(uses?.() ?? []) });
        const { leastMs, mostMs, shareOfTime } = progressEvery;
        const everyMs = Math.min(mostMs, Math.max(leastMs, (nowMs - begunMs) * shareOfTime));
        // A clock that is set back tells at once.
        if (Math.abs(nowMs - toldMs) < everyMs) return;
        toldMs = nowMs;
        write(latest());
      },
      end(name, done) {
        observer.end(name, done);
        latest = undefined;
        const { lines, kept, dropped, droppedBefore } = done.counts;
        const models = done.uses.map(({ model, requests, cached, failures, usage: bought }) => ({
          ...{ model, requests, cached, failures: { ...failures }, usage: { ...bought } },
        }));
        const { reused, uses } = done;
        const facts = { lines, kept, dropped: { ...dropped }, droppedBefore, reused };
        write({ type: "stage-done", stage: name, ...facts, ...askedIn(uses), models });
      },
    }),
    done({ dataset: made, rejected, uses }, name) {
      const dataset =
        made === undefined || name === undefined
          ? {}
          : { dataset: { name, version: made.version, written: made.written } };
      write({ type: "ended", state: "done", rejected, ...dataset, ...askedIn(uses) });
    },
    stopped(thrown, aborted) {
      // What was asked and paid for until then.
      if (latest !== undefined) write(latest());
      if (aborted) write({ type: "ended", state: "interrupted" });
      else write({ type: "ended", state: "failed", sentence: sentenceOf(thrown) });
    },
    close() {
      closeSync(file);
      if (fault !== undefined) throw fault;
    },
  };
}

function askedIn(uses: readonly ModelUse[]): { asked?: RunAsked } {
  return uses.length === 0 ? {} : { asked: askedOf(uses) };
}

function open(path: string): number {
  try {
    return openSync(path, "w");
  } catch (error) {
    throw writeFault(error, path);
  }
}

/** A fault of our own may quote anything. */
function sentenceOf(thrown: unknown): string {
  const told = [Failure, ConfigurationError, BudgetReached, BatchesWaiting].some((kind) => thrown instanceof kind);
  if (told && thrown instanceof Error) return thrown.message;
  return `a fault of Stillpoint's own (${thrown instanceof Error ? thrown.name : typeof thrown}); the same again shows it.`;
}
