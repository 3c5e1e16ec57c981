/** A document's diagnostics as a snapshot has them. */
import type { Diagnostic } from "../../shared/records/snapshot.ts";
import { isHighSurrogate } from "../../shared/text/utf8.ts";
import type { Position, TrackedDocument } from "../capture/document.ts";
import type { DescribeDiagnostics, EditorDiagnostic } from "../capture/editor-view.ts";

const maxSnippetLines = 8;
const maxSnippetChars = 512;
/** Type checkers spell out whole types. */
const maxMessageChars = 2_048;

/** Distance is counted in lines, on the same line in characters; of two as near the graver comes first. */
export const describeDiagnostics: DescribeDiagnostics = (shown, document, from) =>
  shown
    .map((each) => ({ each, lines: linesBetween(each, from), characters: charactersBetween(each, from) }))
    .sort((a, b) => a.lines - b.lines || a.characters - b.characters || a.each.severity - b.each.severity)
    .map(({ each }) => record(each, document));

function record(
  { severity, message, source, code, start, end }: EditorDiagnostic,
  document: TrackedDocument,
): Diagnostic {
  // They may be about a text that was longer.
  const startLine = within(document, start.line);
  const endLine = Math.max(startLine, within(document, end.line));
  return {
    severity,
    message: cut(message, maxMessageChars),
    ...(source === undefined ? {} : { source }),
    ...(code === undefined ? {} : { code }),
    startLine,
    endLine,
    snippet: snippetOf(document, startLine, endLine),
  };
}

function within({ lineCount }: TrackedDocument, line: number): number {
  return Math.min(Math.max(0, line), lineCount - 1);
}

function snippetOf(document: TrackedDocument, first: number, last: number): string {
  const end = Math.min(last, first + maxSnippetLines - 1);
  const start = document.lineStart(first);
  const limit = document.lineStart(end) + document.line(end).length;
  return cut(document.slice(start, Math.min(limit, start + maxSnippetChars + 1)), maxSnippetChars);
}

/** Never through a word, where there are words: half of a secret would not be found any more. */
function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const start = text.slice(0, maxChars);
  const words = /\s/u.test(text.charAt(maxChars)) ? start : start.replace(/\S+$/u, "");
  if (words.trim() !== "") return words.trimEnd();
  return isHighSurrogate(start.charCodeAt(maxChars - 1)) ? start.slice(0, -1) : start;
}

function linesBetween({ start, end }: EditorDiagnostic, { line }: Position): number {
  return Math.max(0, start.line - line, line - end.line);
}

function charactersBetween({ start, end }: EditorDiagnostic, { line, character }: Position): number {
  const before = start.line >= line ? start.character - character : 0;
  const after = end.line <= line ? character - end.character : 0;
  return Math.max(0, before, after);
}
