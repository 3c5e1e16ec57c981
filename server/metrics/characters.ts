/** Text as Unicode code points, which is what every metric calls a character. A lone surrogate is one character. */
import { isHighSurrogate, isLowSurrogate } from "../../shared/text/utf8.ts";

/** The code points of `text`, in order. */
export function codePointsOf(text: string): Int32Array {
  const points = new Int32Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number;
    if (point > 0xffff) i++;
    points[count++] = point;
  }
  return points.subarray(0, count);
}

/** How many characters `text` has. */
export function countCharacters(text: string): number {
  let count = text.length;
  for (let i = 1; i < text.length; i++) {
    if (isLowSurrogate(text.charCodeAt(i)) && isHighSurrogate(text.charCodeAt(i - 1))) count--;
  }
  return count;
}

/** Whether `text` may hold characters of two UTF-16 units. */
export function hasSurrogates(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}

interface Sequence<T> {
  readonly length: number;
  readonly [index: number]: T;
}

/** Length of the longest common beginning of `a` and `b`. */
export function commonPrefixLength<T>(a: Sequence<T>, b: Sequence<T>): number {
  const limit = Math.min(a.length, b.length);
  let length = 0;
  while (length < limit && a[length] === b[length]) length++;
  return length;
}

/** Length of the longest common end of `a` and `b` that leaves the first `prefix` elements of both alone. */
export function commonSuffixLength<T>(a: Sequence<T>, b: Sequence<T>, prefix: number): number {
  const limit = Math.min(a.length, b.length) - prefix;
  let length = 0;
  while (length < limit && a[a.length - 1 - length] === b[b.length - 1 - length]) length++;
  return length;
}
