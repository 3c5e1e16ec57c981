/**
 * Delta chrF: chrF (M. Popović, "chrF: character n-gram F-score for automatic MT evaluation", WMT 2015) over what an
 * edit changes instead of over the whole text, which an edit leaves mostly alone.
 */
import { changedSpans } from "./changed-spans.ts";
import { codePointsOf } from "./characters.ts";
import { gramNumbers } from "./gram-numbers.ts";

const MAX_ORDER = 6;
/** Precision counts twice as much as recall: a wrong edit costs a person more than a short one. */
const BETA = 0.5;
/** n-grams further away from a change hold nothing of it and cancel out. */
const CONTEXT_CHARACTERS = MAX_ORDER - 1;

/**
 * From 0 to 100. Runs of white space other than LF count as one space, runs of LF as one LF. For n = 1…6: the signed
 * differences of n-gram counts before→reference and before→predicted; a negative one counts the token "deleted gram".
 * Precision and recall of the second against the first by clipped overlap, averaged over the orders in which at least
 * one side has a difference (0/0 is 0), then one F with β = 0.5. 100 where neither side changed anything.
 */
export function deltaChrf(before: string, predicted: string, reference: string): number {
  if (predicted === reference) return 100;
  const from = collapsed(before);
  const predictedSpans = changedSpans(from, collapsed(predicted), CONTEXT_CHARACTERS);
  const referenceSpans = changedSpans(from, collapsed(reference), CONTEXT_CHARACTERS);
  const spans = [...predictedSpans, ...referenceSpans].flatMap(({ before: old, after: now }) => [old, now]);
  const grams = gramNumbers(spans.map(codePointsOf));

  let orders = 0;
  let precisions = 0;
  let recalls = 0;
  for (let order = 1; order <= MAX_ORDER; order++) {
    const count = grams.nextOrder();
    const predictedDelta = new Int32Array(count);
    const referenceDelta = new Int32Array(count);
    for (let i = 0; i < spans.length; i++) {
      // Spans come in pairs, the old one first.
      grams.tally(i, i < 2 * predictedSpans.length ? predictedDelta : referenceDelta, i % 2 === 0 ? -1 : 1);
    }
    const { predictedTotal, referenceTotal, overlap } = compare(predictedDelta, referenceDelta);
    if (predictedTotal + referenceTotal === 0) continue;
    orders++;
    if (predictedTotal > 0) precisions += overlap / predictedTotal;
    if (referenceTotal > 0) recalls += overlap / referenceTotal;
  }
  return orders === 0 ? 100 : 100 * fScore(precisions / orders, recalls / orders);
}

/** Totals of two signed counts by gram, and what they have in common with the same sign. */
function compare(predictedDelta: Int32Array, referenceDelta: Int32Array) {
  let predictedTotal = 0;
  let referenceTotal = 0;
  let overlap = 0;
  for (let gram = 0; gram < predictedDelta.length; gram++) {
    const p = predictedDelta[gram] as number;
    const r = referenceDelta[gram] as number;
    predictedTotal += Math.abs(p);
    referenceTotal += Math.abs(r);
    if (p > 0 && r > 0) overlap += Math.min(p, r);
    else if (p < 0 && r < 0) overlap -= Math.max(p, r);
  }
  return { predictedTotal, referenceTotal, overlap };
}

function fScore(precision: number, recall: number): number {
  if (precision === 0 || recall === 0) return 0;
  return Math.min(1, ((1 + BETA * BETA) * precision * recall) / (BETA * BETA * precision + recall));
}

function collapsed(text: string): string {
  return text.replace(/[^\S\n]+/g, " ").replace(/\n+/g, "\n");
}
