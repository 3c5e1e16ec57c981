/** What the stages that ask a model's opinion have in common: an answer of a shape for each example, no edit. */
import type { Example } from "../../shared/records/example.ts";
import { ConfigurationError } from "../errors.ts";
import { isBuiltin } from "../models/builtin-id.ts";
import type { AnswerRequest, Model } from "../models/model.ts";
import type { Asking, AskingOptions } from "./asking.ts";
import { openAsker } from "./asking.ts";
import { mapOrdered } from "./map-ordered.ts";
import type { StageContext } from "./stage.ts";
import { passesThrough } from "./stage.ts";

/** Asks the judge about the example that is being worked on; undefined where it failed, which is counted and logged. */
export type AskJudge = <Value>(asked: Pick<AnswerRequest<Value>, "prompt" | "read">) => Promise<Value | undefined>;

/**
 * The model that `spec` names, which must be one that reads prompts.
 * @throws ConfigurationError for the builtin model
 */
export function judgeOf(stage: string, spec: string, context: StageContext): Model {
  const model = context.model(spec);
  if (!isBuiltin(model.id)) return model;
  throw new ConfigurationError(
    `${stage} needs a model that reads and writes, and builtin is none. Name one by --model (in a task: ` +
      `"${stage}: { model: judge }", with judge under models:), or leave ${stage} out.`,
  );
}

/** Every example that does not pass through, in order, a bounded number at a time; `judge` writes what came into it. */
export async function* judgeEach(
  examples: AsyncIterable<Example>,
  judging: Omit<Asking, "samples"> & { readonly judge: (example: Example, ask: AskJudge) => Promise<Example> },
  options: AskingOptions,
  context: StageContext,
): AsyncGenerator<Example, void, undefined> {
  const { stage, judge } = judging;
  const asker = openAsker({ ...judging, samples: 1 }, options, context);
  const work = async (example: Example, signal: AbortSignal): Promise<Example> =>
    passesThrough(example, options.splits) ? example : judge(example, (asked) => asker.answer(example, asked, signal));
  yield* asker.onceAnswered(mapOrdered(examples, context.concurrency, work, context.signal));
  const detail = asker.summary();
  if (detail !== undefined) context.log({ stage, reason: "summary", detail });
}
