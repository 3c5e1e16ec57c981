/**
 * Measures how often each kind of the builtin predictor's proposals is right, for `server/models/builtin/confidences.ts`:
 *
 *     node test/bench/calibrate-builtin.ts EXAMPLES.jsonl...
 *
 * on examples of `import-git`, from repositories other than those the predictor is then evaluated on. A proposal is right
 * when the settled text goes along with it: every line that it adds or removes is added or removed there as well. A text
 * that several kinds propose counts for the one that is right most often; a `-next` counts as right only where its `-all`
 * is not, so that a confidence says what a candidate adds to those ranked before it. Each rate is drawn towards the
 * rate of all proposals by the weight of a few examples, for the sake of the rare kinds. It has no limit to keep and needs
 * files that are not here, so it is run by hand and is none of the benchmarks that `npm run bench` finds by name.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { deltaChrf } from "../../server/metrics/delta-chrf.ts";
import { exactLines } from "../../server/metrics/exact-lines.ts";
import { lineDiff } from "../../server/metrics/lines.ts";
import { proposals, rankedCandidates } from "../../server/models/builtin/candidates.ts";
import { readSituation } from "../../server/models/builtin/situation.ts";
import type { Settlement } from "../../shared/records/settlement.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { applyEdits } from "../../shared/text/edits.ts";

/** How many examples of average proposals every kind starts with. */
const priorWeight = 8;
/** Times that texts are credited to the kind that is right most often; the order settles after two or three. */
const passes = 4;

interface Trial {
  /** By kind, whether its text is right; one trial is one text of one example. */
  readonly kinds: readonly string[];
  readonly right: boolean;
  readonly exact: boolean;
}

const trials: Trial[] = [];
const sweep = new Map<number, { shown: number; right: number; exact: number; chrf: number }>();
const thresholds = [0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5];
let examples = 0;
let anyOfTen = 0;
let slowest = 0;
let total = 0;

for (const path of process.argv.slice(2)) {
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line.trim() === "") continue;
    const example: { snapshot: Snapshot; settlement: Pick<Settlement, "text"> } = JSON.parse(line);
    const started = performance.now();
    const situation = readSituation(example.snapshot);
    const top = rankedCandidates(situation, 10);
    const took = performance.now() - started;
    slowest = Math.max(slowest, took);
    total += took;
    examples++;
    const settled = example.settlement.text;
    const wanted = lineDiff(situation.before, settled);
    const isRight = (text: string) => exactLines(lineDiff(situation.before, text), wanted).fp === 0;

    const kindsByText = new Map<string, Set<string>>();
    let doneByAll = new Set<string>();
    for (const { kind, edits } of proposals(situation)) {
      const text = applyEdits(situation.before, edits);
      if (text === situation.before) continue;
      if (kind.endsWith("-all") && isRight(text)) doneByAll = doneByAll.add(kind.slice(0, -"-all".length));
      if (kind.endsWith("-next") && doneByAll.has(kind.slice(0, -"-next".length))) continue;
      kindsByText.set(text, (kindsByText.get(text) ?? new Set()).add(kind));
    }
    for (const [text, kinds] of kindsByText)
      trials.push({ kinds: [...kinds], right: isRight(text), exact: text === settled });

    const first = top.find((candidate) => "text" in candidate);
    if (top.some((candidate) => "text" in candidate && candidate.text === settled)) anyOfTen++;
    for (const threshold of thresholds) {
      const figures = sweep.get(threshold) ?? { shown: 0, right: 0, exact: 0, chrf: 0 };
      sweep.set(threshold, figures);
      const shown = first && first.confidence > threshold && "text" in first ? first.text : situation.before;
      figures.chrf += deltaChrf(situation.before, shown, settled);
      if (shown === situation.before) continue;
      figures.shown++;
      if (isRight(shown)) figures.right++;
      if (shown === settled) figures.exact++;
    }
  }
}

let rates = new Map<string, { count: number; right: number; exact: number; rate: number }>();
const average = trials.filter((trial) => trial.right).length / trials.length;
for (let pass = 0; pass < passes; pass++) {
  const next: typeof rates = new Map();
  for (const { kinds, right, exact } of trials) {
    const credited =
      pass === 0 ? kinds : [[...kinds].sort((a, b) => (rates.get(b)?.rate ?? 0) - (rates.get(a)?.rate ?? 0))[0] ?? ""];
    for (const kind of credited) {
      const figures = next.get(kind) ?? { count: 0, right: 0, exact: 0, rate: 0 };
      figures.count++;
      if (right) figures.right++;
      if (exact) figures.exact++;
      figures.rate = (figures.right + average * priorWeight) / (figures.count + priorWeight);
      next.set(kind, figures);
    }
  }
  for (const [kind, figures] of rates)
    if (!next.has(kind)) next.set(kind, { ...figures, count: 0, right: 0, exact: 0 });
  rates = next;
}

console.log(
  `${examples} examples, mean ${(total / examples).toFixed(2)} ms, slowest ${slowest.toFixed(1)} ms; average rate ${average.toFixed(3)}`,
);
console.log(`exact among the first ten: ${anyOfTen}`);
for (const [kind, { count, right, exact, rate }] of [...rates].sort(([, a], [, b]) => b.rate - a.rate)) {
  console.log(
    `${kind.padEnd(32)} ${String(count).padStart(5)} right ${String(right).padStart(4)} exact ${String(exact).padStart(4)}  ${rate.toFixed(2)}`,
  );
}
for (const [threshold, { shown, right, exact, chrf }] of sweep) {
  console.log(
    `above ${threshold}: ${shown} shown (${((100 * shown) / examples).toFixed(1)}%), right ${((100 * right) / shown).toFixed(1)}%, ` +
      `exact ${exact} (${((100 * exact) / examples).toFixed(2)}% of all), delta chrF ${(chrf / examples).toFixed(2)}`,
  );
}
