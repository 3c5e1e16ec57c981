/**
 * The secrets found so far in one snapshot, and what stands in their place. A value once found is replaced wherever
 * it occurs, also where no rule would have found it, so that every text of the snapshot says the same.
 */
import { beginningsOf, overlapLength } from "./cut-values.ts";
import type { Finding, Reach } from "./finding.ts";
import { keyLineLead } from "./finding.ts";
import { PLACEHOLDER, placeholder, placeholderMask } from "./placeholder.ts";

/** A value of this length or more is recognised by its beginning too: half typed in the history, or cut by a clip. */
const minCutValueChars = 20;
/** So much of its beginning, anywhere. */
const minPrefixChars = 16;
/** So much of its beginning or end, at the edge of a text that was clipped. */
const minEdgeChars = 8;
/** Each value is looked for in every text, so their number bounds the time. No code holds so many secrets. */
const maxValues = 2_000;
/** Numbers that an author wrote by hand and that counting never reaches. */
const unreachableNumber = 100_000;
/** How far from a key's last line its quotes, indentation and escaped line ends may reach. */
const maxLineFrame = 200;

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
      if (reach === "anywhere" && value.length >= minCutValueChars) {
        for (const range of beginningsOf(value, text, minPrefixChars)) found.push({ ...range, placeholder: name });
        if (clipped) found.push(...atEdges(text, value, name));
        continue;
      }
      for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + 1)) {
        const end = start + value.length;
        if (reaches(text, start, end, reach)) found.push({ start, end, placeholder: name });
      }
    }
    return found.length === 0 ? found : outsidePlaceholders(text, found);
  }
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
  if (reach === "word") return !/[\w-]/u.test(text[start - 1] ?? "") && !/[\w-]/u.test(text[end] ?? "");
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
