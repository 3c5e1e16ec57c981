/** Deletion: what is asked for, how far it is, and the receipt that a person keeps. */
import * as z from "zod/mini";
import { natural, nonEmpty, schemaVersion, timestamp } from "../records/fields.ts";

export const deletionId = z.string().check(z.regex(/^[0-9a-f]{32}$/u, "is no deletion's id: 32 hexadecimal digits"));

/** What was deleted, where it had been, and what nobody could delete. Holds nothing of what was deleted. */
export const receipt = z.strictObject({
  schema: schemaVersion,
  id: deletionId,
  /** The pseudonym. */
  contributor: nonEmpty,
  /** Who asked. */
  by: z.enum(["contributor", "admin"]),
  requestedAt: timestamp,
  completedAt: timestamp,
  /** Events from before this time are refused from now on; null: everything that comes under this pseudonym. */
  refusesBefore: z.nullable(timestamp),
  /** How many, by kind: `events.snapshot.settled`, `runs.lines`, `cache.answers`. */
  deleted: z.record(z.string(), natural),
  /** Versions that held rows of theirs: superseded, to be used no longer. */
  datasets: z.array(z.strictObject({ dataset: nonEmpty, version: nonEmpty, rows: natural })),
  /** Backups that still hold the data. */
  backups: z.array(
    z.strictObject({
      name: nonEmpty,
      at: timestamp,
      /** Nothing is where it was made any more: it was deleted or moved, or its disk was away. */
      notFound: z.optional(z.literal(true)),
    }),
  ),
  /** Sentences on what the figures do not say. */
  notes: z.array(nonEmpty),
});
export type Receipt = z.infer<typeof receipt>;

const base64url = (bytes: number) =>
  z.string().check(z.regex(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}$`, "u"), "is no base64url"));

/** Of Ed25519 (RFC 8032), as the `x` of a JSON Web Key (RFC 8037). */
export const publicKey = base64url(32);

/** Signed over the canonical JSON (RFC 8785) of `receipt` in UTF-8. */
export const signedReceipt = z.strictObject({
  receipt,
  signature: z.strictObject({ algorithm: z.literal("Ed25519"), publicKey, value: base64url(64) }),
});
export type SignedReceipt = z.infer<typeof signedReceipt>;

export const deletion = z.strictObject({
  id: deletionId,
  contributor: nonEmpty,
  by: z.enum(["contributor", "admin"]),
  requestedAt: timestamp,
  /** `waiting`: in force, nothing old is taken any more; some files are in use by others and are looked at again. */
  state: z.enum(["waiting", "done"]),
  /** What is in use, as sentences; for admins. */
  waitingFor: z.optional(z.array(nonEmpty)),
  /** Once it is done. */
  receipt: z.optional(signedReceipt),
});
export type Deletion = z.infer<typeof deletion>;

export const deletionList = z.strictObject({ deletions: z.array(deletion) });

export const receiptKey = z.strictObject({ algorithm: z.literal("Ed25519"), publicKey });

export const retentionReport = z.strictObject({
  /** Nothing was deleted. */
  dryRun: z.boolean(),
  /** Of each repository that the policy limits, and has something due. */
  due: z.array(
    z.strictObject({
      /** `host/owner/name`; null for events that name none. */
      repository: z.nullable(nonEmpty),
      days: natural,
      /** What the server got before this time goes. */
      before: timestamp,
      events: natural,
    }),
  ),
});
export type RetentionReport = z.infer<typeof retentionReport>;
