/** Closes what the line of the cursor opened: brackets, quotes, and a block whose end is missing. */
import type { Proposal, Situation } from "./situation.ts";
import { indentation, isBlank } from "./tokens.ts";

const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const quotes = new Set(['"', "'", "`"]);
const maxLineLength = 400;
/** More open brackets than this are no line that a person is typing. */
const maxOpen = 12;

export function* closeOpened(situation: Situation): Generator<Proposal> {
  const { lines, cursorLine, cursor } = situation;
  const line = lines[cursorLine];
  if (!line || line.text.length > maxLineLength || !isBlank(line.text.slice(cursor - line.start))) return;
  const open = openAt(line.text.slice(0, cursor - line.start));
  if (!open || open.length === 0 || open.length > maxOpen) return;
  const below = lines.slice(cursorLine + 1).find((other) => !isBlank(other.text));
  const deeper = below !== undefined && indentation(below.text).length > indentation(line.text).length;
  const closedBelow = below !== undefined && /^[)\]}]/.test(below.text.trim());
  if (deeper || closedBelow) return;
  const closing = [...open].reverse().join("");
  const kind = quotes.has(open.at(-1) ?? "") ? "closeQuote" : "closeBracket";
  yield { kind, edits: [{ start: cursor, end: cursor, newText: closing }] };
  const ending = statementEnd(situation);
  if (ending !== "" && !/[{[]$/.test(line.text.trimEnd())) {
    yield { kind: `${kind}Ended`, edits: [{ start: cursor, end: cursor, newText: closing + ending }] };
  }
}

/** What would close the line, innermost last; null where a bracket closes that nothing opened, or an apostrophe is prose. */
function openAt(text: string): string[] | null {
  const stack: string[] = [];
  let quote: string | null = null;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? "";
    if (quote !== null) {
      if (character === "\\") i++;
      else if (character === quote) {
        quote = null;
        stack.pop();
      }
    } else if (quotes.has(character) && !/[\p{L}\p{N}]/u.test(text[i - 1] ?? "")) {
      quote = character;
      stack.push(character);
    } else if (closers[character]) stack.push(closers[character]);
    else if (character === ")" || character === "]" || character === "}") {
      if (stack.length > 0 && stack.pop() !== character) return null;
    }
  }
  return stack;
}

/** How lines near here end: with `;` or `,` where most of those of the same depth do. */
function statementEnd({ lines, cursorLine }: Situation): string {
  const here = lines[cursorLine];
  const depth = indentation(here?.text ?? "");
  const endings = { ";": 0, ",": 0, "": 0 };
  for (const line of lines.slice(Math.max(0, cursorLine - 8), cursorLine + 9)) {
    if (line === here || isBlank(line.text) || indentation(line.text) !== depth) continue;
    const last = line.text.trimEnd().at(-1);
    if (last === ";" || last === ",") endings[last]++;
    else endings[""]++;
  }
  if (endings[";"] > endings[","] && endings[";"] > endings[""] / 2) return ";";
  if (endings[","] > endings[";"] && endings[","] > endings[""]) return ",";
  return "";
}
