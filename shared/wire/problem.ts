/** How the server says that a request failed: RFC 9457, `application/problem+json`. */
import * as z from "zod/mini";

/** One thing that is wrong with a request. */
export const requestFault = z.object({
  /** Where, as in `events[3].snapshot.cursor`; empty for the request itself. */
  field: z.string(),
  detail: z.string(),
});
export type RequestFault = z.infer<typeof requestFault>;

export const problemDocument = z.object({
  /** `urn:stillpoint:problem:` and the code. */
  type: z.string(),
  /** The status in words. */
  title: z.string(),
  status: z.int(),
  /** Stable: what a program decides by. */
  code: z.string(),
  /** A sentence for a person. */
  detail: z.string(),
  /** The first field at fault. */
  field: z.optional(z.string()),
  /** Every fault, where there are several. */
  faults: z.optional(z.array(requestFault)),
  /** Names this request in the server's log. */
  instance: z.optional(z.string()),
});
export type ProblemDocument = z.infer<typeof problemDocument>;
