/** Whether a prediction left the editable region: rewrote what lies around it, or lost what lies at its edge. */
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { splitLines } from "../../shared/text/lines.ts";
import type { AnswerSurroundings } from "../prompts/answer-surroundings.ts";
import type { LineDiff } from "./lines.ts";

/** So many lines gone at the region's edge mean that the model answered for another stretch of the file. */
const EDGE_LINES = 3;

/**
 * True where the text that the answer gives around the region is not the excerpt's, or where the diff
 * before→predicted begins at the region's first line or ends at its last with three or more deleted lines. Lines that
 * others take the place of are rewritten, not deleted, and do not count.
 *
 * @param surroundings what the answer shows above and below the region; null where it shows nothing.
 */
export function outsideRegion(diff: LineDiff, snapshot: Snapshot, surroundings: AnswerSurroundings | null): boolean {
  return losesEdge(diff) || (surroundings !== null && rewritesSurroundings(snapshot, surroundings));
}

function losesEdge({ before, blocks }: LineDiff): boolean {
  return blocks.some(({ start, end, newStart, newEnd }) => {
    const atEdge = start === 0 || end === before.length;
    return atEdge && end - start - (newEnd - newStart) >= EDGE_LINES;
  });
}

/** An answer may show fewer lines of the excerpt than there are, but those next to the region and unchanged. */
function rewritesSurroundings({ excerpt, editable }: Snapshot, { above, below }: AnswerSurroundings): boolean {
  const realAbove = contents(excerpt.text.slice(0, editable.start)).reverse();
  const realBelow = contents(excerpt.text.slice(editable.end));
  return !startsWithLines(realAbove, contents(above).reverse()) || !startsWithLines(realBelow, contents(below));
}

/** Lines without white space at their ends, which answers lose for no reason. */
function contents(text: string): string[] {
  return splitLines(text).map((line) => line.trimEnd());
}

/** Whether `shown` is a beginning of `lines`; blank lines at its far end are not held against it. */
function startsWithLines(lines: readonly string[], shown: readonly string[]): boolean {
  const length = shown.findLastIndex((line) => line !== "") + 1;
  return length <= lines.length && shown.slice(0, length).every((line, index) => line === lines[index]);
}
