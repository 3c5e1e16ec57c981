/** Deletion for admins: of somebody who may not come back, and of what was kept long enough. */
import * as z from "zod/mini";
import { deletion, deletionId, deletionList, retentionReport } from "../../../shared/wire/deletion.ts";
import { contributorId } from "../../../shared/wire/identity.ts";
import type { HttpContext } from "../context.ts";
import { actorOf } from "../context.ts";
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";
import { Problem } from "../problem.ts";
import { answered } from "./me-data.ts";

const flag = z.optional(z.enum(["true", "false"]));

export function deletionRoutes(context: HttpContext): Route[] {
  const { store, deletions, retention, tokens } = context;
  return [
    defineRoute({
      method: "delete",
      path: "/v1/contributors/:id",
      role: "admin",
      summary: "Forget a contributor.",
      description:
        "Deletes all that is theirs, revokes their tokens, and takes nothing from them any more. 200 with the signed receipt; 202 while a run or an export still uses files that are to be changed. `unlisted` for somebody who is only in what was imported, as from git.",
      request: { params: z.strictObject({ id: contributorId }), query: z.strictObject({ unlisted: flag }) },
      response: { description: "The deletion, with its receipt.", body: deletion },
      problems: {
        202: "Files that are to be changed are in use; the receipt follows.",
        404: "There is no contributor of this id.",
        409: "The token that asks is the contributor's own.",
      },
      handler: async ({ params: { id }, query, caller }) => {
        if (id === caller.contributor) {
          throw new Problem({
            status: 409,
            code: "own-account",
            detail:
              "This would revoke the very token that asks. DELETE /v1/me/data deletes your own data; another admin can forget you.",
          });
        }
        if (query.unlisted !== "true" && (await store.contributors.find({ id })) === undefined) {
          throw new Problem({
            status: 404,
            code: "unknown-contributor",
            detail:
              "There is no contributor of this id; stillpoint contributors lists them. For somebody who is only in what was imported, ask with unlisted=true (stillpoint forget ID --unlisted).",
            field: "path.id",
          });
        }
        // Asked again, what waits goes on.
        const waits = (await deletions.list()).find(
          ({ contributor, by, state }) => contributor === id && by === "admin" && state === "waiting",
        );
        const begun =
          waits?.id ?? (await deletions.begin({ contributor: id, by: "admin", actor: actorOf(context, caller) }));
        // Before the long part: whoever is to be forgotten is let in no more.
        tokens.revokeAllOf(id);
        return answered(await deletions.carryOut(begun));
      },
    }),
    defineRoute({
      method: "get",
      path: "/v1/deletions",
      role: "admin",
      summary: "All deletions, with their receipts.",
      response: { description: "Oldest first.", body: deletionList },
      handler: async () => ({ body: { deletions: await deletions.list() } }),
    }),
    defineRoute({
      method: "get",
      path: "/v1/deletions/:id",
      role: "admin",
      summary: "One deletion, with its receipt once it is done, and what it waits for until then.",
      request: { params: z.strictObject({ id: deletionId }) },
      response: { description: "The deletion.", body: deletion },
      problems: { 404: "There is no deletion of this id." },
      handler: async ({ params }) => {
        const found = await deletions.find(params.id);
        if (found) return { body: found };
        throw new Problem({ status: 404, code: "unknown-deletion", detail: "There is no deletion of this id." });
      },
    }),
    defineRoute({
      method: "post",
      path: "/v1/retention",
      role: "admin",
      summary: "Delete the events that were kept as long as the policy says.",
      description: "The server does so by itself once a day. `dryRun` only counts them.",
      request: { query: z.strictObject({ dryRun: flag }) },
      response: { description: "What was due, by repository.", body: retentionReport },
      handler: async ({ query, caller }) => ({
        body: await retention.run({ dryRun: query.dryRun === "true", actor: actorOf(context, caller) }),
      }),
    }),
  ];
}
