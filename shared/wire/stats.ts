/** Figures over everything that is stored. */
import * as z from "zod/mini";
import { natural, nonEmpty, share } from "../records/fields.ts";

/** Of the server's clock, in UTC. */
export const day = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/u, "is no day, such as 2026-01-31"));

const byType = z.record(z.string(), natural);

/** Of the predictions whose last outcome came on these days. */
export const acceptance = z.strictObject({
  accepted: natural,
  rejected: natural,
  ignored: natural,
  /** Of accepted + rejected + ignored, with its 95% Wilson interval; null where there was none of them. */
  share: z.nullable(z.strictObject({ value: share, low: share, high: share })),
});

export const statistics = z.strictObject({
  /** The first and the last day. */
  from: day,
  to: day,
  events: z.strictObject({
    /** Of these days. */
    byType,
    byDay: z.array(z.strictObject({ day, byType })),
  }),
  acceptance: z.strictObject({
    ...acceptance.def.shape,
    /** Other outcomes, which say nothing of the prediction's worth. */
    others: z.record(z.string(), natural),
    models: z.array(z.strictObject({ model: nonEmpty, variant: nonEmpty, ...acceptance.def.shape })),
  }),
  contributors: z.strictObject({ known: natural, withEvents: natural }),
  /** In bytes, now. */
  storage: z.strictObject({
    /** Stored, whenever. */
    events: natural,
    /** As JSON, and as they lie in the database. */
    eventBodies: natural,
    eventBodiesStored: natural,
    /** `events.db` with what belongs to it, and likewise. */
    database: natural,
    cache: natural,
    runs: natural,
    datasets: natural,
  }),
});
export type StatisticsAnswer = z.infer<typeof statistics>;
