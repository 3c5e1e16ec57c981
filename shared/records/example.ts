/** The line that flows through the pipeline. A stage writes its own field and removes no line. */
import * as z from "zod/mini";
import { keptAfterMs, outcome } from "./event.ts";
import {
  natural,
  noCarriageReturn,
  noCredentials,
  nonEmpty,
  relativePath,
  schemaVersion,
  sha256,
  share,
  timestamp,
  uuidv7,
} from "./fields.ts";
import { prediction } from "./prediction.ts";
import { rating } from "./rating.ts";
import { scores } from "./scores.ts";
import { settlement } from "./settlement.ts";
import { snapshot } from "./snapshot.ts";

const origin = {
  contributor: z.optional(nonEmpty),
  repo: z.optional(nonEmpty.check(noCredentials)),
  revision: z.optional(nonEmpty),
  at: z.optional(timestamp),
};

export const source = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("capture"),
    ...origin,
    contributor: nonEmpty,
    eventId: uuidv7,
    consentVersion: natural,
  }),
  z.strictObject({
    kind: z.literal("git"),
    ...origin,
    contributor: nonEmpty,
    repo: nonEmpty.check(noCredentials),
    /** The commit whose replay this is; `revision` is its parent. */
    commit: nonEmpty,
    path: relativePath,
    /** Index of the target among the commit's hunks of `path`, from 0. */
    hunk: natural,
    /** How many of the commit's hunks were applied before the capture point. */
    k: natural,
    seed: natural,
    /** Of the whole commit: changed code lines and files. */
    insertions: natural,
    deletions: natural,
    files: natural,
  }),
  z.strictObject({ kind: z.literal("file"), ...origin, source: nonEmpty, name: nonEmpty }),
  z.strictObject({ kind: z.literal("derived"), ...origin, parents: z.array(sha256), stage: nonEmpty, n: natural }),
]);
export type Source = z.infer<typeof source>;

export const splitName = z.enum(["train", "eval", "test"]);
export type SplitName = z.infer<typeof splitName>;

const textOrNoEdit = { text: z.optional(z.string().check(noCarriageReturn)), noEdit: z.optional(z.literal(true)) };
const oneOfTextAndNoEdit = z.refine<{ text?: string | undefined; noEdit?: true | undefined }>(
  (value) => (value.text === undefined) !== (value.noEdit === undefined),
  { path: ["text"], error: "needs either text or noEdit" },
);

export const distinctSample = z
  .strictObject({
    ...textOrNoEdit,
    /** How many of the samples gave exactly this. */
    count: natural,
    /** Levenshtein distance to the settled region, in code points. */
    distance: z.optional(natural),
    /** `distance` / Levenshtein(before, settled); null where nothing changed. */
    relative: z.optional(z.nullable(z.number().check(z.nonnegative()))),
  })
  .check(oneOfTextAndNoEdit);
export type DistinctSample = z.infer<typeof distinctSample>;

export const samples = z.strictObject({
  model: nonEmpty,
  requested: natural,
  /** In the order in which they were first given. Counts add up to fewer than `requested` where some failed. */
  distinct: z.array(distinctSample),
});
export type Samples = z.infer<typeof samples>;

export const band = z.enum(["trivial", "learnable", "noise"]);
export type Band = z.infer<typeof band>;

export const selection = z.strictObject({
  /** Indexes into `samples.distinct`; null where there is none. */
  closest: z.nullable(natural),
  farthest: z.nullable(natural),
  /** Of the closest sample; null where nothing changed, or where there is none. */
  relative: z.nullable(z.number().check(z.nonnegative())),
  /** Share of samples that are exact; null for a model of ranked distinct candidates. */
  hitRate: z.nullable(share),
  diagnosticsResolved: z.nullable(share),
  band,
});
export type Selection = z.infer<typeof selection>;

export const shownPrediction = z
  .strictObject({
    predictionId: uuidv7,
    model: nonEmpty,
    variant: nonEmpty,
    ...textOrNoEdit,
    outcome: z.optional(outcome),
    kept: z.optional(z.array(z.strictObject({ afterMs: keptAfterMs, keptRate: share, valid: z.boolean() }))),
    ratings: z.array(rating),
  })
  .check(oneOfTextAndNoEdit);
export type ShownPrediction = z.infer<typeof shownPrediction>;

export const expected = z.strictObject({
  text: z.string().check(noCarriageReturn),
  from: z.enum(["reviewer", "rated", "sample", "repair", "teacher", "settled"]),
});
export type Expected = z.infer<typeof expected>;

export const rejected = z.strictObject({
  text: z.string().check(noCarriageReturn),
  from: z.enum(["rated", "shown", "teacher", "repair", "sample", "reviewer"]),
});
export type Rejected = z.infer<typeof rejected>;

export const repairRecord = z.strictObject({
  /** Why the teacher was asked again. */
  triggers: z.array(z.enum(["reverts", "lowConfidence", "reversal", "outsideRegion"])).check(z.minLength(1)),
  /** The second answer; absent where there was none (the builtin model ran out of candidates). */
  prediction: z.optional(prediction),
  /** The teacher was shown what is wrong and stands by its first answer. */
  kept: z.optional(z.literal(true)),
});
export type RepairRecord = z.infer<typeof repairRecord>;

export const dropped = z.strictObject({ stage: nonEmpty, reason: nonEmpty, detail: z.optional(nonEmpty) });
export type Dropped = z.infer<typeof dropped>;

export const example = z.strictObject({
  schema: schemaVersion,
  id: sha256,
  source,
  snapshot,
  settlement: z.optional(settlement),
  assertions: z.optional(z.array(nonEmpty)),
  redaction: z.optional(z.strictObject({ version: natural, counts: z.record(z.string(), natural) })),
  duplicates: z.optional(z.strictObject({ cluster: nonEmpty, representative: z.boolean(), similarity: share })),
  split: z.optional(z.strictObject({ name: splitName, group: nonEmpty })),
  teacher: z.optional(z.strictObject({ predictions: z.array(prediction) })),
  scores: z.optional(z.record(z.string(), scores)),
  qa: z.optional(
    z.record(
      z.string(),
      z.strictObject({
        reasoning: z.string(),
        reverts: z.boolean(),
        confidence: z.int().check(z.minimum(1), z.maximum(5)),
        model: nonEmpty,
      }),
    ),
  ),
  repair: z.optional(repairRecord),
  samples: z.optional(samples),
  selection: z.optional(selection),
  shown: z.optional(z.array(shownPrediction)),
  expected: z.optional(expected),
  rejected: z.optional(rejected),
  labels: z.optional(
    z.strictObject({
      location: z.enum(["no-op", "local-edit", "non-local-edit"]),
      intent: z.enum([
        "add-imports",
        "complete-implementation",
        "complete-pattern",
        "infer-intent",
        "infer-refactor",
        "unknown",
      ]),
      difficulty: z.enum(["simple", "medium", "complex"]),
      by: nonEmpty,
    }),
  ),
  quality: z.optional(
    z.strictObject({ score: z.int().check(z.minimum(1), z.maximum(5)), reason: z.string(), rubric: nonEmpty }),
  ),
  /** What `filter` found and let pass: codes and figures, no code. */
  flags: z.optional(z.array(z.strictObject({ reason: nonEmpty, detail: z.optional(nonEmpty) })).check(z.minLength(1))),
  review: z.optional(z.enum(["kept", "trashed"])),
  dropped: z.optional(dropped),
});
export type Example = z.infer<typeof example>;
