/** Does to equal lines what was done to lines before: a hunk that is made again somewhere else. */
import type { TextEdit } from "../../../shared/text/edits.ts";
import type { Change } from "./changes.ts";
import { atPlaces, insertBeside } from "./places.ts";
import type { Proposal, Situation } from "./situation.ts";
import { reindent } from "./template.ts";
import { indentation, isBlank } from "./tokens.ts";

const maxBlockLines = 60;

export function* repeatBlock(situation: Situation): Generator<Proposal> {
  const byText = new Map<string, number[]>();
  for (const [i, line] of situation.lines.entries()) {
    const key = line.text.trim();
    const at = byText.get(key);
    if (at) at.push(i);
    else byText.set(key, [i]);
  }
  for (const change of situation.changes) {
    if (change.removed.length > maxBlockLines || change.added.length > maxBlockLines) continue;
    if (change.removed.length > 0) {
      const edits = replacements(situation, change, byText);
      const kind = change.added.length === 0 ? "repeatDeletion" : "repeatLines";
      yield* atPlaces(kind, edits, situation.cursor);
    } else yield* atPlaces("repeatInsertion", insertions(situation, change, byText), situation.cursor);
  }
}

function replacements(situation: Situation, change: Change, byText: ReadonlyMap<string, number[]>): TextEdit[] {
  const { lines } = situation;
  const [first = ""] = change.removed;
  // A blank line or a lone bracket is everywhere.
  if (change.removed.every((line) => line.trim().length < 3)) return [];
  const edits: TextEdit[] = [];
  for (const at of byText.get(first.trim()) ?? []) {
    const last = at + change.removed.length - 1;
    if (!change.removed.every((line, i) => lines[at + i]?.text.trim() === line.trim())) continue;
    const from = lines[at];
    const to = lines[last];
    if (!from || !to || alreadyDone(situation, change, at)) continue;
    const text = reindent(change.added, indentation(first), indentation(from.text)).join("\n");
    if (change.added.length === 0) {
      edits.push({ start: from.start, end: Math.min(to.end + 1, situation.before.length), newText: "" });
    } else edits.push({ start: from.start, end: to.end, newText: text });
  }
  return edits;
}

/** The new lines hold the old ones, and here they stand already. */
function alreadyDone(situation: Situation, change: Change, at: number): boolean {
  const old = change.removed.map((line) => line.trim()).join("\n");
  const lead = change.added.findIndex(
    (_, i) =>
      change.added
        .slice(i, i + change.removed.length)
        .map((line) => line.trim())
        .join("\n") === old,
  );
  if (lead === -1) return false;
  return change.added.every((line, i) => situation.lines[at - lead + i]?.text.trim() === line.trim());
}

function insertions(situation: Situation, change: Change, byText: ReadonlyMap<string, number[]>): TextEdit[] {
  const { lines, before } = situation;
  const above = change.above.at(-1);
  const below = change.below[0];
  if (above === undefined || below === undefined || change.added.every(isBlank)) return [];
  // Two lines of context that say nothing would make this a guess at random.
  if (above.trim().length + below.trim().length < 4) return [];
  const edits: TextEdit[] = [];
  for (const at of byText.get(above.trim()) ?? []) {
    const anchor = lines[at];
    if (!anchor || lines[at + 1]?.text.trim() !== below.trim()) continue;
    const added = reindent(change.added, indentation(above), indentation(anchor.text));
    edits.push(insertBeside(before, anchor, "below", added));
  }
  return edits;
}
