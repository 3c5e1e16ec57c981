/** Whether a prediction shuffles blank lines for no reason. */
import type { LineDiff } from "./lines.ts";
import { isBlank } from "./units.ts";

/**
 * True where a changed line is blank on its changed sides and its contiguous block has no changed line that is not
 * blank. A blank line added under the predicted cursor is excused (somebody is about to type there); a deletion never
 * is, so neither are spaces added to a blank line, which are a deletion and an addition. Re-indented code is not blank.
 *
 * @param cursorLine the line of the predicted text that the predicted cursor stands in, or null where none was given.
 */
export function isolatedWhitespace({ before, after, blocks }: LineDiff, cursorLine: number | null): boolean {
  return blocks.some((block) => {
    const deleted = before.slice(block.start, block.end);
    const added = after.slice(block.newStart, block.newEnd);
    if (!deleted.every(isBlank) || !added.every(isBlank)) return false;
    if (deleted.length > 0) return true;
    return added.some((_, index) => block.newStart + index !== cursorLine);
  });
}
