/** What the stages of one command or run share: the seed, the models over one cache, and the log. */
import type { Usage } from "../../shared/records/prediction.ts";
import { NO_USAGE } from "../../shared/records/prediction.ts";
import type { Configuration } from "../configuration/configuration.ts";
import { ensureDataDir } from "../data-dir.ts";
import { warningLog } from "../log.ts";
import type { Budget } from "../models/budget.ts";
import { isBuiltin } from "../models/builtin-id.ts";
import { addUsage, batchPrices, costUsd } from "../models/cost.ts";
import type { Model, ModelCounters } from "../models/model.ts";
import type { Models } from "../models/models.ts";
import { createModels } from "../models/models.ts";
import type { ModelUse } from "../reports/spending.ts";
import type { StageContext, StageLogEntry, StoreReading } from "../stages/stage.ts";
import type { Store } from "../store/store.ts";
import { openStore } from "../store/store.ts";

export interface StageSessionOptions {
  readonly configuration: Configuration;
  /** As an absolute path; made when the first model that has a cache is asked for. */
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly log: (entry: StageLogEntry) => void;
  readonly warn: (sentence: string) => void;
  /** What may be spent; every model then needs a price. */
  readonly budget?: Budget | undefined;
  /** Instead of those that are asked: of a dry run. They are closed with the session. */
  readonly models?: Pick<Models, "model" | "close">;
  /** Where it is said up to which position the store is read; the last one where it is left out. */
  readonly asOf?: (last: number) => Promise<number>;
}

export interface StageSession {
  readonly context: StageContext;
  /**
   * What was asked of each model since the last call, or since the start. Left out are models of which nothing was, and
   * builtin: asking it costs nothing and goes nowhere.
   */
  takeUses(): ModelUse[];
  /** The same, but the next call begins where this one did. */
  uses(): ModelUse[];
  close(): Promise<void>;
}

export function stageSession(options: StageSessionOptions): StageSession {
  const { configuration, dataDir, env, signal, log, warn, budget } = options;
  const models = options.models ?? createModels({ configuration, dataDir, env, warn, budget });
  let reading: Promise<OpenReading> | undefined;
  /** With what has been told of each. */
  const used = new Map<Model, ModelCounters>();
  const context: StageContext = {
    seed: configuration.seed,
    concurrency: configuration.concurrency,
    signal,
    dataDir,
    model(spec) {
      if (spec !== "builtin" && options.models === undefined) ensureDataDir(dataDir);
      const model = models.model(spec);
      if (!used.has(model)) used.set(model, nothingAsked);
      return model;
    },
    store() {
      reading ??= openReading(options);
      return reading;
    },
    log,
    warn,
  };
  function uses(): ModelUse[] {
    return [...used].flatMap(([model, told]) => {
      const use = useSince(model, told);
      return use.requests + use.cached > 0 && !isBuiltin(model.id) ? [use] : [];
    });
  }

  function takeUses(): ModelUse[] {
    const taken = uses();
    for (const model of used.keys()) used.set(model, structuredClone(model.counters));
    return taken;
  }

  async function close(): Promise<void> {
    models.close();
    // Where it could not be opened, whoever asked has heard of it.
    const [opened] = await Promise.allSettled([reading]);
    if (opened.status === "fulfilled") await opened.value?.store.close();
  }

  return { context, takeUses, uses, close };
}

const nothingAsked: ModelCounters = { requests: 0, cached: 0, failures: {}, usage: NO_USAGE, saved: NO_USAGE };

function useSince({ id, counters, prices, staysHere }: Model, told: ModelCounters): ModelUse {
  const failures = Object.entries(counters.failures).flatMap(([kind, n]): [string, number][] => {
    const more = n - (told.failures[kind] ?? 0);
    return more > 0 ? [[kind, more]] : [];
  });
  const live = usageSince(counters.usage, told.usage);
  const batched = usageSince(counters.batched ?? NO_USAGE, told.batched ?? NO_USAGE);
  const usage = { ...live };
  addUsage(usage, batched);
  return {
    model: id,
    requests: counters.requests - told.requests,
    cached: counters.cached - told.cached,
    failures: Object.fromEntries(failures),
    usage,
    cost: prices && {
      costUsd: costUsd(live, prices) + costUsd(batched, batchPrices(prices)),
      savedUsd: costUsd(usageSince(counters.saved, told.saved), prices),
      pricesAsOf: prices.asOf,
    },
    staysHere,
  };
}

function usageSince(now: Usage, before: Usage): Usage {
  return {
    inputTokens: now.inputTokens - before.inputTokens,
    outputTokens: now.outputTokens - before.outputTokens,
    cacheReadTokens: now.cacheReadTokens - before.cacheReadTokens,
    cacheWriteTokens: now.cacheWriteTokens - before.cacheWriteTokens,
  };
}

interface OpenReading extends StoreReading {
  readonly store: Store;
}

async function openReading({ dataDir, warn, asOf }: StageSessionOptions): Promise<OpenReading> {
  const store = await openStore({ dataDir, readOnly: true, log: warningLog(warn) });
  try {
    const last = await store.events.lastPosition();
    return { store, last, asOf: (await asOf?.(last)) ?? last };
  } catch (error) {
    await store.close();
    throw error;
  }
}
