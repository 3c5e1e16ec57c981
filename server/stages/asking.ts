/** What the stages that ask a model have in common: their options, whom they may ask, and what they say before. */
import * as z from "zod/mini";
import type { Example } from "../../shared/records/example.ts";
import { splitName } from "../../shared/records/example.ts";
import type { Prediction } from "../../shared/records/prediction.ts";
import { ConfigurationError } from "../errors.ts";
import type { Model, PredictRequest } from "../models/model.ts";
import { contextOptions } from "../prompts/context-options.ts";
import { promptFormat } from "../prompts/formats.ts";
import { mapOrdered } from "./map-ordered.ts";
import type { StageContext } from "./stage.ts";
import { passesThrough } from "./stage.ts";

/** Parts of a stage's schema. The model has its own words in each stage. */
export const askingOptions = {
  splits: z._default(
    z.array(splitName).check(z.describe("The splits whose examples are asked for; others pass through.")),
    ["train"],
  ),
  retryFailed: z._default(
    z.boolean().check(z.describe("Ask again where every attempt so far failed; otherwise a recorded failure stands.")),
    false,
  ),
  allowUnredacted: z._default(
    z.boolean().check(z.describe("Send examples that were not redacted to models elsewhere.")),
    false,
  ),
  ...contextOptions.shape,
};

const askingSchema = z.strictObject(askingOptions);
type AskingOptions = z.infer<typeof askingSchema>;

/** A stage's option that names a model. */
export function modelOption(description: string) {
  const text = `${description}: builtin, a name from the configuration, or PROVIDER:MODEL[@URL].`;
  return z._default(z.string().check(z.minLength(1), z.describe(text)), "builtin");
}

/** What decides a model's answers besides the example and the options. */
export function askingFingerprint(model: Model) {
  return { model: model.identity, prompt: promptFormat(model.promptFormat).version };
}

export interface Asking {
  /** The stage's name, for the log. */
  readonly stage: string;
  readonly model: Model;
  /** Predictions wanted of each example. */
  readonly samples: number;
  /** Writes what came into the example. */
  readonly write: (example: Example, predictions: readonly Prediction[]) => Example;
}

/**
 * Asks the model for every example that does not pass through, in order, a bounded number at a time.
 * @throws ConfigurationError before an example that nobody redacted would leave this machine
 */
export async function* askForEach(
  examples: AsyncIterable<Example>,
  { stage, model, samples, write }: Asking,
  options: AskingOptions,
  context: StageContext,
): AsyncGenerator<Example, void, undefined> {
  const format = promptFormat(model.promptFormat);
  const { diagnostics, definitions, historyLength, retryFailed } = options;
  const shown = { diagnostics, definitions, historyLength };
  const before = { requests: model.counters.requests, cached: model.counters.cached };
  const failures = new Map<string, number>();
  let asked = 0;

  const work = async (example: Example, signal: AbortSignal): Promise<Example> => {
    if (passesThrough(example, options.splits)) return example;
    refuseUnredacted(example, model, options.allowUnredacted);
    if (asked++ === 0) sayWhatItMayCost(stage, model, samples, options, context);
    const { snapshot } = example;
    const request: PredictRequest = {
      exampleId: example.id,
      snapshot,
      prompt: format.render(snapshot, shown),
      parse: (answer) => format.parse(answer, snapshot),
    };
    const predictions = await model.predict(request, { samples, signal, retryFailed });
    for (const { error } of predictions) {
      if (error === undefined) continue;
      failures.set(error, (failures.get(error) ?? 0) + 1);
      context.log({ stage, exampleId: example.id, reason: error });
    }
    return write(example, predictions);
  };

  yield* mapOrdered(examples, context.concurrency, work, context.signal);
  if (asked === 0) return;
  const { requests, cached } = model.counters;
  const failed = [...failures].map(([kind, count]) => `${count} ${kind}`).join(", ");
  context.log({
    stage,
    reason: "summary",
    detail:
      `${asked} examples, ${requests - before.requests} requests to ${model.id}, ${cached - before.cached} answers from the cache; ` +
      `failed: ${failed === "" ? "none" : failed}`,
  });
}

/** Code that nobody redacted goes to no one: builtin and loopback addresses are this machine. */
function refuseUnredacted(example: Example, model: Model, allowed: boolean): void {
  if (model.staysHere || allowed || example.redaction) return;
  throw new ConfigurationError(
    `Example ${example.id} was not redacted, so it is not sent to ${model.id}. Run redact first, or pass --allow-unredacted.`,
  );
}

/** Once a stage, before the first request. What is in the cache is known only example by example. */
function sayWhatItMayCost(
  stage: string,
  model: Model,
  samples: number,
  options: AskingOptions,
  context: StageContext,
): void {
  // The builtin model is the one that is no remote one: it ranks, and it is free.
  if (model.ranked) return;
  const each = samples === 1 ? "one answer" : `${samples} answers`;
  context.warn(
    `${stage} buys ${each} from ${model.id} for every example of ${options.splits.join(", ")} that the cache does not ` +
      `hold, and up to two more for one that fails. Cost unknown: no price is known for this model.`,
  );
}
