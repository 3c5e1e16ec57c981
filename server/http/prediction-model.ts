/** The model that answers `POST /v1/predictions`. */
import { ConfigurationError } from "../errors.ts";
import { BUILTIN_ID } from "../models/builtin-id.ts";
import type { Model } from "../models/model.ts";
import type { HttpContext } from "./context.ts";

type ModelContext = Pick<HttpContext, "configuration" | "dataDir" | "env" | "log">;

export function predictionModelName({ configuration }: Pick<ModelContext, "configuration">): string {
  return configuration.server?.predictionModel ?? BUILTIN_ID;
}

/**
 * On first use: most servers are never asked, and the thread that answers requests does without a database's code.
 * @throws ConfigurationError for a name that means nothing, or a key that is missing
 */
export async function loadPredictionModel(context: ModelContext): Promise<Model> {
  const { configuration, dataDir, env, log } = context;
  const spec = predictionModelName(context);
  if (spec === BUILTIN_ID) return (await import("../models/builtin/index.ts")).builtinModel();
  const { createModels } = await import("../models/models.ts");
  const { noCache } = await import("../models/no-cache.ts");
  const warn = (sentence: string) => log.warn({ model: spec, detail: sentence }, "the model for predictions");
  return createModels({ configuration, dataDir, env, warn, cache: noCache }).model(spec);
}

/** Says at the start what would show at the first prediction. No reason not to serve: events come in without it. */
export async function warnOfPredictionModel(context: ModelContext): Promise<void> {
  const model = predictionModelName(context);
  if (model === BUILTIN_ID) return;
  try {
    await loadPredictionModel(context);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    context.log.warn(
      { model, detail: error.message },
      "predictions will be refused: server.predictionModel cannot be asked",
    );
  }
}
