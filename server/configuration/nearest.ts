/** The known name that a misspelt one was probably meant to be. */
import { distance } from "fastest-levenshtein";

/** Share of the longer name's characters that may differ before a suggestion misleads more than it helps. */
const maxDifference = 0.4;

/** The candidate nearest to `name`, or undefined where none is near. Case and separators count little. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDifference = maxDifference;
  for (const candidate of candidates) {
    const [a, b] = [plain(name), plain(candidate)];
    const difference = slips(a, b) / Math.max(a.length, b.length, 1);
    if (difference < bestDifference || (difference === bestDifference && best === undefined)) {
      best = candidate;
      bestDifference = difference;
    }
  }
  return best;
}

/** Levenshtein distance, but two letters in the wrong order are one slip. */
function slips(a: string, b: string): number {
  const edits = distance(a, b);
  return edits === 2 && letters(a) === letters(b) ? 1 : edits;
}

function letters(name: string): string {
  return [...name].sort().join("");
}

/** `baseURL`, `base-url` and `base_url` are one name to a person. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/gu, "");
}
