/**
 * The person is in the middle of a line that has been written before, in the history or nearby: what followed there may
 * follow here. The longest piece of text before the cursor that is found elsewhere decides.
 */
import type { Proposal, Situation } from "./situation.ts";
import { isBlank, isWord, isWordCharacter, tokenize } from "./tokens.ts";

const maxSourceLines = 1_500;
const maxLineLength = 400;
/** Distinct endings that are offered. */
const maxEndings = 2;

interface Source {
  readonly text: string;
  readonly fresh: boolean;
}

export function* continueTyping(situation: Situation): Generator<Proposal> {
  const here = openLine(situation);
  if (!here) return;
  yield* wholeLine(situation, here);
  yield* restOfLine(situation, here);
}

interface OpenLine {
  /** What stands before the cursor in its line, without indentation. */
  readonly typed: string;
  /** The line above that is not blank. */
  readonly above: string;
}

/** Only a line that the newest edit ends with, and at its end, is one that somebody is typing. */
function openLine({ lines, cursorLine, cursor, changes }: Situation): OpenLine | null {
  const line = lines[cursorLine];
  if (!line || line.text.length > maxLineLength || !isBlank(line.text.slice(cursor - line.start))) return null;
  const typing = changes.some(({ age, sameFile, added }) => age === 0 && sameFile && added.at(-1) === line.text);
  if (!typing) return null;
  const typed = line.text.slice(0, cursor - line.start);
  const above = lines.slice(0, cursorLine).findLast((other) => !isBlank(other.text))?.text ?? "";
  return { typed: typed.trimStart(), above: above.trim() };
}

/** Lines to learn from: what the history added, newest first, then the excerpt without the cursor's line. */
function sources(situation: Situation): Source[][] {
  const blocks: Source[][] = [];
  let count = 0;
  for (const change of situation.changes) {
    const block = [...change.added, ...change.below.slice(0, 1)].map((text) => ({ text, fresh: true }));
    count += block.length;
    if (count > maxSourceLines) break;
    blocks.push(block);
  }
  const { excerpt, editable } = situation.snapshot;
  const lineStart = editable.start + (situation.lines[situation.cursorLine]?.start ?? 0);
  const lineEnd = editable.start + (situation.lines[situation.cursorLine]?.end ?? 0);
  const toSources = (text: string) => text.split("\n").map((line) => ({ text: line, fresh: false }));
  blocks.push(toSources(excerpt.text.slice(lineEnd + 1)).slice(0, maxSourceLines));
  blocks.push(toSources(excerpt.text.slice(0, lineStart)).slice(-maxSourceLines));
  return blocks;
}

/** Somewhere a line begins with what was typed: the rest of that line. */
function* wholeLine(situation: Situation, { typed, above }: OpenLine): Generator<Proposal> {
  if (isBlank(typed)) return;
  const start = situation.cursor;
  const seen = new Set<string>();
  const matches: { rest: string; sameAbove: boolean; fresh: boolean }[] = [];
  for (const block of sources(situation)) {
    for (const [at, { text, fresh }] of block.entries()) {
      const trimmed = text.trim();
      if (trimmed.length <= typed.length || !trimmed.startsWith(typed) || trimmed.length > maxLineLength) continue;
      const sameAbove = at > 0 && block[at - 1]?.text.trim() === above;
      matches.push({ rest: trimmed.slice(typed.length), sameAbove, fresh });
    }
  }
  const counts = new Map<string, number>();
  for (const { rest } of matches) counts.set(rest, (counts.get(rest) ?? 0) + 1);
  matches.sort(
    (a, b) => Number(b.sameAbove) - Number(a.sameAbove) || (counts.get(b.rest) ?? 0) - (counts.get(a.rest) ?? 0),
  );
  for (const { rest, sameAbove, fresh } of matches) {
    if (seen.size >= maxEndings) return;
    // A line that begins alike somewhere else in the file, one of several, was the right one 0 times in 300.
    if (seen.has(rest) || (!sameAbove && !fresh && counts.size > 1)) continue;
    const only = counts.size === 1 ? "Only" : seen.size === 0 ? "First" : "Other";
    seen.add(rest);
    yield {
      kind: `line${sameAbove ? "Above" : ""}${fresh ? "Fresh" : ""}${only}`,
      edits: [{ start, end: start, newText: rest }],
    };
  }
}

/** The last few tokens before the cursor stand somewhere else: what follows them there, to the end of its line. */
function* restOfLine(situation: Situation, { typed }: OpenLine): Generator<Proposal> {
  const tokens = tokenize(typed);
  const start = situation.cursor;
  for (const width of [6, 5, 4, 3]) {
    if (tokens.length <= width) continue;
    const tail = tokens.slice(-width).join("");
    if (!tokens.slice(-width).some(isWord)) continue;
    const counts = new Map<string, number>();
    for (const block of sources(situation)) {
      for (const { text } of block) {
        if (text.length > maxLineLength) continue;
        const at = text.indexOf(tail);
        if (at === -1 || (isWordCharacter(tail, 0) && isWordCharacter(text, at - 1))) continue;
        const rest = text.slice(at + tail.length).trimEnd();
        if (rest !== "") counts.set(rest, (counts.get(rest) ?? 0) + 1);
      }
    }
    if (counts.size === 0) continue;
    const ranked = [...counts].sort((a, b) => b[1] - a[1]).slice(0, maxEndings);
    for (const [i, [rest]] of ranked.entries()) {
      const rank = counts.size === 1 ? "Only" : i === 0 ? "First" : "Other";
      yield { kind: `rest${width}${rank}`, edits: [{ start, end: start, newText: rest }] };
    }
    return;
  }
}
