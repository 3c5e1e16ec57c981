/** What an answer shows around the region, where it repeats part of the excerpt. */
import { fencedBlocks } from "./fences.ts";
import {
  CURSOR,
  REGION_END,
  REGION_START,
  unescapeMarkersAt,
  ZETA1_CURSOR,
  ZETA1_REGION_END,
  ZETA1_REGION_START,
  ZETA1_START_OF_FILE,
} from "./markers.ts";
import { normalizeAnswer } from "./region-block.ts";

export interface AnswerSurroundings {
  readonly above: string;
  readonly below: string;
}

const REGION_MARKERS = [
  [REGION_START, REGION_END],
  [ZETA1_REGION_START, ZETA1_REGION_END],
] as const;

/**
 * The text above and below the last marked region, where the answer put both into one fenced block; null otherwise,
 * because what stands around an unfenced region is the model's talk about it.
 */
export function answerSurroundings(answer: string): AnswerSurroundings | null {
  const known = REGION_MARKERS.find(([start, end]) => answer.includes(start) && answer.includes(end));
  if (known === undefined || !/`{3}|~{3}/u.test(answer)) return null;
  const [startMarker, endMarker] = known;
  for (const block of fencedBlocks(normalizeAnswer(answer)).reverse()) {
    const start = block.lastIndexOf(startMarker);
    const end = block.indexOf(endMarker, start);
    if (start === -1 || end === -1) continue;
    return {
      above: plain(block.slice(0, start)),
      below: plain(block.slice(end + endMarker.length).replace(/^\n/u, "")),
    };
  }
  return null;
}

function plain(text: string): string {
  const bare = [CURSOR, ZETA1_CURSOR, `${ZETA1_START_OF_FILE}\n`].reduce(
    (rest, mark) => rest.replaceAll(mark, ""),
    text,
  );
  return unescapeMarkersAt({ text: bare, offset: 0 }).text;
}
