/** A person's verdict on a prediction. */
import * as z from "zod/mini";
import { noCarriageReturn, nonEmpty, sha256, timestamp, uuidv7 } from "./fields.ts";

export const ratingCategory = z.enum([
  "location",
  "malformed",
  "deletes",
  "style",
  "repetitive",
  "hallucinated",
  "formatting",
  "too-much",
  "too-little",
  "ignores-context",
  "reverts",
  "cursor",
  "whitespace",
]);

export const rating = z
  .strictObject({
    id: uuidv7,
    predictionId: z.optional(z.union([uuidv7, sha256])),
    exampleId: z.optional(sha256),
    reviewer: nonEmpty,
    verdict: z.enum(["good", "bad"]),
    categories: z.array(ratingCategory),
    comment: z.optional(nonEmpty),
    /** The region as it should have been. */
    expectedText: z.optional(z.string().check(noCarriageReturn)),
    secondsSpent: z.number().check(z.nonnegative()),
    at: timestamp,
  })
  .check(
    z.refine((r) => (r.predictionId === undefined) !== (r.exampleId === undefined), {
      path: ["predictionId"],
      error: "a rating names either a prediction or an example",
    }),
    z.refine((r) => r.verdict === "good" || r.categories.length > 0 || r.comment !== undefined, {
      path: ["categories"],
      error: "is empty; a bad verdict needs a category or a comment",
    }),
  );
export type Rating = z.infer<typeof rating>;
