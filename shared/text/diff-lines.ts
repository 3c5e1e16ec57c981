/**
 * What changed between two texts, by whole lines: Myers' shortest edit script (from the `diff` package) over what is
 * left between the common first and last lines, with bounded work. Texts too different for the bound are aligned at the
 * lines that occur once on both sides (Cohen's patience diff), and what lies between such lines is tried again; a
 * stretch that still has no short script is replaced whole. Every result is valid; only its size differs.
 */
import { diffArrays } from "diff";
import type { TextEdit } from "./edits.ts";
import { splitLines } from "./lines.ts";

/** Lines inserted and deleted that Myers' algorithm may need: its work grows with their square. */
const maxScriptLines = 1_000;
/** The same for a stretch between two anchors, of which there may be thousands. */
const maxStretchScriptLines = 100;

/** Edits of whole lines (cut as `splitLines` cuts) that turn `before` into `after`, none touching another. */
export function diffLines(before: string, after: string): TextEdit[] {
  if (before === after) return [];
  const old: Side = { lines: splitLines(before), start: 0, end: 0 };
  const fresh: Side = { lines: splitLines(after), start: 0, end: 0 };
  old.end = old.lines.length;
  fresh.end = fresh.lines.length;
  const changes: LineChange[] = [];
  collectChanges(old, fresh, changes, maxScriptLines);
  return toEdits(old.lines, fresh.lines, changes);
}

/** The lines from `start` to `end` of one text. */
interface Side {
  readonly lines: readonly string[];
  start: number;
  end: number;
}

/** Old lines `oldStart` to `oldEnd` become the new lines `newStart` to `newEnd`. */
interface LineChange {
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
}

function collectChanges(old: Side, fresh: Side, changes: LineChange[], scriptLimit: number): void {
  trimCommonEnds(old, fresh);
  if (old.start === old.end && fresh.start === fresh.end) return;
  if (old.start === old.end || fresh.start === fresh.end) {
    changes.push(replaceWhole(old, fresh));
    return;
  }
  if (collectShortestScript(old, fresh, changes, scriptLimit)) return;
  const anchors = scriptLimit === maxScriptLines ? uniqueCommonLines(old, fresh) : [];
  if (anchors.length === 0) {
    changes.push(replaceWhole(old, fresh));
    return;
  }
  let oldStart = old.start;
  let newStart = fresh.start;
  for (const anchor of [...anchors, { old: old.end, fresh: fresh.end }]) {
    collectChanges(
      { lines: old.lines, start: oldStart, end: anchor.old },
      { lines: fresh.lines, start: newStart, end: anchor.fresh },
      changes,
      maxStretchScriptLines,
    );
    oldStart = anchor.old + 1;
    newStart = anchor.fresh + 1;
  }
}

/** Changes both sides in place. */
function trimCommonEnds(old: Side, fresh: Side): void {
  while (old.start < old.end && fresh.start < fresh.end && old.lines[old.start] === fresh.lines[fresh.start]) {
    old.start++;
    fresh.start++;
  }
  while (old.start < old.end && fresh.start < fresh.end && old.lines[old.end - 1] === fresh.lines[fresh.end - 1]) {
    old.end--;
    fresh.end--;
  }
}

function replaceWhole(old: Side, fresh: Side): LineChange {
  return { oldStart: old.start, oldEnd: old.end, newStart: fresh.start, newEnd: fresh.end };
}

/** Adds the shortest script's changes; false, and nothing added, where it is longer than the limit. */
function collectShortestScript(old: Side, fresh: Side, changes: LineChange[], scriptLimit: number): boolean {
  const script = diffArrays(old.lines.slice(old.start, old.end), fresh.lines.slice(fresh.start, fresh.end), {
    maxEditLength: scriptLimit,
  });
  if (script === undefined) return false;
  let oldLine = old.start;
  let newLine = fresh.start;
  for (const { added, removed, count } of script) {
    if (added) changes.push({ oldStart: oldLine, oldEnd: oldLine, newStart: newLine, newEnd: newLine + count });
    else if (removed) changes.push({ oldStart: oldLine, oldEnd: oldLine + count, newStart: newLine, newEnd: newLine });
    if (!added) oldLine += count;
    if (!removed) newLine += count;
  }
  return true;
}

interface Anchor {
  readonly old: number;
  readonly fresh: number;
}

/** Lines that occur once on both sides, in the longest run of them that keeps their order. */
function uniqueCommonLines(old: Side, fresh: Side): Anchor[] {
  const oldPlaces = placesOfUniqueLines(old);
  const newPlaces = placesOfUniqueLines(fresh);
  const pairs: Anchor[] = [];
  for (const [line, place] of oldPlaces) {
    const newPlace = newPlaces.get(line);
    if (place !== null && newPlace !== undefined && newPlace !== null) pairs.push({ old: place, fresh: newPlace });
  }
  pairs.sort((a, b) => a.old - b.old);
  return longestIncreasing(pairs);
}

/** Null for a line that occurs more than once. */
function placesOfUniqueLines(side: Side): Map<string, number | null> {
  const places = new Map<string, number | null>();
  for (let i = side.start; i < side.end; i++) {
    const line = side.lines[i] ?? "";
    places.set(line, places.has(line) ? null : i);
  }
  return places;
}

/** The longest subsequence with ascending `fresh`, by patience sorting: n log n. */
function longestIncreasing(pairs: readonly Anchor[]): Anchor[] {
  const tops: { pair: Anchor; below: number }[] = [];
  /** Indexes into `tops` of the last card of each pile. */
  const piles: number[] = [];
  for (const pair of pairs) {
    let low = 0;
    let high = piles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[piles[middle] ?? 0]?.pair.fresh ?? 0) < pair.fresh) low = middle + 1;
      else high = middle;
    }
    tops.push({ pair, below: low > 0 ? (piles[low - 1] ?? -1) : -1 });
    piles[low] = tops.length - 1;
  }
  const run: Anchor[] = [];
  let card = tops[piles.at(-1) ?? -1];
  while (card) {
    run.push(card.pair);
    card = tops[card.below];
  }
  return run.reverse();
}

/** Joins changes that touch, and turns lines into offsets. */
function toEdits(before: readonly string[], after: readonly string[], changes: readonly LineChange[]): TextEdit[] {
  const edits: { start: number; end: number; newText: string }[] = [];
  let line = 0;
  let offset = 0;
  function offsetAt(target: number): number {
    for (; line < target; line++) offset += before[line]?.length ?? 0;
    return offset;
  }
  for (const change of changes) {
    const start = offsetAt(change.oldStart);
    const end = offsetAt(change.oldEnd);
    const newText = after.slice(change.newStart, change.newEnd).join("");
    const last = edits.at(-1);
    if (last && last.end === start) {
      last.end = end;
      last.newText += newText;
    } else edits.push({ start, end, newText });
  }
  return edits;
}
