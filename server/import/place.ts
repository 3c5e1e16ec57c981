/** Whether a cursor makes a capture point: which region it gives, and what becomes of that by the rest of the commit. */
import { SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";
import type { ExcerptCut } from "../../shared/snapshot/excerpt.ts";
import { cutExcerpt } from "../../shared/snapshot/excerpt.ts";
import type { TextEdit, TextRange } from "../../shared/text/edits.ts";
import { applyEdits, mapRange } from "../../shared/text/edits.ts";
import type { LineStarts } from "../../shared/text/lines.ts";
import { lineAt, lineStarts, offsetOfLine } from "../../shared/text/lines.ts";
import { utf8Length } from "../../shared/text/utf8.ts";
import type { SyntaxTree } from "../syntax/syntax.ts";

/** The text in front of the person, and what the commit still does to it. */
export interface Moment {
  readonly text: string;
  readonly starts: LineStarts;
  readonly tree: SyntaxTree | null;
  /** What is left of the commit in this file, from `text`. */
  readonly pending: readonly TextEdit[];
  /** `text` once `pending` is done. */
  readonly settled: string;
}

export function momentOf(text: string, tree: SyntaxTree | null, pending: readonly TextEdit[]): Moment {
  return { text, starts: lineStarts(text), tree, pending, settled: applyEdits(text, pending) };
}

export interface Place {
  readonly cursor: number;
  readonly cut: ExcerptCut & { readonly ok: true };
  /** The editable region, in the document. */
  readonly region: TextRange;
  /** The region's text once the commit is done. */
  readonly settledText: string;
  /** Where `settledText` begins in the settled document. */
  readonly settledStart: number;
}

export type NoPlace = "lineTooLong" | "straddled" | "outsideRegion" | "settledTooLong";

/** The place that a cursor gives, or why it gives none. */
export function placeAt(moment: Moment, cursor: number): Place | NoPlace {
  const { text, starts, tree, pending, settled } = moment;
  const cut = cutExcerpt({ text, cursor, enclosing: tree?.enclosing(cursor) ?? [], starts });
  if (!cut.ok) return cut.reason;
  const excerptStart = offsetOfLine(starts, cut.startLine);
  const region = { start: excerptStart + cut.editable.start, end: excerptStart + cut.editable.end };
  const mapped = mapRange(region, pending);
  if (mapped === null) return "straddled";
  const settledText = settled.slice(mapped.start, mapped.end);
  // As in the editor, where a region that outgrows its limit is given up.
  if (utf8Length(settledText) > SNAPSHOT_LIMITS.editableMaxBytes) return "settledTooLong";
  return { cursor, cut, region, settledText, settledStart: mapped.start };
}

/** Whether all of the edits lie in the region; an insertion at its edge does. */
export function holds(place: Place, edits: readonly TextEdit[]): boolean {
  return edits.every(({ start, end }) => place.region.start <= start && end <= place.region.end);
}

/** Lines between a target and a cursor that looks at it from elsewhere. */
const nearLines = 5;

/**
 * Places for a cursor near an edit, in a seeded order: the ends and beginnings of lines around where it begins; last,
 * the edit itself.
 * @param draw from 0 to 1, for each purpose another
 */
export function cursorsNear(moment: Moment, edit: TextEdit, draw: (purpose: string) => number): number[] {
  const { text, starts } = moment;
  const target = lineAt(starts, edit.start);
  const cursors: number[] = [];
  for (const attempt of ["first", "second", "third"]) {
    const away = Math.floor(draw(`${attempt} line`) * (2 * nearLines + 1)) - nearLines;
    const line = Math.min(starts.length - 1, Math.max(0, target + away));
    const start = offsetOfLine(starts, line);
    const end = (starts[line + 1] ?? text.length + 1) - 1;
    const indentation = /^\s*/u.exec(text.slice(start, end))?.[0].length ?? 0;
    cursors.push(draw(`${attempt} side`) < 0.5 ? end : start + indentation);
  }
  // What is inserted between two lines begins behind the first of them.
  cursors.push(edit.start === edit.end ? Math.max(0, edit.start - 1) : edit.start);
  return [...new Set(cursors)];
}
