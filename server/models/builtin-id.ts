/** What the builtin model is called, in records and on the command line: by its id alone is it told from the others. */
export const BUILTIN_ID = "builtin";

/**
 * Whether `id` (of a model, of a prediction, or of `samples`) is the builtin model's. Its samples are ranked distinct
 * candidates instead of independent draws, so that a hit rate means nothing; its raw answer is the region itself, without
 * markers; it is free.
 */
export function isBuiltin(id: string): boolean {
  return id === BUILTIN_ID;
}
