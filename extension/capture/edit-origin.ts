/**
 * Who or what made an edit, as far as its shape tells. VS Code's stable API does not say, so this recognises what one
 * key can do (also with several cursors) and what no key can do, and calls the rest `unknown`.
 */
import type { HistoryEntry } from "../../shared/records/snapshot.ts";
import { countLineEnds } from "./chunked-text.ts";
import type { AppliedEdit, DocumentChange } from "./document.ts";

export type EditOrigin = HistoryEntry["origin"];

/** One change of this size is no keystroke's, unless it has a keystroke's shape. */
const bigUnits = 200;
const bigLines = 8;
/** The longest text that an input method is believed to commit at once. */
const maxComposedUnits = 40;
/** The deepest step of indentation that Tab is believed to make. */
const maxTabUnits = 16;

/**
 * The origin of one event's edits, as `apply` gave them.
 * @param told we applied a prediction ourselves
 */
export function originOf(
  edits: readonly AppliedEdit[],
  { reason, cursors }: Pick<DocumentChange, "reason" | "cursors">,
  told?: "prediction",
): EditOrigin {
  if (told !== undefined) return told;
  if (reason !== undefined) return "undo";
  if (edits.length > 0 && isOneKey(edits, cursors)) return "typed";
  const big = edits.filter(({ removed, newText }) => isBig(newText) || isBig(removed));
  if (big.length === 0) return "unknown";
  const sameEverywhere = edits.every(({ newText }) => newText === edits[0]?.newText);
  return sameEverywhere && big.every(({ removed }) => !isBig(removed)) ? "pasted" : "bulk";
}

function isBig(text: string): boolean {
  return text.length >= bigUnits || countLineEnds(text) >= bigLines;
}

/** Whether one key, pressed once, makes all these edits: at several cursors it does the same at each. */
function isOneKey(edits: readonly AppliedEdit[], cursors: number | undefined): boolean {
  const keys = edits.map(keyOf);
  if (edits.length === 1) return keys[0] !== null;
  if (isIndentation(edits) || isSurrounding(edits, cursors)) return true;
  // Enter takes the indentation of an empty line away that it had put there itself.
  const places = keys.includes("enter") ? keys.filter((key) => key !== "trim") : keys;
  const [key] = places;
  if (cursors !== undefined && places.length > cursors) return false;
  if (key === undefined || key === null || key === "trim" || places.some((other) => other !== key)) return false;
  return key !== "tab" || isColumn(edits);
}

/** What a single edit says was pressed; null where no key makes it. */
function keyOf({ removed, newText }: AppliedEdit): string | null {
  if (newText === "") return /^[ \t]+$/u.test(removed) ? "trim" : "delete";
  const line = enterPattern.exec(newText);
  if (line) return "enter";
  if (/^[ \t]+$/u.test(newText)) {
    return newText.length <= maxTabUnits && !removed.includes("\n") ? "tab" : null;
  }
  const closed = autoClosed.find((pair) => pair === newText);
  if (closed !== undefined) return closed.slice(0, 1);
  // A closing bracket on a line of its own takes its indentation back as it is typed.
  const outdented = /^[ \t]*([\])}>])$/u.exec(newText);
  if (outdented && /^[ \t]*$/u.test(removed)) return outdented[1] ?? null;
  if (isOneCharacter(newText)) return newText;
  return isComposition(removed, newText) ? "composition" : null;
}

/** Enter, with the indentation that comes by itself, the brackets' second line, and a comment's next line. */
const enterPattern = /^\n[ \t]*(?:(?:\*|\/\/[/!]?|#|--|;) ?)?(?:\n[ \t]*)?$/u;

/** What languages close by themselves at their first character; three quotes at their third. */
const autoClosed = ["()", "[]", "{}", "<>", '""', "''", "``", "||", "$$", "* */", '""""', "''''", "````"];

/** Each selection is put in brackets or quotes by one key: two insertions, at its start and at its end. */
function isSurrounding(edits: readonly AppliedEdit[], cursors = edits.length / 2): boolean {
  const [open, close] = edits;
  if (!open || !close || edits.length !== 2 * cursors || !autoClosed.includes(open.newText + close.newText))
    return false;
  return edits.every((edit, at) => edit.removed === "" && edit.newText === (at % 2 === 0 ? open : close).newText);
}

/** White space put in at several places: a formatter does that all over, cursors mostly below each other. */
function isColumn(edits: readonly AppliedEdit[]): boolean {
  return edits.every(({ position }, at) => {
    const above = edits[at - 1]?.position;
    return above === undefined || (position.character === above.character && position.line > above.line);
  });
}

/** Tab or Shift-Tab over lines: each gets or loses as much at its start. */
function isIndentation(edits: readonly AppliedEdit[]): boolean {
  if (edits.length < 2) return false;
  const [first] = edits;
  const step = first ? first.newText.length - first.removed.length : 0;
  return edits.every(({ position, removed, newText }, at) => {
    const lineAbove = edits[at - 1]?.position.line;
    return (
      position.character === 0 &&
      (lineAbove === undefined || position.line > lineAbove) &&
      position.line - (lineAbove ?? position.line) <= 2 &&
      newText.length - removed.length === step &&
      Math.abs(step) <= maxTabUnits &&
      /^[ \t]*$/u.test(removed + newText)
    );
  });
}

/**
 * A code point with its marks, a flag, or an emoji (Unicode's UTS #51, section 1.4.9). `Intl.Segmenter` knows better and
 * takes 10 ms to be made, which the handler of a key has not.
 */
const oneCharacter =
  /^(?:.\p{M}*|\p{RI}\p{RI}|\p{Emoji}(?:\p{EMod}|\uFE0F\u20E3?)?(?:\u200D\p{Emoji}(?:\p{EMod}|\uFE0F)?)*)$/su;

/** As people count: an emoji of several code points is one. */
function isOneCharacter(text: string): boolean {
  return text.length === 1 || (text.length <= maxComposedUnits && oneCharacter.test(text));
}

const composedText =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{P}ー々〜]+$/u;

/**
 * An input method at work: it replaces what it has so far by one letter more or less, and in the end by what was meant.
 * A completion does the same with more than one letter.
 */
function isComposition(removed: string, newText: string): boolean {
  if (newText.length > maxComposedUnits || newText.includes("\n") || removed.includes("\n")) return false;
  if (removed.length > maxComposedUnits) return false;
  if (composedText.test(newText) && /[^\p{P}]/u.test(newText)) return true;
  const shorter = removed.length < newText.length ? removed : newText;
  const longer = removed.length < newText.length ? newText : removed;
  // Between syllables, pinyin puts a space or an apostrophe of its own.
  const difference = longer.slice(shorter.length).replace(/^[ '](?=.)/u, "");
  return removed !== "" && longer.startsWith(shorter) && isOneCharacter(difference);
}
