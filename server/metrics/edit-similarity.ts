/** How alike two texts are, from 0 to 1. */
import { countCharacters } from "./characters.ts";
import { levenshtein } from "./levenshtein.ts";

/** 1 − Levenshtein(predicted, reference) / the longer one's length, in characters; 1 where both are empty. */
export function editSimilarity(predicted: string, reference: string): number {
  if (predicted === reference) return 1;
  return 1 - levenshtein(predicted, reference) / Math.max(countCharacters(predicted), countCharacters(reference));
}
