/** The editable region as it was before an edit of the history: the edit's diff, applied backwards. */
import type { HistoryEntry, Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { splitLines } from "../../shared/text/lines.ts";
import type { DiffHunk } from "../../shared/text/parse-diff.ts";
import { parseUnifiedDiff } from "../../shared/text/parse-diff.ts";

export type UndoneHistory =
  | { readonly kind: "text"; readonly text: string }
  /** No edit of the cursor's file, or the newest one was an accepted prediction: there is nothing of a person's to undo. */
  | { readonly kind: "nothing" }
  /** The newest entry has no diff, or the excerpt is not what it led to. */
  | { readonly kind: "unknown" };

/** Before the person's newest edit of the cursor's file. */
export function regionBeforeNewestEdit(snapshot: Snapshot): UndoneHistory {
  const newest = newestEdit(snapshot);
  if (newest === undefined || newest.origin === "prediction") return { kind: "nothing" };
  const text = regionBeforeEdit(snapshot, newest);
  return text === null ? { kind: "unknown" } : { kind: "text", text };
}

/** The newest edit of the cursor's file, whoever made it. */
export function newestEdit({ history, document }: Snapshot): HistoryEntry | undefined {
  return history.findLast((entry) => entry.path === document.path);
}

/**
 * Hunks are looked for where their header says, else at the nearest place in the excerpt that reads as their new side.
 * What lies outside the excerpt cannot be checked and is taken as given; what lies outside the region is left out. Null
 * where the edit has no diff or the excerpt is not what it led to.
 */
export function regionBeforeEdit(snapshot: Snapshot, edit: HistoryEntry): string | null {
  const diff = edit.diff === undefined ? undefined : parseUnifiedDiff(edit.diff);
  if (!diff?.ok) return null;
  const lines = splitLines(snapshot.excerpt.text);
  const regionStart = splitLines(snapshot.excerpt.text.slice(0, snapshot.editable.start)).length;
  const region = splitLines(regionBefore(snapshot));
  const regionEnd = regionStart + region.length;
  const pieces: string[] = [];
  let done = regionStart;
  for (const hunk of diff.hunks) {
    const at = placeOf(hunk, lines, hunk.newLine - snapshot.excerpt.startLine);
    if (at === null) return null;
    for (const group of groupsOf(hunk, at)) {
      const clipped = clip(group, regionStart, regionEnd);
      if (clipped === null || clipped.start < done) continue;
      pieces.push(...lines.slice(done, clipped.start), ...clipped.old);
      done = clipped.end;
    }
  }
  pieces.push(...lines.slice(done, regionEnd));
  return pieces.join("");
}

/** The line of the excerpt where the hunk's new side stands; it may begin before the excerpt or end behind it. */
function placeOf(hunk: DiffHunk, lines: readonly string[], expected: number): number | null {
  const now = hunk.lines.filter((line) => line.kind !== "-").map((line) => line.text);
  if (matchesAt(now, lines, expected)) return expected;
  for (let distance = 1; distance <= lines.length; distance++) {
    for (const at of [expected - distance, expected + distance]) {
      if (at >= 0 && at + now.length <= lines.length && matchesAt(now, lines, at)) return at;
    }
  }
  return null;
}

function matchesAt(wanted: readonly string[], lines: readonly string[], at: number): boolean {
  return wanted.every((line, index) => {
    const there = lines[at + index];
    return there === undefined || there === line;
  });
}

/** `lines[start, end)` of the excerpt took the place of the lines `old`. */
interface Group {
  readonly start: number;
  readonly end: number;
  readonly old: readonly string[];
}

function groupsOf(hunk: DiffHunk, at: number): Group[] {
  const groups: Group[] = [];
  let line = at;
  let start = at;
  let old: string[] = [];
  const close = () => {
    if (old.length > 0 || line > start) groups.push({ start, end: line, old });
    old = [];
  };
  for (const { kind, text } of hunk.lines) {
    if (kind === " ") {
      close();
      start = ++line;
    } else if (kind === "-") old.push(text);
    else line++;
  }
  close();
  return groups;
}

/**
 * The part of a group that lies in the region. Where it crosses an edge, old and new lines are paired from the end
 * that lies inside. Lines that were deleted at an edge count as the region's.
 */
function clip({ start, end, old }: Group, regionStart: number, regionEnd: number): Group | null {
  if (start >= regionStart && end <= regionEnd) return { start, end, old };
  const inside = { start: Math.max(start, regionStart), end: Math.min(end, regionEnd) };
  if (inside.start >= inside.end) return null;
  const count = inside.end - inside.start;
  if (start >= regionStart) return { ...inside, old: old.slice(0, count) };
  if (end <= regionEnd) return { ...inside, old: old.slice(Math.max(0, old.length - count)) };
  return { ...inside, old: old.slice(inside.start - start, inside.end - start) };
}
