/**
 * The secrets found so far in one snapshot, and what stands in their place. A value once found is replaced wherever
 * it occurs, also where no rule would have found it, so that every text of the snapshot says the same.
 */
import type { Finding, Reach } from "./finding.ts";
import { PLACEHOLDER, placeholder } from "./placeholder.ts";

/** A value of this length or more is recognised by its beginning too: half typed in the history, or cut by a clip. */
const minCutValueChars = 20;
/** So much of its beginning, anywhere. */
const minPrefixChars = 16;
/** So much of its beginning or end, at the edge of a text that was clipped. */
const minEdgeChars = 8;

interface Known {
  readonly placeholder: string;
  readonly reach: Reach;
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
  /** The highest number in use, by kind. */
  readonly #numbers = new Map<string, number>();
  /** How many secrets were found, by kind; two occurrences of one value are one. */
  readonly counts: Record<string, number> = {};

  /** Numbers that an earlier redaction, or the text's author, used are not given again. */
  reserve(text: string): void {
    if (!text.includes("‹")) return;
    for (const [, kind = "", number = "0"] of text.matchAll(PLACEHOLDER)) {
      this.#numbers.set(kind, Math.max(this.#numbers.get(kind) ?? 0, Number(number)));
    }
  }

  /** @returns whether anything new was learnt. */
  learn(text: string, findings: readonly Finding[]): boolean {
    let news = false;
    for (const { kind, parts } of findings) {
      const values = parts.map((part) => ({ value: text.slice(part.start, part.end), reach: part.reach }));
      const unknown = values.filter(({ value }) => !this.#values.has(value));
      if (unknown.length === 0) continue;
      const known = values.find(({ value }) => this.#values.has(value));
      const name = (known && this.#values.get(known.value)?.placeholder) ?? this.#next(kind);
      for (const { value, reach } of unknown) this.#add(value, { placeholder: name, reach });
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

  /** Whether a rewrite of `text` could change anything; cheaper than trying line by line. */
  mayOccur(text: string): boolean {
    for (const value of this.#values.keys()) {
      if (text.includes(value.length >= minCutValueChars ? value.slice(0, minPrefixChars) : value)) return true;
    }
    return false;
  }

  #next(kind: string): string {
    const number = (this.#numbers.get(kind) ?? 0) + 1;
    this.#numbers.set(kind, number);
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    return placeholder(kind, number);
  }

  /** The value, and the forms that it takes inside a string of JSON and inside an address. */
  #add(value: string, known: Known): void {
    this.#values.set(value, known);
    for (const form of [JSON.stringify(value).slice(1, -1), encoded(value)]) {
      if (!this.#values.has(form)) this.#values.set(form, known);
    }
  }

  #occurrences(text: string, clipped: boolean): Occurrence[] {
    const found: Occurrence[] = [];
    for (const [value, { placeholder: name, reach }] of this.#values) {
      const cut = reach === "anywhere" && value.length >= minCutValueChars;
      const needle = cut ? value.slice(0, minPrefixChars) : value;
      for (let start = text.indexOf(needle); start >= 0; start = text.indexOf(needle, start + 1)) {
        const end = start + (cut ? commonLength(text, start, value) : value.length);
        if (reaches(text, start, end, reach)) found.push({ start, end, placeholder: name });
      }
      if (clipped && cut) found.push(...atEdges(text, value, name));
    }
    return found.length === 0 ? found : outsidePlaceholders(text, found);
  }
}

function encoded(value: string): string {
  return value.isWellFormed() ? encodeURIComponent(value) : value;
}

/** How many characters of `value` stand in `text` at `start`. */
function commonLength(text: string, start: number, value: string): number {
  let length = minPrefixChars;
  while (length < value.length && text[start + length] === value[length]) length++;
  return length;
}

function atEdges(text: string, value: string, name: string): Occurrence[] {
  const found: Occurrence[] = [];
  const longest = Math.min(value.length - 1, text.length);
  for (let length = Math.min(longest, minPrefixChars - 1); length >= minEdgeChars; length--) {
    if (!text.endsWith(value.slice(0, length))) continue;
    found.push({ start: text.length - length, end: text.length, placeholder: name });
    break;
  }
  for (let length = longest; length >= minEdgeChars; length--) {
    if (!text.startsWith(value.slice(value.length - length))) continue;
    found.push({ start: 0, end: length, placeholder: name });
    break;
  }
  return found;
}

function reaches(text: string, start: number, end: number, reach: Reach): boolean {
  if (reach === "anywhere") return true;
  if (reach === "word") return !/[\w-]/u.test(text[start - 1] ?? "") && !/[\w-]/u.test(text[end] ?? "");
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", end);
  const before = text.slice(lineStart, start);
  const after = text.slice(end, lineEnd < 0 ? text.length : lineEnd);
  return /^[ \t]*(?:\/\/|[#*])?[ \t]*["'`]?$/u.test(before) && /^[\\nr"'` \t+,;).]*$/u.test(after);
}

function outsidePlaceholders(text: string, occurrences: readonly Occurrence[]): Occurrence[] {
  if (!text.includes("‹")) return [...occurrences];
  const taken = [...text.matchAll(PLACEHOLDER)].map((m) => ({ start: m.index, end: m.index + m[0].length }));
  return occurrences.filter(({ start, end }) => !taken.some((other) => other.start < end && start < other.end));
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
