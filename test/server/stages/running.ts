/** Runs a stage on a few examples, and keeps what it says. */
import type { Model } from "../../../server/models/model.ts";
import type { Stage, StageContext, StageLogEntry, StoreReading } from "../../../server/stages/stage.ts";
import type { Example } from "../../../shared/records/example.ts";

export interface StageRun {
  readonly examples: Example[];
  readonly log: StageLogEntry[];
  readonly warnings: string[];
}

export async function runStage<Options>(
  stage: Stage<Options>,
  examples: readonly Example[],
  options: Record<string, unknown> = {},
  model?: Model,
  seed = 1,
  onExample: (example: Example) => void = () => undefined,
  reading?: StoreReading,
  dataDir = "unused",
): Promise<StageRun> {
  const log: StageLogEntry[] = [];
  const warnings: string[] = [];
  const context: StageContext = {
    seed,
    concurrency: 4,
    signal: new AbortController().signal,
    dataDir,
    model: () => {
      if (!model) throw new Error("this stage asks no model");
      return model;
    },
    store: async () => {
      if (!reading) throw new Error("this stage asks no store");
      return reading;
    },
    log: (entry) => log.push(entry),
    warn: (sentence) => warnings.push(sentence),
  };
  const given = structuredClone(examples);
  const out: Example[] = [];
  for await (const example of stage.run(stream(given), stage.options.parse(options), context)) {
    out.push(example);
    onExample(example);
  }
  if (JSON.stringify(given) !== JSON.stringify(examples)) throw new Error("the stage changed its input");
  return { examples: out, log, warnings };
}

/** Read as often as a stage likes: a global one reads twice. */
function stream(examples: readonly Example[]): AsyncIterable<Example> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* examples;
    },
  };
}
