/**
 * `blocks`: original and updated blocks instead of diffs, the prompt of Sweep's open next-edit models
 * (sweepai/sweep-next-edit). Files follow the separator that Qwen2.5-Coder was pretrained with: definitions by file, the
 * excerpt, each edit as `PATH.diff`, then the region as it was before the newest edit (`original/`), as it is
 * (`current/`), and as it should be (`updated/`), which is the answer.
 */
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import type { DiffHunk } from "../../shared/text/parse-diff.ts";
import { parseUnifiedDiff } from "../../shared/text/parse-diff.ts";
import { newestEdit, regionBeforeEdit } from "../metrics/undone-history.ts";
import type { ParsedAnswer } from "../models/model.ts";
import type { ContextOptions } from "./context-options.ts";
import { MAX_HISTORY_LINES } from "./history.ts";
import { BLOCKS_FILE, CURSOR, END_OF_TEXT, escapeMarkers } from "./markers.ts";
import { defineStudentFormat } from "./prompt-format.ts";
import type { Target } from "./region-block.ts";
import { decodeBlock, encodeBlock, normalizeAnswer } from "./region-block.ts";
import { excerptParts, relatedFiles, studentOutputTokens } from "./student.ts";

export const blocksFormat = defineStudentFormat({
  name: "blocks",
  renderPrompt,
  renderCompletion,
  parse: parseCompletion,
  maxOutputTokens: studentOutputTokens,
});

function renderPrompt(snapshot: Snapshot, options: ContextOptions): string {
  const path = escapeMarkers(snapshot.document.path);
  const region = regionBefore(snapshot);
  const sections = [
    ...relatedFiles(snapshot, options.definitions).map((file) => ({ name: file.path, text: file.text })),
    { name: path, text: escapeMarkers(snapshot.excerpt.text) },
    ...changedBlocks(snapshot, options.historyLength),
    { name: `original/${path}`, text: encodeBlock({ text: earlierRegion(snapshot) }, region, CURSOR) },
    { name: `current/${path}`, text: excerptParts(snapshot, CURSOR).region },
  ];
  const rendered = sections.map(({ name, text }) => `${BLOCKS_FILE}${name}\n${withLineEnd(text)}`);
  return `${rendered.join("")}${BLOCKS_FILE}updated/${path}\n`;
}

/** The separator ends the answer, as if another file followed, so that an empty region is an answer too. */
function renderCompletion(target: Target, snapshot: Snapshot): string {
  return encodeBlock(target, regionBefore(snapshot), CURSOR) + BLOCKS_FILE;
}

/** The separator may be missing: a server that stops at it does not send it. */
function parseCompletion(answer: string, snapshot: Snapshot): ParsedAnswer {
  const text = normalizeAnswer(answer);
  if (text.trim() === "") return { kind: "error", error: "empty" };
  const block = text.split(BLOCKS_FILE)[0]?.split(END_OF_TEXT)[0] ?? "";
  return decodeBlock(block, regionBefore(snapshot), CURSOR);
}

/** Both sides of each hunk of the newest edits, oldest first, in at most 128 lines. */
function changedBlocks(snapshot: Snapshot, historyLength: number): { name: string; text: string }[] {
  const blocks: { name: string; text: string }[] = [];
  let linesLeft = MAX_HISTORY_LINES;
  for (const entry of historyLength === 0 ? [] : snapshot.history.slice(-historyLength).reverse()) {
    for (const hunk of hunksOf(entry.diff).reverse()) {
      linesLeft -= hunk.lines.length;
      if (linesLeft < 0) return blocks.reverse();
      const text = `original:\n${sideOf(hunk, "-")}updated:\n${sideOf(hunk, "+")}`;
      blocks.push({ name: `${escapeMarkers(entry.path)}.diff`, text });
    }
  }
  return blocks.reverse();
}

function hunksOf(diff: string | undefined): DiffHunk[] {
  const parsed = parseUnifiedDiff(diff ?? "");
  return parsed.ok ? [...parsed.hunks] : [];
}

function sideOf(hunk: DiffHunk, kind: "-" | "+"): string {
  const lines = hunk.lines.filter((line) => line.kind === " " || line.kind === kind);
  return withLineEnd(escapeMarkers(lines.map((line) => line.text).join("")));
}

/** The region before the newest edit of its file; as it is now where that edit is not known. */
function earlierRegion(snapshot: Snapshot): string {
  const newest = newestEdit(snapshot);
  return (newest && regionBeforeEdit(snapshot, newest)) ?? regionBefore(snapshot);
}

function withLineEnd(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
