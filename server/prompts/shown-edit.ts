/** An edit of the region as a prompt shows it: by words, the way `git diff --word-diff=plain` writes it. */
import { diffWordsWithSpace } from "diff";
import type { Prediction } from "../../shared/records/prediction.ts";
import { predictedText } from "../../shared/records/prediction.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { fenced } from "./fences.ts";
import { escapeMarkers } from "./markers.ts";

/** Words that change, in a text of up to this many edits; beyond it the two texts are shown as one replacement. */
const MAX_WORD_EDITS = 2_000;

/** What `answer` does to the region, in a sentence and a word diff. */
export function shownEdit(snapshot: Snapshot, answer: Pick<Prediction, "text" | "noEdit">): string {
  const before = regionBefore(snapshot);
  const after = predictedText(answer, before);
  if (after === undefined) return "No edit could be read from it.";
  if (after === before) return "It leaves the region as it is.";
  return `This is what it does to the region, by words: [-deleted-] and {+inserted+}.

${fenced(escapeMarkers(wordDiff(before, after)), "")}`;
}

function wordDiff(before: string, after: string): string {
  const changes = diffWordsWithSpace(before, after, { maxEditLength: MAX_WORD_EDITS }) ?? [
    { removed: true, added: false, value: before },
    { removed: false, added: true, value: after },
  ];
  return changes
    .map(({ removed, added, value }) => (removed ? `[-${value}-]` : added ? `{+${value}+}` : value))
    .join("");
}
