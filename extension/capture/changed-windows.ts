/**
 * What one entry of the edit history has changed of its document so far: the lines that its edits touched, with their
 * context, as they were before the entry and as they are now. Kept up at the cost of those lines; compared only when
 * somebody asks for the diff.
 */
import { SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";
import { sidesFitInUtf8 } from "../../shared/text/diff-parts.ts";
import type { TextRange } from "../../shared/text/edits.ts";
import { unifiedDiff } from "../../shared/text/unified-diff.ts";
import { countLineEnds } from "./chunked-text.ts";
import type { AppliedEdit, TrackedDocument } from "./document.ts";
import { lineEndsOf } from "./document.ts";

const contextLines = 3;
/** More is kept of neither side: windows may hold lines that no diff will show, but not this many. */
const maxSideUnits = 4 * SNAPSHOT_LIMITS.historyBytesASide;

/** Whole lines of the document as it is now. A list is sorted, and no window touches another. */
export interface ChangedWindow extends TextRange {
  /** The first line. */
  readonly line: number;
  /** Its text before the entry's first edit. */
  readonly before: string;
  /** Its text now. */
  readonly after: string;
}

/**
 * The windows after one more event, or null where they hold too much to be evidence of intent. `document` as it is after
 * the event, `edits` as `apply` gave them.
 */
export function widenWindows(
  windows: readonly ChangedWindow[],
  document: TrackedDocument,
  edits: readonly AppliedEdit[],
): ChangedWindow[] | null {
  const touched = touchedLines(document, edits);
  if (touched === null) return null;
  const widened: ChangedWindow[] = [];
  /** What the event has added to the document in front of the place reached. */
  let shift = 0;
  let lineShift = 0;
  let units = 0;
  for (const { start, end, windows: known, touched: fresh } of joinTouching(windows, touched)) {
    const [window, lines] = [known[0], fresh[0]];
    const line = window?.start === start ? window.line + lineShift : (lines?.lineAfter ?? 0);
    const startAfter = start + shift;
    for (const { growth, lineGrowth } of fresh) {
      shift += growth;
      lineShift += lineGrowth;
    }
    const range = { line, start: startAfter, end: end + shift };
    units += range.end - range.start;
    if (units > maxSideUnits) return null;
    if (fresh.length === 0 && window) widened.push({ ...window, ...range });
    else {
      const before = textBefore({ start, end }, known, fresh);
      widened.push({ ...range, before, after: document.slice(range.start, range.end) });
    }
  }
  const unitsBefore = widened.reduce((sum, { before }) => sum + before.length, 0);
  return unitsBefore > maxSideUnits ? null : widened;
}

/** Whether the windows hold what they held before the entry. */
export function unchangedWindows(windows: readonly ChangedWindow[]): boolean {
  return windows.every(({ before, after }) => before === after);
}

/** The entry's windows as they were at an earlier moment: what came later counts from there. */
export function windowsSince(earlier: readonly ChangedWindow[], windows: readonly ChangedWindow[]): ChangedWindow[] {
  const known = withPlacesBefore(earlier);
  return withPlacesBefore(windows).map(({ window, startBefore, endBefore }) => {
    let before = "";
    let at = startBefore;
    for (const { window: then, startBefore: from, endBefore: to } of known) {
      if (from < startBefore || to > endBefore) continue;
      before += window.before.slice(at - startBefore, from - startBefore) + then.after;
      at = to;
    }
    return { ...window, before: before + window.before.slice(at - startBefore) };
  });
}

/**
 * A unified diff of the whole document's lines; empty where nothing changed. Null where no record can hold it: beyond
 * the limit, or with half of a surrogate pair.
 */
export function diffOfWindows(windows: readonly ChangedWindow[], path: string): string | null {
  const parts: string[] = [];
  let lineShift = 0;
  for (const { line, before, after } of windows) {
    const [fileHeaderFrom, fileHeaderTo, ...hunks] = unifiedDiff(before, after, { path, context: contextLines }).split(
      "\n",
    );
    if (hunks.length > 0) {
      if (parts.length === 0) parts.push(`${fileHeaderFrom}\n${fileHeaderTo}\n`);
      const moved = hunks.map((row) => row.replace(hunkHeader, movedBy(line - lineShift, line)));
      parts.push(moved.join("\n"));
    }
    lineShift += countLineEnds(after) - countLineEnds(before);
  }
  const diff = parts.join("");
  return diff.isWellFormed() && sidesFitInUtf8(diff, SNAPSHOT_LIMITS.historyBytesASide) ? diff : null;
}

/** Only a header begins so: every line of text has a prefix. */
const hunkHeader = /^@@ -(\d+)((?:,\d+)?) \+(\d+)((?:,\d+)?) @@$/u;

function movedBy(oldLines: number, newLines: number) {
  return (_: string, oldStart: string, oldCount: string, newStart: string, newCount: string) =>
    `@@ -${Number(oldStart) + oldLines}${oldCount} +${Number(newStart) + newLines}${newCount} @@`;
}

/** Whole lines around edits that lie close together: `start` and `end` before the event. */
interface TouchedLines extends TextRange {
  /** The text before the event. */
  readonly before: string;
  /** The first line, after the event. */
  readonly lineAfter: number;
  /** What the event added. */
  readonly growth: number;
  readonly lineGrowth: number;
}

/** Null where they hold too much. */
function touchedLines(document: TrackedDocument, edits: readonly AppliedEdit[]): TouchedLines[] | null {
  const groups: {
    edits: AppliedEdit[];
    lineAfter: number;
    startAfter: number;
    endAfter: number;
    lineGrowth: number;
  }[] = [];
  let shift = 0;
  let lineShift = 0;
  for (const edit of edits) {
    const { removed, inserted } = lineEndsOf(edit);
    const first = edit.position.line + lineShift;
    const lineAfter = Math.max(0, first - contextLines);
    const lineBehind = first + inserted + contextLines + 1;
    const startAfter = document.lineStart(lineAfter);
    const endAfter = lineBehind < document.lineCount ? document.lineStart(lineBehind) : document.length;
    shift += edit.newText.length - edit.removed.length;
    lineShift += inserted - removed;
    const group = groups.at(-1);
    if (group && startAfter <= group.endAfter) {
      group.edits.push(edit);
      group.endAfter = Math.max(group.endAfter, endAfter);
      group.lineGrowth += inserted - removed;
    } else groups.push({ edits: [edit], lineAfter, startAfter, endAfter, lineGrowth: inserted - removed });
  }
  const units = groups.reduce((sum, { startAfter, endAfter }) => sum + (endAfter - startAfter), 0);
  if (units > maxSideUnits || units - shift > maxSideUnits) return null;

  let shiftBefore = 0;
  return groups.map(({ edits: inside, lineAfter, startAfter, endAfter, lineGrowth }) => {
    const start = startAfter - shiftBefore;
    const parts: string[] = [];
    let at = startAfter;
    for (const { start: editStart, newText, removed } of inside) {
      parts.push(document.slice(at, editStart + shiftBefore), removed);
      at = editStart + shiftBefore + newText.length;
      shiftBefore += newText.length - removed.length;
    }
    parts.push(document.slice(at, endAfter));
    const end = endAfter - shiftBefore;
    return { start, end, before: parts.join(""), lineAfter, growth: endAfter - startAfter - (end - start), lineGrowth };
  });
}

interface Joined extends TextRange {
  readonly windows: ChangedWindow[];
  readonly touched: TouchedLines[];
}

/** From left to right, what overlaps or touches together. */
function joinTouching(windows: readonly ChangedWindow[], touched: readonly TouchedLines[]): Joined[] {
  const all: { start: number; end: number; windows: ChangedWindow[]; touched: TouchedLines[] }[] = [
    ...windows.map((window) => ({ start: window.start, end: window.end, windows: [window], touched: [] })),
    ...touched.map((lines) => ({ start: lines.start, end: lines.end, windows: [], touched: [lines] })),
  ];
  all.sort((a, b) => a.start - b.start);
  const joined: typeof all = [];
  for (const each of all) {
    const last = joined.at(-1);
    if (last && each.start <= last.end) {
      last.end = Math.max(last.end, each.end);
      last.windows.push(...each.windows);
      last.touched.push(...each.touched);
    } else joined.push(each);
  }
  return joined;
}

/** The text before the entry: known of what a window covers, and elsewhere as it was before this event. */
function textBefore({ start, end }: TextRange, windows: readonly ChangedWindow[], touched: readonly TouchedLines[]) {
  function uncovered(from: number, to: number): string {
    return touched
      .map((lines) => lines.before.slice(Math.max(0, from - lines.start), Math.max(0, to - lines.start)))
      .join("");
  }
  let text = "";
  let at = start;
  for (const window of windows) {
    text += uncovered(at, window.start) + window.before;
    at = window.end;
  }
  return text + uncovered(at, end);
}

/** Where the windows stood in the text before the entry, which later edits of the entry do not move. */
function withPlacesBefore(windows: readonly ChangedWindow[]) {
  let shift = 0;
  return windows.map((window) => {
    const startBefore = window.start - shift;
    shift += window.after.length - window.before.length;
    return { window, startBefore, endBefore: startBefore + window.before.length };
  });
}
