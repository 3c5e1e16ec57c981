/** How much of a prediction's edit the person did as well, and how much of the person's edit it foresaw. */
import { changesBetween } from "./alignment.ts";
import { countCharacters } from "./characters.ts";
import type { UnitBase, UnitEdit } from "./unit-edit.ts";
import { unitEdit, unitLengths } from "./unit-edit.ts";

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
 *
 * @param base the units of *before*
 * @param edit the prediction as an edit of it
 */
export function keptRates(base: UnitBase, edit: UnitEdit, predicted: string, reference: string): KeptRates {
  if (Math.abs(countCharacters(predicted) - countCharacters(reference)) > MAX_LENGTH_DIFFERENCE_CHARACTERS) {
    return { keptRate: null, recallRate: null };
  }
  const wanted = predicted === reference ? edit : unitEdit(base, reference);
  const lengths = unitLengths(base);
  const lengthOf = (total: number, unit: number) => total + (lengths[unit] as number);
  const deletedLengthOf = (total: number, index: number) => lengthOf(total, base.units[index] as number);
  const size = ({ inserted, deletedAt }: UnitEdit) => deletedAt.reduce(deletedLengthOf, inserted.reduce(lengthOf, 0));

  const alsoDeleted = new Set(wanted.deletedAt);
  const correct = edit.deletedAt
    .filter((index) => alsoDeleted.has(index))
    .reduce(deletedLengthOf, commonUnits(edit.inserted, wanted.inserted).reduce(lengthOf, 0));
  const predictedSize = size(edit);
  const referenceSize = size(wanted);
  const rate = (whole: number, other: number) => (whole === 0 ? Number(other === 0) : correct / whole);
  return { keptRate: rate(predictedSize, referenceSize), recallRate: rate(referenceSize, predictedSize) };
}

/** A longest common subsequence of `a` and `b`. */
function commonUnits(a: Int32Array, b: Int32Array): number[] {
  const common: number[] = [];
  let at = 0;
  for (const { start, end } of [...changesBetween(a, b), { start: a.length, end: a.length }]) {
    for (; at < start; at++) common.push(a[at] as number);
    at = end;
  }
  return common;
}
