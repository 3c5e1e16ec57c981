/**
 * Levenshtein distance: the fewest insertions, deletions and substitutions of one character that turn one text into
 * the other (V. I. Levenshtein, 1966), exact, by the bit-parallel form of G. Myers (Journal of the ACM 46, 1999).
 */
import { distance } from "fastest-levenshtein";
import { codePointsOf, commonPrefixLength, commonSuffixLength, hasSurrogates } from "./characters.ts";

/** UTF-16 units, which is what `fastest-levenshtein` compares. */
const UNIT_VALUES = 0x1_0000;

/**
 * The distance in characters (Unicode code points).
 * @throws RangeError where more than 65,534 different characters are common to both texts (no text that people edit).
 */
export function levenshtein(a: string, b: string): number {
  if (a === b) return 0;
  if (hasSurrogates(a) || hasSurrogates(b)) return distanceOfPoints(codePointsOf(a), codePointsOf(b));
  const prefix = commonPrefixLength(a, b);
  const suffix = commonSuffixLength(a, b, prefix);
  return distance(a.slice(prefix, a.length - suffix), b.slice(prefix, b.length - suffix));
}

/**
 * Gives each character a UTF-16 unit of its own. Characters of one side only can share one, since they match nothing.
 */
function distanceOfPoints(a: Int32Array, b: Int32Array): number {
  const prefix = commonPrefixLength(a, b);
  const suffix = commonSuffixLength(a, b, prefix);
  const left = a.subarray(prefix, a.length - suffix);
  const right = b.subarray(prefix, b.length - suffix);
  const onTheRight = new Set(right);
  const common = new Set(left.filter((point) => onTheRight.has(point)));
  if (common.size > UNIT_VALUES - 2) {
    throw new RangeError(
      `two texts share ${common.size} different characters; at most ${UNIT_VALUES - 2} are compared`,
    );
  }
  const units = new Map<number, number>();
  for (const point of common) units.set(point, units.size + 2);
  return distance(recoded(left, units, 0), recoded(right, units, 1));
}

function recoded(points: Int32Array, units: ReadonlyMap<number, number>, other: number): string {
  let text = "";
  for (const point of points) text += String.fromCharCode(units.get(point) ?? other);
  return text;
}
