/** The review queue, and ratings given through it. */
import * as z from "zod/mini";
import { natural, noCarriageReturn, nonEmpty, offset, sha256, textUpTo, timestamp, uuidv7 } from "../records/fields.ts";
import { ratingCategory } from "../records/rating.ts";
import { snapshot } from "../records/snapshot.ts";

/** In bytes of UTF-8. */
const maxCommentBytes = 8_192;
const maxExpectedBytes = 65_536;

/** One prediction to judge. Neither who nor which model made it is said, nor what became of it. */
export const reviewItem = z.strictObject({
  predictionId: uuidv7,
  snapshot,
  /** Of the region. */
  text: z.optional(z.string()),
  noEdit: z.optional(z.literal(true)),
  cursor: z.optional(offset),
  /** Until then, nobody else is asked about it who is not meant to be. */
  leasedUntil: timestamp,
});

export const reviewNext = z.strictObject({
  /** Null where nothing waits for this reviewer at present. */
  item: z.nullable(reviewItem),
  progress: z.strictObject({
    /** Shown predictions whose snapshot is stored. */
    items: natural,
    /** Of these, by anybody, and by who asks. */
    rated: natural,
    mine: natural,
  }),
});

export const skipRequest = z.strictObject({ predictionId: uuidv7 });

export const ratingRequest = z
  .strictObject({
    id: uuidv7.check(z.describe("Made by the client: sent again under the same id, a rating is stored once.")),
    predictionId: uuidv7,
    verdict: z.enum(["good", "bad"]),
    categories: z._default(z.array(ratingCategory).check(z.maxLength(ratingCategory.options.length)), []),
    comment: z.optional(textUpTo(maxCommentBytes).check(z.minLength(1))),
    expectedText: z.optional(
      textUpTo(maxExpectedBytes).check(noCarriageReturn, z.describe("The region as it should have been.")),
    ),
    secondsSpent: z.number().check(z.nonnegative()),
  })
  .check(
    z.refine((r) => r.verdict === "good" || r.categories.length > 0 || r.comment !== undefined, {
      path: ["categories"],
      error: "is empty; a bad verdict needs a category or a comment",
    }),
  );

/** What was taken back may be judged anew. */
export const takenBack = z.strictObject({
  /** Of the editor, or of a run. */
  predictionId: z.union([uuidv7, sha256]),
  /** Null where others have it by now. */
  leasedUntil: z.nullable(timestamp),
});

export const ratingsSummary = z.strictObject({
  /** Shown predictions whose snapshot is stored. */
  items: z.strictObject({ total: natural, unrated: natural, rated: natural }),
  /** Ratings that stand. */
  ratings: z.strictObject({ good: natural, bad: natural }),
  /** By pseudonym. */
  reviewers: z.array(z.strictObject({ reviewer: nonEmpty, good: natural, bad: natural })),
  /** Over what two people have rated: of each, the newest rating; the first to rate stands against the second. */
  agreement: z.strictObject({
    items: natural,
    bothGood: natural,
    bothBad: natural,
    goodThenBad: natural,
    badThenGood: natural,
    /** Cohen's (1960); null where it is not defined. */
    kappa: z.nullable(z.number()),
    /** Fewer than 30 items are behind it. */
    few: z.boolean(),
  }),
});
export type RatingsSummary = z.infer<typeof ratingsSummary>;
