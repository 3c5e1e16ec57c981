/** Line differences: what exact lines, isolated white space, leaving the region and reversal all read. */
import { splitLines } from "../../shared/text/lines.ts";
import type { Change } from "./alignment.ts";
import { changesBetween } from "./alignment.ts";

export interface LineDiff {
  /** Cut as `splitLines` cuts: with their line ends, which the last may lack. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Contiguous blocks of changed lines, as ranges of line numbers. */
  readonly blocks: readonly Change[];
}

/** A line's content: itself without its line end. */
export function withoutLineEnd(line: string): string {
  return line.endsWith("\n") ? line.slice(0, -1) : line;
}

/** Compares by line, line ends included, as a unified diff does. */
export function lineDiff(before: string, after: string): LineDiff {
  const beforeLines = splitLines(before);
  if (before === after) return { before: beforeLines, after: beforeLines, blocks: [] };
  const afterLines = splitLines(after);
  const numbers = new Map<string, number>();
  const blocks = changesBetween(numbered(beforeLines, numbers), numbered(afterLines, numbers));
  return { before: beforeLines, after: afterLines, blocks };
}

/** Each text by the number it got when it was first met. */
export function numbered(texts: readonly string[], numbers: Map<string, number>): Int32Array {
  const result = new Int32Array(texts.length);
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i] as string;
    let number = numbers.get(text);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(text, number);
    }
    result[i] = number;
  }
  return result;
}
