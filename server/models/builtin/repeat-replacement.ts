/** Makes the last replacement again at every place that matches: first as it was typed, then with its names generalised. */
import type { TextEdit } from "../../../shared/text/edits.ts";
import type { Rewrite } from "./changes.ts";
import { atPlaces } from "./places.ts";
import type { Proposal, Situation } from "./situation.ts";
import { bind, fill, lineTokens, sameNames, shapeOf } from "./template.ts";
import { commonEnds, indentation, isBlank, isWord, wholeOccurrences } from "./tokens.ts";

const maxPatterns = 96;
const maxPlaces = 60;

/** Tokens of context that a replacement is looked for with, left and right; the most telling first. */
const contexts = [3, 2, 1, 0];

/** The changed tokens of a line with some of the unchanged ones around them, wherever they stand. */
export function* repeatReplacement(situation: Situation): Generator<Proposal> {
  for (const width of contexts) {
    for (const pattern of patterns(situation, width)) {
      const kind = `repeatTokens${width}${pattern.count > 1 ? "Twice" : ""}`;
      yield* atPlaces(kind, occurrences(situation, pattern), situation.cursor);
    }
  }
}

/** What the history shows, newest first, and how often; not what was taken back later. */
function patterns({ changes }: Situation, width: number): (Pattern & { count: number })[] {
  const found = new Map<string, Pattern & { count: number; takenBack: boolean }>();
  for (const change of changes) {
    for (const rewrite of change.rewrites) {
      const pattern = cut(rewrite, width);
      if (!pattern) continue;
      const { old, next } = pattern;
      const known = found.get(`${old}\0${next}`);
      if (known) known.count++;
      else if (found.size < maxPatterns) {
        found.set(`${old}\0${next}`, { old, next, count: 1, takenBack: found.has(`${next}\0${old}`) });
      }
    }
  }
  return [...found.values()].filter((pattern) => !pattern.takenBack);
}

interface Pattern {
  readonly old: string;
  readonly next: string;
}

function cut(rewrite: Rewrite, width: number): Pattern | null {
  const { old, new: next, prefix, suffix } = rewrite;
  const left = significantFrom(old, prefix, width);
  const right = significantTo(old, old.length - suffix, width);
  const oldText = old.slice(left, right).join("");
  const core = old.slice(prefix, old.length - suffix);
  // Without context a replacement must itself say what it is about.
  const telling = width === 0 ? core.some((token) => isWord(token) && token.length > 2) : oldText.trim().length > 3;
  if (!telling || isBlank(oldText)) return null;
  return { old: oldText, next: next.slice(left, next.length - (old.length - right)).join("") };
}

/** `count` tokens that are not blank to the left of `end`, or as many as there are. */
function significantFrom(tokens: readonly string[], end: number, count: number): number {
  let at = end;
  for (let found = 0; found < count && at > 0; ) if (!isBlank(tokens[--at] ?? "")) found++;
  return at === 1 && isBlank(tokens[0] ?? "") ? 1 : at;
}

function significantTo(tokens: readonly string[], start: number, count: number): number {
  let at = start;
  for (let found = 0; found < count && at < tokens.length; ) if (!isBlank(tokens[at++] ?? "")) found++;
  return at;
}

function occurrences({ before }: Situation, { old, next }: Pattern): TextEdit[] {
  const inNext = wholeOccurrences(next, old);
  return wholeOccurrences(before, old)
    .filter((at) => !inNext.some((lead) => before.startsWith(next, at - lead)))
    .slice(0, maxPlaces)
    .map((start) => ({ start, end: start + old.length, newText: next }));
}

/** A whole line of the same shape, with names of its own. */
export function* repeatTemplate(situation: Situation): Generator<Proposal> {
  const byShape = linesByShape(situation);
  for (const { old, next } of templates(situation)) {
    const fixed = fixedNames(old, next);
    const edits: TextEdit[] = [];
    let likeness = 1;
    for (const { index, tokens } of byShape.get(shapeOf(old)) ?? []) {
      const line = situation.lines[index];
      const binding = bind(old, tokens, fixed);
      if (!line || !binding) continue;
      likeness = Math.min(likeness, sameNames(binding));
      if (next) {
        edits.push({ start: line.start, end: line.end, newText: indentation(line.text) + fill(next, binding) });
      } else edits.push({ start: line.start, end: Math.min(line.end + 1, situation.before.length), newText: "" });
      if (edits.length >= maxPlaces) break;
    }
    const kind = next ? "repeatTemplate" : "repeatTemplateDeletion";
    yield* atPlaces(`${kind}${likeness >= 0.5 ? "Near" : "Far"}`, edits, situation.cursor);
  }
}

interface Template {
  readonly old: readonly string[];
  /** Null where the line was deleted. */
  readonly next: readonly string[] | null;
}

/** Lines that became others or went away, newest first; not those that came back later. */
function templates(situation: Situation): Template[] {
  const found = new Map<string, Template>();
  const takenBack = new Set<string>();
  for (const change of situation.changes) {
    const pairs: Template[] = change.rewrites.map((rewrite) => ({
      old: lineTokens(rewrite.old.join("")),
      next: lineTokens(rewrite.new.join("")),
    }));
    const [deleted, ...others] = change.added.length === 0 ? change.removed : [];
    if (deleted !== undefined && others.length === 0) pairs.push({ old: lineTokens(deleted), next: null });
    for (const { old, next } of pairs) {
      if (found.size >= maxPatterns) return [...found.values()];
      const from = old.join("");
      const to = next?.join("") ?? "";
      takenBack.add(`${to}\0${from}`);
      const key = `${from}\0${to}`;
      if (!found.has(key) && !takenBack.has(key)) found.set(key, { old, next });
    }
  }
  return [...found.values()];
}

/** Names that the replacement takes away must be there; where it only adds, what it was added to must be: a call's name, else the name next to it. */
function fixedNames(old: readonly string[], next: readonly string[] | null): Set<string> {
  if (!next) return new Set(old.slice(0, 1));
  const { prefix, suffix } = commonEnds(old, next);
  const core = old.slice(prefix, old.length - suffix);
  const kept = new Set(next);
  const fixed = new Set(core.filter((token) => isWord(token) && !kept.has(token)));
  if (fixed.size === 0) {
    const left = calleeOf(old.slice(0, prefix)) ?? old.slice(0, prefix).findLast(isWord);
    const right = old.slice(old.length - suffix).find(isWord);
    if (left !== undefined) fixed.add(left);
    else if (right !== undefined) fixed.add(right);
  }
  return fixed;
}

/** The name in front of the innermost bracket that is open at the end of `tokens`. */
function calleeOf(tokens: readonly string[]): string | undefined {
  let depth = 0;
  for (let i = tokens.length - 1; i > 0; i--) {
    if (tokens[i] === ")") depth++;
    else if (tokens[i] === "(" && depth-- === 0) return isWord(tokens[i - 1] ?? "") ? tokens[i - 1] : undefined;
  }
  return undefined;
}

interface ShapedLine {
  readonly index: number;
  readonly tokens: readonly string[];
}

/** The region's lines by shape; lines without a name match too much to be of use. */
export function linesByShape(situation: Situation): Map<string, ShapedLine[]> {
  const byShape = new Map<string, ShapedLine[]>();
  for (const [index, line] of situation.lines.entries()) {
    const tokens = lineTokens(line.text);
    if (!tokens.some(isWord)) continue;
    const shape = shapeOf(tokens);
    const group = byShape.get(shape);
    if (group) group.push({ index, tokens });
    else byShape.set(shape, [{ index, tokens }]);
  }
  return byShape;
}
