/** What a stage is: examples in, the same examples out, in the same order, with the stage's own field written. */
import type * as z from "zod/mini";
import type { Json } from "../../shared/canonical-json.ts";
import type { Dropped, Example, SplitName } from "../../shared/records/example.ts";
import type { Model } from "../models/model.ts";
import type { Store } from "../store/store.ts";

/** What a stage may reach besides its input and options. */
export interface StageContext {
  readonly seed: number;
  /** How many requests may be under way at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** DATA: keys and caches live there. */
  readonly dataDir: string;
  /**
   * Resolves NAME or PROVIDER:MODEL[@URL].
   * @throws ConfigurationError for a spec or name that means nothing, or a key that is missing.
   */
  model(spec: string): Model;
  /**
   * The companion server's store in DATA, opened for reading when it is first asked for.
   * @throws Failure where there is none
   */
  store(): Promise<StoreReading>;
  /** One line of the run's log: a reason code and what it is about; never code. */
  log(entry: StageLogEntry): void;
  /** A sentence for the person at the terminal, once. */
  warn(sentence: string): void;
}

export interface StoreReading {
  readonly store: Pick<Store, "pull" | "verdicts">;
  /** The position up to which a command or run reads, where its options say no other: the same for all of it. */
  readonly asOf: number;
  /** Of what was stored last, when the store was opened. */
  readonly last: number;
}

export interface StageLogEntry {
  readonly stage: string;
  readonly exampleId?: string;
  readonly reason: string;
  readonly attempt?: number;
  readonly detail?: string;
}

export interface Stage<Options> {
  readonly name: string;
  /** Raised by hand whenever the same input and options would give another output. */
  readonly version: number;
  /** A strict zod schema with a default for every key, so that `parse({})` is the stage as shipped. */
  readonly options: z.ZodMiniType<Options>;
  /** What decides the output besides the options: a model's identity, a prompt's hash, a position of the store. Asked before the first example. */
  fingerprint?(options: Options, context: StageContext): Json | Promise<Json>;
  /**
   * False (the default): each output depends on its own input alone, so a half-written output is continued behind its
   * last whole line. True: the stage needs all of its input (it may iterate `examples` twice) and starts over.
   */
  readonly global?: boolean;
  /**
   * Yields exactly one example for each it is given, in order, holding a bounded number. Passes an example with
   * `dropped` through untouched. Never changes its argument: it yields a new object.
   */
  run(examples: AsyncIterable<Example>, options: Options, context: StageContext): AsyncIterable<Example>;
}

/** Types an object as a stage, so that its options are inferred from the schema. */
export function defineStage<Options>(stage: Stage<Options>): Stage<Options> {
  return stage;
}

/** The example with `dropped` set; the first stage to drop one wins. */
export function drop(example: Example, dropped: Dropped): Example {
  return example.dropped ? example : { ...example, dropped };
}

/**
 * Whether a stage that trains leaves this one alone: dropped already, or of a split it was not asked for. An example
 * without a split counts as train.
 */
export function passesThrough(example: Example, splits: readonly SplitName[]): boolean {
  return example.dropped !== undefined || !splits.includes(example.split?.name ?? "train");
}
