/**
 * Whether a snapshot's history leads to what its excerpt shows. The excerpt is a window on the document, so the diffs of
 * the cursor's file are taken back from it one by one, newest first, as far as the window reaches: what a hunk says of
 * lines inside must be there, what it says of lines outside is taken as given.
 */
import { PLACEHOLDER } from "../../shared/privacy/placeholder.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { splitLines } from "../../shared/text/lines.ts";
import type { DiffHunk } from "../../shared/text/parse-diff.ts";
import { parseUnifiedDiff } from "../../shared/text/parse-diff.ts";

export interface HistoryFault {
  /** Index of the entry in `history`. */
  readonly entry: number;
  readonly message: string;
}

/** The newest entry that does not lead to the excerpt; null where none can be found wanting. */
export function historyFault({ history, document, excerpt }: Snapshot): HistoryFault | null {
  let window: Window = { start: excerpt.startLine, lines: splitLines(excerpt.text) };
  for (let entry = history.length - 1; entry >= 0; entry--) {
    const { path, diff } = history[entry] ?? {};
    if (path !== document.path) continue;
    // Before an edit without a diff the text is not known, and a diff that cannot be read is a fault of its own.
    const parsed = diff === undefined ? null : parseUnifiedDiff(diff);
    if (!parsed?.ok) return null;
    for (const [index, hunk] of [...parsed.hunks.entries()].reverse()) {
      const result = takeBack(window, hunk);
      if (result.kind === "redacted") return null;
      if (result.kind === "differs") {
        const message = `does not lead to the excerpt: hunk ${index + 1} differs at line ${result.line + 1} of the document`;
        return { entry, message };
      }
      window = result.window;
    }
  }
  return null;
}

/** Lines of a document from `start` on, as diffs count and cut them. */
interface Window {
  readonly start: number;
  readonly lines: readonly string[];
}

type TakenBack =
  | { readonly kind: "window"; readonly window: Window }
  | { readonly kind: "differs"; readonly line: number }
  /** They differ where a placeholder stands: redaction may have read the two differently. */
  | { readonly kind: "redacted" };

/**
 * The window before the hunk. Hunks are taken back from the last to the first, so that those above have not moved yet.
 * A hunk that reaches out of the window says what stood there, so the window grows by that.
 */
function takeBack(window: Window, hunk: DiffHunk): TakenBack {
  const end = window.start + window.lines.length;
  const hunkEnd = hunk.newLine + hunk.newCount;
  if (hunkEnd <= window.start) {
    return { kind: "window", window: { ...window, start: window.start + hunk.oldCount - hunk.newCount } };
  }
  if (hunk.newLine >= end) return { kind: "window", window };

  const now = hunk.lines.filter(({ kind }) => kind !== "-");
  for (const [i, { text }] of now.entries()) {
    const line = hunk.newLine + i;
    const shown = window.lines[line - window.start];
    if (line < window.start || shown === undefined || shown === text) continue;
    return isRedacted(shown) || isRedacted(text) ? { kind: "redacted" } : { kind: "differs", line };
  }
  const before = window.lines.slice(0, Math.max(0, hunk.newLine - window.start));
  const then = hunk.lines.filter(({ kind }) => kind !== "+").map(({ text }) => text);
  const after = window.lines.slice(hunkEnd - window.start);
  return {
    kind: "window",
    window: { start: Math.min(window.start, hunk.newLine), lines: [...before, ...then, ...after] },
  };
}

function isRedacted(line: string): boolean {
  return line.search(PLACEHOLDER) !== -1;
}
