/**
 * Where a declaration ends and which parts of it are bodies, by brackets, or by indentation in languages without them. Approximate,
 * as `tokens.ts` is. Containers (a class, a module) are no bodies: what they hold is their outline.
 */
import { indentationOf } from "./indentation.ts";
import type { DeclaredSymbol } from "./lookups.ts";
import { codeTokens } from "./tokens.ts";

export interface Declaration {
  /** From its first on; where nobody says how far it goes, as many as may be looked at. */
  readonly lines: readonly string[];
  /** Somebody said how far it goes. */
  readonly isWhole: boolean;
  readonly firstLine: number;
  readonly languageId: string;
  /** Of its file; none where nobody knows. */
  readonly symbols: readonly DeclaredSymbol[];
}

/** Lines count from the declaration's first. */
export interface Shape {
  /** Behind its last line. */
  readonly end: number;
  /** What may be left out, outermost first. */
  readonly bodies: readonly Body[];
}

export interface Body {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

const hasNoBrackets = new Set(
  "python ruby lua elixir julia yaml nim fsharp haskell ocaml elm coffeescript crystal gdscript starlark cython vb pascal ada fortran matlab erlang".split(
    " ",
  ),
);
const containerHeader =
  /\b(?:class|struct|interface|enum|union|trait|impl|namespace|module|mod|object|record|protocol|extension|package|defmodule|actor)\b|^\s*(?:export\s+)?(?:declare\s+)?type\b/u;

export function shapeOf(declaration: Declaration): Shape {
  return hasNoBrackets.has(declaration.languageId) ? indentedShape(declaration) : bracketShape(declaration);
}

function isContainer({ symbols, firstLine }: Declaration, line: number, header: string): boolean {
  if (symbols.length === 0) return containerHeader.test(header);
  return symbolOnLine(symbols, firstLine + line)?.isContainer ?? containerHeader.test(header);
}

/** The innermost that begins or is named on a line. */
function symbolOnLine(symbols: readonly DeclaredSymbol[], line: number): DeclaredSymbol | null {
  for (const symbol of symbols) {
    if (symbol.range.start.line > line || symbol.range.end.line < line) continue;
    const inner = symbolOnLine(symbol.children, line);
    if (inner) return inner;
    if (symbol.range.start.line === line || symbol.name.start.line === line) return symbol;
  }
  return null;
}

/** Between two brackets that stand on lines of their own, at least one line apart. */
function bracketShape(declaration: Declaration): Shape {
  const { lines, languageId, isWhole } = declaration;
  const bodies: Body[] = [];
  const open: { readonly line: number; readonly isEntered: boolean }[] = [];
  /** Of the open ones, those that are or belong to a body. */
  let closedOff = 0;
  let line = 0;
  let lineEnd = lines[0]?.length ?? 0;
  let end: number | null = null;
  let closedBlock = false;
  const first = indentationOf(lines[0] ?? "") ?? 0;
  const next = () => {
    if (!isWhole && end === null && open.length === 0 && endsHere(lines, line, first, closedBlock)) end = line + 1;
    line++;
    lineEnd += 1 + (lines[line]?.length ?? 0);
  };
  for (const { kind, text, at } of codeTokens(lines.join("\n"), languageId)) {
    while (lineEnd < at) next();
    if (end !== null) break;
    if (kind === "open") {
      const header = headerLine(lines, line);
      const isEntered =
        text === "(" ||
        (text === "{" && closedOff === 0 && isContainer(declaration, header, lines.slice(header, line + 1).join("\n")));
      if (!isEntered) closedOff++;
      open.push({ line, isEntered });
    } else if (kind === "close") {
      const opened = open.pop();
      if (opened === undefined) {
        if (isWhole) continue;
        // What the declaration stands in.
        end ??= Math.max(1, line);
        break;
      }
      closedBlock = open.length === 0 && text === "}";
      if (opened.isEntered) continue;
      closedOff--;
      if (closedOff === 0) bodies.push({ first: opened.line + 1, last: line - 1 });
    }
  }
  while (end === null && line < lines.length) next();
  // What is still open goes on farther than may be looked at.
  const unclosed = open.find(({ isEntered }) => !isEntered);
  if (unclosed) bodies.push({ first: unclosed.line + 1, last: lines.length - 1 });
  return { end: end ?? lines.length, bodies };
}

/** A brace of its own belongs to the line above. */
function headerLine(lines: readonly string[], line: number): number {
  return line > 0 && lines[line]?.trim() === "{" ? line - 1 : line;
}

/** Whether a declaration whose brackets are all closed ends with this line. */
function endsHere(lines: readonly string[], line: number, first: number, closedBlock: boolean): boolean {
  if (closedBlock || /[;,]\s*$/u.test(lines[line] ?? "")) return true;
  const next = lines.slice(line + 1).find((each) => indentationOf(each) !== null);
  if (next === undefined) return true;
  return (indentationOf(next) ?? 0) <= first && !/^\s*[{)\]}]/u.test(next);
}

/** What stands farther in than a header is its body. */
function indentedShape(declaration: Declaration): Shape {
  const { lines, isWhole } = declaration;
  const bodies: Body[] = [];
  const end = blockEnd(lines, headerEnd(lines, 0), indentationOf(lines[0] ?? "") ?? 0);
  collect(0, end);
  const closed = end < lines.length && isClosing(lines[0] ?? "", lines[end] ?? "") ? end + 1 : end;
  return { end: isWhole ? lines.length : closed, bodies };

  /** Of a header and its body. */
  function collect(header: number, bodyEnd: number) {
    const bodyStart = headerEnd(lines, header);
    if (!isContainer(declaration, header, lines[header] ?? "")) {
      bodies.push({ first: bodyStart, last: bodyEnd - 1 });
      return;
    }
    for (let line = bodyStart; line < bodyEnd; ) {
      const own = indentationOf(lines[line] ?? "");
      const innerEnd = own === null ? line + 1 : Math.min(bodyEnd, blockEnd(lines, headerEnd(lines, line), own));
      if (innerEnd > headerEnd(lines, line)) collect(line, innerEnd);
      line = Math.max(line + 1, innerEnd);
    }
  }
}

function isClosing(header: string, line: string): boolean {
  return indentationOf(header) === indentationOf(line) && /^\s*(?:end\b|[)\]}])/iu.test(line);
}

/** Behind a header whose parameters may go over several lines. */
function headerEnd(lines: readonly string[], header: number): number {
  let open = 0;
  for (let line = header; line < lines.length; line++) {
    for (const character of lines[line] ?? "") {
      if (character === "(" || character === "[") open++;
      else if (character === ")" || character === "]") open--;
    }
    if (open <= 0) return line + 1;
  }
  return header + 1;
}

/** The first line from `from` on that is no farther in than the header, without the blank ones before it. */
function blockEnd(lines: readonly string[], from: number, header: number): number {
  let end = from;
  for (let line = from; line < lines.length; line++) {
    const own = indentationOf(lines[line] ?? "");
    if (own === null) continue;
    if (own <= header) break;
    end = line + 1;
  }
  return end;
}
