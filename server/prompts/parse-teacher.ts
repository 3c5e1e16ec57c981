/** Reads a teacher's answer. Strict about what becomes a target, lenient about what stands around it. */
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { splitLines } from "../../shared/text/lines.ts";
import type { ParsedAnswer } from "../models/model.ts";
import { fencedBlocks, onlyFencedBlock } from "./fences.ts";
import { CURSOR, NO_EDIT, REGION_END, REGION_START } from "./markers.ts";
import { decodeBlock, normalizeAnswer } from "./region-block.ts";

/** Share of lines that a fenced block without markers must have in common with the region to be taken for it. */
const MIN_FENCE_SIMILARITY = 0.5;
/** A region with fewer lines than this that hold anything resembles nothing; there any fenced block is taken. */
const MIN_LINES_TO_COMPARE = 3;
/** Languages in which a fence is part of the text. */
const FENCED_LANGUAGES: ReadonlySet<string> = new Set(["markdown", "mdx"]);

/**
 * The last region between its markers, without a code fence that models put around it there, else the fenced block that
 * matches the region best; no edit where the sentinel stands on a line of its own behind every region, or alone in one,
 * or anywhere in an answer with neither. Markers that prose quotes in the middle of a line are not a region.
 */
export function parseTeacherAnswer(answer: string, snapshot: Snapshot): ParsedAnswer {
  const text = normalizeAnswer(answer);
  if (text.trim() === "") return { kind: "error", error: "empty" };
  const before = regionBefore(snapshot);
  const region = lastRegion(text);
  if (lastOwnLine(text, NO_EDIT) > (region?.end ?? -1)) return { kind: "noEdit" };
  if (region !== undefined) {
    if (isCut(text, region)) return { kind: "error", error: "marker" };
    if (region.block.trim() === NO_EDIT) return { kind: "noEdit" };
    const mayBeFenced = !FENCED_LANGUAGES.has(snapshot.document.languageId);
    const block = (mayBeFenced ? onlyFencedBlock(region.block) : undefined) ?? region.block;
    return decodeBlock(region.exact ? region.block : restoreBlankLines(block, before), before, CURSOR);
  }
  const fence = bestFence(fencedBlocks(text), before);
  if (fence !== undefined) return decodeBlock(restoreBlankLines(fence, before), before, CURSOR);
  return text.includes(NO_EDIT) ? { kind: "noEdit" } : { kind: "error", error: "unparsable" };
}

interface FoundRegion {
  readonly block: string;
  /** The text follows the start marker on its line: nothing was lost or put in at its top. */
  readonly exact: boolean;
  /** Of the start marker. */
  readonly start: number;
  /** Behind the end marker. */
  readonly end: number;
}

function lastRegion(text: string): FoundRegion | undefined {
  for (let start = text.lastIndexOf(REGION_START); start !== -1; start = lastBefore(text, REGION_START, start)) {
    const from = start + REGION_START.length;
    const end = text.indexOf(REGION_END, from);
    const next = text.indexOf(REGION_START, from);
    if (end === -1 || (next !== -1 && next < end)) continue;
    const gap = /^[ \t]*\n/u.exec(text.slice(from, end))?.[0];
    const opens = gap !== undefined || isLineStart(text, start);
    const closes = isLineStart(text, end) || /^[ \t`]*(?:\n|$)/u.test(text.slice(end + REGION_END.length));
    if (!opens || !closes) continue;
    // The end marker may be indented as the start marker is, to stand in line with the code.
    const indent = isLineStart(text, start) ? linePrefix(text, start) : "";
    const block = text.slice(from + (gap?.length ?? 0), end);
    return {
      block: block.endsWith(`\n${indent}`) ? block.slice(0, block.length - indent.length) : block,
      exact: gap === undefined,
      start,
      end: end + REGION_END.length,
    };
  }
  return undefined;
}

/**
 * Whether a marker that the model left among the lines of its region cuts off a part of it: another start marker before
 * this one without an end between them, or another end behind it. Those that prose quotes stand in the middle of a line.
 */
function isCut(text: string, { start, end }: FoundRegion): boolean {
  const before = text.slice(0, start);
  const behind = text.slice(end);
  if (lastOwnLine(before, REGION_START) > lastOwnLine(before, REGION_END)) return true;
  const nextEnd = firstOwnLine(behind, REGION_END);
  const nextStart = firstOwnLine(behind, REGION_START);
  return nextEnd !== -1 && (nextStart === -1 || nextEnd < nextStart);
}

function lastBefore(text: string, wanted: string, at: number): number {
  return at === 0 ? -1 : text.lastIndexOf(wanted, at - 1);
}

function isLineStart(text: string, at: number): boolean {
  return linePrefix(text, at).trim() === "";
}

/** What stands before `at` on its line. */
function linePrefix(text: string, at: number): string {
  return text.slice(0, at).slice(text.lastIndexOf("\n", at - 1) + 1);
}

/** Offset of the last line that holds the sentinel and nothing else but white space and the emphasis of Markdown; -1 for none. */
export function lastOwnLine(text: string, sentinel: string): number {
  for (let at = text.lastIndexOf(sentinel); at !== -1; at = lastBefore(text, sentinel, at)) {
    const line = text.slice(text.lastIndexOf("\n", Math.max(at - 1, 0)) + 1, lineEnd(text, at));
    if (line.replace(sentinel, "").replace(/[\s`*]/gu, "") === "") return at;
  }
  return -1;
}

/** The same of the first one. */
function firstOwnLine(text: string, sentinel: string): number {
  for (let at = text.indexOf(sentinel); at !== -1; at = text.indexOf(sentinel, at + 1)) {
    const end = lineEnd(text, at);
    if (lastOwnLine(text.slice(0, end), sentinel) === at) return at;
  }
  return -1;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
}

/** Models drop the blank lines that a region begins with. They are put back where the line below them is still the first. */
function restoreBlankLines(block: string, before: string): string {
  const blank = /^(?:[ \t]*\n)+/u.exec(before)?.[0] ?? "";
  const first = firstLine(block).replace(CURSOR, "").trimEnd();
  const wanted = firstLine(before.slice(blank.length)).trimEnd();
  if (blank === "" || first === "" || wanted === "") return block;
  return first.startsWith(wanted) || wanted.startsWith(first) ? blank + block : block;
}

function firstLine(text: string): string {
  return text.slice(0, lineEnd(text, 0));
}

/** The last of the blocks that share most lines with the region. */
function bestFence(blocks: readonly string[], before: string): string | undefined {
  const region = comparableLines(before);
  let best: string | undefined;
  let bestSimilarity = region.length < MIN_LINES_TO_COMPARE ? 0 : MIN_FENCE_SIMILARITY;
  for (const block of blocks) {
    const similarity = lineSimilarity(comparableLines(block), region);
    if (similarity < bestSimilarity) continue;
    best = block;
    bestSimilarity = similarity;
  }
  return best;
}

function comparableLines(text: string): string[] {
  return splitLines(text.replaceAll(CURSOR, ""))
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Dice's coefficient over the two multisets of lines. */
function lineSimilarity(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const line of a) counts.set(line, (counts.get(line) ?? 0) + 1);
  let shared = 0;
  for (const line of b) {
    const left = counts.get(line) ?? 0;
    if (left === 0) continue;
    shared++;
    counts.set(line, left - 1);
  }
  return a.length + b.length === 0 ? 0 : (2 * shared) / (a.length + b.length);
}
