/** Every model of a dry run, by what people call it: over the cache that is there, and without a request that costs. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Configuration } from "../configuration/configuration.ts";
import { ConfigurationError } from "../errors.ts";
import { openCache } from "../store/cache.ts";
import { builtinModel } from "./builtin/index.ts";
import { requiredPrices } from "./cost.ts";
import type { DryFigures, DryModel, MissingAnswer } from "./dry-model.ts";
import { bytesPerToken, dryModel, promptBytes } from "./dry-model.ts";
import type { Counted, Estimate } from "./estimate.ts";
import { estimateOf } from "./estimate.ts";
import type { Model } from "./model.ts";
import { noCache } from "./no-cache.ts";
import { openProvider } from "./open-provider.ts";
import { ProviderFault } from "./provider.ts";
import type { KnownLimits } from "./rate-limiter.ts";
import type { RemoteModel } from "./remote.ts";
import { resolveRemote } from "./remote.ts";
import { parseModelSpec } from "./spec.ts";

export interface DryModelsOptions {
  readonly configuration: Configuration;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** A sentence for the person, once. */
  readonly warn: (sentence: string) => void;
  /** What is to be known of the cost: `priced` needs every model's price, and asks the vendors' counters. */
  readonly money: "priced" | "none";
  /** Told of what would be bought of the model that `spec` means. */
  readonly onMissing?: (spec: string, missing: readonly MissingAnswer[]) => void;
}

/** What would be asked of one model. */
export interface DryAsks {
  readonly model: string;
  readonly figures: DryFigures;
  /** Absent where nothing is to be known of money. */
  readonly estimate: Estimate | undefined;
  readonly pricesAsOf: string | undefined;
  /** How long the requests would take, by how long earlier ones took and by the configuration's rate limits. */
  readonly requestsMs: number | undefined;
}

export interface DryModels {
  /** @throws as `Models.model`; ConfigurationError too where a price is needed and missing */
  model(spec: string): Model;
  /** What would have been asked since the last call, for each model of which something would. */
  take(): Promise<DryAsks[]>;
  /** Estimates other figures of a model that was asked for. */
  asksOf(modelId: string, figures: DryFigures): Promise<DryAsks | undefined>;
  close(): void;
}

interface Entry {
  readonly model: DryModel;
  readonly remote: RemoteModel;
  readonly limits: KnownLimits;
  counted: Counted | undefined;
}

/** @param onUnknown told of each example for which an answer is not known yet */
export function createDryModels(options: DryModelsOptions, onUnknown: (exampleId: string) => void): DryModels {
  const { configuration, dataDir, env, signal, warn, money, onMissing } = options;
  const models = new Map<string, Model>();
  const entries: Entry[] = [];
  const file = join(dataDir, "cache.db");
  // None is made for a look into it.
  const cache = existsSync(file) ? openCache({ file, now: () => new Date() }) : noCache;

  function resolve(spec: string): Model {
    const parsed = parseModelSpec(spec, configuration);
    if (parsed.kind === "builtin") return builtinModel();
    const remote = resolveRemote(parsed.name, parsed.settings, { env, warn, observe: () => undefined });
    const { prices } = parsed.settings;
    if (money === "priced") requiredPrices({ id: remote.modelId, prices }, "A dry run");
    const model = dryModel({
      remote,
      prices,
      cache,
      onUnknown,
      onMissing: onMissing && ((missing) => onMissing(spec, missing)),
    });
    entries.push({ model, remote, limits: parsed.settings.limits ?? {}, counted: undefined });
    return model;
  }

  /** The counter's word on some prompts; undefined where there is no counter, or it cannot be asked. */
  async function count({ remote }: Entry, figures: DryFigures): Promise<Counted | undefined> {
    if (figures.prompts.size === 0) return undefined;
    const { countTokens } = await openProvider(remote);
    if (countTokens === undefined) return undefined;
    const counted: number[] = [];
    try {
      for (const prompt of figures.prompts.values()) {
        counted.push((await countTokens(prompt, signal)) / promptBytes(prompt));
      }
    } catch (error) {
      if (!(error instanceof ProviderFault) && !(error instanceof ConfigurationError)) throw error;
      warn(`${remote.modelId}: its tokens cannot be counted, and are estimated instead. ${error.message}`);
      return undefined;
    }
    return counted;
  }

  async function asksOf(entry: Entry, figures: DryFigures): Promise<DryAsks> {
    const { id, prices } = entry.model;
    if (money === "priced") entry.counted = (await count(entry, figures)) ?? entry.counted;
    const latencyMs = await cache.meanLatencyMs(id);
    const times = [
      latencyMs === undefined ? undefined : (latencyMs * figures.requests) / configuration.concurrency,
      minutesMs(figures.requests, entry.limits.requestsPerMinute),
      minutesMs(figures.inputBytes / bytesPerToken, entry.limits.inputTokensPerMinute),
    ].filter((ms) => ms !== undefined);
    return {
      model: id,
      figures,
      estimate: money === "priced" && prices ? estimateOf(figures, prices, entry.counted) : undefined,
      pricesAsOf: prices?.asOf,
      requestsMs: times.length === 0 ? undefined : Math.max(...times),
    };
  }

  return {
    model(spec) {
      const known = models.get(spec);
      if (known) return known;
      const model = resolve(spec);
      models.set(spec, model);
      return model;
    },
    async take() {
      const asks: DryAsks[] = [];
      for (const entry of entries) {
        const figures = entry.model.take();
        if (figures.wanted > 0) asks.push(await asksOf(entry, figures));
      }
      return asks;
    },
    async asksOf(modelId, figures) {
      const entry = entries.find(({ model }) => model.id === modelId);
      return entry && asksOf(entry, figures);
    },
    close: () => cache.close(),
  };
}

function minutesMs(amount: number, perMinute: number | undefined): number | undefined {
  return perMinute === undefined ? undefined : (amount / perMinute) * 60_000;
}
