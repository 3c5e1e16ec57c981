/** Every model of one command: resolved once by what people call it, over one cache, loaded on first use. */
import { join } from "node:path";
import type { Configuration } from "../configuration/configuration.ts";
import type { AnswerCache } from "../store/cache.ts";
import { openCache } from "../store/cache.ts";
import type { Budget } from "./budget.ts";
import { builtinModel } from "./builtin/index.ts";
import { cachedModel } from "./cached-model.ts";
import { requiredPrices } from "./cost.ts";
import { createInFlight } from "./in-flight.ts";
import type { Model } from "./model.ts";
import { openProvider } from "./open-provider.ts";
import type { Outcome } from "./outcome.ts";
import { createRateLimiter, systemClock } from "./rate-limiter.ts";
import { resolveRemote } from "./remote.ts";
import type { ModelSpec } from "./spec.ts";
import { parseModelSpec } from "./spec.ts";

export interface ModelsOptions {
  readonly configuration: Configuration;
  /** DATA: the cache is `cache.db` in it, made when the first model needs it. */
  readonly dataDir: string;
  /** Where keys come from; they go nowhere but into requests. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Instead of `cache.db`. */
  readonly cache?: AnswerCache;
  /** What all of them together may cost. Every model then needs a price. */
  readonly budget?: Budget | undefined;
  /** A sentence for the person, once. */
  readonly warn: (sentence: string) => void;
}

export interface Models {
  /**
   * The model that NAME or PROVIDER:MODEL[@URL] means; the same one for the same spec.
   * @throws ConfigurationError for a spec or name that means nothing, a key that is missing, or a price where
   * there is a budget
   * @throws Failure for a cache that cannot be used
   */
  model(spec: string): Model;
  /** Closes the cache. Nothing may be under way. */
  close(): void;
}

export function createModels(options: ModelsOptions): Models {
  const { configuration, dataDir, env, warn, budget } = options;
  const models = new Map<string, Model>();
  const inFlight = createInFlight<Outcome>();
  let cache = options.cache;

  function resolve(spec: ModelSpec): Model {
    if (spec.kind === "builtin") return builtinModel();
    const limiter = createRateLimiter(systemClock, spec.settings.limits);
    const remote = resolveRemote(spec.name, spec.settings, { env, warn, observe: limiter.observe });
    const { prices } = spec.settings;
    if (budget !== undefined) requiredPrices({ id: remote.modelId, prices }, "A budget");
    cache ??= openCache({ file: join(dataDir, "cache.db"), now: () => new Date() });
    return cachedModel({
      id: remote.modelId,
      identity: remote.identity,
      staysHere: remote.loopback,
      address: remote.baseUrl,
      promptFormat: remote.promptFormat,
      prices,
      budget,
      provider: () => openProvider(remote),
      cache,
      inFlight,
      limiter,
      now: () => performance.now(),
      warn,
    });
  }

  return {
    model(spec) {
      const known = models.get(spec);
      if (known) return known;
      const model = resolve(parseModelSpec(spec, configuration));
      models.set(spec, model);
      return model;
    },
    close() {
      cache?.close();
      cache = undefined;
      models.clear();
    },
  };
}
