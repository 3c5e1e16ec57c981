/**
 * Where a part of a known value stands: its beginning, as half-done typing or a clip leaves it, or its end. Linear also
 * where the value repeats itself (Knuth, Morris and Pratt, "Fast pattern matching in strings", 1977).
 */
import type { TextRange } from "../text/edits.ts";

/** Stretches of `text` that are beginnings of `value`, of `least` characters or more; those that share any are one. */
export function beginningsOf(value: string, text: string, least: number): TextRange[] {
  const beginning = value.slice(0, least);
  let next = text.indexOf(beginning);
  if (next < 0) return [];
  const found: { start: number; end: number }[] = [];
  const step = matcher(value);
  let matched = 0;
  for (let at = next; at < text.length; at++) {
    if (matched === 0 && at > next) {
      // Nothing was begun here, so the next beginning is as far as the next of its first characters.
      next = text.indexOf(beginning, at);
      if (next < 0) break;
      at = next;
    }
    matched = step(matched, text.charCodeAt(at));
    if (matched < least) continue;
    const start = at + 1 - matched;
    const last = found.at(-1);
    if (last && start < last.end) last.end = at + 1;
    else found.push({ start, end: at + 1 });
  }
  return found;
}

/** The length of the longest end of `head` with which `tail` begins. */
export function overlapLength(head: string, tail: string): number {
  const step = matcher(tail.slice(0, head.length));
  let matched = 0;
  for (let at = Math.max(0, head.length - tail.length); at < head.length; at++) {
    matched = step(matched, head.charCodeAt(at));
  }
  return matched;
}

/** From how much of `pattern` was read before a character, and the character, to how much of it was read with it. */
function matcher(pattern: string): (matched: number, unit: number) => number {
  /** For the first n characters, at n: how many of them, fewer than n, are both their beginning and their end. */
  const borders = new Uint32Array(pattern.length + 1);
  const step = (matched: number, unit: number): number => {
    let length = matched === pattern.length ? (borders[matched] ?? 0) : matched;
    while (length > 0 && pattern.charCodeAt(length) !== unit) length = borders[length] ?? 0;
    return pattern.charCodeAt(length) === unit ? length + 1 : 0;
  };
  for (let n = 2; n <= pattern.length; n++) {
    borders[n] = step(borders[n - 1] ?? 0, pattern.charCodeAt(n - 1));
  }
  return step;
}
