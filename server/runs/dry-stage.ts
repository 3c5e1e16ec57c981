/** Lets examples through a stage whose models are asked nothing: what it would ask, and what the cache holds of that. */
import { Writable } from "node:stream";
import type { Configuration } from "../configuration/configuration.ts";
import type { ExampleSource } from "../jsonl/read.ts";
import { streamOutput } from "../jsonl/write.ts";
import type { DryAsks } from "../models/dry-models.ts";
import { createDryModels } from "../models/dry-models.ts";
import type { Stage } from "../stages/stage.ts";
import type { Selection } from "./apply.ts";
import { applyStage } from "./apply.ts";
import { stageSession } from "./stage-session.ts";

export interface DryStageOptions<Options> {
  readonly stage: Stage<Options>;
  readonly options: Options;
  readonly inputs: ExampleSource;
  readonly selection: Selection;
  readonly configuration: Configuration;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly warn: (sentence: string) => void;
  readonly onLine: (lines: number) => void;
}

/** @throws ConfigurationError where a model has no price */
export async function surveyStage<Options>(given: DryStageOptions<Options>): Promise<DryAsks[]> {
  const models = createDryModels({ ...given, money: "priced" }, () => undefined);
  // What a stage says of itself is about requests, of which there are none.
  const silent = () => undefined;
  const session = stageSession({ ...given, models, log: silent, warn: silent });
  try {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    await applyStage({
      stage: given.stage,
      options: given.options,
      context: session.context,
      inputs: given.inputs,
      output: streamOutput(nowhere, "nowhere"),
      selection: given.selection,
      onLine: ({ lines }) => given.onLine(lines),
    });
    return await models.take();
  } finally {
    await session.close();
  }
}
