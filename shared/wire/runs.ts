/** Runs, as admins start, watch and cancel them over HTTP. */
import * as z from "zod/mini";
import { natural, nonEmpty, share, timestamp } from "../records/fields.ts";

/** Of a task and its run, and a folder's name too. */
export const runName = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9._-]*$/u, "is no run's name: a-z, 0-9, . _ - only"), z.maxLength(64));

const modelSpec = z.string().check(z.minLength(1), z.maxLength(500));
const folderOrFile = z.string().check(
  z.minLength(1),
  z.maxLength(4_096),
  z.refine((path) => !path.includes("\0"), "holds a NUL character, which is in no path"),
);

export const runRequest = z.strictObject({
  task: z
    .union([runName.check(z.meta({ examples: ["settled"] })), z.record(z.string(), z.unknown())])
    .check(z.describe("The name of a task that ships, or a task as a task file has it.")),
  repo: z.optional(
    folderOrFile.check(
      z.describe("Import from the history of this repository instead: a folder on the server's machine."),
    ),
  ),
  max: z.optional(z.int().check(z.minimum(1), z.describe("Import at most so many examples."))),
  input: z.optional(folderOrFile.check(z.describe("Read examples from this file of the server's machine instead."))),
  teacher: z.optional(modelSpec.check(z.describe("A name from the server's configuration, or PROVIDER:MODEL."))),
  student: z.optional(modelSpec.check(z.describe("Likewise."))),
  judge: z.optional(modelSpec.check(z.describe("Likewise."))),
  seed: z.optional(natural.check(z.describe("Instead of the task's own."))),
  budget: z.optional(
    z
      .number()
      .check(z.positive(), z.describe("US dollars that the run may spend on models, instead of the task's own.")),
  ),
  concurrency: z.optional(
    z.int().check(z.minimum(1), z.maximum(1_000), z.describe("Requests to a model under way at once.")),
  ),
});
export type RunRequest = z.infer<typeof runRequest>;

/**
 * - `queued`: waits for those before it.
 * - `running`: a process executes it; the server's, or somebody's on the server's machine.
 * - `cancelled`, `interrupted`: stopped in between, by an admin here or otherwise; started again it goes on.
 */
const runState = z.enum(["queued", "running", "done", "failed", "cancelled", "interrupted"]);

const counts = z.record(z.string(), natural);

const usd = z.number().check(z.nonnegative());

/** What models were asked, but for builtin. */
export const runAsked = z.strictObject({
  requests: natural,
  /** Answers that the cache held. */
  cached: natural,
  /** Answers that failed, by kind. */
  failures: counts,
  /** US dollars, of what was bought; missing where a price is. */
  costUsd: z.optional(usd),
  /** What the answers of the cache had cost. */
  savedUsd: z.optional(usd),
});
export type RunAsked = z.infer<typeof runAsked>;

export const runStage = z.strictObject({
  /** As `distill`; also `import-git` and `export`, where the run begins and ends with them. */
  name: nonEmpty,
  state: z.enum(["waiting", "running", "stopped", "done"]),
  /** Examples written. */
  lines: z.optional(natural),
  /** Of its work, where that is known. */
  share: z.optional(share),
  /** Examples that fell out here, by reason. */
  dropped: z.optional(counts),
  asked: z.optional(runAsked),
  /** What an earlier attempt had made was still good. */
  reused: z.optional(z.boolean()),
});
export type RunStage = z.infer<typeof runStage>;

const runFacts = {
  name: runName,
  state: runState,
  /** Who executes it, or did. */
  by: z.enum(["server", "command-line"]),
  queuedAt: z.optional(timestamp),
  startedAt: z.optional(timestamp),
  endedAt: z.optional(timestamp),
  /** Why it failed. */
  sentence: z.optional(z.string()),
  /** Bad lines of its input that were left out. */
  rejected: z.optional(natural),
  dataset: z.optional(z.strictObject({ name: nonEmpty, version: nonEmpty })),
  /** In all, once it is done. */
  asked: z.optional(runAsked),
};

export const runSummary = z.strictObject(runFacts);
export type RunSummary = z.infer<typeof runSummary>;

/** Those that wait, in their order; then the others, the newest first. */
export const runList = z.strictObject({ runs: z.array(runSummary) });

export const run = z.strictObject({ ...runFacts, stages: z.array(runStage) });
export type Run = z.infer<typeof run>;

/** One stage of the funnel so far. */
export const funnelStep = z.strictObject({
  stage: nonEmpty,
  /** Examples that had not fallen out before. */
  in: natural,
  dropped: counts,
  left: natural,
});

/**
 * What `GET /v1/runs/:name/events` sends as `data`, by the event's name. The id of each says where to go on, in
 * `Last-Event-ID`.
 */
export const runEvents = {
  /** It waits; no more is known. */
  queued: z.strictObject({ at: timestamp }),
  started: z.strictObject({ at: timestamp, stages: z.array(nonEmpty) }),
  stage: z.strictObject({ at: timestamp, stage: nonEmpty, total: z.optional(natural) }),
  progress: z.strictObject({
    at: timestamp,
    stage: nonEmpty,
    lines: natural,
    share: z.optional(share),
    asked: z.optional(runAsked),
  }),
  "stage-done": z.strictObject({
    at: timestamp,
    stage: nonEmpty,
    lines: natural,
    reused: z.boolean(),
    asked: z.optional(runAsked),
    funnel: z.array(funnelStep),
  }),
  /** The last one; then the stream ends. */
  ended: runSummary,
};
export type RunEventName = keyof typeof runEvents;
