/**
 * A document as the extension follows it: its text kept beside VS Code's, because VS Code's change event does not say
 * what was removed, and asking the document for its text at every key copies all of it.
 */
import type { TextEdit } from "../../shared/text/edits.ts";
import { normalizeLineEnds } from "../../shared/text/line-ends.ts";
import { chunkedText, countLineEnds } from "./chunked-text.ts";

/** As VS Code counts: lines and UTF-16 units from 0, whatever the document's line end. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** One of VS Code's `contentChanges`: what stands between two positions of the text before the event gives way to `text`. */
export interface ContentChange {
  readonly start: Position;
  readonly end: Position;
  /** With whatever line ends VS Code reports. */
  readonly text: string;
}

export interface DocumentChange {
  /** The document's version after the event. */
  readonly version: number;
  /** All in positions of the text before the event, disjoint, in any order; VS Code's own goes from the end to the start. */
  readonly changes: readonly ContentChange[];
  readonly reason: "undo" | "redo" | undefined;
  /** The document's line end after the event; absent where it is as before. */
  readonly eol?: "lf" | "crlf";
  /** How many cursors the editor has that the person types in; absent where nobody knows. */
  readonly cursors?: number | undefined;
}

/** Offsets in the LF text before the event; a list is sorted and disjoint, and holds nothing that changes nothing. */
export interface AppliedEdit extends TextEdit {
  readonly removed: string;
  /** Where `start` stands in the text before the event. */
  readonly position: Position;
}

export type ApplyResult =
  | { readonly ok: true; readonly edits: AppliedEdit[] }
  /** The event does not follow the one before it, or does not fit the text. Nothing applies any more: track anew. */
  | { readonly ok: false; readonly reason: "missed" };

export interface DocumentFacts {
  readonly uri: string;
  /** Relative to the workspace folder, `/` between its parts. */
  readonly path: string;
  /** The workspace folder's URI. */
  readonly folder: string;
  readonly languageId: string;
  readonly eol: "lf" | "crlf";
  readonly version: number;
}

/** Texts are LF-normalised, offsets UTF-16 units into them. */
export interface TrackedDocument extends DocumentFacts {
  readonly lineCount: number;
  readonly length: number;
  /** How often the whole text was copied: never on the way from a key to the history. */
  readonly fullCopies: number;
  /** Costs what the event changes, not what the document holds. */
  apply(change: DocumentChange): ApplyResult;
  /** A position outside the document counts as the nearest one inside, as in VS Code. */
  offsetAt(position: Position): number;
  positionAt(offset: number): Position;
  slice(start: number, end: number): string;
  /** Without its line end. @throws RangeError for a line that the document does not have. */
  line(line: number): string;
  /** Where a line begins. @throws RangeError for a line that the document does not have. */
  lineStart(line: number): number;
  text(): string;
}

export function trackedDocument(opened: DocumentFacts & { readonly text: string }): TrackedDocument {
  const { uri, path, folder, languageId } = opened;
  const content = chunkedText(normalizeLineEnds(opened.text).text);
  let { eol, version } = opened;
  let fullCopies = 0;

  /** Null for a position that the document does not have. */
  function exactOffset({ line, character }: Position): number | null {
    if (line < 0 || line >= content.lineCount || character < 0) return null;
    const offset = content.lineStart(line) + character;
    return offset <= content.lineEnd(line) ? offset : null;
  }

  function editOf(change: ContentChange): AppliedEdit | null {
    const start = exactOffset(change.start);
    const end = exactOffset(change.end);
    if (start === null || end === null || end < start) return null;
    const newText = normalizeLineEnds(change.text).text;
    return { start, end, newText, removed: content.slice(start, end), position: change.start };
  }

  function editsOf(changes: readonly ContentChange[]): AppliedEdit[] | null {
    const edits: AppliedEdit[] = [];
    // VS Code applies its list in order, so of two insertions at one place the later one comes to stand in front.
    for (const change of changes.toReversed()) {
      const edit = editOf(change);
      if (edit === null) return null;
      edits.push(edit);
    }
    edits.sort((a, b) => a.start - b.start || a.end - b.end);
    return edits.some((edit, at) => edit.start < (edits[at - 1]?.end ?? 0)) ? null : edits;
  }

  return {
    uri,
    path,
    folder,
    languageId,
    get eol() {
      return eol;
    },
    get version() {
      return version;
    },
    get lineCount() {
      return content.lineCount;
    },
    get length() {
      return content.length;
    },
    get fullCopies() {
      return fullCopies;
    },
    apply(change) {
      // VS Code reports a document that became dirty, or clean, as an event without changes and without a new version.
      const isNext = change.version === version + 1 || (change.version === version && change.changes.length === 0);
      const edits = isNext ? editsOf(change.changes) : null;
      if (edits === null) return { ok: false, reason: "missed" };
      version = change.version;
      if (change.eol !== undefined) eol = change.eol;
      // A new line end is reported as the whole text in place of itself, a bracket typed over itself likewise.
      const effective = edits.filter(({ removed, newText }) => removed !== newText);
      for (const { start, end, newText } of effective.toReversed()) content.replace(start, end, newText);
      return { ok: true, edits: effective };
    },
    offsetAt({ line, character }) {
      if (line < 0) return 0;
      if (line >= content.lineCount) return content.length;
      return Math.min(content.lineStart(line) + Math.max(0, character), content.lineEnd(line));
    },
    positionAt(offset) {
      const inside = Math.min(Math.max(0, offset), content.length);
      const line = content.lineAt(inside);
      return { line, character: inside - content.lineStart(line) };
    },
    slice(start, end) {
      if (start === 0 && end === content.length) fullCopies++;
      return content.slice(start, end);
    },
    line: (line) => content.slice(content.lineStart(line), content.lineEnd(line)),
    lineStart: (line) => content.lineStart(line),
    text() {
      fullCopies++;
      return content.slice(0, content.length);
    },
  };
}

/** Lines that an edit takes away and puts in, counted by their ends. */
export function lineEndsOf(edit: { readonly removed: string; readonly newText: string }): {
  readonly removed: number;
  readonly inserted: number;
} {
  return { removed: countLineEnds(edit.removed), inserted: countLineEnds(edit.newText) };
}
