/** Lets examples through one stage into an output: what a stage's command does once, and a run once for each stage. */
import type { Json } from "../../shared/canonical-json.ts";
import type { Example } from "../../shared/records/example.ts";
import type { LineOutput, Written } from "../jsonl/line-output.ts";
import type { Stage, StageContext } from "../stages/stage.ts";

/** Which of the lines are read, and which of those are worked on. */
export interface Selection {
  /** Leave out this many lines at the start. */
  readonly offset?: number;
  /** Read at most this many. */
  readonly limit?: number;
  /** Work on these alone; the others are written as they came. */
  readonly only?: (example: Example) => boolean;
}

export interface StageCounts {
  /** Lines written, kept ones of an interrupted run included. */
  lines: number;
  /** Of those, the ones that an interrupted run had written. */
  kept: number;
  /** Of those, dropped by an earlier stage, which this one let through. */
  droppedBefore: number;
  /** Dropped by this stage, by reason code. */
  readonly dropped: Record<string, number>;
}

export interface Applied {
  readonly counts: StageCounts;
  readonly written: Written;
}

export interface Application<Options> {
  readonly stage: Stage<Options>;
  readonly options: Options;
  readonly context: StageContext;
  /** Every iteration starts at the first example, where the stage is global. */
  readonly inputs: AsyncIterable<Example>;
  readonly output: LineOutput;
  readonly selection?: Selection;
  /** Called for every line written. */
  readonly onLine?: (counts: StageCounts) => void;
  /** Given every example written, kept ones of an interrupted run included. */
  readonly onExample?: (example: Example) => void;
}

/** What decides a stage's output besides its input. */
export interface StageIdentity {
  readonly stage: string;
  readonly version: number;
  readonly options: Readonly<Record<string, Json>>;
  readonly fingerprint: Json;
  readonly seed: number;
}

export async function stageIdentity<Options>(
  stage: Stage<Options>,
  options: Options,
  context: StageContext,
): Promise<StageIdentity> {
  return {
    stage: stage.name,
    version: stage.version,
    // Flat and of JSON's types, as the making of flags from the schema has checked.
    options: options as Record<string, Json>,
    fingerprint: (await stage.fingerprint?.(options, context)) ?? null,
    seed: context.seed,
  };
}

/**
 * Commits the output. When it throws, the output is left for the caller to close: what was written stays as partial.
 * @throws the signal's reason when aborted
 */
export async function applyStage<Options>(application: Application<Options>): Promise<Applied> {
  const { stage, options, context, output } = application;
  const { offset = 0, limit = Number.POSITIVE_INFINITY, only } = application.selection ?? {};
  const counts: StageCounts = { lines: 0, kept: 0, droppedBefore: 0, dropped: {} };
  const count = (example: Example): void => {
    counts.lines++;
    if (example.dropped?.stage === stage.name) {
      counts.dropped[example.dropped.reason] = (counts.dropped[example.dropped.reason] ?? 0) + 1;
    } else if (example.dropped) counts.droppedBefore++;
    application.onExample?.(example);
    application.onLine?.(counts);
  };
  const inputs = { [Symbol.asyncIterator]: () => window(application.inputs, offset, limit) };
  const examples = stage.global
    ? stage.run({ [Symbol.asyncIterator]: () => reopened(inputs, stage.name) }, options, context)
    : inStep(await behindKept(inputs, output, counts, count), stage, options, context, only);
  for await (const example of examples) {
    await output.write(JSON.stringify(example));
    count(example);
    context.signal.throwIfAborted();
  }
  return { counts, written: await output.commit() };
}

async function* window(examples: AsyncIterable<Example>, offset: number, limit: number): AsyncGenerator<Example> {
  let index = 0;
  if (limit <= 0) return;
  for await (const example of examples) {
    if (index++ < offset) continue;
    yield example;
    if (index >= offset + limit) return;
  }
}

async function* reopened(examples: AsyncIterable<Example>, stage: string): AsyncGenerator<Example> {
  for await (const example of examples) yield reopen(example, stage);
}

/** A stage replaces what an earlier run of itself left, and so looks again at what it dropped. */
function reopen(example: Example, stage: string): Example {
  if (example.dropped?.stage !== stage) return example;
  const { dropped: _dropped, ...open } = example;
  return open;
}

/** Keeps each line of an interrupted run that stands where its example stands; gives the examples from there on. */
async function behindKept(
  examples: AsyncIterable<Example>,
  output: LineOutput,
  counts: StageCounts,
  count: (example: Example) => void,
): Promise<AsyncIterable<Example>> {
  const iterator = examples[Symbol.asyncIterator]();
  let next = await iterator.next();
  for await (const line of output.kept()) {
    const example = next.done ? undefined : readKept(line.bytes, next.value.id);
    if (example === undefined) break;
    output.keep(line);
    counts.kept++;
    count(example);
    next = await iterator.next();
  }
  async function* rest(): AsyncGenerator<Example> {
    try {
      for (; !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return rest();
}

/** Undefined where the line is not that example's: a power cut can leave anything behind the last flush. */
function readKept(bytes: Buffer, id: string): Example | undefined {
  try {
    const example = JSON.parse(bytes.toString("utf8")) as Example;
    return example.id === id ? example : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Runs a stage that answers each example with one, in order, and holds it to that. Those it is not to work on pass it
 * as if they had been dropped, which every stage lets through, and come out as they came.
 */
async function* inStep<Options>(
  examples: AsyncIterable<Example>,
  stage: Stage<Options>,
  options: Options,
  context: StageContext,
  only: ((example: Example) => boolean) | undefined,
): AsyncGenerator<Example> {
  /** Read and not answered yet: as many as the stage holds. */
  const held: { example: Example; passes: boolean }[] = [];
  async function* fed(): AsyncGenerator<Example> {
    for await (const example of examples) {
      const passes = only !== undefined && !only(example);
      held.push({ example, passes });
      yield passes ? { ...example, dropped: { stage: "none", reason: "notChosen" } } : reopen(example, stage.name);
    }
  }
  for await (const answer of stage.run(fed(), options, context)) {
    const asked = held.shift();
    if (asked?.example.id !== answer.id) throw new Error(`${stage.name} changed the order of examples at ${answer.id}`);
    yield asked.passes ? asked.example : answer;
  }
  if (held.length > 0) throw new Error(`${stage.name} lost ${held.length} examples`);
}
