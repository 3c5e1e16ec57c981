/** How much of a prediction's edit the person did as well, and how much of the person's edit it foresaw. */
import { changesBetween } from "./alignment.ts";
import { countCharacters } from "./characters.ts";
import { numbered } from "./lines.ts";
import { unitsOf } from "./units.ts";

/** Beyond this difference in length the two texts are no longer two edits of one place. */
const MAX_LENGTH_DIFFERENCE_CHARACTERS = 512;

export interface KeptRates {
  /** Of what the prediction inserts and deletes, the share of characters that the reference does as well. */
  readonly keptRate: number | null;
  /** Of what the reference inserts and deletes, the share that the prediction does as well. */
  readonly recallRate: number | null;
}

/**
 * Both from 0 to 1, in characters over units (see `units.ts`). New units of a side are those that a longest common
 * subsequence with *before* leaves over; *kept* is the longest common subsequence of the prediction's new units and
 * the reference's; *correctly deleted* are the units of *before* that neither keeps. A rate is (kept + correctly
 * deleted) / (new + deleted) of its side; where that is 0/0, 1 if neither side changed anything, else 0. Null where
 * prediction and reference differ in length by more than 512 characters. After the method of Zed's kept rate
 * (https://github.com/zed-industries/zed, `edit_prediction_metrics`).
 */
export function keptRates(before: string, predicted: string, reference: string): KeptRates {
  if (before === predicted && before === reference) return { keptRate: 1, recallRate: 1 };
  if (Math.abs(countCharacters(predicted) - countCharacters(reference)) > MAX_LENGTH_DIFFERENCE_CHARACTERS) {
    return { keptRate: null, recallRate: null };
  }
  const numbers = new Map<string, number>();
  const from = numbered(unitsOf(before), numbers);
  const predictedEdit = editOf(from, numbered(unitsOf(predicted), numbers));
  const referenceEdit = editOf(from, numbered(unitsOf(reference), numbers));
  const lengths = Int32Array.from(numbers.keys(), countCharacters);
  const sum = (units: readonly number[]) => units.reduce((total, unit) => total + (lengths[unit] as number), 0);

  const kept = sum(commonUnits(predictedEdit.inserted, referenceEdit.inserted));
  const alsoDeleted = new Set(referenceEdit.deleted);
  const correctlyDeleted = sum(
    predictedEdit.deleted.filter((index) => alsoDeleted.has(index)).map((index) => from[index] as number),
  );
  const size = (edit: Edit) => sum(edit.inserted) + sum(edit.deleted.map((index) => from[index] as number));
  const predictedSize = size(predictedEdit);
  const referenceSize = size(referenceEdit);
  const shareOf = (whole: number, other: number) =>
    whole === 0 ? Number(other === 0) : (kept + correctlyDeleted) / whole;
  return { keptRate: shareOf(predictedSize, referenceSize), recallRate: shareOf(referenceSize, predictedSize) };
}

interface Edit {
  /** Units that are new, in order. */
  readonly inserted: readonly number[];
  /** Indexes of the units of *before* that are gone. */
  readonly deleted: readonly number[];
}

function editOf(before: Int32Array, after: Int32Array): Edit {
  const inserted: number[] = [];
  const deleted: number[] = [];
  for (const change of changesBetween(before, after)) {
    for (let i = change.newStart; i < change.newEnd; i++) inserted.push(after[i] as number);
    for (let i = change.start; i < change.end; i++) deleted.push(i);
  }
  return { inserted, deleted };
}

/** A longest common subsequence of `a` and `b`. */
function commonUnits(a: readonly number[], b: readonly number[]): number[] {
  const common: number[] = [];
  let at = 0;
  for (const { start, end } of [...changesBetween(a, b), { start: a.length, end: a.length }]) {
    for (; at < start; at++) common.push(a[at] as number);
    at = end;
  }
  return common;
}
