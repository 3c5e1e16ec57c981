/**
 * Unified diffs of one file: made as git makes them, read strictly, applied exactly. The `diff` package's reader skips
 * what it does not understand and its `applyPatch` looks for another place where a hunk fits; a dataset needs a fault
 * instead, so reading and applying are our own.
 *
 * Lines end at LF alone: a CR is a character of the line and survives. Git's conventions hold: a side without lines
 * names the line before it, `\ No newline at end of file` speaks of the line above it, a name with a space in a header
 * is followed by a tab, and one with quotes or control characters is in C quotes (other Unicode stays as it is, as
 * with `core.quotePath` off).
 */
import { diffLines } from "./diff-lines.ts";
import type { TextEdit } from "./edits.ts";
import { applyEdits } from "./edits.ts";
import type { DiffFault, DiffHunk } from "./parse-diff.ts";
import { noLineEndMark, parseUnifiedDiff, quoteName } from "./parse-diff.ts";

/** Lines of context around a change where nobody asks for another number. */
const defaultContextLines = 3;

export interface DiffOptions {
  /** Written to both headers, behind `a/` and `b/`. */
  readonly path: string;
  readonly context?: number;
}

export type DiffResult = { readonly ok: true; readonly text: string } | DiffFault;

/** The diff from `before` to `after`; empty where they are equal. */
export function unifiedDiff(before: string, after: string, options: DiffOptions): string {
  return formatDiff(before, diffLines(before, after), options);
}

/** The diff that does what the edits do, read line by line; empty where they change nothing. */
export function unifiedDiffFromEdits(text: string, edits: readonly TextEdit[], options: DiffOptions): string {
  return formatDiff(text, lineEdits(text, edits), options);
}

/** The text after the diff. Context and deletions must stand exactly at the lines that the hunks name. */
export function applyUnifiedDiff(text: string, diff: string): DiffResult {
  const result = editsFromUnifiedDiff(text, diff);
  return result.ok ? { ok: true, text: applyEdits(text, result.edits) } : result;
}

/** The text before the diff, given the text after it. */
export function unapplyUnifiedDiff(text: string, diff: string): DiffResult {
  const parsed = parseUnifiedDiff(diff);
  if (!parsed.ok) return parsed;
  const result = editsFromHunks(text, parsed.hunks.map(reverseHunk));
  return result.ok ? { ok: true, text: applyEdits(text, result.edits) } : result;
}

export type EditsResult = { readonly ok: true; readonly edits: TextEdit[] } | DiffFault;

/** The edits of whole lines that the diff makes of `text`. */
export function editsFromUnifiedDiff(text: string, diff: string): EditsResult {
  const parsed = parseUnifiedDiff(diff);
  return parsed.ok ? editsFromHunks(text, parsed.hunks) : parsed;
}

/** The hunk that leads back. */
function reverseHunk(hunk: DiffHunk): DiffHunk {
  return {
    oldLine: hunk.newLine,
    oldCount: hunk.newCount,
    newLine: hunk.oldLine,
    newCount: hunk.oldCount,
    lines: hunk.lines.map(({ kind, text }) => ({ kind: kind === "+" ? "-" : kind === "-" ? "+" : " ", text })),
  };
}

/** As `editsFromUnifiedDiff`, for hunks that were parsed already. */
function editsFromHunks(text: string, hunks: readonly DiffHunk[]): EditsResult {
  const edits: TextEdit[] = [];
  const endsOpen = text !== "" && !text.endsWith("\n");
  /** Where reading stands: a line of the text and its offset. */
  let line = 0;
  let offset = 0;
  let addedLines = 0;
  /** A hunk gave the new text a last line without a line end, so nothing may follow. */
  let closed = false;

  for (const [index, hunk] of hunks.entries()) {
    const fault = (reason: string): DiffFault => ({ ok: false, reason: `hunk ${index + 1}: ${reason}` });
    if (hunk.oldLine < line) return fault("begins before the hunk above it ends");
    if (hunk.newLine !== hunk.oldLine + addedLines) return fault("its two line numbers do not fit the hunks above it");
    for (; line < hunk.oldLine; line++) {
      const lineEnd = text.indexOf("\n", offset);
      if (lineEnd === -1 && offset === text.length) return fault("begins behind the end of the text");
      offset = lineEnd === -1 ? text.length : lineEnd + 1;
    }
    let start = offset;
    let newText = "";
    for (const { kind, text: content } of hunk.lines) {
      if (kind === "+") {
        if (closed || (offset === text.length && endsOpen && start === offset)) {
          return fault("adds a line behind one that has no line end");
        }
        newText += content;
        closed = !content.endsWith("\n");
        continue;
      }
      const open = !content.endsWith("\n");
      if (!text.startsWith(content, offset) || (open && offset + content.length !== text.length)) {
        const what = kind === "-" ? "the line it deletes" : "its context";
        return fault(`${what} differs from the text at line ${line + 1}`);
      }
      if (kind === " ") {
        if (closed) return fault("keeps a line behind one that has no line end");
        if (offset > start || newText !== "") edits.push({ start, end: offset, newText });
        newText = "";
      }
      offset += content.length;
      line++;
      if (kind === " ") start = offset;
    }
    if (offset > start || newText !== "") edits.push({ start, end: offset, newText });
    if (closed && offset !== text.length) return fault("adds a line without a line end that is not the last");
    addedLines += hunk.newCount - hunk.oldCount;
  }
  return { ok: true, edits };
}

/** Widens edits to whole lines and finds what changes within them. */
function lineEdits(text: string, edits: readonly TextEdit[]): TextEdit[] {
  const groups: { start: number; end: number; inside: TextEdit[] }[] = [];
  for (const edit of edits) {
    const start = edit.start === 0 ? 0 : text.lastIndexOf("\n", edit.start - 1) + 1;
    const end = lineEndAfter(text, edit.end);
    const last = groups.at(-1);
    if (last && start < last.end) {
      last.inside.push(edit);
      last.end = end;
    } else groups.push({ start, end, inside: [edit] });
  }
  return groups.flatMap(({ start, end, inside }) => {
    const before = text.slice(start, end);
    const after = applyEdits(before, shiftEdits(inside, -start));
    return shiftEdits(diffLines(before, after), start);
  });
}

function shiftEdits(edits: readonly TextEdit[], by: number): TextEdit[] {
  return edits.map(({ start, end, newText }) => ({ start: start + by, end: end + by, newText }));
}

/** `edits` are of whole lines; those that touch become one block. */
function formatDiff(text: string, edits: readonly TextEdit[], { path, context = defaultContextLines }: DiffOptions) {
  const hunks = hunkWriter(text, context);
  let pending: TextEdit | null = null;
  for (const edit of edits) {
    if (pending && pending.end === edit.start) {
      pending = { start: pending.start, end: edit.end, newText: pending.newText + edit.newText };
      continue;
    }
    if (pending) hunks.add(pending);
    pending = edit;
  }
  if (pending) hunks.add(pending);
  const body = hunks.finish();
  return body === "" ? "" : `--- ${quoteName(`a/${path}`)}\n+++ ${quoteName(`b/${path}`)}\n${body}`;
}

/** Writes hunks from left to right, joining those whose contexts meet. */
function hunkWriter(text: string, context: number) {
  const written: string[] = [];
  let body: string[] = [];
  let oldStart = 0;
  let oldCount = 0;
  let newCount = 0;
  /** Lines that the hunks written so far add to the text. */
  let addedLines = 0;
  /** What has been read: a line and its offset. Everything up to it is written or skipped. */
  let line = 0;
  let offset = 0;

  function write(kind: " " | "-" | "+", content: string) {
    body.push(content.endsWith("\n") ? `${kind}${content}` : `${kind}${content}\n${noLineEndMark}\n`);
    if (kind !== "+") oldCount++;
    if (kind !== "-") newCount++;
  }
  function writeAll(kind: "-" | "+", content: string) {
    for (let at = 0; at < content.length; ) {
      const end = lineEndAfter(content, at);
      write(kind, content.slice(at, end));
      at = end;
    }
  }
  function close() {
    if (body.length === 0) return;
    const newStart = oldStart + addedLines;
    written.push(`@@ -${side(oldStart, oldCount)} +${side(newStart, newCount)} @@\n`, body.join(""));
    addedLines += newCount - oldCount;
    body = [];
    oldCount = 0;
    newCount = 0;
  }
  /** Context behind the open hunk, up to `limit` lines and the offset `end`. */
  function writeContext(limit: number, end: number) {
    for (let i = 0; i < limit && offset < end; i++) {
      const next = lineEndAfter(text, offset);
      write(" ", text.slice(offset, next));
      offset = next;
      line++;
    }
  }
  return {
    add(edit: TextEdit) {
      if (body.length > 0) {
        const between = countLines(text, offset, edit.start, 2 * context + 1);
        writeContext(between <= 2 * context ? between : context, edit.start);
        if (offset < edit.start) close();
      }
      if (body.length === 0) {
        const lead = stepBack(text, edit.start, context, offset);
        line += countLines(text, offset, lead, Number.POSITIVE_INFINITY);
        offset = lead;
        oldStart = line;
        writeContext(context, edit.start);
      }
      const deleted = text.slice(edit.start, edit.end);
      writeAll("-", deleted);
      writeAll("+", edit.newText);
      line += countLines(deleted, 0, deleted.length, Number.POSITIVE_INFINITY);
      offset = edit.end;
    },
    finish(): string {
      if (body.length > 0) writeContext(context, text.length);
      close();
      return written.join("");
    },
  };
}

/** One side of a hunk's header: `start` counts lines from 0. */
function side(start: number, count: number): string {
  if (count === 0) return `${start},0`;
  return count === 1 ? String(start + 1) : `${start + 1},${count}`;
}

/** Behind the line that holds `offset`. */
function lineEndAfter(text: string, offset: number): number {
  const lineEnd = text.indexOf("\n", offset);
  return lineEnd === -1 ? text.length : lineEnd + 1;
}

/** Lines from `start` to `end`, both at line starts or the text's end; stops counting at `limit`. */
function countLines(text: string, start: number, end: number, limit: number): number {
  let count = 0;
  for (let at = start; at < end && count < limit; at = lineEndAfter(text, at)) count++;
  return count;
}

/** The start of the line `lines` above the one that begins at `offset`, not above `floor`. */
function stepBack(text: string, offset: number, lines: number, floor: number): number {
  let at = offset;
  for (let i = 0; i < lines && at > floor; i++) at = at < 2 ? 0 : text.lastIndexOf("\n", at - 2) + 1;
  return Math.max(at, floor);
}
