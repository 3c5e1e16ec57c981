/** What the person did next: the editable region once it had been still. */
import * as z from "zod/mini";
import { natural, noCarriageReturn, offset, timestamp } from "./fields.ts";
import { diagnostic, historyEntry } from "./snapshot.ts";

/** Edits after the capture point that a settlement keeps. */
const FUTURE_HISTORY_ENTRIES = 4;

export const settlement = z
  .strictObject({
    text: z.string().check(noCarriageReturn),
    /** Offset in `text`; null where it stood elsewhere or is not known. */
    cursor: z.nullable(offset),
    settledAt: timestamp,
    /** Capture to settled; absent where the source has no clock (a commit). */
    waitedMs: z.optional(natural),
    quietMs: z.optional(natural),
    /** How many edits touched the region. */
    edits: natural,
    futureHistory: z.array(historyEntry).check(z.maxLength(FUTURE_HISTORY_ENTRIES)),
    diagnosticsAfter: z.array(diagnostic),
    /** `text` equals the region's text at the capture point. */
    unchanged: z.boolean(),
    provenance: z.enum(["human", "mixed", "likelyAutomated", "unknown"]),
  })
  .check(
    z.refine((s) => s.cursor === null || s.cursor <= s.text.length, {
      path: ["cursor"],
      error: "lies behind the end of the text",
    }),
  );
export type Settlement = z.infer<typeof settlement>;
