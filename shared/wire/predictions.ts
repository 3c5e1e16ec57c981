/** `POST /v1/predictions`: one snapshot in, one prediction out. */
import * as z from "zod/mini";
import { nonEmpty, offset } from "../records/fields.ts";
import { snapshot } from "../records/snapshot.ts";

export const predictionRequest = z.strictObject({
  /** Redacted: one with a secret in it is refused. */
  snapshot,
});

export const predictionAnswer = z.strictObject({
  /** What records call the model. */
  model: nonEmpty,
  /** The new text of the editable region; or `noEdit`. */
  text: z.optional(z.string()),
  noEdit: z.optional(z.literal(true)),
  /** Offset in `text`. */
  cursor: z.optional(offset),
});
