/** Edits of a text, and what they do to offsets and ranges. Offsets are UTF-16 units; everything here is linear. */

/** A part of a text; `end` is exclusive. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Puts `newText` in place of `start` to `end` of the base text. All edits of a list count from the same base text; a
 * list is sorted and disjoint, so an edit may begin where the one before it ends, and insertions at one place happen
 * in the list's order.
 */
export interface TextEdit extends TextRange {
  readonly newText: string;
}

/** @throws RangeError for edits that are unsorted, overlap or reach outside the text: a fault of the caller. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  if (edits.length === 0) return text;
  const parts: string[] = [];
  let position = 0;
  for (const edit of edits) {
    if (edit.start < position || edit.end < edit.start || edit.end > text.length) throw badEdit(edit, position);
    parts.push(text.slice(position, edit.start), edit.newText);
    position = edit.end;
  }
  parts.push(text.slice(position));
  return parts.join("");
}

/** The edits that lead from `applyEdits(text, edits)` back to `text`. */
export function invertEdits(text: string, edits: readonly TextEdit[]): TextEdit[] {
  let shift = 0;
  return edits.map(({ start, end, newText }) => {
    const inverse = {
      start: start + shift,
      end: start + shift + newText.length,
      newText: text.slice(start, end),
    };
    shift += newText.length - (end - start);
    return inverse;
  });
}

/**
 * One list that does what `first` and then `second` do, where `second` counts from the text that `first` leaves. Edits
 * that touch become one. Text that `first` inserts and `second` deletes leaves no trace.
 */
export function composeEdits(first: readonly TextEdit[], second: readonly TextEdit[]): TextEdit[] {
  const composed = editBuilder();
  let nextFirst = 0;
  /** Position in the base text, and what is left to read of the text that the current edit of `first` inserted. */
  let base = 0;
  let inserted = "";
  let insertedRead = 0;

  /** Takes up to `length` units of the middle text, kept or deleted, and says how many they were. */
  function take(length: number, keep: boolean): number {
    if (insertedRead < inserted.length) {
      const taken = Math.min(length, inserted.length - insertedRead);
      if (keep) composed.insert(inserted.slice(insertedRead, insertedRead + taken));
      insertedRead += taken;
      return taken;
    }
    const edit = first[nextFirst];
    const untouched = edit ? edit.start - base : Number.POSITIVE_INFINITY;
    if (edit && untouched === 0) {
      composed.remove(edit.end - edit.start);
      base = edit.end;
      inserted = edit.newText;
      insertedRead = 0;
      nextFirst++;
      return 0;
    }
    const taken = Math.min(length, untouched);
    if (keep) composed.keep(taken);
    else composed.remove(taken);
    base += taken;
    return taken;
  }

  let middle = 0;
  for (const edit of second) {
    if (edit.start < middle || edit.end < edit.start) throw badEdit(edit, middle);
    while (middle < edit.start) middle += take(edit.start - middle, true);
    while (middle < edit.end) middle += take(edit.end - middle, false);
    composed.insert(edit.newText);
  }
  while (nextFirst < first.length || insertedRead < inserted.length) take(Number.POSITIVE_INFINITY, true);
  return composed.finish();
}

/**
 * Where `range` lies after the edits: an edit inside grows or shrinks it, an insertion at its edge belongs to it, one
 * before shifts it. Null when a replacement or deletion straddles one of its edges, so that it is gone.
 */
export function mapRange(range: TextRange, edits: readonly TextEdit[]): TextRange | null {
  let shift = 0;
  let growth = 0;
  for (const { start, end, newText } of edits) {
    const change = newText.length - (end - start);
    if (range.start <= start && end <= range.end) growth += change;
    else if (end <= range.start) shift += change;
    else if (start >= range.end) break;
    else return null;
  }
  return { start: range.start + shift, end: range.end + shift + growth };
}

/**
 * Where `offset` lies after the edits. With text inserted right there, or in place of what was around it, it stands in
 * front of the new text (`before`) or behind it (`after`).
 */
export function mapOffset(offset: number, edits: readonly TextEdit[], bias: "before" | "after"): number {
  let shift = 0;
  for (const { start, end, newText } of edits) {
    if (start > offset) break;
    const change = newText.length - (end - start);
    if (start === end ? start < offset || bias === "after" : end <= offset) shift += change;
    else if (start < offset) return bias === "before" ? start + shift : start + shift + newText.length;
    else break;
  }
  return offset + shift;
}

/** Collects edits from left to right and joins those that touch. */
function editBuilder() {
  const edits: TextEdit[] = [];
  let position = 0;
  let pendingStart: number | null = null;
  let parts: string[] = [];
  function flush() {
    if (pendingStart === null) return;
    const newText = parts.join("");
    if (position > pendingStart || newText !== "") edits.push({ start: pendingStart, end: position, newText });
    pendingStart = null;
    parts = [];
  }
  return {
    keep(length: number) {
      if (length === 0) return;
      flush();
      position += length;
    },
    remove(length: number) {
      pendingStart ??= position;
      position += length;
    },
    insert(text: string) {
      pendingStart ??= position;
      parts.push(text);
    },
    finish(): TextEdit[] {
      flush();
      return edits;
    },
  };
}

function badEdit(edit: TextRange, position: number): RangeError {
  return new RangeError(
    `edit ${edit.start}–${edit.end} is unsorted, overlaps or lies outside the text (at ${position})`,
  );
}
