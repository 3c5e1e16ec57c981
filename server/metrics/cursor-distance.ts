/** How far the predicted cursor is from where the person's cursor was. */
import { countCharacters } from "./characters.ts";

/** A cursor as an offset (UTF-16) in a text. */
export interface CursorIn {
  readonly text: string;
  readonly offset: number;
}

/**
 * In characters, between the predicted cursor's place in the predicted region and the settled one's in the settled
 * region; null if neither is known, `"miss"` if one is.
 */
export function cursorDistance(predicted: CursorIn | null, settled: CursorIn | null): number | "miss" | null {
  if (predicted === null && settled === null) return null;
  if (predicted === null || settled === null) return "miss";
  return Math.abs(charactersBefore(predicted) - charactersBefore(settled));
}

function charactersBefore({ text, offset }: CursorIn): number {
  return countCharacters(text.slice(0, offset));
}
