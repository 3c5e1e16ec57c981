/** What the stages of one command or run share: the seed, the models over one cache, and the log. */
import type { Configuration } from "../configuration/configuration.ts";
import { ensureDataDir } from "../data-dir.ts";
import type { Model } from "../models/model.ts";
import { createModels } from "../models/models.ts";
import type { StageContext, StageLogEntry } from "../stages/stage.ts";

export interface StageSessionOptions {
  readonly configuration: Configuration;
  /** As an absolute path; made when the first model that has a cache is asked for. */
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly log: (entry: StageLogEntry) => void;
  readonly warn: (sentence: string) => void;
}

export interface StageSession {
  readonly context: StageContext;
  /** The models that stages have asked for so far, each once. */
  readonly models: ReadonlySet<Model>;
  close(): void;
}

export function stageSession(options: StageSessionOptions): StageSession {
  const { configuration, dataDir, env, signal, log, warn } = options;
  const models = createModels({ configuration, dataDir, env, warn });
  const used = new Set<Model>();
  const context: StageContext = {
    seed: configuration.seed,
    concurrency: configuration.concurrency,
    signal,
    dataDir,
    model(spec) {
      if (spec !== "builtin") ensureDataDir(dataDir);
      const model = models.model(spec);
      used.add(model);
      return model;
    },
    log,
    warn,
  };
  return { context, models: used, close: () => models.close() };
}
