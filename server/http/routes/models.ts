/** The models that runs may name. Neither keys nor whole addresses are anybody's business. */
import { modelList } from "../../../shared/wire/models.ts";
import type { ModelConfiguration } from "../../configuration/configuration.ts";
import { BUILTIN_ID } from "../../models/builtin-id.ts";
import type { HttpContext } from "../context.ts";
import type { Route } from "../define-route.ts";
import { defineRoute } from "../define-route.ts";

const builtin = {
  name: BUILTIN_ID,
  provider: "builtin",
  model: BUILTIN_ID,
  id: BUILTIN_ID,
  promptFormat: "teacher",
} as const;

export function modelRoutes({ configuration }: HttpContext): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/v1/models",
      role: "admin",
      summary: "The models that the server's configuration names.",
      response: { description: "builtin, then the others in the configuration's order.", body: modelList },
      handler: async () => ({
        body: { models: [builtin, ...Object.entries(configuration.models).map(([name, model]) => shown(name, model))] },
      }),
    }),
  ];
}

function shown(name: string, { provider, model, revision, baseUrl, promptFormat = "teacher" }: ModelConfiguration) {
  return {
    name,
    provider,
    model,
    id: `${provider}:${model}${revision === undefined ? "" : `@${revision}`}`,
    ...(revision !== undefined && { revision }),
    ...(baseUrl !== undefined && { origin: new URL(baseUrl).origin }),
    promptFormat,
  };
}
