/** The edit history as prompts show it: oldest first, newest last, escaped. */
import type { HistoryEntry } from "../../shared/records/snapshot.ts";
import { escapeMarkers } from "./markers.ts";

/** Of all diffs together, hunk headers included; more tells a model little about what comes next. */
export const MAX_HISTORY_LINES = 128;

export interface ShownEdit {
  readonly path: string;
  readonly origin: HistoryEntry["origin"];
  /** The diff from its first hunk header on, without a line end at its end; absent for an edit that has no diff. */
  readonly hunks?: string;
  /** Lines left out at the diff's start, so that the newest edits fit. */
  readonly omittedLines: number;
}

/**
 * The newest `length` entries in at most 128 lines of diff. An entry that fits in part keeps its last lines; entries
 * older than that are left out. An edit without a diff takes one line.
 */
export function shownHistory(history: readonly HistoryEntry[], length: number): ShownEdit[] {
  const shown: ShownEdit[] = [];
  let linesLeft = MAX_HISTORY_LINES;
  for (const entry of length === 0 ? [] : history.slice(-length).reverse()) {
    if (linesLeft === 0) break;
    const path = escapeMarkers(entry.path);
    if (entry.diff === undefined) {
      shown.push({ path, origin: entry.origin, omittedLines: 0 });
      linesLeft--;
      continue;
    }
    const lines = hunksOf(entry.diff).split("\n");
    const kept = lines.slice(-linesLeft);
    shown.push({
      path,
      origin: entry.origin,
      hunks: escapeMarkers(kept.join("\n")),
      omittedLines: lines.length - kept.length,
    });
    linesLeft -= kept.length;
  }
  return shown.reverse();
}

/** A diff without its file headers and last line end: what stands in front of the first hunk names files only. */
function hunksOf(diff: string): string {
  const start = diff.startsWith("@@") ? 0 : diff.indexOf("\n@@") + 1;
  return diff.slice(start).replace(/\n$/u, "");
}
