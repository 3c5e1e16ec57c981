/** What an edit of the region changes, as blocks of lines, and how far each is from the cursor. */
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import type { Change } from "../metrics/alignment.ts";
import { lineDiff } from "../metrics/lines.ts";

export interface EditBlock {
  /** The lines that are new, without those that stay; with their line ends. Empty where lines are only deleted. */
  readonly added: readonly string[];
  /** Lines changed: of the two sides, the longer one's, so that a line that is rewritten counts once. */
  readonly changed: number;
  /**
   * Lines between the cursor's and the nearest line that the block replaces, or stands between: 0 is the cursor's own. A
   * block that could as well be said to stand elsewhere, since the lines around it repeat, is as near as it can be.
   */
  readonly distance: number;
}

/** No blocks where `target` leaves the region as it is. */
export function editBlocks(snapshot: Snapshot, target: string): EditBlock[] {
  const { before, after, blocks } = lineDiff(regionBefore(snapshot), target);
  const cursorLine = cursorLineOf(snapshot);
  const joined = joinedBlocks(before, after, blocks);
  return joined.map((block, i) => ({
    added: after.slice(block.newStart, block.newEnd),
    changed: Math.max(block.end - block.start, block.newEnd - block.newStart),
    distance: distanceTo(cursorLine, reach(before, after, block, joined[i - 1], joined[i + 1])),
  }));
}

/** Counted from the region's first line; negative above it. */
function cursorLineOf({ excerpt, editable, cursor }: Snapshot): number {
  const lineEnds = (from: number, to: number) => excerpt.text.slice(from, to).split("\n").length - 1;
  return cursor < editable.start ? -lineEnds(cursor, editable.start) : lineEnds(editable.start, cursor);
}

/**
 * A difference with the fewest changed lines may cut one edit in two: a new function between two blank lines, of which
 * one was there. Where a block of new (or deleted) lines can be moved until it touches its neighbour, the two are one.
 */
function joinedBlocks(before: readonly string[], after: readonly string[], blocks: readonly Change[]): Change[] {
  const joined: Change[] = [];
  for (const block of blocks) {
    const last = joined.at(-1);
    const gap = last === undefined ? 0 : block.start - last.end;
    if (last !== undefined && slides(before, after, block, -gap)) {
      joined[joined.length - 1] = { ...last, end: block.end - gap, newEnd: block.newEnd - gap };
    } else if (last !== undefined && slides(before, after, last, gap)) {
      joined[joined.length - 1] = {
        start: last.start + gap,
        newStart: last.newStart + gap,
        end: block.end,
        newEnd: block.newEnd,
      };
    } else joined.push(block);
  }
  return joined;
}

/** Whether the block, moved by so many lines (up where negative), says the same difference. */
function slides(before: readonly string[], after: readonly string[], block: Change, lines: number): boolean {
  const side = oneSide(before, after, block);
  if (side === undefined) return false;
  const { text, from, to } = side;
  for (let step = 0; step < Math.abs(lines); step++) {
    const [left, joins] = lines < 0 ? [from - 1 - step, to - 1 - step] : [from + step, to + step];
    if (text[left] === undefined || text[left] !== text[joins]) return false;
  }
  return true;
}

/** The side on which a block of new, or of deleted, lines has lines; undefined for one that replaces some. */
function oneSide(before: readonly string[], after: readonly string[], block: Change) {
  if (block.start === block.end) return { text: after, from: block.newStart, to: block.newEnd };
  if (block.newStart === block.newEnd) return { text: before, from: block.start, to: block.end };
  return undefined;
}

/** The first and the last line that a block is at, wherever it may be said to stand between its neighbours. */
function reach(
  before: readonly string[],
  after: readonly string[],
  block: Change,
  previous: Change | undefined,
  next: Change | undefined,
): [first: number, last: number] {
  const room = { up: block.start - (previous?.end ?? 0), down: (next?.start ?? before.length) - block.end };
  let up = 0;
  let down = 0;
  while (up < room.up && slides(before, after, block, -(up + 1))) up++;
  while (down < room.down && slides(before, after, block, down + 1)) down++;
  // New lines stand between two that were there.
  const inserts = block.start === block.end;
  return [block.start - up - (inserts ? 1 : 0), (inserts ? block.end : block.end - 1) + down];
}

function distanceTo(line: number, [first, last]: [first: number, last: number]): number {
  return Math.max(0, first - line, line - last);
}
