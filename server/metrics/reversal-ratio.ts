/** How much of a prediction undoes what the person has just done. */
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import type { Change } from "./alignment.ts";
import { codePointsOf, countCharacters } from "./characters.ts";
import { commonLength } from "./common-length.ts";
import { fineChanges } from "./fine-changes.ts";
import { regionBeforeNewestEdit } from "./undone-history.ts";
import { isBlank } from "./units.ts";

/**
 * From 0 to 1. *Earlier* is the region before the newest edit of the cursor's file (see `undone-history.ts`): 0 where
 * there was none or it was an accepted prediction, null where it has no diff or does not apply. Both earlier→before and
 * before→predicted are taken apart by `fineChanges`. Numerator: characters that the prediction deletes and the person
 * had inserted, plus, where the person deleted, the longest common subsequence of what was deleted and what the
 * prediction inserts at that place, or with nothing but white space between. Denominator: all characters that the
 * prediction inserts and deletes; 0 of them is a ratio of 0.
 */
export function reversalRatio(snapshot: Snapshot, predicted: string): number | null {
  const earlier = regionBeforeNewestEdit(snapshot);
  if (earlier.kind === "unknown") return null;
  const before = regionBefore(snapshot);
  if (earlier.kind === "nothing" || predicted === before) return 0;
  return textReversalRatio(earlier.text, before, predicted);
}

/** The same for three texts. */
export function textReversalRatio(earlier: string, before: string, predicted: string): number {
  const theirs = fineChanges(earlier, before);
  const ours = fineChanges(before, predicted);
  let total = 0;
  for (const { start, end, newStart, newEnd } of ours) {
    total += countCharacters(before.slice(start, end)) + countCharacters(predicted.slice(newStart, newEnd));
  }
  if (total === 0 || theirs.length === 0) return 0;
  const reversed = deletedAgain(theirs, ours, before) + putBack(theirs, ours, earlier, before, predicted);
  return Math.min(1, reversed / total);
}

/** Characters of `before` that the person inserted and the prediction deletes. */
function deletedAgain(theirs: readonly Change[], ours: readonly Change[], before: string): number {
  let characters = 0;
  for (const inserted of theirs) {
    for (const deleted of ours) {
      const start = Math.max(inserted.newStart, deleted.start);
      const end = Math.min(inserted.newEnd, deleted.end);
      if (start < end) characters += countCharacters(before.slice(start, end));
    }
  }
  return characters;
}

/**
 * Characters that the person deleted and the prediction inserts there. Deletions and insertions that share places are
 * compared as one text each, so that no character is put back twice.
 */
function putBack(
  theirs: readonly Change[],
  ours: readonly Change[],
  earlier: string,
  before: string,
  predicted: string,
): number {
  const deletions = theirs.filter(({ start, end }) => start < end);
  const insertions = ours.filter(({ newStart, newEnd }) => newStart < newEnd);
  let characters = 0;
  let nextDeletion = 0;
  let nextInsertion = 0;
  while (nextDeletion < deletions.length && nextInsertion < insertions.length) {
    const firstDeletion = deletions[nextDeletion] as Change;
    const firstInsertion = insertions[nextInsertion] as Change;
    if (!meet(firstDeletion, firstInsertion, before)) {
      if (firstDeletion.newEnd < firstInsertion.start) nextDeletion++;
      else nextInsertion++;
      continue;
    }
    let deleted = "";
    let inserted = "";
    let last: Change = firstDeletion;
    let lastInserted: Change = firstInsertion;
    // What meets the last of the other side joins; each step takes one, so the walk is linear.
    for (;;) {
      const deletion = deletions[nextDeletion];
      const insertion = insertions[nextInsertion];
      if (deletion !== undefined && meet(deletion, lastInserted, before)) {
        deleted += earlier.slice(deletion.start, deletion.end);
        last = deletion;
        nextDeletion++;
      } else if (insertion !== undefined && meet(last, insertion, before)) {
        inserted += predicted.slice(insertion.newStart, insertion.newEnd);
        lastInserted = insertion;
        nextInsertion++;
      } else break;
    }
    characters += commonLength(codePointsOf(deleted), codePointsOf(inserted));
  }
  return characters;
}

/** Whether the prediction inserts where the person deleted, both as places in `before`. */
function meet(deletion: Change, insertion: Change, before: string): boolean {
  if (deletion.newEnd < insertion.start) return isBlank(before.slice(deletion.newEnd, insertion.start));
  if (insertion.end < deletion.newStart) return isBlank(before.slice(insertion.end, deletion.newStart));
  return true;
}
