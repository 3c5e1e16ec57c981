/** Which names around a cursor are worth asking a language server about. */
import type { Position } from "../capture/document.ts";
import { enclosingSignature } from "./signature.ts";
import { codeTokens } from "./tokens.ts";

/** Lines on either side of the cursor's. */
const nearLines = 3;

export interface Identifier {
  readonly name: string;
  /** Its first character, in the document. */
  readonly at: Position;
}

/**
 * Of the commonest languages together, so some of them are names in others: such a name is not asked about. Words that are
 * names more often than not (`type`, `match`, `from`, `of`, `end`) are asked about everywhere.
 */
const keywords = new Set(
  `if else elif elsif for foreach while until loop do switch case default break continue return goto yield await async try
  catch except finally raise throw throws with class struct interface enum union trait impl extends implements function def
  fn func fun lambda let var val const static final abstract virtual override public private protected internal export import
  require include package namespace use using new delete typeof instanceof sizeof in is not and or this self super null nil
  none None undefined void true false True False mut pub where as pass del global nonlocal assert defer go chan select
  boolean bool int long short float double char byte number any unknown never unsigned signed`.split(/\s+/u),
);

/** Where to look: lines of the document from `startLine` on. */
export interface ScannedText {
  readonly text: string;
  readonly startLine: number;
  readonly languageId: string;
}

/** Each name once, where it stands nearest to the cursor; nearest first. */
export function identifiersAround({ text, startLine, languageId }: ScannedText, cursor: Position): Identifier[] {
  const lines = text.split("\n");
  const cursorLine = cursor.line - startLine;
  const signature = enclosingSignature(lines, cursorLine);
  const isWanted = (line: number) =>
    Math.abs(line - cursorLine) <= nearLines ||
    (signature !== null && line >= signature.first && line <= signature.last);
  const found = wordsOf(text, languageId)
    .filter(({ line, name }) => isWanted(line) && !keywords.has(name) && /[\p{ID_Start}]/u.test(name))
    .map((each) => ({ ...each, ...distance(each, { line: cursorLine, character: cursor.character }) }))
    .sort((a, b) => a.lines - b.lines || a.line - b.line || a.characters - b.characters || a.character - b.character);
  const nearest = new Map<string, Identifier>();
  for (const { name, line, character } of found) {
    if (!nearest.has(name)) nearest.set(name, { name, at: { line: startLine + line, character } });
  }
  return [...nearest.values()];
}

interface Word {
  readonly name: string;
  readonly line: number;
  readonly character: number;
}

function wordsOf(text: string, languageId: string): Word[] {
  const words: Word[] = [];
  let line = 0;
  let lineStart = 0;
  for (const { kind, text: name, at } of codeTokens(text, languageId)) {
    for (let end = text.indexOf("\n", lineStart); end !== -1 && end < at; end = text.indexOf("\n", lineStart)) {
      line++;
      lineStart = end + 1;
    }
    if (kind === "word") words.push({ name, line, character: at - lineStart });
  }
  return words;
}

/** On the cursor's own line characters count, on others they go from left to right. */
function distance({ line, character, name }: Word, cursor: Position): { lines: number; characters: number } {
  const lines = Math.abs(line - cursor.line);
  if (lines > 0) return { lines, characters: 0 };
  return { lines, characters: Math.max(0, character - cursor.character, cursor.character - character - name.length) };
}
