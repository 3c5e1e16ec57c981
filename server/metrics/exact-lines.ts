/** Whether a prediction changes exactly the lines that the reference changes. */
import type { ExactLines } from "../../shared/records/scores.ts";
import type { LineDiff } from "./lines.ts";
import { withoutLineEnd } from "./lines.ts";

/**
 * Compares the `+` and `-` lines of two diffs from the same text as multisets in which a line's sign is part of it;
 * line ends are left out, nothing is trimmed, order does not count. No changed line on either side: f1 is 1; on one
 * side only: 0. Precision and recall follow: 0/0 is 1 where both sides are empty, else 0.
 */
export function exactLines(predicted: LineDiff, reference: LineDiff): ExactLines {
  const wanted = signedLines(reference);
  let tp = 0;
  let fp = 0;
  for (const [line, count] of signedLines(predicted)) {
    const common = Math.min(count, wanted.get(line) ?? 0);
    tp += common;
    fp += count - common;
  }
  let wantedLines = 0;
  for (const count of wanted.values()) wantedLines += count;
  const fn = wantedLines - tp;
  return { tp, fp, fn, ...precisionAndRecall(tp, fp, fn) };
}

/** Of counts of true positives, false positives and false negatives; what `exactLines` gives and reports pool. */
export function precisionAndRecall(
  tp: number,
  fp: number,
  fn: number,
): { precision: number; recall: number; f1: number } {
  if (tp + fp + fn === 0) return { precision: 1, recall: 1, f1: 1 };
  return {
    precision: tp + fp === 0 ? 0 : tp / (tp + fp),
    recall: tp + fn === 0 ? 0 : tp / (tp + fn),
    f1: (2 * tp) / (2 * tp + fp + fn),
  };
}

function signedLines({ before, after, blocks }: LineDiff): Map<string, number> {
  const counts = new Map<string, number>();
  const count = (line: string) => counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const block of blocks) {
    for (let i = block.start; i < block.end; i++) count(`-${withoutLineEnd(before[i] as string)}`);
    for (let i = block.newStart; i < block.newEnd; i++) count(`+${withoutLineEnd(after[i] as string)}`);
  }
  return counts;
}
