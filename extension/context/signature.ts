/**
 * The signature that a line stands under, found by indentation: no language server is asked, so it costs nothing and is there
 * at once. Approximate: code whose indentation says nothing of its structure has none.
 */
import { indentationOf } from "./indentation.ts";

export interface LineSpan {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

const maxSignatureLines = 12;

const control =
  /^(?:if|else|elif|elsif|for|foreach|while|until|unless|switch|case|default|match|when|try|catch|except|finally|with|do|loop|using|lock|synchronized|select|begin|return|yield|await|throw)\b/u;
const declares =
  /^(?:\S+\s+){0,5}?(?:class|struct|interface|enum|trait|impl|fn|func|fun|function\*?|def|defp|defn|defun|defmodule|sub|proc|procedure|namespace|module|record|protocol|extension|object)\b/u;
/** A list of parameters, and what opens a body. */
const opensBody = /\)[^()]*(?:\{|:|=>|=|->|\bthen|\bdo)\s*$/u;

/** Of the innermost declaration around line `at` that is not a mere branch or loop. */
export function enclosingSignature(lines: readonly string[], at: number): LineSpan | null {
  // A blank line is as far in as what stands above it would let it be.
  let indentation = indentationOf(lines[at] ?? "") ?? Number.POSITIVE_INFINITY;
  for (let line = at - 1; line >= 0; line--) {
    const own = indentationOf(lines[line] ?? "");
    if (own === null || own >= indentation) continue;
    indentation = own;
    const span = signatureAt(lines, line);
    const text = lines.slice(span.first, span.last + 1).join("\n");
    if (isSignature(text)) return span;
  }
  return null;
}

function isSignature(text: string): boolean {
  const start = text.replace(/^[\s}]+/u, "");
  if (control.test(start)) return false;
  return declares.test(start) || opensBody.test(text);
}

/** The lines that `line` is the last of, or one of: from where its statement begins to where its brackets are closed. */
function signatureAt(lines: readonly string[], line: number): LineSpan {
  const first = beginningOf(lines, line);
  let last = first;
  let open = openBrackets(lines[first] ?? "");
  // The call that a callback is given to is still open where the callback's body begins.
  const goesOn = () => open > 0 && last - first < maxSignatureLines && !opensBody.test(lines[last] ?? "");
  while (last + 1 < lines.length && (last < line || goesOn())) {
    last++;
    open += openBrackets(lines[last] ?? "");
  }
  return { first, last };
}

/** A brace of its own, and what closes a list of parameters, belong to what stands above as far in. */
function beginningOf(lines: readonly string[], line: number): number {
  const highest = Math.max(0, line - maxSignatureLines);
  let first = line;
  while (first > highest && /^\s*(?:\{\s*$|[)\]>])/u.test(lines[first] ?? "")) {
    const own = indentationOf(lines[first] ?? "") ?? 0;
    do first--;
    while (first > highest && (indentationOf(lines[first] ?? "") ?? Number.POSITIVE_INFINITY) > own);
  }
  return first;
}

function openBrackets(line: string): number {
  let open = 0;
  for (const character of line) {
    if (character === "(" || character === "[") open++;
    else if (character === ")" || character === "]") open--;
  }
  return open;
}
