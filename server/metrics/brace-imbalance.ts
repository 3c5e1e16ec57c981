/** Whether a prediction leaves brackets open or closes too many. */

const PAIRS = [
  ["{", "}"],
  ["(", ")"],
  ["[", "]"],
] as const;

/**
 * How much the sum over `{}`, `()` and `[]` of |open − close| grows from before to predicted; at least 0. There is no
 * lexer: brackets in strings and comments count, on both sides alike.
 */
export function braceImbalance(before: string, predicted: string): number {
  return Math.max(0, imbalance(predicted) - imbalance(before));
}

function imbalance(text: string): number {
  let sum = 0;
  for (const [open, close] of PAIRS) sum += Math.abs(count(text, open) - count(text, close));
  return sum;
}

function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) found++;
  return found;
}
