/** What admins did. */
import * as z from "zod/mini";
import { auditPage } from "../../../shared/wire/identity.ts";
import { wholeNumber } from "../../../shared/wire/query.ts";
import type { HttpContext } from "../context.ts";
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";

const defaultEntries = 100;
const maxEntries = 1_000;

const auditQuery = z.strictObject({
  before: z.optional(
    wholeNumber(1, Number.MAX_SAFE_INTEGER).check(z.describe("Entries older than the one of this number.")),
  ),
  limit: z.optional(wholeNumber(1, maxEntries).check(z.describe(`${defaultEntries} where it is left out.`))),
});

export function auditRoutes({ store }: HttpContext): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/v1/audit",
      role: "admin",
      summary: "The audit log: every administrative act and export.",
      request: { query: auditQuery },
      response: { description: "Newest first.", body: auditPage },
      handler: async ({ query: { before, limit = defaultEntries } }) => {
        const found = await store.audit.page({ before, limit: limit + 1 });
        const entries = found.slice(0, limit);
        const next = found.length > limit ? entries.at(-1)?.number : undefined;
        return { body: { entries, ...(next !== undefined && { next }) } };
      },
    }),
  ];
}
