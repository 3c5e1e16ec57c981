/** What a model answered for one snapshot. */
import * as z from "zod/mini";
import { natural, noCarriageReturn, nonEmpty, offset, sha256 } from "./fields.ts";

/**
 * How an answer can fail. The first five are a model's doing and were paid for; the others are the transport's.
 * `marker`: a marker or sentinel of the prompt was left in the new text.
 */
export const predictionError = z.enum([
  "refusal",
  "truncated",
  "empty",
  "unparsable",
  "marker",
  "rateLimited",
  "overloaded",
  "connection",
  "timeout",
  "rejected",
]);
export type PredictionError = z.infer<typeof predictionError>;

export const usage = z.strictObject({
  inputTokens: natural,
  outputTokens: natural,
  cacheReadTokens: natural,
  cacheWriteTokens: natural,
});
export type Usage = z.infer<typeof usage>;

/** Of an answer that cost nothing, or never came. */
export const NO_USAGE: Readonly<Usage> = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

export const stopReason = z.enum(["end", "maxTokens", "refusal", "other"]);
export type StopReason = z.infer<typeof stopReason>;

export const prediction = z
  .strictObject({
    id: sha256,
    /** `PROVIDER:MODEL`, with `@REVISION` where there is one. */
    model: nonEmpty,
    promptVersion: nonEmpty,
    /** The whole answer, as it came; empty where none came. */
    raw: z.string(),
    /** The new text of the editable region. */
    text: z.optional(z.string().check(noCarriageReturn)),
    noEdit: z.optional(z.literal(true)),
    /** Offset in `text`. */
    cursor: z.optional(offset),
    /** From 0 to 1, by models that give one. */
    confidence: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
    usage,
    stopReason,
    error: z.optional(predictionError),
  })
  .check(
    z.refine((p) => [p.text, p.noEdit, p.error].filter((field) => field !== undefined).length === 1, {
      path: ["text"],
      error: "a prediction has exactly one of text, noEdit and error",
    }),
  );
export type Prediction = z.infer<typeof prediction>;

/** The predicted region, or undefined where the model failed; `before` is what no edit leaves. */
export function predictedText(
  p: { text?: string | undefined; noEdit?: true | undefined },
  before: string,
): string | undefined {
  return p.noEdit ? before : p.text;
}
