/** Texts that edits are made of, and snapshots around them, for the tests of figures. */
import fc from "fast-check";
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import { unifiedDiff } from "../../../shared/text/unified-diff.ts";

export const PATH = "src/cart.ts";

/** A snapshot whose region is `region`, between `above` and `below`; the newest edit led from `earlier` to it. */
export function snapshotOf(
  region: string,
  {
    above = "",
    below = "",
    startLine = 0,
    earlier,
    cursor = 0,
  }: { above?: string; below?: string; startLine?: number; earlier?: string; cursor?: number } = {},
): Snapshot {
  const history =
    earlier === undefined
      ? []
      : [{ path: PATH, origin: "typed" as const, diff: shownDiff(earlier, above + region + below, startLine) }];
  return {
    document: { path: PATH, languageId: "typescript", eol: "lf", lineCount: 1 },
    excerpt: { startLine, text: above + region + below },
    cursor: above.length + cursor,
    editable: { start: above.length, end: above.length + region.length },
    history,
    diagnostics: [],
    definitions: [],
    trigger: "typing",
    capturedAt: "2026-01-01T00:00:00.000Z",
  };
}

/** The diff of an edit in a document of which `startLine` lines lie above the excerpt. */
function shownDiff(earlier: string, now: string, startLine: number): string {
  const above = "above the excerpt\n".repeat(startLine);
  return unifiedDiff(above + earlier, above + now, { path: PATH });
}

/**
 * Short texts over few characters, so that likeness and repetition are common: code, blank lines, and three astral
 * characters of which two share their first UTF-16 unit and two their second.
 */
export const text: fc.Arbitrary<string> = fc
  .array(fc.constantFrom("a", "b", "c", "fo", " ", "  ", "\n", "\n\n", "\t", "{", "}", "=>", "é", "😀", "😁", "🨀"), {
    maxLength: 40,
  })
  .map((pieces) => pieces.join(""));

/** A text and two edits of it, as a prediction and a reference are. */
export const edits: fc.Arbitrary<{ before: string; predicted: string; reference: string }> = fc
  .tuple(text, text, text, text, text)
  .map(([above, below, before, predicted, reference]) => ({
    before: above + before + below,
    predicted: above + predicted + below,
    reference: above + reference + below,
  }));
