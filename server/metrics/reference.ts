/** What a prediction is held against. */
import type { Example } from "../../shared/records/example.ts";

/**
 * `expected` only where a reviewer wrote it or the whole case is hand-written, else the settled text: a model must not
 * be judged by its own samples. Null where neither is known.
 */
export function referenceOf({ source, expected, settlement }: Example): string | null {
  if (expected !== undefined && (expected.from === "reviewer" || source.kind === "file")) return expected.text;
  return settlement?.text ?? null;
}
