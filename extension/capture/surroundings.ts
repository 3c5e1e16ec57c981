/**
 * What stands around the texts that a snapshot clips. A key of forty lines of which a diff shows three is found only by
 * who sees its beginning, so redaction reads these texts too; they go nowhere else.
 */
import { boundedMargin } from "../../shared/privacy/margins.ts";
import type { TextRange } from "../../shared/text/edits.ts";

/** The design's margin. */
const marginLines = 64;

/** Of a document, in lines; what `TrackedDocument` knows without a copy of its text. */
export interface LinesOfDocument {
  readonly lineCount: number;
  readonly length: number;
  offsetAt(position: { line: number; character: number }): number;
  positionAt(offset: number): { line: number; character: number };
  slice(start: number, end: number): string;
}

export function aroundRange(document: LinesOfDocument, { start, end }: TextRange): string {
  return aroundLines(document, document.positionAt(start).line, document.positionAt(end).line);
}

/**
 * Around what diagnostics show of the document, one text each.
 * @param known what `aroundRange` was asked about: it has those within already
 */
export function aroundSnippets(
  document: LinesOfDocument,
  diagnostics: readonly { readonly startLine: number }[],
  known: TextRange,
): string[] {
  const first = document.positionAt(known.start).line;
  const last = document.positionAt(known.end).line;
  const lines = new Set(diagnostics.map(({ startLine }) => startLine).filter((line) => line < first || line > last));
  return [...lines].map((line) => aroundLines(document, line, line));
}

/** Where a hunk's lines stand in the text after it. */
const hunkHeader = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/gmu;

/**
 * Around every hunk, one text each. Entries that came later may have moved the lines: what a margin is for forgives that.
 * @param diff made by `unifiedDiff`
 */
export function aroundHunks(document: LinesOfDocument, diff: string): string[] {
  return [...diff.matchAll(hunkHeader)].map(([, start = "1", count = "1"]) => {
    const first = Math.max(0, Number(start) - 1);
    return aroundLines(document, first, first + Number(count));
  });
}

/**
 * Whole lines from `first` to `last`, with the margin on both sides. Of long lines no more than redaction reads: they are held,
 * many at a time, for as long as a capture is open.
 */
function aroundLines(document: LinesOfDocument, first: number, last: number): string {
  const from = Math.max(0, Math.min(first, document.lineCount - 1) - marginLines);
  const behind = last + marginLines + 1;
  const start = document.offsetAt({ line: from, character: 0 });
  const end = behind < document.lineCount ? document.offsetAt({ line: behind, character: 0 }) : document.length;
  return boundedMargin(document.slice(start, end));
}
