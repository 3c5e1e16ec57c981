/**
 * How many examples a second `score` handles on one core, for editable regions of 1 KB with one prediction each:
 * `node test/bench/score.bench.ts`. The issue asks for 1,000. Seconds are the processor's, all threads together, so that
 * neither a second core nor a busy machine changes the figure. In the same process it runs the definitions as they stand
 * in a textbook (whole texts, full tables) for the three figures that cost most, so that a ratio survives the machine.
 */
import { scorePrediction } from "../../server/metrics/score-prediction.ts";
import { scoreStage } from "../../server/stages/score.ts";
import type { StageContext } from "../../server/stages/stage.ts";
import type { Example } from "../../shared/records/example.ts";
import { example as exampleSchema } from "../../shared/records/example.ts";
import { parseRecord } from "../../shared/records/parse.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { scoredExamples } from "./scored-examples.ts";
import { textbookChrf, textbookKeptRate, textbookLevenshtein } from "./textbook.ts";

const MIN_PER_SECOND = 1_000;
const EXAMPLES = 2_000;
const SHAPE = { regionBytes: 1_024, surroundingLines: 60 };
const TEXTBOOK_EXAMPLES = 60;
const WARM_UP_SHARE = 0.25;

const examples = scoredExamples(EXAMPLES, SHAPE);
const lines = examples.map((example) => JSON.stringify(example));

async function* asStream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Examples a second of one core, after a warm-up. */
async function rate<T>(items: readonly T[], work: (items: readonly T[]) => Promise<void>): Promise<number> {
  await work(items.slice(0, Math.ceil(items.length * WARM_UP_SHARE)));
  const start = process.cpuUsage();
  await work(items);
  const { user, system } = process.cpuUsage(start);
  return (1e6 * items.length) / (user + system);
}

/** `score` needs nothing of its context. */
const context = {} as StageContext;

async function runStage(stream: AsyncIterable<Example>): Promise<number> {
  let bytes = 0;
  for await (const example of scoreStage.run(stream, {}, context)) bytes += JSON.stringify(example).length;
  return bytes;
}

const whole = await rate(lines, async (some) => {
  async function* read() {
    for await (const line of asStream(some)) {
      const parsed = parseRecord(exampleSchema, JSON.parse(line));
      if (!parsed.ok) throw new Error(`the benchmark's example is none: ${parsed.issues[0]?.path}`);
      yield parsed.value;
    }
  }
  await runStage(read());
});

const reading = await rate(lines, async (some) => {
  for (const line of some) JSON.stringify(parseRecord(exampleSchema, JSON.parse(line)));
});

const figures = await rate(examples, async (some) => {
  for (const { snapshot, settlement, teacher } of some) {
    const predicted = teacher?.predictions[0]?.text ?? "";
    scorePrediction({ snapshot, predicted, reference: settlement?.text ?? null, settlement });
  }
});

const textbook = await rate(examples.slice(0, TEXTBOOK_EXAMPLES), async (some) => {
  for (const { snapshot, settlement, teacher } of some) {
    const before = regionBefore(snapshot);
    const predicted = teacher?.predictions[0]?.text ?? "";
    const reference = settlement?.text ?? "";
    textbookChrf(before, predicted, reference);
    textbookLevenshtein(predicted, reference);
    textbookKeptRate(before, predicted, reference);
  }
});

const regionBytes = examples.reduce((sum, { snapshot }) => sum + regionBefore(snapshot).length, 0) / EXAMPLES;
const lineBytes = lines.reduce((sum, line) => sum + line.length, 0) / EXAMPLES;
const perSecond = (value: number) =>
  `${Math.round(value).toLocaleString("en").padStart(8)} examples a second on one core`;
console.log(`score, ${EXAMPLES} examples, regions of ${Math.round(regionBytes)} bytes, lines of ${Math.round(lineBytes)} bytes:
  read, check, score, write  ${perSecond(whole)}  (limit ${MIN_PER_SECOND})
  read, check, write alone   ${perSecond(reading)}
  all figures alone          ${perSecond(figures)}
  three by the textbook      ${perSecond(textbook)}  (delta chrF, Levenshtein, kept rate)
  all figures here are ${Math.round(figures / textbook)} times as fast as those three by the textbook`);
if (!(whole >= MIN_PER_SECOND)) {
  console.log(`under the limit of ${MIN_PER_SECOND} examples a second on one core`);
  process.exitCode = 1;
}
