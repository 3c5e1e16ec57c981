/**
 * One declaration out of a text, short: its outline, with long bodies left out. Where nobody says how far it goes (a server gave
 * its name alone, and there are no symbols), brackets do, or indentation in languages without them. Costs what the declaration
 * takes, and never more than the limit below, however long the text.
 */
import { SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";
import { fitsInUtf8, isHighSurrogate, utf8Length } from "../../shared/text/utf8.ts";
import type { Position } from "../capture/document.ts";
import type { PositionRange } from "../capture/editor-view.ts";
import type { Body, Declaration } from "./bodies.ts";
import { shapeOf } from "./bodies.ts";
import type { DeclaredSymbol, LookupTarget } from "./lookups.ts";

/** Of a body that stays. */
const maxBodyBytes = 512;
/** Of a declaration that is looked at. */
const maxDeclarationChars = 16_384;
const maxDeclarationLines = 600;
/** A declaration that begins farther into its line stands among others, and begins where it begins. */
const maxLeadChars = 200;
/** On both sides, for redaction. */
const marginLines = 64;
const marginChars = 4_096;
const elided = "…";

export interface DeclarationSource {
  /** LF-normalised. */
  readonly text: string;
  readonly languageId: string;
  readonly symbols: readonly DeclaredSymbol[];
  /** `lineStarts(text)`. */
  readonly starts: readonly number[];
}

export interface Outline {
  readonly startLine: number;
  readonly text: string;
  /** Lines of the source that stand in it. */
  readonly lines: readonly number[];
  /** With nothing left out, and what stands around it. */
  readonly unclipped: string;
}

/** Null for a target that the text does not have. */
export function outlineOf(source: DeclarationSource, target: LookupTarget): Outline | null {
  const { text, starts } = source;
  const name = target.name ?? target.range;
  const start = offsetOf(source, name.start);
  if (start === null) return null;
  const known = knownRange(source, target, name);
  const firstLine = known?.start.line ?? name.start.line;
  const lineStart = starts[firstLine] ?? 0;
  const declared = (known && offsetOf(source, known.start)) ?? start;
  const from = declared - lineStart > maxLeadChars ? declared : lineStart;
  const window = text.slice(from, from + maxDeclarationChars).split("\n", maxDeclarationLines);
  const declaration: Declaration = {
    lines: known ? window.slice(0, Math.max(1, known.end.line - firstLine + 1)) : window,
    isWhole: known !== null,
    firstLine,
    languageId: source.languageId,
    symbols: source.symbols,
  };
  const shape = shapeOf(declaration);
  const shown = shownLines(declaration.lines.slice(0, shape.end), shape.bodies);
  const { text: clipped, count } = clip(shown);
  const lines = shown.slice(0, count).flatMap(({ line }) => (line === null ? [] : [firstLine + line]));
  return {
    startLine: firstLine,
    text: clipped,
    lines,
    unclipped: around(source, firstLine, from, lines.at(-1) ?? firstLine),
  };
}

/** How far the declaration goes, where the server or a symbol says so. */
function knownRange(
  { symbols, text, starts }: DeclarationSource,
  { range }: LookupTarget,
  name: PositionRange,
): PositionRange | null {
  const isMore = range.end.line > name.end.line || range.start.line < name.start.line;
  if (isMore && holds(range, name.start)) return range;
  const symbol = symbolAt(symbols, name.start);
  if (symbol) return symbol.range;
  // A whole module, of which a server gives the beginning alone.
  const isModule =
    name.start.line === 0 && name.start.character === 0 && name.end.line === 0 && name.end.character === 0;
  return isModule
    ? { start: name.start, end: { line: starts.length - 1, character: text.length - (starts.at(-1) ?? 0) } }
    : null;
}

/** The innermost whose name is there. */
function symbolAt(symbols: readonly DeclaredSymbol[], at: Position): DeclaredSymbol | null {
  for (const symbol of symbols) {
    if (!holds(symbol.range, at)) continue;
    const inner = symbolAt(symbol.children, at);
    if (inner) return inner;
    if (holds(symbol.name, at)) return symbol;
  }
  return null;
}

function holds({ start, end }: PositionRange, at: Position): boolean {
  return !isBefore(at, start) && !isBefore(end, at);
}

function isBefore(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}

interface ShownLine {
  readonly text: string;
  /** Null for what stands for a body. */
  readonly line: number | null;
}

function shownLines(lines: readonly string[], bodies: readonly Body[]): ShownLine[] {
  const shown: ShownLine[] = [];
  const byFirst = new Map(bodies.map((body) => [body.first, body]));
  for (let line = 0; line < lines.length; line++) {
    const body = byFirst.get(line);
    const last = Math.min(body?.last ?? -1, lines.length - 1);
    const whole = lines.slice(line, last + 1);
    if (body && whole.length > 0 && utf8Length(whole.join("\n")) > maxBodyBytes) {
      shown.push({ text: `${/^\s*/u.exec(whole[0] ?? "")?.[0] ?? ""}${elided}`, line: null });
      line = last;
    } else shown.push({ text: lines[line] ?? "", line });
  }
  while (shown.length > 1 && shown.at(-1)?.text.trim() === "") shown.pop();
  return shown;
}

/** As many whole lines as fit. */
function clip(shown: readonly ShownLine[]): { text: string; count: number } {
  const maxBytes = SNAPSHOT_LIMITS.definitionBytes;
  const whole = shown.map(({ text }) => text).join("\n");
  if (fitsInUtf8(whole, maxBytes)) return { text: whole, count: shown.length };
  const room = maxBytes - utf8Length(`\n${elided}`);
  const kept: string[] = [];
  let bytes = -1;
  for (const { text } of shown) {
    bytes += 1 + utf8Length(text);
    if (bytes > room) break;
    kept.push(text);
  }
  if (kept.length === 0) return { text: start(shown[0]?.text ?? "", room) + elided, count: 1 };
  if (kept.at(-1)?.endsWith(elided) === false) return { text: [...kept, elided].join("\n"), count: kept.length };
  return { text: kept.join("\n"), count: kept.length };
}

/** Of a line that is too long as a whole. */
function start(text: string, maxBytes: number): string {
  let end = Math.min(text.length, maxBytes);
  while (utf8Length(text.slice(0, end)) > maxBytes) end--;
  return text.slice(0, isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end);
}

function around({ text, starts }: DeclarationSource, firstLine: number, from: number, lastLine: number): string {
  const begin = Math.max(starts[Math.max(0, firstLine - marginLines)] ?? 0, from - marginChars);
  const lastEnd = starts[lastLine + 1] ?? text.length;
  const end = Math.min(
    starts[lastLine + 1 + marginLines] ?? text.length,
    Math.min(lastEnd, from + maxDeclarationChars) + marginChars,
  );
  return text.slice(begin, end);
}

function offsetOf({ starts, text }: DeclarationSource, { line, character }: Position): number | null {
  const start = starts[line];
  if (start === undefined) return null;
  return Math.min(start + character, (starts[line + 1] ?? text.length + 1) - 1);
}
