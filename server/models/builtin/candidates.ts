/** Proposals become ranked, distinct candidates. */
import type { TextEdit } from "../../../shared/text/edits.ts";
import { applyEdits } from "../../../shared/text/edits.ts";
import { closeOpened } from "./close-opened.ts";
import { confidenceOf, NO_EDIT_CONFIDENCE } from "./confidences.ts";
import { continueTyping } from "./continue-typing.ts";
import { insertLike } from "./insert-like.ts";
import { mirrorSibling } from "./mirror-sibling.ts";
import { undoTest } from "./newest-edit.ts";
import { nextInSequence } from "./next-in-sequence.ts";
import { finishRename, renameParts } from "./rename.ts";
import { repeatBlock } from "./repeat-block.ts";
import { repeatReplacement, repeatTemplate } from "./repeat-replacement.ts";
import type { Proposal, Proposer, Situation } from "./situation.ts";

/** Of a proposer's; those beyond are its worst guesses. */
const maxProposalsEach = 200;
/** Characters that a proposal may add to the region. */
const maxGrowth = 4_096;

const proposers: readonly Proposer[] = [
  repeatBlock,
  repeatTemplate,
  repeatReplacement,
  finishRename,
  renameParts,
  mirrorSibling,
  insertLike,
  nextInSequence,
  continueTyping,
  closeOpened,
];

/** A new text of the editable region, or none. `by` names the reasoning. */
export type Candidate =
  | { readonly text: string; readonly confidence: number; readonly by: string }
  | { readonly noEdit: true; readonly confidence: number; readonly by: "noEdit" };

/** Everything that anybody proposes, in the proposers' order. */
export function* proposals(situation: Situation): Generator<Proposal> {
  for (const propose of proposers) yield* take(propose(situation), maxProposalsEach);
}

/** At least one, at most `n`, best first: by confidence, then by nearness to the cursor, then in the proposers' order. */
export function rankedCandidates(situation: Situation, n: number): Candidate[] {
  const { before, cursor } = situation;
  const byText = new Map<string, { confidence: number; by: string; nearness: number; edits: readonly TextEdit[] }>();
  for (const { kind, edits } of proposals(situation)) {
    const text = applyEdits(before, edits);
    if (text === before || text.length > before.length + maxGrowth) continue;
    const confidence = confidenceOf(kind);
    const known = byText.get(text);
    if (known && known.confidence >= confidence) continue;
    byText.set(text, { confidence, by: kind, nearness: nearness(edits, cursor), edits });
  }
  const ranked = [...byText].sort(([, a], [, b]) => b.confidence - a.confidence || a.nearness - b.nearness);
  const undoes = undoTest(situation);
  const candidates: Candidate[] = [];
  const noEdit: Candidate = { noEdit: true, confidence: NO_EDIT_CONFIDENCE, by: "noEdit" };
  let silent = false;
  for (const [text, { confidence, by, edits }] of ranked) {
    if (!silent && confidence <= NO_EDIT_CONFIDENCE) {
      candidates.push(noEdit);
      silent = true;
    }
    if (candidates.length >= n) break;
    if (!undoes(edits, text)) candidates.push({ text, confidence, by });
  }
  if (!silent && candidates.length < n) candidates.push(noEdit);
  return candidates.slice(0, Math.max(1, n));
}

/** Characters between the cursor and the nearest thing that changes. */
function nearness(edits: readonly TextEdit[], cursor: number): number {
  return Math.min(...edits.map(({ start, end }) => Math.max(start - cursor, cursor - end, 0)));
}

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  let taken = 0;
  for (const item of items) {
    if (taken++ >= count) return;
    yield item;
  }
}
