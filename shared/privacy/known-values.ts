/**
 * The secrets found so far in one snapshot, and what stands in their place. A value once found is replaced wherever
 * it occurs, also where no rule would have found it, so that every text of the snapshot says the same.
 */
import { beginningsOf, overlapLength } from "./cut-values.ts";
import type { Finding, Reach } from "./finding.ts";
import { keyLineLead } from "./finding.ts";
import { PLACEHOLDER, placeholder, placeholderMask } from "./placeholder.ts";
import { createValueIndex } from "./value-index.ts";

/** A value of this length or more is recognised by its beginning too: half typed in the history, or cut by a clip. */
const minCutValueChars = 20;
/** So much of its beginning, anywhere. */
const minPrefixChars = 16;
/** So much of its beginning or end, at the edge of a text that was clipped. */
const minEdgeChars = 8;
/** Less of its beginning, where the same stands before it as before the whole one: so much of that, at least and at most. */
const minLeadChars = 4;
const maxLeadChars = 24;
/** Their number bounds the time. No code holds so many secrets. */
const maxValues = 2_000;
/** Numbers that an author wrote by hand and that counting never reaches. */
const unreachableNumber = 100_000;
/** How far from a key's last line its quotes, indentation and escaped line ends may reach. */
const maxLineFrame = 200;

const ellipsis = "…";

interface Known {
  readonly placeholder: string;
  readonly reach: Reach;
  /** What stood before the value on its line, where it was first found. */
  readonly lead: string;
}

interface Occurrence {
  readonly start: number;
  readonly end: number;
  readonly placeholder: string;
}

export interface Rewritten {
  readonly text: string;
  /**
   * Where an offset of the old text is in the new one. One inside a secret moves to the placeholder's `edge`; one at
   * either end of it stays there.
   */
  readonly offset: (old: number, edge: "start" | "end") => number;
}

export class KnownValues {
  readonly #values = new Map<string, Known>();
  readonly #index = createValueIndex();
  /** The highest number in use, by kind. */
  readonly #numbers = new Map<string, number>();
  /** How many secrets were found, by kind; two occurrences of one value are one. */
  readonly counts: Record<string, number> = {};

  /** Numbers that an earlier redaction, or the text's author, used are not given again. */
  reserve(text: string): void {
    if (!text.includes("‹")) return;
    for (const [, kind = "", number = "0"] of text.matchAll(PLACEHOLDER)) {
      if (Number(number) >= unreachableNumber) continue;
      this.#numbers.set(kind, Math.max(this.#numbers.get(kind) ?? 0, Number(number)));
    }
  }

  /** Whether there are more values than can be looked for: what was learnt since is not all there is. */
  get isFull(): boolean {
    return this.#values.size >= maxValues;
  }

  /** @returns whether anything new was learnt. */
  learn(text: string, findings: readonly Finding[]): boolean {
    let news = false;
    for (const { kind, parts } of findings) {
      if (this.isFull) break;
      const values = parts.map(({ start, end, reach }) => ({
        value: text.slice(start, end),
        reach,
        lead: leadOf(text, start),
      }));
      const unknown = values.filter(({ value }) => !this.#values.has(value));
      if (unknown.length === 0) continue;
      const known = values.find(({ value }) => this.#values.has(value));
      const name = (known && this.#values.get(known.value)?.placeholder) ?? this.#next(kind);
      for (const { value, reach, lead } of unknown) this.#add(value, { placeholder: name, reach, lead });
      if (kind === "home") this.#addPerson(values[0]?.value ?? "", name);
      news = true;
    }
    return news;
  }

  /** @param clipped whether the text may begin or end in the middle of a secret. */
  rewrite(text: string, clipped: boolean): Rewritten {
    const occurrences = this.#occurrences(text, clipped);
    if (occurrences.length === 0) return { text, offset: (old) => old };
    const merged = merge(occurrences);
    let out = "";
    let at = 0;
    const moves = merged.map((occurrence) => {
      out += text.slice(at, occurrence.start);
      const start = out.length;
      out += occurrence.placeholder;
      at = occurrence.end;
      return { ...occurrence, newStart: start, newEnd: out.length };
    });
    out += text.slice(at);
    const offset = (old: number, edge: "start" | "end") => {
      const move = moves.findLast((candidate) => candidate.start < old);
      if (!move) return old;
      if (old >= move.end) return old - move.end + move.newEnd;
      return edge === "start" ? move.newStart : move.newEnd;
    };
    return { text: out, offset };
  }

  /** The placeholders that a rewrite of `text` would put into it. */
  placeholdersFor(text: string, clipped: boolean): string[] {
    return this.#occurrences(text, clipped).map((occurrence) => occurrence.placeholder);
  }

  /** What stands in the place of a value that was learnt. */
  placeholderOf(value: string): string | undefined {
    return this.#values.get(value)?.placeholder;
  }

  #next(kind: string): string {
    const number = (this.#numbers.get(kind) ?? 0) + 1;
    this.#numbers.set(kind, number);
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    return placeholder(kind, number);
  }

  /** The value, and the forms that it takes inside a string of JSON and inside an address. */
  #add(value: string, known: Known): void {
    for (const form of [value, JSON.stringify(value).slice(1, -1), encoded(value)]) {
      if (this.#values.has(form)) continue;
      this.#values.set(form, known);
      this.#index.add(form);
    }
  }

  /** Whose home a folder is, is said by other paths and addresses too. */
  #addPerson(home: string, name: string): void {
    const person = /[\w.-]{3,}$/u.exec(home)?.[0];
    if (person) this.#add(person, { placeholder: name, reach: "path", lead: "" });
  }

  #occurrences(text: string, clipped: boolean): Occurrence[] {
    const found: Occurrence[] = [];
    const long = new Set<string>();
    this.#index.candidates(text, (value, start) => {
      const known = this.#values.get(value);
      if (!known) return;
      if (isKnownByPart(value, known)) {
        if (!long.has(value) && text.startsWith(value.slice(0, minPrefixChars), start)) long.add(value);
        return;
      }
      const end = start + value.length;
      if (!text.startsWith(value, start) || !reaches(text, start, end, known.reach)) return;
      found.push({ start, end, placeholder: known.placeholder });
    });
    for (const value of long) {
      const name = this.#values.get(value)?.placeholder ?? "";
      for (const range of beginningsOf(value, text, minPrefixChars)) found.push({ ...range, placeholder: name });
    }
    if (clipped) {
      // Whoever cut it may have said so.
      const shown = text.endsWith(ellipsis) ? text.slice(0, -ellipsis.length) : text;
      for (const [value, known] of this.#values) {
        found.push(...atEnd(shown, value, known));
        if (isKnownByPart(value, known)) found.push(...atEdges(shown, value, known.placeholder));
      }
    }
    return found.length === 0 ? found : outsidePlaceholders(text, found);
  }
}

function isKnownByPart(value: string, { reach }: Known): boolean {
  return reach === "anywhere" && value.length >= minCutValueChars;
}

function leadOf(text: string, start: number): string {
  const before = text.slice(Math.max(0, start - maxLeadChars), start);
  return before.slice(before.lastIndexOf("\n") + 1);
}

/** The beginning of a value at the end of a text that was clipped, behind what stood before the whole one. */
function atEnd(text: string, value: string, { lead, placeholder: name }: Known): Occurrence[] {
  if (lead.length < minLeadChars) return [];
  const from = Math.max(0, text.length - lead.length - value.length + 1);
  const at = text.slice(from).lastIndexOf(lead);
  const start = from + at + lead.length;
  if (at < 0 || start === text.length || !value.startsWith(text.slice(start))) return [];
  return [{ start, end: text.length, placeholder: name }];
}

function encoded(value: string): string {
  return value.isWellFormed() ? encodeURIComponent(value) : value;
}

function atEdges(text: string, value: string, name: string): Occurrence[] {
  const found: Occurrence[] = [];
  const longestBeginning = Math.min(value.length - 1, text.length, minPrefixChars - 1);
  for (let length = longestBeginning; length >= minEdgeChars; length--) {
    if (!text.endsWith(value.slice(0, length))) continue;
    found.push({ start: text.length - length, end: text.length, placeholder: name });
    break;
  }
  if (value.includes(text.slice(0, minEdgeChars), 1)) {
    const length = overlapLength(value.slice(1), text);
    if (length >= minEdgeChars) found.push({ start: 0, end: length, placeholder: name });
  }
  return found;
}

function reaches(text: string, start: number, end: number, reach: Reach): boolean {
  if (reach === "anywhere") return true;
  if (reach === "folder") return !/[\p{L}\p{N}_-]/u.test(text[end] ?? "");
  if (reach === "path") return isPathComponent(text, start, end) || isAccount(text, start, end);
  // The `n` of an escaped `\n` is no part of the word behind it.
  if (reach === "word")
    return !/(?<!\\)[\w-]$/u.test(text.slice(Math.max(0, start - 2), start)) && !/[\w-]/u.test(text[end] ?? "");
  const before = text.slice(Math.max(0, start - maxLineFrame), start);
  const lead = before.slice(before.lastIndexOf("\n") + 1);
  const after = text.slice(end, end + maxLineFrame);
  const lineEnd = after.indexOf("\n");
  const isAtLineStart = lead.length < before.length || start <= maxLineFrame;
  const isAtLineEnd = lineEnd >= 0 || end + maxLineFrame >= text.length;
  return (
    isAtLineStart &&
    isAtLineEnd &&
    keyLineLead(lead) === lead.length &&
    /^[\\nr"'` \t+,;).]*$/u.test(lineEnd < 0 ? after : after.slice(0, lineEnd))
  );
}

/** Between separators, behind `~`, or the last of a path that has a separator before it. */
function isPathComponent(text: string, start: number, end: number): boolean {
  const before = text[start - 1] ?? "";
  const isSeparated = before === "/" || before === "\\" || (before === "~" && /^[/\\]/u.test(text.slice(end, end + 1)));
  return isSeparated && !/[\w.-]/u.test(text[end] ?? "");
}

/** `name@host`, `//name:…@host`. */
function isAccount(text: string, start: number, end: number): boolean {
  if (/[\w.-]/u.test(text[start - 1] ?? "")) return false;
  return text[end] === "@" || (text[end] === ":" && text.slice(Math.max(0, start - 2), start) === "//");
}

function outsidePlaceholders(text: string, occurrences: readonly Occurrence[]): Occurrence[] {
  if (!text.includes("‹")) return [...occurrences];
  const taken = placeholderMask(text);
  return occurrences.filter(({ start, end }) => !taken.subarray(start, end).includes(1));
}

/** Occurrences that share characters become one, named after the longest of them: nothing of either is left. */
function merge(occurrences: readonly Occurrence[]): Occurrence[] {
  const sorted = [...occurrences].sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: Occurrence[] = [];
  let longest = 0;
  for (const next of sorted) {
    const last = merged.at(-1);
    if (!last || next.start >= last.end) {
      merged.push(next);
      longest = next.end - next.start;
      continue;
    }
    const isLonger = next.end - next.start > longest;
    if (isLonger) longest = next.end - next.start;
    merged[merged.length - 1] = {
      start: last.start,
      end: Math.max(last.end, next.end),
      placeholder: isLonger ? next.placeholder : last.placeholder,
    };
  }
  return merged;
}
