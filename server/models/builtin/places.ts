/** One edit, many places: all of them at once, the next one alone, or what is left of the block that the cursor is in. */
import type { TextEdit } from "../../../shared/text/edits.ts";
import type { Proposal } from "./situation.ts";

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
