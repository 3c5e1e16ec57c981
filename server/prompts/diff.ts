/**
 * `diff`: the case as the teacher sees it, without the instructions; the answer is a unified diff of the region, whose
 * lines count from the region's first, or the no-edit sentinel. Short answers to long regions.
 */
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { splitLines } from "../../shared/text/lines.ts";
import { applyUnifiedDiff, unifiedDiff } from "../../shared/text/unified-diff.ts";
import type { ParsedAnswer } from "../models/model.ts";
import type { ContextOptions } from "./context-options.ts";
import { fencedBlocks } from "./fences.ts";
import { END_OF_TEXT, escapeMarkers, findMarker, NO_EDIT, unescapeMarkersAt } from "./markers.ts";
import { defineStudentFormat } from "./prompt-format.ts";
import type { Target } from "./region-block.ts";
import { normalizeAnswer } from "./region-block.ts";
import { studentOutputTokens } from "./student.ts";
import { renderCase } from "./teacher.ts";

export const diffFormat = defineStudentFormat({
  name: "diff",
  renderPrompt,
  renderCompletion,
  parse: parseCompletion,
  maxOutputTokens: studentOutputTokens,
});

function renderPrompt(snapshot: Snapshot, options: ContextOptions): string {
  return `${renderCase(snapshot, options)}\n\n# Next edit of the region\n\n`;
}

/** A cursor has no place in a diff. */
function renderCompletion(target: Target, snapshot: Snapshot): string {
  const diff = unifiedDiff(regionBefore(snapshot), target.text, { path: snapshot.document.path });
  return diff === "" ? `${NO_EDIT}\n` : escapeMarkers(diff);
}

/** A diff that does not apply as it stands is tried again by its content: small models miscount lines. */
function parseCompletion(answer: string, snapshot: Snapshot): ParsedAnswer {
  const text = normalizeAnswer(answer).replaceAll(END_OF_TEXT, "");
  if (text.trim() === "") return { kind: "error", error: "empty" };
  const diff =
    findDiff(text) ??
    fencedBlocks(text)
      .map(findDiff)
      .findLast((found) => found !== undefined);
  if (diff === undefined) return text.includes(NO_EDIT) ? { kind: "noEdit" } : { kind: "error", error: "unparsable" };
  if (findMarker(diff) !== undefined) return { kind: "error", error: "marker" };
  const plain = unescapeMarkersAt({ text: diff, offset: 0 }).text;
  const before = regionBefore(snapshot);
  const applied = applyUnifiedDiff(before, plain);
  const after = applied.ok ? applied.text : applyByContent(before, plain);
  if (after === undefined) return { kind: "error", error: "unparsable" };
  return after === before ? { kind: "noEdit" } : { kind: "edit", text: after };
}

/** The diff that a text begins with, white space aside. */
function findDiff(text: string): string | undefined {
  const start = text.replace(/^\s+/u, "");
  return start.startsWith("--- ") || start.startsWith("@@") ? start : undefined;
}

interface LooseHunk {
  readonly old: string[];
  readonly fresh: string[];
}

/** Puts each hunk where its old lines stand, behind the one before it; undefined where that is nowhere or not one place. */
function applyByContent(before: string, diff: string): string | undefined {
  const openEnd = before !== "" && !before.endsWith("\n");
  const lines = splitLines(openEnd ? `${before}\n` : before);
  const hunks = looseHunks(diff);
  if (hunks.length === 0) return undefined;
  let from = 0;
  for (const { old, fresh } of hunks) {
    const places = placesOf(old, lines, from);
    const at = places[0];
    if (at === undefined || places.length > 1) return undefined;
    lines.splice(at, old.length, ...fresh);
    from = at + fresh.length;
  }
  const after = lines.join("");
  return openEnd ? after.slice(0, -1) : after;
}

function looseHunks(diff: string): LooseHunk[] {
  const hunks: LooseHunk[] = [];
  for (const line of splitLines(diff.endsWith("\n") ? diff : `${diff}\n`)) {
    const hunk = hunks.at(-1);
    if (line.startsWith("@@")) hunks.push({ old: [], fresh: [] });
    else if (hunk === undefined || line.startsWith("\\")) continue;
    else {
      const kind = line === "\n" ? " " : line[0];
      if (kind !== " " && kind !== "-" && kind !== "+") break;
      const text = line === "\n" ? line : line.slice(1);
      if (kind !== "+") hunk.old.push(text);
      if (kind !== "-") hunk.fresh.push(text);
    }
  }
  return hunks;
}

function placesOf(wanted: readonly string[], lines: readonly string[], from: number): number[] {
  if (wanted.length === 0) return lines.length === 0 ? [0] : [];
  const places: number[] = [];
  for (let at = from; at + wanted.length <= lines.length; at++) {
    if (wanted.every((line, index) => lines[at + index] === line)) places.push(at);
  }
  return places;
}
