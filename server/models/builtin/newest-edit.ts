/** What the person did last, so that nothing that is proposed undoes it. */

import type { TextEdit } from "../../../shared/text/edits.ts";
import { applyEdits } from "../../../shared/text/edits.ts";
import { levenshtein } from "../../metrics/levenshtein.ts";
import type { Change } from "./changes.ts";
import type { Situation } from "./situation.ts";

/** Tells whether a new text of the region is closer to what the region was before the person's newest edit of the file. */
export function undoTest(situation: Situation): (edits: readonly TextEdit[], text: string) => boolean {
  const { before } = situation;
  const inverse = newestEditInverted(situation);
  if (inverse.length === 0) return () => false;
  let earlier: string | null = null;
  let distanceNow = 0;
  return (edits, text) => {
    if (!edits.some((edit) => inverse.some((own) => touches(edit, own)))) return false;
    if (earlier === null) {
      earlier = applyEdits(before, inverse);
      distanceNow = levenshtein(before, earlier);
    }
    return levenshtein(text, earlier) < distanceNow;
  };
}

/** Edits of the region that take the newest edit of its file back, as far as it lies in the region. */
function newestEditInverted({ changes, snapshot, lines, before }: Situation): TextEdit[] {
  const newest = changes.find((change) => change.sameFile)?.age;
  const { excerpt, editable } = snapshot;
  const linesAbove = excerpt.text.slice(0, editable.start).split("\n").length - 1;
  const firstLine = excerpt.startLine + linesAbove;
  const edits: TextEdit[] = [];
  const own = changes.filter((change) => change.sameFile && change.age === newest).sort((a, b) => a.line - b.line);
  for (const change of own) {
    const at = change.line - firstLine;
    if (at < 0 || at > lines.length || !standsAt(change, at, lines)) continue;
    const start = lines[at]?.start ?? before.length;
    const end = lines[at + change.added.length]?.start ?? before.length;
    edits.push({ start, end, newText: change.removed.map((line) => `${line}\n`).join("") });
  }
  return edits;
}

/** History that does not fit the excerpt (redacted, or cut) says nothing. */
function standsAt(change: Change, at: number, lines: Situation["lines"]): boolean {
  return change.added.every((line, i) => lines[at + i]?.text === line);
}

/** Whether an edit does anything at the lines that the person edited. */
function touches(edit: TextEdit, own: TextEdit): boolean {
  return edit.start <= own.end && edit.end >= own.start;
}
