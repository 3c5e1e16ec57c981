/**
 * Delta chrF: chrF (M. Popović, "chrF: character n-gram F-score for automatic MT evaluation", WMT 2015) over what an
 * edit changes instead of over the whole text, which an edit leaves mostly alone.
 */
import { codePointsOf, commonPrefixLength, commonSuffixLength } from "./characters.ts";

const MAX_ORDER = 6;
/** Precision counts twice as much as recall: a wrong edit costs a person more than a short one. */
const BETA = 0.5;
/** n-grams that hold none of the changed characters lie this far from them and cancel out. */
const CONTEXT_CHARACTERS = MAX_ORDER - 1;

/**
 * From 0 to 100. Runs of white space other than LF count as one space, runs of LF as one LF. For n = 1…6: the signed
 * differences of n-gram counts before→reference and before→predicted; a negative one counts the token "deleted gram".
 * Precision and recall of the second against the first by clipped overlap, averaged over the orders in which at least
 * one side has a difference (0/0 is 0), then one F with β = 0.5. 100 where neither side changed anything.
 */
export function deltaChrf(before: string, predicted: string, reference: string): number {
  if (predicted === reference) return 100;
  const from = codePointsOf(collapsed(before));
  const [beforePredicted, afterPredicted] = changedSpans(from, codePointsOf(collapsed(predicted)));
  const [beforeReference, afterReference] = changedSpans(from, codePointsOf(collapsed(reference)));
  const spans = [beforePredicted, afterPredicted, beforeReference, afterReference] as const;
  const grams = gramNumbers(spans);

  let orders = 0;
  let precisions = 0;
  let recalls = 0;
  for (let order = 1; order <= MAX_ORDER; order++) {
    const count = grams.next();
    const predictedDelta = new Int32Array(count);
    const referenceDelta = new Int32Array(count);
    grams.tally(0, predictedDelta, -1);
    grams.tally(1, predictedDelta, 1);
    grams.tally(2, referenceDelta, -1);
    grams.tally(3, referenceDelta, 1);
    let predictedTotal = 0;
    let referenceTotal = 0;
    let overlap = 0;
    for (let gram = 0; gram < count; gram++) {
      const p = predictedDelta[gram] as number;
      const r = referenceDelta[gram] as number;
      predictedTotal += Math.abs(p);
      referenceTotal += Math.abs(r);
      if (p > 0 && r > 0) overlap += Math.min(p, r);
      else if (p < 0 && r < 0) overlap -= Math.max(p, r);
    }
    if (predictedTotal + referenceTotal === 0) continue;
    orders++;
    if (predictedTotal > 0) precisions += overlap / predictedTotal;
    if (referenceTotal > 0) recalls += overlap / referenceTotal;
  }
  return orders === 0 ? 100 : 100 * fScore(precisions / orders, recalls / orders);
}

function fScore(precision: number, recall: number): number {
  if (precision === 0 || recall === 0) return 0;
  return Math.min(1, ((1 + BETA * BETA) * precision * recall) / (BETA * BETA * precision + recall));
}

function collapsed(text: string): string {
  return text.replace(/[^\S\n]+/g, " ").replace(/\n+/g, "\n");
}

/** The parts of both texts that hold every n-gram whose count can differ. Both empty where the texts are equal. */
function changedSpans(a: Uint32Array, b: Uint32Array): [Uint32Array, Uint32Array] {
  const prefix = commonPrefixLength(a, b);
  const suffix = commonSuffixLength(a, b, prefix);
  if (prefix === a.length && prefix === b.length) return [a.subarray(0, 0), b.subarray(0, 0)];
  const start = Math.max(0, prefix - CONTEXT_CHARACTERS);
  const keptSuffix = Math.max(0, suffix - CONTEXT_CHARACTERS);
  return [a.subarray(start, a.length - keptSuffix), b.subarray(start, b.length - keptSuffix)];
}

/**
 * Numbers the n-grams of several texts, the same gram by the same number, order by order: an (n+1)-gram is known by
 * the number of its first n characters and its last one.
 */
function gramNumbers(texts: readonly Uint32Array[]) {
  const characters = new Map<number, number>();
  const coded = texts.map((text) =>
    Int32Array.from(text, (point) => {
      const known = characters.get(point);
      if (known !== undefined) return known;
      characters.set(point, characters.size);
      return characters.size - 1;
    }),
  );
  const grams = coded.map((codes) => new Int32Array(codes.length));
  let order = 0;
  return {
    /** Goes to the next order and says how many different grams it has. */
    next(): number {
      order++;
      const numbers = new Map<number, number>();
      for (let t = 0; t < coded.length; t++) {
        const codes = coded[t] as Int32Array;
        const known = grams[t] as Int32Array;
        for (let i = 0; i + order <= codes.length; i++) {
          const key = (known[i] as number) * characters.size + (codes[i + order - 1] as number);
          let number = numbers.get(key);
          if (number === undefined) {
            number = numbers.size;
            numbers.set(key, number);
          }
          known[i] = number;
        }
      }
      return numbers.size;
    },
    /** Adds `by` to the count of each gram of text `t`. */
    tally(t: number, counts: Int32Array, by: number): void {
      const known = grams[t] as Int32Array;
      for (let i = 0; i + order <= known.length; i++) {
        const gram = known[i] as number;
        counts[gram] = (counts[gram] as number) + by;
      }
    },
  };
}
