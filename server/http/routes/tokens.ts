/** Who may come in: tokens are made, listed and revoked by admins. */
import * as z from "zod/mini";
import { newToken, token, tokenId, tokenList, tokenRequest } from "../../../shared/wire/identity.ts";
import type { HttpContext } from "../context.ts";
import { actorOf } from "../context.ts";
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";
import { makeContributorId, makeToken } from "../token-book.ts";

export function tokenRoutes(context: HttpContext): Route[] {
  const { store, tokens, randomBytes } = context;
  return [
    defineRoute({
      method: "get",
      path: "/v1/tokens",
      role: "admin",
      summary: "All tokens, the revoked ones too, without their secrets.",
      response: { description: "In the order in which they were made.", body: tokenList },
      handler: async () => {
        await tokens.saveUses();
        return { body: { tokens: await store.tokens.list() } };
      },
    }),
    defineRoute({
      method: "post",
      path: "/v1/tokens",
      role: "admin",
      summary: "Make a token.",
      description: "For a known contributor, or for somebody new. The token itself is in this answer and nowhere else.",
      request: { body: tokenRequest },
      response: { status: 201, description: "The token, whole.", body: newToken },
      problems: { 404: "There is no contributor of this id.", 409: "An admin had this contributor forgotten." },
      handler: async ({ body, caller }) => {
        const { token: secret, id, hash } = makeToken(randomBytes);
        const made = await store.tokens.create({
          id,
          hash,
          name: body.name,
          role: body.role,
          contributor:
            body.contributor === undefined
              ? { added: makeContributorId(randomBytes), person: body.person }
              : { known: body.contributor },
          actor: actorOf(context, caller),
        });
        tokens.add({ tokenId: id, role: made.role, contributor: made.contributor, hash, revoked: false });
        return { body: { ...made, secret } };
      },
    }),
    defineRoute({
      method: "delete",
      path: "/v1/tokens/:id",
      role: "admin",
      summary: "Revoke a token, from the next request on.",
      request: { params: z.strictObject({ id: tokenId }) },
      response: { description: "The token as it is now.", body: token },
      problems: { 404: "There is no token of this id." },
      handler: async ({ params, caller }) => {
        const revoked = await store.tokens.revoke({ id: params.id, actor: actorOf(context, caller) });
        tokens.revoke(params.id);
        return { body: revoked };
      },
    }),
  ];
}
