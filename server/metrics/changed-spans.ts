/** The parts of two texts outside of which they are alike. */
import { isHighSurrogate, isLowSurrogate } from "../../shared/text/utf8.ts";
import { lineDiff } from "./lines.ts";

export interface ChangedSpan {
  readonly before: string;
  readonly after: string;
}

/** Offsets (UTF-16) of a span in both texts. */
interface Window {
  start: number;
  end: number;
  newStart: number;
  newEnd: number;
}

/** In order, each with up to `context` unchanged characters on either side; spans whose context would overlap are one. */
export function changedSpans(before: string, after: string, context: number): ChangedSpan[] {
  if (before === after) return [];
  const windows: Window[] = [];
  for (const change of changedOffsets(before, after)) {
    const back = change.start - stepBack(before, change.start, context);
    const ahead = stepAhead(before, change.end, context) - change.end;
    const last = windows.at(-1);
    // Between two changes both texts are alike, so that the contexts are as long in one as in the other.
    if (last !== undefined && last.end >= change.start - back) {
      last.end = change.end + ahead;
      last.newEnd = change.newEnd + ahead;
    } else {
      windows.push({
        start: change.start - back,
        end: change.end + ahead,
        newStart: change.newStart - back,
        newEnd: change.newEnd + ahead,
      });
    }
  }
  return windows.map(({ start, end, newStart, newEnd }) => ({
    before: before.slice(start, end),
    after: after.slice(newStart, newEnd),
  }));
}

/** The blocks of changed lines without the characters that both sides begin and end with. */
function changedOffsets(before: string, after: string): Window[] {
  const diff = lineDiff(before, after);
  const result: Window[] = [];
  let line = 0;
  let offset = 0;
  let newLine = 0;
  let newOffset = 0;
  for (const block of diff.blocks) {
    for (; line < block.start; line++) offset += (diff.before[line] as string).length;
    for (; newLine < block.newStart; newLine++) newOffset += (diff.after[newLine] as string).length;
    const start = offset;
    const newStart = newOffset;
    for (; line < block.end; line++) offset += (diff.before[line] as string).length;
    for (; newLine < block.newEnd; newLine++) newOffset += (diff.after[newLine] as string).length;
    result.push(withoutCommonEnds(before, after, { start, end: offset, newStart, newEnd: newOffset }));
  }
  return result;
}

function withoutCommonEnds(before: string, after: string, { start, end, newStart, newEnd }: Window): Window {
  const limit = Math.min(end - start, newEnd - newStart);
  let prefix = 0;
  while (prefix < limit && before.charCodeAt(start + prefix) === after.charCodeAt(newStart + prefix)) prefix++;
  if (prefix > 0 && isHighSurrogate(before.charCodeAt(start + prefix - 1))) prefix--;
  let suffix = 0;
  while (suffix < limit - prefix && before.charCodeAt(end - 1 - suffix) === after.charCodeAt(newEnd - 1 - suffix)) {
    suffix++;
  }
  if (suffix > 0 && isLowSurrogate(before.charCodeAt(end - suffix))) suffix--;
  return { start: start + prefix, end: end - suffix, newStart: newStart + prefix, newEnd: newEnd - suffix };
}

function stepBack(text: string, from: number, characters: number): number {
  let at = from;
  for (let i = 0; i < characters && at > 0; i++) {
    at--;
    if (at > 0 && isLowSurrogate(text.charCodeAt(at)) && isHighSurrogate(text.charCodeAt(at - 1))) at--;
  }
  return at;
}

function stepAhead(text: string, from: number, characters: number): number {
  let at = from;
  for (let i = 0; i < characters && at < text.length; i++) {
    at += isHighSurrogate(text.charCodeAt(at)) && isLowSurrogate(text.charCodeAt(at + 1)) ? 2 : 1;
  }
  return at;
}
