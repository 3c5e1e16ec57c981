/** Texts and edits for property tests: few distinct lines, so that they repeat, and every character that hurts. */
import fc from "fast-check";
import type { TextEdit } from "../../../shared/text/edits.ts";

const awkwardLines = [
  "",
  "a",
  "b",
  "  c",
  "crlf\r",
  "\r",
  "😀",
  "a😀\u0301",
  "\ud83d",
  "-- x",
  "++ y",
  "@@ -1 +1 @@",
  "\\ No newline at end of file",
  "diff --git a/x b/x",
];

/** Lines joined by LF, with or without a line end at the end; empty now and then. */
export const someText = fc
  .tuple(fc.array(fc.constantFrom(...awkwardLines), { maxLength: 12 }), fc.boolean())
  .map(([lines, endsWithLineEnd]) => lines.join("\n") + (endsWithLineEnd && lines.length > 0 ? "\n" : ""));

const someInsertion = fc.oneof(someText, fc.constantFrom("", "x", "\n", "y\n", "\nz", "😀"));

/** Sorted, disjoint edits of a text of that length; some touch, some share a place, some change nothing. */
export function someEdits(length: number): fc.Arbitrary<TextEdit[]> {
  return fc
    .array(fc.tuple(fc.nat({ max: length }), fc.nat({ max: length }), someInsertion), { maxLength: 6 })
    .map((raw) => {
      const offsets = [...raw.map(([a]) => a), ...raw.map(([, b]) => b)].sort((a, b) => a - b);
      return raw.map(([, , newText], i) => ({ start: offsets[2 * i] ?? 0, end: offsets[2 * i + 1] ?? 0, newText }));
    });
}

export const someTextAndEdits = someText.chain((text) => someEdits(text.length).map((edits) => ({ text, edits })));
