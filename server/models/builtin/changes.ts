/** The edit history as the proposers read it: which lines gave way to which, and which line became which. */
import type { HistoryEntry, Snapshot } from "../../../shared/records/snapshot.ts";
import type { DiffHunk } from "../../../shared/text/parse-diff.ts";
import { parseUnifiedDiff } from "../../../shared/text/parse-diff.ts";
import { commonEnds, isBlank, tokenize } from "./tokens.ts";

/** Lines that gave way to lines. Nothing of a change is in another. */
export interface Change {
  /** 0 for the newest history entry. */
  readonly age: number;
  /** In the file that the cursor stands in. */
  readonly sameFile: boolean;
  readonly removed: readonly string[];
  readonly added: readonly string[];
  /** Unchanged lines of the diff right before and behind, in the file's order. */
  readonly above: readonly string[];
  readonly below: readonly string[];
  /** Line, from 0, of the first added one (or of where the removed ones were) in the file after the history entry. */
  readonly line: number;
  readonly rewrites: readonly Rewrite[];
}

/** A line that became another. */
export interface Rewrite {
  readonly old: readonly string[];
  readonly new: readonly string[];
  /** How many tokens both share at their ends. */
  readonly prefix: number;
  readonly suffix: number;
}

/** What is read of a change: enough for what a person types, and a bound for what a machine does. */
const maxRewrites = 24;
const maxPairingLines = 24;
const maxLineLength = 400;
const maxChanges = 64;

/** Newest first. A history entry that is no unified diff shows nothing. */
export function readChanges(snapshot: Snapshot): Change[] {
  const changes: Change[] = [];
  const entries = [...snapshot.history].reverse();
  for (const [age, entry] of entries.entries()) {
    const found = changesOf(entry, age, entry.path === snapshot.document.path);
    changes.push(...found.reverse().slice(0, maxChanges - changes.length));
  }
  return changes;
}

interface OpenChange {
  removed: string[];
  added: string[];
  above: readonly string[];
  below: string[];
  line: number;
}

function changesOf(entry: HistoryEntry, age: number, sameFile: boolean): Change[] {
  const diff = parseUnifiedDiff(entry.diff ?? "");
  if (!diff.ok) return [];
  const found = diff.hunks.flatMap(openChanges);
  return found.map((change) => ({ ...change, age, sameFile, rewrites: rewritesOf(change) }));
}

function openChanges(hunk: DiffHunk): OpenChange[] {
  const found: OpenChange[] = [];
  let unchanged: string[] = [];
  let open: OpenChange | null = null;
  let line = hunk.newLine;
  for (const { kind, text } of hunk.lines) {
    const content = withoutLineEnd(text);
    if (kind === " ") {
      unchanged.push(content);
      found.at(-1)?.below.push(content);
      open = null;
      line++;
      continue;
    }
    if (!open) {
      open = { removed: [], added: [], above: unchanged, below: [], line };
      found.push(open);
      unchanged = [];
    }
    if (kind === "+") {
      open.added.push(content);
      line++;
    } else open.removed.push(content);
  }
  return found;
}

function withoutLineEnd(line: string): string {
  return line.endsWith("\n") ? line.slice(0, -1) : line;
}

function rewritesOf({ removed, added }: OpenChange): Rewrite[] {
  const rewrites: Rewrite[] = [];
  for (const [before, after] of pairLines(removed, added)) {
    if (rewrites.length >= maxRewrites) break;
    if (before === after || before.length > maxLineLength || after.length > maxLineLength) continue;
    const old = tokenize(before);
    const next = tokenize(after);
    rewrites.push({ old, new: next, ...commonEnds(old, next) });
  }
  return rewrites;
}

/** As many lines as before: one became the other in order. Else each goes to the next one that looks like it. */
function pairLines(removed: readonly string[], added: readonly string[]): (readonly [string, string])[] {
  if (removed.length === added.length) return removed.map((line, i) => [line, added[i] ?? ""]);
  const pairs: (readonly [string, string])[] = [];
  let next = 0;
  for (const line of removed.slice(0, maxPairingLines)) {
    const limit = Math.min(added.length, next + maxPairingLines);
    for (let i = next; i < limit; i++) {
      const candidate = added[i] ?? "";
      if (!looksLike(line, candidate)) continue;
      pairs.push([line, candidate]);
      next = i + 1;
      break;
    }
  }
  return pairs;
}

/** Whether two lines share more than half of the longer one at their ends. */
function looksLike(a: string, b: string): boolean {
  if (isBlank(a) || isBlank(b)) return false;
  const left = a.trim();
  const right = b.trim();
  const shorter = Math.min(left.length, right.length);
  let shared = 0;
  while (shared < shorter && left[shared] === right[shared]) shared++;
  let tail = 0;
  while (tail < shorter - shared && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail++;
  return (shared + tail) * 2 > Math.max(left.length, right.length);
}
