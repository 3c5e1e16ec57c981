/**
 * Length of a longest common subsequence of two sequences of numbers, 32 of the table's cells at a time: H. Hyyrö,
 * "Bit-parallel LCS-length computation revisited", AWOCA 2004. For texts that have little in common, where an alignment
 * would take the square of their length.
 */
import { commonPrefixLength, commonSuffixLength } from "./characters.ts";

const WORD_BITS = 32;
const WORD_VALUES = 2 ** WORD_BITS;

export function commonLength(a: Int32Array, b: Int32Array): number {
  const prefix = commonPrefixLength(a, b);
  const suffix = commonSuffixLength(a, b, prefix);
  const rows = a.subarray(prefix, a.length - suffix);
  const columns = b.subarray(prefix, b.length - suffix);
  return prefix + suffix + (rows.length < columns.length ? between(columns, rows) : between(rows, columns));
}

function between(rows: Int32Array, columns: Int32Array): number {
  const words = Math.ceil(rows.length / WORD_BITS);
  const places = placesOf(rows, words);
  /** A 0 for each row in which the column's length steps up. */
  const steps = new Uint32Array(words).fill(WORD_VALUES - 1);
  for (const value of columns) {
    const matches = places.get(value);
    if (matches === undefined) continue;
    let carry = 0;
    for (let word = 0; word < words; word++) {
      const step = steps[word] as number;
      const match = matches[word] as number;
      const sum = step + ((step & match) >>> 0) + carry;
      carry = sum >= WORD_VALUES ? 1 : 0;
      steps[word] = sum | (step & ~match);
    }
  }
  let length = 0;
  for (let row = 0; row < rows.length; row++) {
    if ((((steps[row >>> 5] as number) >>> (row & 31)) & 1) === 0) length++;
  }
  return length;
}

/** Of each value, a bit for every row that holds it. */
function placesOf(rows: Int32Array, words: number): Map<number, Uint32Array> {
  const places = new Map<number, Uint32Array>();
  for (const [row, value] of rows.entries()) {
    let bits = places.get(value);
    if (bits === undefined) {
      bits = new Uint32Array(words);
      places.set(value, bits);
    }
    bits[row >>> 5] = (bits[row >>> 5] as number) | (1 << (row & 31));
  }
  return places;
}
