/** What a client sends. */
import * as z from "zod/mini";
import { natural, noCarriageReturn, nonEmpty, offset, schemaVersion, share, timestamp, uuidv7 } from "./fields.ts";
import { rating } from "./rating.ts";
import { settlement } from "./settlement.ts";
import { snapshot } from "./snapshot.ts";

/** What became of a shown prediction. */
export const outcome = z.enum([
  "accepted",
  "rejected",
  "ignored",
  "superseded",
  "invalidated",
  "suppressed",
  "neverShown",
]);

/** When, after acceptance, the kept rate is measured. */
export const keptAfterMs = z.union([z.literal(30_000), z.literal(120_000), z.literal(300_000), z.literal(600_000)]);

/** The four consents a person can give; each is off until given. */
export const consentSwitch = z.enum(["snapshots", "outcomes", "ratings", "predictions"]);

const envelope = {
  id: uuidv7,
  schema: schemaVersion,
  at: timestamp,
  sessionId: nonEmpty,
  /** Monotonic within the session. */
  sequence: natural,
  consentVersion: natural,
};

export const snapshotSettled = z.strictObject({
  ...envelope,
  type: z.literal("snapshot.settled"),
  snapshot,
  settlement,
  predictionId: z.optional(uuidv7),
});

export const predictionMade = z
  .strictObject({
    ...envelope,
    type: z.literal("prediction.made"),
    predictionId: uuidv7,
    snapshot,
    model: nonEmpty,
    variant: nonEmpty,
    text: z.optional(z.string().check(noCarriageReturn)),
    noEdit: z.optional(z.literal(true)),
    cursor: z.optional(offset),
    retryOf: z.optional(uuidv7),
  })
  .check(
    z.refine((e) => (e.text === undefined) !== (e.noEdit === undefined), {
      path: ["text"],
      error: "a prediction has either a text or noEdit",
    }),
  );

export const predictionOutcome = z.strictObject({
  ...envelope,
  type: z.literal("prediction.outcome"),
  predictionId: uuidv7,
  model: nonEmpty,
  variant: nonEmpty,
  outcome,
  shownMs: natural,
  latencyMs: natural,
  rendering: z.optional(z.enum(["ghost", "inline", "jump", "preview"])),
  acceptedChars: natural,
  partial: z.boolean(),
});

export const predictionKept = z.strictObject({
  ...envelope,
  type: z.literal("prediction.kept"),
  predictionId: uuidv7,
  afterMs: keptAfterMs,
  keptRate: share,
  /** False once the branch changed. */
  valid: z.boolean(),
});

export const ratingGiven = z.strictObject({ ...envelope, type: z.literal("rating.given"), rating });

export const ratingWithdrawn = z.strictObject({ ...envelope, type: z.literal("rating.withdrawn"), ratingId: uuidv7 });

export const consentChanged = z.strictObject({
  ...envelope,
  type: z.literal("consent.changed"),
  switch: consentSwitch,
  to: z.boolean(),
  textVersion: natural,
});

export const event = z.discriminatedUnion("type", [
  snapshotSettled,
  predictionMade,
  predictionOutcome,
  predictionKept,
  ratingGiven,
  ratingWithdrawn,
  consentChanged,
]);
export type Event = z.infer<typeof event>;
