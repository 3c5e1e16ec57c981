/** Which records the builtin model left, by the id that they carry. */

/**
 * Whether `id` (of a prediction, or of `samples`) is the builtin model's. Its samples are ranked distinct candidates
 * instead of independent draws, so that a hit rate means nothing; its raw answer is the region itself, without markers.
 */
export function isBuiltin(id: string): boolean {
  return id === "builtin";
}
