/** Where edits go: beside a line, and of many places all at once or the next one alone. */
import type { TextEdit } from "../../../shared/text/edits.ts";
import type { Proposal, RegionLine } from "./situation.ts";

/** Whole lines above or below one of the region, also below a last one without a line end. */
export function insertBeside(
  before: string,
  line: RegionLine,
  side: "above" | "below",
  added: readonly string[],
): TextEdit {
  const start = side === "above" ? line.start : Math.min(line.end + 1, before.length);
  const isUnended = side === "below" && line.end === before.length;
  return { start, end: start, newText: added.map((text) => (isUnended ? `\n${text}` : `${text}\n`)).join("") };
}

/**
 * `${kind}` for the only place; for several, `${kind}-all` and `${kind}-next`: the first one behind the cursor, else the
 * first of all. Overlapping edits give way to the ones before them.
 */
export function atPlaces(kind: string, edits: readonly TextEdit[], cursor: number): Proposal[] {
  const disjoint = withoutOverlaps(edits);
  const [first] = disjoint;
  if (!first) return [];
  if (disjoint.length === 1) return [{ kind, edits: disjoint }];
  const next = disjoint.find((edit) => edit.start >= cursor) ?? first;
  return [
    { kind: `${kind}-all`, edits: disjoint },
    { kind: `${kind}-next`, edits: [next] },
  ];
}

function withoutOverlaps(edits: readonly TextEdit[]): TextEdit[] {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  const kept: TextEdit[] = [];
  for (const edit of sorted) {
    const last = kept.at(-1);
    if (last && (edit.start < last.end || edit.start === last.start)) continue;
    kept.push(edit);
  }
  return kept;
}
