/**
 * An edit caught in the middle: what a person had typed of it when they paused, and what was still to come. Where
 * people pause follows what they type: after an opening bracket or a dot, after `=`, at the end of a name or a line.
 */
import type { TextEdit } from "../../shared/text/edits.ts";
import { splitLines } from "../../shared/text/lines.ts";
import { isHighSurrogate, isLowSurrogate, utf8Length } from "../../shared/text/utf8.ts";

/** What is still to be typed may be no longer: people stop and look before they have written a screen. */
const maxRestBytes = 1_024;

export interface TypedPart {
  /** From the text before the edit. */
  readonly typed: TextEdit;
  /** From the text after `typed`, in order; together they complete the edit. */
  readonly rest: readonly TextEdit[];
  /** Where typing stopped, in the text after `typed`. */
  readonly cursor: number;
}

/** Text typed in one go between what stays before and behind it, and what is to follow on later lines. */
interface Typing {
  /** Where `before` + `text` + `after` is put, in the text before the edit. */
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly text: string;
  readonly after: string;
  /** From the text before the edit; behind `end`. */
  readonly later: readonly TextEdit[];
}

/**
 * @param edit of whole lines
 * @param draw from 0 to 1: which of the places, weighted by how natural a pause is there
 * @returns null where nothing is typed in it, or too much would be to come
 */
export function typedPart(text: string, edit: TextEdit, draw: number): TypedPart | null {
  const places = typings(text, edit).flatMap((typing) =>
    pausesIn(typing.text, linesIn(typing.later)).map((pause) => ({ ...pause, typing })),
  );
  const total = places.reduce((sum, { weight }) => sum + weight, 0);
  let left = draw * total;
  const place = places.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  return place ? cutAt(place.typing, place.at) : null;
}

function cutAt({ start, end, before, text, after, later }: Typing, at: number): TypedPart | null {
  const newText = before + text.slice(0, at) + after;
  const cursor = start + before.length + at;
  const shift = newText.length - (end - start);
  const rest = [
    { start: cursor, end: cursor, newText: text.slice(at) },
    ...later.map((edit) => ({ ...edit, start: edit.start + shift, end: edit.end + shift })),
  ];
  const restBytes = rest.reduce((sum, edit) => sum + utf8Length(edit.newText), 0);
  return restBytes > maxRestBytes ? null : { typed: { start, end, newText }, rest, cursor };
}

/** The ways to read an edit as typing. */
function typings(text: string, edit: TextEdit): Typing[] {
  const { start, end, newText } = edit;
  const oldText = text.slice(start, end);
  // Whoever begins a line presses Enter first, so that its line end stands behind the cursor from the start.
  if (oldText === "") return [{ start, end, before: "", ...withoutLineEnd(newText), later: [] }];
  const oldLines = splitLines(oldText);
  const newLines = splitLines(newText);
  if (oldLines.length === newLines.length) return lineByLine(start, oldLines, newLines);
  const { prefix, suffix } = commonEnds(oldText, newText);
  const replaced = oldText.slice(prefix, oldText.length - suffix);
  // Nobody deletes several lines before they type the first one that takes their place.
  if (replaced.includes("\n")) return [];
  const typed = newText.slice(prefix, newText.length - suffix);
  return [
    {
      start,
      end,
      before: newText.slice(0, prefix),
      text: typed,
      after: newText.slice(newText.length - suffix),
      later: [],
    },
  ];
}

function withoutLineEnd(text: string): { text: string; after: string } {
  return text.endsWith("\n") ? { text: text.slice(0, -1), after: "\n" } : { text, after: "" };
}

/** As many lines as before: each is changed in its turn, the ones above done, the ones below to come. */
function lineByLine(start: number, oldLines: readonly string[], newLines: readonly string[]): Typing[] {
  const oldText = oldLines.join("");
  const newText = newLines.join("");
  const found: Typing[] = [];
  let oldAt = 0;
  let newAt = 0;
  for (const [i, newLine] of newLines.entries()) {
    const oldLine = oldLines[i] ?? "";
    const done = newText.slice(0, newAt);
    oldAt += oldLine.length;
    newAt += newLine.length;
    const below = newText.slice(newAt);
    if (below.length > maxRestBytes) continue;
    const { prefix, suffix } = commonEnds(oldLine, newLine);
    const end = start + oldAt;
    const unchangedBelow = oldText.slice(oldAt) === below;
    found.push({
      start,
      end,
      before: done + newLine.slice(0, prefix),
      text: newLine.slice(prefix, newLine.length - suffix),
      after: newLine.slice(newLine.length - suffix),
      later: unchangedBelow ? [] : [{ start: end, end: start + oldText.length, newText: below }],
    });
  }
  return found;
}

/** Lengths of the longest common beginning and, behind it, the longest common end; no character is cut in two. */
export function commonEnds(a: string, b: string): { prefix: number; suffix: number } {
  const limit = Math.min(a.length, b.length);
  let prefix = 0;
  while (prefix < limit && a.charCodeAt(prefix) === b.charCodeAt(prefix)) prefix++;
  if (prefix > 0 && isHighSurrogate(a.charCodeAt(prefix - 1))) prefix--;
  let suffix = 0;
  while (suffix < limit - prefix && a.charCodeAt(a.length - 1 - suffix) === b.charCodeAt(b.length - 1 - suffix))
    suffix++;
  if (suffix > 0 && isLowSurrogate(a.charCodeAt(a.length - suffix))) suffix--;
  return { prefix, suffix };
}

function linesIn(edits: readonly TextEdit[]): number {
  return edits.reduce((sum, { newText }) => sum + newText.split("\n").length - 1, 0);
}

interface Pause {
  /** Offset in the typed text; something that is no white space stands on either side. */
  readonly at: number;
  readonly weight: number;
}

/**
 * A pause counts less, the more is still to come: whoever stops for long is mostly about to finish a line, not to write
 * twenty. So each number of lines to come is about as likely as twice that number.
 * @param linesBelow to come behind the text
 */
function pausesIn(text: string, linesBelow: number): Pause[] {
  const first = text.search(/\S/u);
  if (first === -1) return [];
  const last = text.trimEnd().length;
  const pauses: Pause[] = [];
  let linesToCome = 1 + linesBelow;
  for (let at = text.length - 1; at > Math.max(first, text.length - maxRestBytes); at--) {
    const weight = at < last ? pauseWeight(text, at) : 0;
    if (weight > 0) pauses.push({ at, weight: weight / linesToCome });
    if (text[at - 1] === "\n") linesToCome++;
  }
  return pauses;
}

/** How natural it is to pause in front of `at`; 0 where nobody does. */
function pauseWeight(text: string, at: number): number {
  const previous = text[at - 1] ?? "";
  const next = text[at] ?? "";
  if (isLowSurrogate(next.charCodeAt(0))) return 0;
  if (next === "\n") return previous === "\n" ? 0 : 4;
  if ("([{".includes(previous)) return 6;
  if (previous === "." || text.slice(at - 2, at) === "->" || text.slice(at - 2, at) === "::") return 6;
  if (previous === " ") return /[=:(,]\s$/u.test(text.slice(at - 2, at)) ? 5 : indents(text, at) ? 0 : 3;
  if ("=,:".includes(previous)) return next === " " || next === previous || next === ">" ? 0 : 2;
  const afterWord = /[\p{L}\p{N}_$]/u.test(previous);
  const beforeWord = /[\p{L}\p{N}_$]/u.test(next);
  if (afterWord && !beforeWord) return 2;
  // In the middle of a name, once two letters of it are there.
  if (afterWord && beforeWord) return /[\p{L}\p{N}_$]{2}$/u.test(text.slice(Math.max(0, at - 2), at)) ? 1 : 0;
  return 0;
}

/** White space from the beginning of a line up to `at`: nobody stops inside an indentation. */
function indents(text: string, at: number): boolean {
  return text.slice(text.lastIndexOf("\n", at - 1) + 1, at).trim() === "";
}
