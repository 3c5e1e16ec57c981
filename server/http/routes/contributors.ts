/** People, by pseudonym, for admins who must find a person's data. */
import * as z from "zod/mini";
import { contributor, contributorChange, contributorId, contributorList } from "../../../shared/wire/identity.ts";
import type { HttpContext } from "../context.ts";
import { actorOf } from "../context.ts";
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";
import { makeContributorId } from "../token-book.ts";

export function contributorRoutes(context: HttpContext): Route[] {
  const { store, randomBytes } = context;
  return [
    defineRoute({
      method: "get",
      path: "/v1/contributors",
      role: "admin",
      summary: "All contributors, with how much is stored of each.",
      response: { description: "In the order in which they were added.", body: contributorList },
      handler: async () => ({ body: { contributors: await store.contributors.list() } }),
    }),
    defineRoute({
      method: "post",
      path: "/v1/contributors",
      role: "admin",
      summary: "Add a contributor.",
      description: "Making a token for somebody new does so too.",
      request: { body: contributorChange },
      response: { status: 201, description: "The new contributor.", body: contributor },
      handler: async ({ body, caller }) => ({
        body: await store.contributors.add({
          id: makeContributorId(randomBytes),
          name: body.name ?? undefined,
          actor: actorOf(context, caller),
        }),
      }),
    }),
    defineRoute({
      method: "patch",
      path: "/v1/contributors/:id",
      role: "admin",
      summary: "Rename a contributor.",
      request: { params: z.strictObject({ id: contributorId }), body: contributorChange },
      response: { description: "The contributor.", body: contributor },
      problems: { 404: "There is no contributor of this id.", 409: "An admin had this contributor forgotten." },
      handler: async ({ params, body, caller }) => ({
        body: await store.contributors.rename({
          id: params.id,
          name: body.name ?? undefined,
          actor: actorOf(context, caller),
        }),
      }),
    }),
  ];
}
