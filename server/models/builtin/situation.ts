/** What the proposers look at: a snapshot, read once. */
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import { regionBefore } from "../../../shared/records/snapshot.ts";
import type { TextEdit } from "../../../shared/text/edits.ts";
import type { Change } from "./changes.ts";
import { readChanges } from "./changes.ts";

/** A line of the editable region; offsets in the region, `end` before its line end. */
export interface RegionLine {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Situation {
  readonly snapshot: Snapshot;
  /** The editable region's text. */
  readonly before: string;
  /** Offset in `before`. */
  readonly cursor: number;
  readonly lines: readonly RegionLine[];
  /** Index in `lines` of the line that the cursor stands in. */
  readonly cursorLine: number;
  /** What the history shows, newest first. */
  readonly changes: readonly Change[];
}

/** An edit of the region that somebody might make next. `kind` says by what reasoning: confidences are measured by kind. */
export interface Proposal {
  readonly kind: string;
  /** Offsets in the region. */
  readonly edits: readonly TextEdit[];
}

/** A way of guessing. Pure; gives its best guesses first, and none where it has nothing to go by. */
export type Proposer = (situation: Situation) => Iterable<Proposal>;

export function readSituation(snapshot: Snapshot): Situation {
  const before = regionBefore(snapshot);
  const cursor = snapshot.cursor - snapshot.editable.start;
  const lines = regionLines(before);
  const behind = lines.findIndex((line) => line.start > cursor);
  return {
    snapshot,
    before,
    cursor,
    lines,
    cursorLine: (behind === -1 ? lines.length : behind) - 1,
    changes: readChanges(snapshot),
  };
}

/** A text that ends with a line end has no further, empty line here: nothing can stand on it. An empty one has one. */
function regionLines(before: string): RegionLine[] {
  const lines: RegionLine[] = [];
  for (let start = 0; start < before.length || lines.length === 0; ) {
    const lineEnd = before.indexOf("\n", start);
    const end = lineEnd === -1 ? before.length : lineEnd;
    lines.push({ start, end, text: before.slice(start, end) });
    start = end + 1;
  }
  return lines;
}
