/** Finishes a rename: a name that the history saw become another becomes it wherever it is left in the region. */
import type { TextEdit } from "../../../shared/text/edits.ts";
import type { Change } from "./changes.ts";
import { atPlaces } from "./places.ts";
import type { Proposal, Situation } from "./situation.ts";
import { commonEnds, isKeyword, isWord, wholeOccurrences, wordParts } from "./tokens.ts";

const maxRenames = 24;
const maxPlaces = 200;
/** Parts of names shorter than this are in too many names. */
const minPartLength = 3;

export function* finishRename(situation: Situation): Generator<Proposal> {
  for (const { old, next, often } of renames(situation.changes)) {
    const edits = wholeOccurrences(situation.before, old)
      .slice(0, maxPlaces)
      .map((start) => ({ start, end: start + old.length, newText: next }));
    // A name that stood here before was used in place of the other; a new one more likely came instead of it.
    const fresh = isNew(situation, next) ? "New" : "Known";
    yield* atPlaces(`rename${fresh}${often}`, edits, situation.cursor);
  }
}

/** `getUser` became `getAccount`, so `setUser` may become `setAccount`. */
export function* renameParts(situation: Situation): Generator<Proposal> {
  for (const { old, next } of renames(situation.changes)) {
    const parts = differingParts(old, next);
    if (!parts) continue;
    yield* atPlaces("renamePart", partEdits(situation.before, parts.old, parts.next), situation.cursor);
  }
}

interface Rename {
  readonly old: string;
  readonly next: string;
  /** "Twice" where the history shows it more than once. */
  readonly often: string;
}

/** Whether a name stands nowhere in the excerpt but in lines that the history added. */
function isNew({ snapshot, changes }: Situation, name: string): boolean {
  const count = (text: string) => wholeOccurrences(text, name).length;
  let added = 0;
  for (const change of changes) if (change.sameFile) for (const line of change.added) added += count(line);
  return count(snapshot.excerpt.text) <= added;
}

/** Names that became others, newest first. One that became two different ones, or was brought back, is no rename. */
function renames(changes: readonly Change[]): Rename[] {
  const seen = new Map<string, { next: string | null; count: number }>();
  for (const change of changes) {
    for (const rewrite of change.rewrites) {
      for (const [old, next] of replacedWords(rewrite.old, rewrite.new)) {
        const known = seen.get(old);
        if (!known) seen.set(old, { next: seen.has(next) ? null : next, count: 1 });
        else if (known.next === next) known.count++;
        else known.next = null;
      }
    }
  }
  const found: Rename[] = [];
  for (const [old, { next, count }] of seen) {
    if (next !== null && found.length < maxRenames) found.push({ old, next, often: count > 1 ? "Twice" : "" });
  }
  return found;
}

/** Where two lines differ in words alone, the words. */
function replacedWords(old: readonly string[], next: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  if (old.length === next.length) {
    for (const [i, token] of old.entries()) {
      const other = next[i] ?? "";
      if (token === other) continue;
      if (!isRenamable(token) || !isWord(other)) return [];
      pairs.push([token, other]);
    }
  }
  return pairs;
}

function isRenamable(token: string): boolean {
  return isWord(token) && !isKeyword(token) && token.length > 1;
}

function differingParts(old: string, next: string): { old: string; next: string } | null {
  const before = wordParts(old);
  const after = wordParts(next);
  const { prefix, suffix } = commonEnds(before, after);
  const left = before.slice(prefix, before.length - suffix).join("");
  const right = after.slice(prefix, after.length - suffix).join("");
  if (prefix + suffix === 0 || left.length < minPartLength || right === "") return null;
  return { old: left, next: right };
}

function partEdits(before: string, old: string, next: string): TextEdit[] {
  const edits: TextEdit[] = [];
  for (const [from, to] of caseForms(old, next)) {
    for (
      let at = before.indexOf(from);
      at !== -1 && edits.length < maxPlaces;
      at = before.indexOf(from, at + from.length)
    ) {
      if (isWholePart(before, at, from)) edits.push({ start: at, end: at + from.length, newText: to });
    }
  }
  return edits;
}

/** user→account also as User→Account and USER→ACCOUNT. */
export function caseForms(old: string, next: string): [string, string][] {
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  const small = (word: string) => word.charAt(0).toLowerCase() + word.slice(1);
  const forms = new Map<string, string>([[old, next]]);
  for (const form of [capital, small, (word: string) => word.toUpperCase(), (word: string) => word.toLowerCase()]) {
    if (!forms.has(form(old))) forms.set(form(old), form(next));
  }
  return [...forms];
}

/** Whether a part of a name ends where the text does: not `use` in `user`, nor `log` in `catalog`. */
export function isWholePart(text: string, at: number, part: string): boolean {
  const previous = text[at - 1] ?? "";
  const following = text[at + part.length] ?? "";
  const first = part[0] ?? "";
  const last = part.at(-1) ?? "";
  const startsPart = !/\p{L}/u.test(previous) || (/\p{Lu}/u.test(first) && /\p{Ll}/u.test(previous));
  const endsPart = !/\p{L}/u.test(following) || (/\p{Ll}/u.test(last) && /\p{Lu}/u.test(following));
  return startsPart && endsPart;
}
