/** What a token may be used for. */
import * as z from "zod/mini";

/**
 * Each may do what the ones before it may: a reviewer may contribute and an admin review, since one person on one
 * laptop may be all three, while a contributor sees nobody else's code.
 */
export const roles = ["contributor", "reviewer", "admin"] as const;

export const role = z.enum(roles);
export type Role = z.infer<typeof role>;

export function mayActAs(held: Role, needed: Role): boolean {
  return roles.indexOf(held) >= roles.indexOf(needed);
}
