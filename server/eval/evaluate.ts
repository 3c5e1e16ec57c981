/** Asks models for every example of a split and holds their answers against what the person did. */
import * as z from "zod/mini";
import type { Example } from "../../shared/records/example.ts";
import { splitName } from "../../shared/records/example.ts";
import type { Prediction } from "../../shared/records/prediction.ts";
import type { ExactLines } from "../../shared/records/scores.ts";
import { ConfigurationError } from "../errors.ts";
import { referenceOf } from "../metrics/reference.ts";
import { askForEach, askingOptions } from "../stages/asking.ts";
import type { ScoredAnswer } from "../stages/score.ts";
import { scoreAnswer } from "../stages/score.ts";
import type { StageContext } from "../stages/stage.ts";
import type { Estimates } from "./tally.ts";
import { createTally, differences } from "./tally.ts";

/** The baseline that is always there: a model that never edits. */
const NO_EDIT_MODEL = "no-edit";

export const evaluationOptions = z.strictObject({
  ...askingOptions,
  splits: z._default(
    z
      .array(splitName)
      .check(z.minLength(1), z.describe("The splits to evaluate on; one without a split counts as train.")),
    ["eval", "test"],
  ),
  against: z._default(
    z.string().check(z.minLength(1), z.describe("What each model is compared with: no-edit, or a model.")),
    NO_EDIT_MODEL,
  ),
});
export type EvaluationOptions = z.infer<typeof evaluationOptions>;

export interface ModelResult {
  /** The model's id, or what it was named where two have one id. */
  readonly model: string;
  readonly figures: Estimates;
  /** Pooled over all examples. */
  readonly lines: ExactLines;
  /** Answers that failed, by kind; each scores as no edit. */
  readonly failures: Readonly<Record<string, number>>;
  /** Answers that change the region. */
  readonly edits: number;
  /** Answers that say where the cursor should stand. */
  readonly cursors: number;
  /** Examples for which only one of the predicted and the settled cursor is known. */
  readonly cursorMisses: number;
}

export interface Comparison {
  readonly model: string;
  readonly against: string;
  /** Example by example, the model's figure minus the other's. */
  readonly differences: Estimates;
}

export interface Evaluation {
  readonly splits: EvaluationOptions["splits"];
  /** Examples that were evaluated. */
  readonly examples: number;
  /** Of those, the ones that nothing is known to hold an answer against. */
  readonly withoutReference: number;
  /** Left out: of another split, or dropped by a stage. */
  readonly leftOut: { readonly dropped: number; readonly otherSplits: number };
  /** In the order they were named, the one they are compared with last. */
  readonly models: readonly ModelResult[];
  /** Each model with that one, then each further model with the first. */
  readonly comparisons: readonly Comparison[];
}

interface Contestant {
  readonly id: string;
  readonly tally: ReturnType<typeof createTally>;
  readonly failures: Record<string, number>;
  edits: number;
  cursors: number;
}

/**
 * Reads `examples` once and keeps numbers only. Every model answers every example.
 * @param specs NAME or PROVIDER:MODEL[@URL]; `no-edit` is one that never edits
 * @throws ConfigurationError where no model is named besides the one to compare with, and before an example that nobody
 * redacted would leave this machine
 */
export async function evaluate(
  examples: AsyncIterable<Example>,
  specs: readonly string[],
  options: EvaluationOptions,
  context: StageContext,
): Promise<Evaluation> {
  const { against, ...asking } = options;
  const named = [...new Set(specs)].filter((spec) => spec !== against);
  if (named.length === 0) {
    throw new ConfigurationError(`there is nothing to compare with ${against}: --model names no other model.`);
  }
  const models = [...named, against].map((spec) => (spec === NO_EDIT_MODEL ? null : context.model(spec)));
  const ids = models.map((model) => model?.id ?? NO_EDIT_MODEL);
  const contestants = [...named, against].map(
    (spec, index): Contestant => ({
      // Two names of the configuration may stand for one model with different settings.
      id: ids.filter((id) => id === ids[index]).length === 1 ? (ids[index] ?? spec) : spec,
      tally: createTally(),
      failures: {},
      edits: 0,
      cursors: 0,
    }),
  );
  const leftOut = { dropped: 0, otherSplits: 0 };
  let evaluated = 0;
  let withoutReference = 0;

  let answered = chosen(examples, options.splits, leftOut);
  for (const model of models) {
    if (model === null) continue;
    const write = (example: Example, [first]: readonly Prediction[]): Example => {
      if (first === undefined) throw new Error(`${model.id} gave no prediction for example ${example.id}`);
      return { ...example, teacher: { predictions: [...(example.teacher?.predictions ?? []), first] } };
    };
    answered = askForEach(answered, { stage: "eval", model, samples: 1, write }, asking, context);
  }
  for await (const example of answered) {
    evaluated++;
    if (referenceOf(example) === null) withoutReference++;
    const predictions = (example.teacher?.predictions ?? []).values();
    for (const [index, contestant] of contestants.entries()) {
      record(contestant, example, models[index] === null ? NO_EDIT : (predictions.next().value ?? NO_EDIT));
    }
  }
  return {
    splits: options.splits,
    examples: evaluated,
    withoutReference,
    leftOut,
    models: contestants.map(({ id, tally, failures, edits, cursors }) => ({
      model: id,
      figures: tally.estimates(context.seed),
      lines: tally.pooledLines(),
      failures,
      edits,
      cursors,
      cursorMisses: tally.cursorMisses,
    })),
    comparisons: pairs(contestants).map(([first, second]) => ({
      model: first.id,
      against: second.id,
      differences: differences(first.tally, second.tally, context.seed),
    })),
  };
}

const NO_EDIT: ScoredAnswer & { readonly error?: Prediction["error"] } = { model: NO_EDIT_MODEL, noEdit: true };

function record(contestant: Contestant, example: Example, answer: typeof NO_EDIT): void {
  const scores = scoreAnswer(example, answer);
  contestant.tally.add(scores);
  if (answer.error !== undefined) contestant.failures[answer.error] = (contestant.failures[answer.error] ?? 0) + 1;
  if (answer.text !== undefined) contestant.edits++;
  if (answer.cursor !== undefined) contestant.cursors++;
}

/** Those to evaluate, without the answers that they already carry. */
async function* chosen(
  examples: AsyncIterable<Example>,
  splits: EvaluationOptions["splits"],
  leftOut: { dropped: number; otherSplits: number },
): AsyncGenerator<Example, void, undefined> {
  for await (const example of examples) {
    if (!splits.includes(example.split?.name ?? "train")) leftOut.otherSplits++;
    else if (example.dropped) leftOut.dropped++;
    else {
      const { teacher: _teacher, ...unanswered } = example;
      yield unanswered;
    }
  }
}

function pairs(contestants: readonly Contestant[]): [Contestant, Contestant][] {
  const against = contestants.at(-1);
  const [first, ...others] = contestants.slice(0, -1);
  if (first === undefined || against === undefined) return [];
  return [
    ...[first, ...others].map((model): [Contestant, Contestant] => [model, against]),
    ...others.map((model): [Contestant, Contestant] => [model, first]),
  ];
}
