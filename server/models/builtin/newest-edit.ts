/** What the person did last, so that nothing that is proposed undoes it. */
import type { TextEdit } from "../../../shared/text/edits.ts";
import { commonPrefixLength, commonSuffixLength } from "../../metrics/characters.ts";
import { levenshtein } from "../../metrics/levenshtein.ts";
import { regionBeforeNewestEdit } from "../../metrics/undone-history.ts";
import type { Situation } from "./situation.ts";

/** Tells whether a new text of the region is closer than the present one to what it was before the person's newest edit. */
export function undoTest({ snapshot, before }: Situation): (edits: readonly TextEdit[], text: string) => boolean {
  const earlier = regionBeforeNewestEdit(snapshot);
  if (earlier.kind !== "text" || earlier.text === before) return () => false;
  const start = commonPrefixLength(before, earlier.text);
  const end = before.length - commonSuffixLength(before, earlier.text, start);
  const distanceNow = levenshtein(before, earlier.text);
  return (edits, text) => {
    // The distance is the one quadratic step; an edit elsewhere cannot lessen it.
    if (!edits.some((edit) => edit.start <= end && edit.end >= start)) return false;
    return levenshtein(text, earlier.text) < distanceNow;
  };
}
