/** Contributors, tokens, the audit log, and what a person is told about themselves. */
import * as z from "zod/mini";
import { natural, nonEmpty, timestamp } from "../records/fields.ts";
import { role } from "./roles.ts";

/** Of people and devices, for people. */
const label = z.string().check(
  z.trim(),
  z.minLength(1),
  z.maxLength(100),
  z.refine((text) => !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(text), "holds a control character"),
);

export const contributorId = z.string().check(z.regex(/^[\w-]{1,100}$/u, "is no contributor's id"));
export const tokenId = z.string().check(z.regex(/^[0-9a-f]{12}$/u, "is no token's id: 12 hexadecimal digits"));

export const contributor = z.strictObject({
  /** A pseudonym. */
  id: contributorId,
  name: z.optional(label),
  createdAt: timestamp,
});

export const contributorList = z.strictObject({
  contributors: z.array(
    z.strictObject({
      ...contributor.def.shape,
      /** Stored of them. */
      events: natural,
      /** When the server got the newest. */
      lastAt: z.optional(timestamp),
      /** When an admin had everything of theirs deleted, for ever. */
      forgottenAt: z.optional(timestamp),
    }),
  ),
});

/** To add one, or to rename one. */
export const contributorChange = z.strictObject({
  name: z.nullable(label).check(z.describe("Of the person, for admins alone; null takes it away.")),
});

export const token = z.strictObject({
  id: tokenId,
  name: label,
  role,
  contributor: contributorId,
  createdAt: timestamp,
  /** To the minute. */
  lastUsedAt: z.optional(timestamp),
  revokedAt: z.optional(timestamp),
});

export const tokenList = z.strictObject({ tokens: z.array(token) });

export const tokenRequest = z
  .strictObject({
    name: label.check(z.describe("What its holder calls it: a device, a program.")),
    role,
    contributor: z.optional(contributorId.check(z.describe("For somebody known; left out, it is for somebody new."))),
    person: z.optional(label.check(z.describe("The name of somebody new, for the one table that holds names."))),
  })
  .check(
    z.refine((request) => request.contributor === undefined || request.person === undefined, {
      path: ["person"],
      error: "is for a new contributor; a known one is renamed by its id",
    }),
  );

export const newToken = z.strictObject({
  ...token.def.shape,
  /** Shown now and never again. */
  secret: z.string(),
});

const single = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const auditEntry = z.strictObject({
  number: natural,
  at: timestamp,
  /** A token's id; `command-line` or `server` where no token acted. */
  actor: nonEmpty,
  contributor: z.optional(nonEmpty),
  /** As `token.create`. */
  act: nonEmpty,
  /** The id of what it was done to. */
  subject: z.optional(z.string()),
  details: z.optional(z.record(z.string(), single)),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** Newest first. */
export const auditPage = z.strictObject({
  entries: z.array(auditEntry),
  /** For the `before` of the next page; absent at the end. */
  next: z.optional(natural),
});

export const me = z.strictObject({
  contributor: contributorId,
  name: z.optional(label),
  /** Of the token that asked. */
  token: z.strictObject({ id: nonEmpty, role }),
  stored: z.strictObject({
    events: natural,
    /** Before compression. */
    bytes: natural,
    byType: z.record(z.string(), natural),
    firstAt: z.optional(timestamp),
    lastAt: z.optional(timestamp),
  }),
});
