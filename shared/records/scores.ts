/** The static figures of one prediction; each is defined in `server/metrics/`. Null: not defined for this case. */
import * as z from "zod/mini";
import { natural, share } from "./fields.ts";

export const exactLines = z.strictObject({
  tp: natural,
  fp: natural,
  fn: natural,
  precision: share,
  recall: share,
  f1: share,
});
export type ExactLines = z.infer<typeof exactLines>;

export const scores = z.strictObject({
  deltaChrf: z.nullable(z.number().check(z.minimum(0), z.maximum(100))),
  exactLines: z.nullable(exactLines),
  exactMatch: z.nullable(z.boolean()),
  exactMatchIgnoringWhitespace: z.nullable(z.boolean()),
  editSimilarity: z.nullable(share),
  reversalRatio: z.nullable(share),
  keptRate: z.nullable(share),
  recallRate: z.nullable(share),
  braceImbalance: natural,
  /** Absent until a grammar has been asked; null without a grammar. */
  syntaxErrorsAdded: z.optional(z.nullable(z.int())),
  isolatedWhitespace: z.boolean(),
  outsideRegion: z.boolean(),
  tokensInserted: natural,
  tokensDeleted: natural,
  /** In characters between the predicted cursor and the settled one; `"miss"` if only one of them is known. */
  cursorDistance: z.nullable(z.union([natural, z.literal("miss")])),
});
export type Scores = z.infer<typeof scores>;
