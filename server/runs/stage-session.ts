/** What the stages of one command or run share: the seed, the models over one cache, and the log. */
import type { Configuration } from "../configuration/configuration.ts";
import { ensureDataDir } from "../data-dir.ts";
import { warningLog } from "../log.ts";
import { isBuiltin } from "../models/builtin-id.ts";
import type { Model } from "../models/model.ts";
import { createModels } from "../models/models.ts";
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
  /** Where it is said up to which position the store is read; the last one where it is left out. */
  readonly asOf?: (last: number) => Promise<number>;
}

/** What one model was asked, in figures for a person. */
export interface ModelUse {
  readonly model: string;
  readonly requests: number;
  readonly cached: number;
  /** By kind. */
  readonly failures: Readonly<Record<string, number>>;
}

export interface StageSession {
  readonly context: StageContext;
  /**
   * What was asked of each model since the last call, or since the start. Left out are models of which nothing was, and
   * builtin: asking it costs nothing and goes nowhere.
   */
  takeUses(): ModelUse[];
  close(): Promise<void>;
}

export function stageSession(options: StageSessionOptions): StageSession {
  const { configuration, dataDir, env, signal, log, warn } = options;
  const models = createModels({ configuration, dataDir, env, warn });
  let reading: Promise<OpenReading> | undefined;
  /** With what has been told of each. */
  const used = new Map<Model, ModelUse>();
  const context: StageContext = {
    seed: configuration.seed,
    concurrency: configuration.concurrency,
    signal,
    dataDir,
    model(spec) {
      if (spec !== "builtin") ensureDataDir(dataDir);
      const model = models.model(spec);
      if (!used.has(model)) used.set(model, { model: model.id, requests: 0, cached: 0, failures: {} });
      return model;
    },
    store() {
      reading ??= openReading(options);
      return reading;
    },
    log,
    warn,
  };
  function takeUses(): ModelUse[] {
    const uses: ModelUse[] = [];
    for (const [model, told] of used) {
      const { requests, cached, failures } = model.counters;
      used.set(model, { model: model.id, requests, cached, failures: { ...failures } });
      const use = {
        model: model.id,
        requests: requests - told.requests,
        cached: cached - told.cached,
        failures: Object.fromEntries(
          Object.entries(failures).flatMap(([kind, n]) => {
            const more = n - (told.failures[kind] ?? 0);
            return more > 0 ? [[kind, more]] : [];
          }),
        ),
      };
      if (use.requests + use.cached > 0 && !isBuiltin(model.id)) uses.push(use);
    }
    return uses;
  }

  async function close(): Promise<void> {
    models.close();
    // Where it could not be opened, whoever asked has heard of it.
    const [opened] = await Promise.allSettled([reading]);
    if (opened.status === "fulfilled") await opened.value?.store.close();
  }

  return { context, takeUses, close };
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
