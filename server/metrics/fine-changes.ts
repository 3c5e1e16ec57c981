/** The differences between two texts as finely as a person would describe them: lines, words, characters of a word. */
import { utf8Length } from "../../shared/text/utf8.ts";
import type { Change } from "./alignment.ts";
import { changesBetween } from "./alignment.ts";
import { commonPrefixLength, commonSuffixLength } from "./characters.ts";
import { lineDiff, numbered } from "./lines.ts";
import { unitsOf } from "./units.ts";

/** Larger blocks are compared by line alone: word by word they would find likeness by chance. */
const MAX_REFINED_BYTES = 512;
const MAX_REFINED_LINES = 8;

/**
 * Changes in UTF-16 offsets, in order: by line, refined to words where both sides of a block have at most 512 bytes
 * and 8 lines, and to characters where one side of a changed word is a subsequence of the other. Of several alignments
 * that are as good, both directions take the same one: an edit that is taken back is found where it was made.
 */
export function fineChanges(before: string, after: string): Change[] {
  if (before <= after) return changesForward(before, after);
  return changesForward(after, before).map(({ start, end, newStart, newEnd }) => ({
    start: newStart,
    end: newEnd,
    newStart: start,
    newEnd: end,
  }));
}

function changesForward(before: string, after: string): Change[] {
  const diff = lineDiff(before, after);
  const changes: Change[] = [];
  const at = offsets(diff.before);
  const newAt = offsets(diff.after);
  for (const { start, end, newStart, newEnd } of diff.blocks) {
    const block = { start: at(start), end: at(end), newStart: newAt(newStart), newEnd: newAt(newEnd) };
    const old = before.slice(block.start, block.end);
    const now = after.slice(block.newStart, block.newEnd);
    const fine =
      Math.max(end - start, newEnd - newStart) <= MAX_REFINED_LINES &&
      Math.max(utf8Length(old), utf8Length(now)) <= MAX_REFINED_BYTES;
    changes.push(...(fine ? moved(wordChanges(old, now), block.start, block.newStart) : [block]));
  }
  return changes;
}

function wordChanges(before: string, after: string): Change[] {
  const old = unitsOf(before);
  const now = unitsOf(after);
  const at = offsets(old);
  const newAt = offsets(now);
  const numbers = new Map<string, number>();
  return changesBetween(numbered(old, numbers), numbered(now, numbers)).flatMap(({ start, end, newStart, newEnd }) => {
    const run = { start: at(start), end: at(end), newStart: newAt(newStart), newEnd: newAt(newEnd) };
    const refined = refine(before, after, run);
    if (refined !== null || end - start !== newEnd - newStart) return refined ?? [run];
    // As many words as before: each stands for the one in its place.
    return Array.from({ length: end - start }, (_, i) => {
      const pair = {
        start: at(start + i),
        end: at(start + i + 1),
        newStart: newAt(newStart + i),
        newEnd: newAt(newStart + i + 1),
      };
      return refine(before, after, pair) ?? [pair];
    }).flat();
  });
}

/** The inserted or removed characters alone; null where neither side is a subsequence of the other. */
function refine(before: string, after: string, change: Change): Change[] | null {
  const old = before.slice(change.start, change.end);
  const now = after.slice(change.newStart, change.newEnd);
  if (old === "" || now === "") return [change];
  const grows = old.length < now.length;
  const gaps = gapsAround(grows ? old : now, grows ? now : old);
  if (gaps === null) return null;
  const changes = gaps.map(({ at, start, end }) =>
    grows ? { start: at, end: at, newStart: start, newEnd: end } : { start, end, newStart: at, newEnd: at },
  );
  return moved(changes, change.start, change.newStart);
}

/** What of `long` is not in `short`, as ranges, each with its place in `short`; null where `short` is no subsequence. */
function gapsAround(short: string, long: string): { at: number; start: number; end: number }[] | null {
  const shortCharacters = [...short];
  const longCharacters = [...long];
  const prefix = commonPrefixLength(shortCharacters, longCharacters);
  const suffix = commonSuffixLength(shortCharacters, longCharacters, prefix);
  const gaps: { at: number; start: number; end: number }[] = [];
  let at = 0;
  let offset = 0;
  let index = 0;
  for (let i = 0; i < longCharacters.length; i++) {
    const character = longCharacters[i] as string;
    const isEnd = i >= longCharacters.length - suffix;
    const mayMatch = isEnd || index < shortCharacters.length - suffix;
    if (mayMatch && shortCharacters[index] === character) {
      index++;
      at += character.length;
    } else if (isEnd) return null;
    else {
      const last = gaps.at(-1);
      if (last?.end === offset) last.end += character.length;
      else gaps.push({ at, start: offset, end: offset + character.length });
    }
    offset += character.length;
  }
  return index === shortCharacters.length ? gaps : null;
}

function moved(changes: readonly Change[], by: number, newBy: number): Change[] {
  return changes.map(({ start, end, newStart, newEnd }) => ({
    start: start + by,
    end: end + by,
    newStart: newStart + newBy,
    newEnd: newEnd + newBy,
  }));
}

/** Where each piece begins in the pieces' text; behind the last, where that ends. */
function offsets(pieces: readonly string[]): (index: number) => number {
  const starts = new Uint32Array(pieces.length + 1);
  for (let i = 0; i < pieces.length; i++) starts[i + 1] = (starts[i] as number) + (pieces[i] as string).length;
  return (index) => starts[index] as number;
}
