/** Runs a stage over examples that a test makes. */
import type { Stage, StageContext } from "../../../server/stages/stage.ts";
import type { Example } from "../../../shared/records/example.ts";

export interface StageRun {
  readonly examples: Example[];
  readonly warnings: string[];
}

export async function runStage<Options>(
  stage: Stage<Options>,
  examples: readonly Example[],
  options: Record<string, unknown> = {},
  seed = 1,
): Promise<StageRun> {
  const warnings: string[] = [];
  const context: StageContext = {
    seed,
    concurrency: 1,
    signal: new AbortController().signal,
    dataDir: "/nowhere",
    model: () => {
      throw new Error("this stage asks no model");
    },
    log: () => undefined,
    warn: (sentence) => void warnings.push(sentence),
  };
  const input = {
    async *[Symbol.asyncIterator]() {
      yield* examples;
    },
  };
  const done: Example[] = [];
  for await (const example of stage.run(input, stage.options.parse(options), context)) done.push(example);
  return { examples: done, warnings };
}
