/**
 * Cuts the excerpt and the editable region around a cursor, by the design's limits (`SNAPSHOT_LIMITS`): whole lines
 * both, the region within the excerpt, the cursor within the region.
 */
import { SNAPSHOT_LIMITS } from "../records/snapshot.ts";
import type { TextRange } from "../text/edits.ts";
import type { LineStarts } from "../text/lines.ts";
import { lineAt, lineStarts, offsetOfLine } from "../text/lines.ts";
import { utf8Length } from "../text/utf8.ts";

export interface ExcerptRequest {
  /** The whole document, LF-normalised. */
  readonly text: string;
  /** Offset in `text`. */
  readonly cursor: number;
  /** The syntax nodes around the cursor, smallest first; none where there is no grammar. */
  readonly enclosing: readonly TextRange[];
  /** `lineStarts(text)`, where the caller has it already: without it every cut reads the whole text once. */
  readonly starts?: LineStarts;
}

export type ExcerptCut =
  | {
      readonly ok: true;
      readonly startLine: number;
      readonly text: string;
      /** Offset in the excerpt's `text`, as are those of `editable`. */
      readonly cursor: number;
      readonly editable: TextRange;
    }
  /** The cursor's line alone is longer than an editable region may be. */
  | { readonly ok: false; readonly reason: "lineTooLong" };

/** @throws RangeError for a cursor outside the text. */
export function cutExcerpt({ text, cursor, enclosing, starts = lineStarts(text) }: ExcerptRequest): ExcerptCut {
  if (cursor < 0 || cursor > text.length) throw new RangeError(`cursor ${cursor} in a text of ${text.length}`);
  const document: Lines = { text, starts };
  const cursorLine = lineAt(starts, cursor);
  const cursorLineBytes = bytesOfLines(document, cursorLine, cursorLine + 1, SNAPSHOT_LIMITS.editableMaxBytes);
  if (cursorLineBytes === null) return { ok: false, reason: "lineTooLong" };

  const alone: Span = { first: cursorLine, end: cursorLine + 1, own: cursorLineBytes, above: 0, below: 0 };
  const region =
    nodeThatFits(document, enclosing, alone) ??
    // The smallest region that is large enough, as among the nodes: what a model must write again should be short.
    grow(document, alone, SNAPSHOT_LIMITS.editableMaxBytes, SNAPSHOT_LIMITS.editableMinBytes);
  // Grown from the region, not from the cursor: else one long line beside it could push it out.
  const excerpt = grow(document, region, SNAPSHOT_LIMITS.excerptBytes, SNAPSHOT_LIMITS.excerptBytes);

  const start = offsetOfLine(starts, excerpt.first);
  return {
    ok: true,
    startLine: excerpt.first,
    text: text.slice(start, lineEnd(document, excerpt.end - 1)),
    cursor: cursor - start,
    editable: {
      start: offsetOfLine(starts, region.first) - start,
      end: lineEnd(document, region.end - 1) - start,
    },
  };
}

interface Lines {
  readonly text: string;
  readonly starts: LineStarts;
}

/** Lines `first` to `end` (exclusive) around the cursor's line, and what they take in bytes: itself, above and below. */
interface Span {
  readonly first: number;
  readonly end: number;
  readonly own: number;
  readonly above: number;
  readonly below: number;
}

/** The first node whose lines hold the cursor's line and take between the least and the most that a region may. */
function nodeThatFits(document: Lines, enclosing: readonly TextRange[], cursorLine: Span): Span | null {
  for (const { start, end } of enclosing) {
    const first = lineAt(document.starts, start);
    const last = lineAt(document.starts, Math.max(start, end - 1));
    if (first > cursorLine.first || last < cursorLine.first) continue;
    const limit = SNAPSHOT_LIMITS.editableMaxBytes;
    const above = bytesOfLines(document, first, cursorLine.first, limit);
    const below = bytesOfLines(document, cursorLine.end, last + 1, limit);
    if (above === null || below === null) continue;
    const bytes = above + cursorLine.own + below;
    if (bytes < SNAPSHOT_LIMITS.editableMinBytes || bytes > limit) continue;
    return { first, end: last + 1, own: cursorLine.own, above, below };
  }
  return null;
}

/**
 * Adds lines to whichever side has less, above first, until `enoughBytes` are reached. A side ends with the document,
 * or at a line that would go beyond `maxBytes`; the other then gets the rest.
 */
function grow(document: Lines, from: Span, maxBytes: number, enoughBytes: number): Span {
  let { first, end, above, below } = from;
  let aboveEnded = false;
  let belowEnded = false;
  for (;;) {
    const total = above + from.own + below;
    aboveEnded ||= first === 0;
    belowEnded ||= end === document.starts.length;
    if (total >= enoughBytes || (aboveEnded && belowEnded)) return { first, end, own: from.own, above, below };
    const upwards = !aboveEnded && (belowEnded || above <= below);
    const line = upwards ? first - 1 : end;
    const bytes = bytesOfLines(document, line, line + 1, maxBytes - total);
    if (bytes === null) {
      if (upwards) aboveEnded = true;
      else belowEnded = true;
    } else if (upwards) {
      first--;
      above += bytes;
    } else {
      end++;
      below += bytes;
    }
  }
}

/** Bytes in UTF-8 of lines `first` to `end`; null beyond `limit`, found without reading what is surely too long. */
function bytesOfLines(document: Lines, first: number, end: number, limit: number): number | null {
  if (first === end) return 0;
  const start = offsetOfLine(document.starts, first);
  const stop = lineEnd(document, end - 1);
  if (stop - start > limit) return null;
  const bytes = utf8Length(document.text.slice(start, stop));
  return bytes > limit ? null : bytes;
}

/** Behind the line's end. */
function lineEnd({ text, starts }: Lines, line: number): number {
  return starts[line + 1] ?? text.length;
}
