/** A line with holes: where one line became another, every line of the same shape may follow with names of its own. */
import { indentation, isKeyword, isName, tokenize } from "./tokens.ts";

/** What each name of the line that was edited is called in another line. */
export type Binding = ReadonlyMap<string, string>;

/** The tokens of a line without its indentation. */
export function lineTokens(line: string): string[] {
  return tokenize(line.trim());
}

/** Equal for lines that differ in names and indentation alone. */
export function shapeOf(tokens: readonly string[]): string {
  return tokens.map((token) => (isHole(token) ? "\0" : token)).join("");
}

/** Keywords and punctuation must be equal. */
export function isHole(token: string): boolean {
  return isName(token) && !isKeyword(token);
}

/**
 * Reads `tokens` as an instance of `pattern`, whose names may stand for others except those in `fixed`. Null where they
 * differ in shape or one name would stand for two.
 */
export function bind(
  pattern: readonly string[],
  tokens: readonly string[],
  fixed: ReadonlySet<string>,
): Map<string, string> | null {
  if (pattern.length !== tokens.length) return null;
  const binding = new Map<string, string>();
  for (const [i, expected] of pattern.entries()) {
    const token = tokens[i] ?? "";
    if (!isHole(expected) || fixed.has(expected)) {
      if (expected !== token) return null;
      continue;
    }
    if (!isHole(token)) return null;
    const bound = binding.get(expected);
    if (bound === undefined) binding.set(expected, token);
    else if (bound !== token) return null;
  }
  return binding;
}

/** How much of a binding is the names themselves, from 0 (every name differs) to 1. */
export function sameNames(binding: Binding): number {
  if (binding.size === 0) return 1;
  let same = 0;
  for (const [name, bound] of binding) if (name === bound) same++;
  return same / binding.size;
}

export function fill(tokens: readonly string[], binding: Binding): string {
  return tokens.map((token) => binding.get(token) ?? token).join("");
}

/** Moves lines from one depth to another: what the first line gains or loses, all do. Blank lines stay empty. */
export function reindent(lines: readonly string[], from: string, to: string): string[] {
  return lines.map((line) => {
    if (line.trim() === "") return line;
    const own = indentation(line);
    const moved = own.startsWith(from) ? to + own.slice(from.length) : to;
    return moved + line.slice(own.length);
  });
}
