/** What is stored of the one who asks. */
import { me } from "../../../shared/wire/identity.ts";
import type { HttpContext } from "../context.ts";
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";

export function meRoutes({ store }: HttpContext): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/v1/me",
      role: "contributor",
      summary: "What is stored of me.",
      response: { description: "The pseudonym, the name if one is known, and how much is stored.", body: me },
      handler: async ({ caller }) => {
        const [known, stored] = await Promise.all([
          store.contributors.find({ id: caller.contributor }),
          store.contributors.stored({ id: caller.contributor }),
        ]);
        return {
          body: {
            contributor: caller.contributor,
            ...(known?.name !== undefined && { name: known.name }),
            token: { id: caller.tokenId, role: caller.role },
            stored,
          },
        };
      },
    }),
  ];
}
