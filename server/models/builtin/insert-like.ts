/** Lines were added next to a line; next to another line of the same shape the same lines follow, with its names. */
import type { TextEdit } from "../../../shared/text/edits.ts";
import type { Change } from "./changes.ts";
import { atPlaces, insertBeside } from "./places.ts";
import { linesByShape } from "./repeat-replacement.ts";
import type { Proposal, Situation } from "./situation.ts";
import { bind, fill, lineTokens, reindent, sameNames, shapeOf } from "./template.ts";
import { indentation, isBlank, isWord, tokenize } from "./tokens.ts";

const maxAddedLines = 12;
const maxPlaces = 20;
const maxInsertions = 24;

export function* insertLike(situation: Situation): Generator<Proposal> {
  const byShape = linesByShape(situation);
  let tried = 0;
  for (const change of situation.changes) {
    if (change.removed.length > 0 || change.added.length > maxAddedLines || change.added.every(isBlank)) continue;
    if (++tried > maxInsertions) return;
    for (const below of [true, false]) {
      const anchor = below ? change.above.at(-1) : change.below[0];
      const tokens = lineTokens(anchor ?? "");
      if (anchor === undefined || !tokens.some(isWord)) continue;
      const { edits, likeness } = insertions(situation, change, { anchor, tokens, below }, byShape);
      const near = likeness === 1 ? "Same" : likeness >= 0.5 ? "Near" : "Far";
      yield* atPlaces(`insertLike${near}`, edits, situation.cursor);
    }
  }
}

interface Anchor {
  readonly anchor: string;
  readonly tokens: readonly string[];
  readonly below: boolean;
}

function insertions(
  situation: Situation,
  change: Change,
  { anchor, tokens, below }: Anchor,
  byShape: ReturnType<typeof linesByShape>,
): { edits: TextEdit[]; likeness: number } {
  const edits: TextEdit[] = [];
  let likeness = 1;
  const fixed = new Set(tokens.filter(isWord).slice(0, 1));
  for (const place of byShape.get(shapeOf(tokens)) ?? []) {
    const line = situation.lines[place.index];
    const binding = bind(tokens, place.tokens, fixed);
    if (!line || !binding || edits.length >= maxPlaces) continue;
    const added = reindent(change.added, indentation(anchor), indentation(line.text)).map((text) =>
      fill(tokenize(text), binding),
    );
    if (stands(situation, below ? place.index + 1 : place.index - added.length, change.added, added)) continue;
    likeness = Math.min(likeness, sameNames(binding));
    edits.push(insertBeside(situation.before, line, below ? "below" : "above", added));
  }
  return { edits, likeness };
}

/** Whether what would be added, or its model, is there already. */
function stands(situation: Situation, at: number, model: readonly string[], added: readonly string[]): boolean {
  const is = (block: readonly string[]) =>
    block.every((text, i) => situation.lines[at + i]?.text.trim() === text.trim());
  return is(model) || is(added);
}
