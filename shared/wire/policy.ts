/** What an organisation asks its contributors' editors to capture, and how long the server keeps it. */
import * as z from "zod/mini";
import { natural, nonEmpty, schemaVersion, share, timestamp } from "../records/fields.ts";

/** A hundred years: so far back every clock and calendar can count. */
const maxDays = 36_500;
const days = z.int().check(z.positive(), z.maximum(maxDays));

/** `host/owner/name` in which `*` stands for any characters: `github.com/acme/*`. Case counts nothing. */
const repositoryPattern = z.string().check(
  z.minLength(1),
  z.maxLength(500),
  z.refine((pattern) => !/\s|:\/\/|@/u.test(pattern), "is no host/owner/name; it has no scheme, no user and no spaces"),
  z.refine((pattern) => !pattern.endsWith(".git"), "ends in .git; the name goes without"),
);

/** More would be searched for every event. */
const maxPatterns = 1_000;
const patterns = z.array(repositoryPattern).check(z.maxLength(maxPatterns));
const people = z.array(nonEmpty).check(z.maxLength(10_000));

export const policy = z.strictObject({
  schema: schemaVersion,
  paused: z
    .boolean()
    .check(z.describe("Nobody captures anything until it is false again; what was captured before is still taken.")),
  repositories: z
    .strictObject({ allow: patterns, deny: patterns })
    .check(
      z.describe("host/owner/name, * for anything. An empty allow allows every one, also without a remote; deny wins."),
    ),
  people: z
    .strictObject({ allow: people, deny: people })
    .check(z.describe("Contributors' ids. An empty allow allows everybody; deny wins.")),
  rates: z.strictObject({
    captures: share.check(z.describe("Of places where the person paused, outside of predictions.")),
    unchanged: share.check(z.describe("Of captures in which nothing changed afterwards.")),
  }),
  licences: z
    .array(nonEmpty)
    .check(z.describe("SPDX ids; with any, code of another licence, or of none that is known, is not captured.")),
  minimumClientVersion: z
    .nullable(z.string().check(z.regex(/^\d+\.\d+\.\d+$/u, "is no version of three numbers, such as 1.2.3")))
    .check(z.describe("Clients older than this capture nothing and say why; null: any will do.")),
  retention: z.strictObject({
    days: z.nullable(days).check(z.describe("Events older than this are deleted; null keeps them.")),
    repositories: z
      .array(z.strictObject({ repository: repositoryPattern, days: z.nullable(days) }))
      .check(
        z.maxLength(maxPatterns),
        z.describe("For some repositories another number; the first pattern that fits decides."),
      ),
  }),
});
export type Policy = z.infer<typeof policy>;

/** In force until an admin sets another. */
export const defaultPolicy: Policy = {
  schema: 1,
  paused: false,
  repositories: { allow: [], deny: [] },
  people: { allow: [], deny: [] },
  rates: { captures: 1, unchanged: 0.1 },
  licences: [],
  minimumClientVersion: null,
  retention: { days: null, repositories: [] },
};

/** The answer to `GET /v1/policy`. */
export const policyAnswer = z.strictObject({
  /** 0 where none was ever set. */
  version: natural,
  /** When it was set. */
  at: z.optional(timestamp),
  /** Who asks may contribute at all. */
  allowed: z.boolean(),
  /** `people` is for admins: whom it names is nobody else's business. */
  policy: z.strictObject({ ...policy.def.shape, people: z.optional(policy.def.shape.people) }),
});
export type PolicyAnswer = z.infer<typeof policyAnswer>;

/** @param contributor an id */
export function allowsPerson({ people: { allow, deny } }: Pick<Policy, "people">, contributor: string): boolean {
  return !deny.includes(contributor) && (allow.length === 0 || allow.includes(contributor));
}

/** @param repository `host/owner/name`, or null for code without a remote that has one */
export function allowsRepository(
  { repositories: { allow, deny } }: Pick<Policy, "repositories">,
  repository: string | null,
): boolean {
  if (repository === null) return allow.length === 0;
  const fits = (pattern: string) => fitsRepository(pattern, repository);
  return !deny.some(fits) && (allow.length === 0 || allow.some(fits));
}

/** After how many days events from this repository are deleted; null: never. */
export function retentionDays({ retention }: Policy, repository: string | null): number | null {
  const own =
    repository === null
      ? undefined
      : retention.repositories.find((each) => fitsRepository(each.repository, repository));
  return own ? own.days : retention.days;
}

/**
 * Whether a repository's name is what a pattern of `repositoryPattern`'s kind says. A loop that goes back to the last `*`
 * alone, since a pattern of many would cost a regular expression its time.
 */
export function fitsRepository(patternText: string, nameText: string): boolean {
  const pattern = patternText.toLowerCase();
  const name = nameText.toLowerCase();
  let at = 0;
  let star = -1;
  let retry = 0;
  for (let i = 0; i < name.length; ) {
    if (pattern[at] === "*") {
      star = at++;
      retry = i;
    } else if (pattern[at] === name[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++retry;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
