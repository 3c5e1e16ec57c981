/** What the stages that ask a model have in common: their options, whom they may ask, and what they say before. */
import * as z from "zod/mini";
import type { Example, SplitName } from "../../shared/records/example.ts";
import { splitName } from "../../shared/records/example.ts";
import type { Prediction, PredictionError } from "../../shared/records/prediction.ts";
import { ConfigurationError, Failure } from "../errors.ts";
import { BUILTIN_ID, isBuiltin } from "../models/builtin-id.ts";
import type { AnswerRequest, Model, PredictRequest, RequestEnd } from "../models/model.ts";
import { contextOptions } from "../prompts/context-options.ts";
import { promptFormat } from "../prompts/formats.ts";
import { mapOrdered } from "./map-ordered.ts";
import type { StageContext } from "./stage.ts";
import { passesThrough } from "./stage.ts";

/** A stage whose first requests are all lost, this many of them, is stopped: the server is down rather than busy. */
const maxLostAtStart = 8;
/** Examples that wait to be written until a request is answered: they would be taken for done by the next run. */
const maxHeld = 200;

/** The splits that a stage asks for; training's alone, or all where it says what an example is. */
function splitsOption(byDefault: readonly SplitName[]) {
  return z._default(
    z.array(splitName).check(z.describe("The splits whose examples are asked for; others pass through.")),
    [...byDefault],
  );
}

/** Parts of a stage's schema. The model has its own words in each stage. */
export const askingOptions = {
  splits: splitsOption(["train"]),
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

/** Of a stage that describes examples of every split. */
export const askingOfAllOptions = { ...askingOptions, splits: splitsOption(splitName.options) };

const askingSchema = z.strictObject(askingOptions);
export type AskingOptions = z.infer<typeof askingSchema>;

/** A stage's option that names a model. */
export function modelOption(description: string) {
  const text = `${description}: builtin, a name from the configuration, or PROVIDER:MODEL[@URL].`;
  return z._default(z.string().check(z.minLength(1), z.describe(text)), BUILTIN_ID);
}

/** What decides a model's answers besides the example and the options. */
export function askingFingerprint(model: Model) {
  return { model: model.identity, prompt: promptFormat(model.promptFormat).version };
}

/** Whom a stage asks, and for how much. */
export interface Asking {
  /** The stage's name, for the log. */
  readonly stage: string;
  readonly model: Model;
  /** Predictions wanted of each example. */
  readonly samples: number;
  /** Which examples of the splits it asks for, for people: "every example". */
  readonly asksFor: string;
}

/** A stage's dealings with its model, from the first example to the last. */
export interface Asker {
  /**
   * What the model says; failures are counted and logged by their kind.
   * @throws ConfigurationError before an example that nobody redacted would leave this machine
   * @throws Failure where the first requests are all lost
   */
  ask(example: Example, asked: Pick<PredictRequest, "prompt" | "parse">, signal: AbortSignal): Promise<Prediction[]>;
  /** Likewise for an answer of a shape; undefined where it failed. */
  answer<Value>(
    example: Example,
    asked: Pick<AnswerRequest<Value>, "prompt" | "read">,
    signal: AbortSignal,
  ): Promise<Value | undefined>;
  /** The examples, but none behind a lost request until one is answered, or there are no more. */
  onceAnswered(examples: AsyncIterable<Example>): AsyncIterable<Example>;
  /** What was asked and what failed, for the log; undefined where nothing was asked. */
  summary(): string | undefined;
}

export function openAsker(asking: Asking, options: AskingOptions, context: StageContext): Asker {
  const { stage, model, samples } = asking;
  const before = { requests: model.counters.requests, cached: model.counters.cached };
  const failures = new Map<string, number>();
  let count = 0;
  /** Requests lost before the first that was answered. */
  let lost = 0;
  let answered = false;

  function onRequest(end: RequestEnd): void {
    if (end.kind === "answered") answered = true;
    else if (!answered && ++lost >= maxLostAtStart) throw lostAtStart(asking, end.reason);
  }

  function begin(example: Example): void {
    refuseUnredacted(example, model, options.allowUnredacted);
    if (count++ === 0) sayWhatItMayCost(asking, options, context);
  }

  function note(example: Example, error: PredictionError): void {
    failures.set(error, (failures.get(error) ?? 0) + 1);
    context.log({ stage, exampleId: example.id, reason: error });
  }

  return {
    async ask(example, { prompt, parse }, signal) {
      begin(example);
      const request: PredictRequest = { exampleId: example.id, snapshot: example.snapshot, prompt, parse };
      const predictions = await model.predict(request, {
        samples,
        signal,
        retryFailed: options.retryFailed,
        onRequest,
      });
      for (const { error } of predictions) if (error !== undefined) note(example, error);
      return predictions;
    },
    async answer(example, { prompt, read }, signal) {
      begin(example);
      const { retryFailed } = options;
      const answer = await model.answer({ exampleId: example.id, prompt, read }, { signal, retryFailed, onRequest });
      if (answer.kind === "answer") return answer.value;
      note(example, answer.error);
      return undefined;
    },
    async *onceAnswered(examples) {
      const held: Example[] = [];
      for await (const example of examples) {
        held.push(example);
        if (answered || lost === 0 || held.length > maxHeld) yield* held.splice(0);
      }
      yield* held;
    },
    summary() {
      if (count === 0) return undefined;
      const { requests, cached } = model.counters;
      const failed = [...failures].map(([kind, n]) => `${n} ${kind}`).join(", ");
      return (
        `${count} examples, ${requests - before.requests} requests to ${model.id}, ${cached - before.cached} answers ` +
        `from the cache; failed: ${failed === "" ? "none" : failed}`
      );
    },
  };
}

/**
 * Asks the model for every example that does not pass through, in order, a bounded number at a time; `write` writes what
 * came into the example.
 * @throws ConfigurationError before an example that nobody redacted would leave this machine
 */
export async function* askForEach(
  examples: AsyncIterable<Example>,
  asking: Omit<Asking, "asksFor"> & {
    readonly write: (example: Example, predictions: readonly Prediction[]) => Example;
  },
  options: AskingOptions,
  context: StageContext,
): AsyncGenerator<Example, void, undefined> {
  const { stage, model, write } = asking;
  const format = promptFormat(model.promptFormat);
  const { diagnostics, definitions, historyLength } = options;
  const shown = { diagnostics, definitions, historyLength };
  const asker = openAsker({ ...asking, asksFor: "every example" }, options, context);

  const work = async (example: Example, signal: AbortSignal): Promise<Example> => {
    if (passesThrough(example, options.splits)) return example;
    const { snapshot } = example;
    const prompt = format.render(snapshot, shown);
    return write(
      example,
      await asker.ask(example, { prompt, parse: (answer) => format.parse(answer, snapshot) }, signal),
    );
  };

  yield* asker.onceAnswered(mapOrdered(examples, context.concurrency, work, context.signal));
  const detail = asker.summary();
  if (detail !== undefined) context.log({ stage, reason: "summary", detail });
}

function lostAtStart({ stage, model }: Asking, reason: string): Failure {
  return new Failure(
    `${stage} stops: the first ${maxLostAtStart} requests to ${model.id} at ${model.address} all failed, the last one by ` +
      `${reason}. Is it the right address, and does the server answer? Every answer bought so far is kept; start it ` +
      `again to go on.`,
  );
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
  { stage, model, samples, asksFor }: Asking,
  { splits }: AskingOptions,
  context: StageContext,
): void {
  if (isBuiltin(model.id)) return;
  const each = samples === 1 ? "one answer" : `${samples} answers`;
  const cost =
    model.prices !== undefined
      ? "--dry-run says what that costs, and --budget limits it."
      : model.staysHere
        ? "Its server is on this machine: nobody is paid, unless it passes requests on to a vendor."
        : "Cost unknown: no price is known for this model.";
  context.warn(
    `${stage} ${model.staysHere ? "asks for" : "buys"} ${each} from ${model.id} for ${asksFor} of ${splits.join(", ")} that ` +
      `the cache does not hold, and up to two more for one that fails. ${cost}`,
  );
}
