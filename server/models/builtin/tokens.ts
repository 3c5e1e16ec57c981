/** How the builtin predictor cuts text: words whole, operators of several characters whole, the rest singly. */

const TOKEN =
  /[\p{L}_$][\p{L}\p{M}\p{N}_$]*|\p{N}[\p{N}_]*|[ \t]+|\n|=>|->|::|\?\.|\.\.\.|[=!]==?|<=|>=|&&|\|\||\?\?|[+\-*/%|&^]=|\+\+|--|./gsu;

/** Joined, the tokens are the text again. */
export function tokenize(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

const WORD = /^[\p{L}_$]/u;
const NUMBER = /^\p{N}/u;
const WORD_CHARACTER = /[\p{L}\p{M}\p{N}_$]/u;

/** An identifier or a keyword; in prose and in strings, a word. */
export function isWord(token: string): boolean {
  return WORD.test(token);
}

/** A word or a number: what a template leaves a hole for. */
export function isName(token: string): boolean {
  return WORD.test(token) || NUMBER.test(token);
}

export function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** Leading white space of a line. */
export function indentation(line: string): string {
  return line.slice(0, line.length - line.trimStart().length);
}

/** Words that say how a language is built, not what a program is about; those of the common languages together. */
const KEYWORDS = new Set(
  (
    "abstract and any as assert async await bool boolean break byte case catch char class const continue crate debugger def " +
    "default del delete do double elif else end enum except export extends extern false final finally float fn for " +
    "foreach from func function global go goto if impl implements import in instanceof int interface internal is lambda let " +
    "long loop match mod module mut namespace new nil none not null number object of operator or override package pass " +
    "private protected pub public raise readonly ref return self short static str string struct super switch template this " +
    "throw throws trait true try type typeof undefined union unsafe unsigned use using var virtual void volatile when where " +
    "while with yield"
  ).split(" "),
);

export function isKeyword(word: string): boolean {
  return KEYWORDS.has(word) || KEYWORDS.has(word.toLowerCase());
}

/** Where `pattern` stands in `text` with no word cut at either of its ends; not overlapping, left to right. */
export function wholeOccurrences(text: string, pattern: string): number[] {
  const found: number[] = [];
  if (pattern === "") return found;
  const startsInWord = isWordCharacter(pattern, 0);
  const endsInWord = isWordCharacter(pattern, pattern.length - 1);
  for (let at = text.indexOf(pattern); at !== -1; ) {
    const end = at + pattern.length;
    const cut = (startsInWord && isWordCharacter(text, at - 1)) || (endsInWord && isWordCharacter(text, end));
    if (!cut) found.push(at);
    at = text.indexOf(pattern, cut ? at + 1 : end);
  }
  return found;
}

/** Characters beyond the first plane count as none, so that no position inside a surrogate pair is ever one. */
export function isWordCharacter(text: string, at: number): boolean {
  const character = text[at];
  return character !== undefined && WORD_CHARACTER.test(character);
}

/** `getUserName` → get, User, Name; `MAX_SIZE` → MAX, SIZE; separators fall out. */
export function wordParts(word: string): string[] {
  return word.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|[^\p{Lu}\p{Ll}\p{N}_$]+/gu) ?? [];
}

/** What two lists share at both ends, the prefix first; the ends never overlap. */
export function commonEnds(a: readonly string[], b: readonly string[]): { prefix: number; suffix: number } {
  const shorter = Math.min(a.length, b.length);
  let prefix = 0;
  while (prefix < shorter && a[prefix] === b[prefix]) prefix++;
  let suffix = 0;
  while (suffix < shorter - prefix && a[a.length - 1 - suffix] === b[b.length - 1 - suffix]) suffix++;
  return { prefix, suffix };
}
