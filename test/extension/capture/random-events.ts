/** Change events for property tests, in VS Code's shape, that fit whatever text they meet. */
import fc from "fast-check";
import type { ContentChange, Position } from "../../../extension/capture/document.ts";
import { normalizeLineEnds } from "../../../shared/text/line-ends.ts";

/** Where it lies, in shares of a text that is not known yet. */
export interface RawChange {
  readonly from: number;
  readonly length: number;
  readonly text: string;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });

const someInsertion = fc.constantFrom(
  "",
  "",
  "x",
  "y",
  "\n",
  "\r\n",
  "\r",
  "😀",
  "👩‍👩‍👧",
  "two\r\nlines",
  "  if (a) {\n    b();\n  }\n",
  "mixed\r\nline\rends\n",
);

/** Most changes are short, as people's are; some take much of the text away. */
const someLength = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: 13, max: 400 }) },
);

export const someEvent: fc.Arbitrary<RawChange[]> = fc.array(
  fc.record({ from: share, length: someLength, text: someInsertion }),
  { minLength: 1, maxLength: 4 },
);

/** By counting, independently of what is tested. */
export function positionIn(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
}

export interface PlacedChange {
  readonly start: number;
  readonly end: number;
  /** With its line ends as VS Code may report them, and LF-normalised. */
  readonly text: string;
  readonly newText: string;
}

/** The changes in `text`, disjoint and apart, from the start to the end. */
export function placeChanges(text: string, raw: readonly RawChange[]): PlacedChange[] {
  const placed: PlacedChange[] = [];
  let free = 0;
  const sorted = raw
    .map((change) => ({ ...change, start: Math.floor(change.from * text.length) }))
    .sort((a, b) => a.start - b.start);
  for (const { start, length, text: inserted } of sorted) {
    if (start < free) continue;
    const end = Math.min(text.length, start + length);
    placed.push({ start, end, text: inserted, newText: normalizeLineEnds(inserted).text });
    free = end + 1;
  }
  return placed;
}

/** As VS Code reports them: the last one first. */
export function asContentChanges(text: string, placed: readonly PlacedChange[]): ContentChange[] {
  return placed.toReversed().map(({ start, end, text: inserted }) => ({
    start: positionIn(text, start),
    end: positionIn(text, end),
    text: inserted,
  }));
}

/** The simplest thing that can be right. */
export function applyNaively(text: string, placed: readonly PlacedChange[]): string {
  let result = text;
  for (const { start, end, newText } of placed.toReversed()) {
    result = result.slice(0, start) + newText + result.slice(end);
  }
  return result;
}
