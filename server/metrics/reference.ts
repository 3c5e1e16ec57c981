/** What a prediction is held against. */
import type { Example, Expected } from "../../shared/records/example.ts";

/** Where a target is a model's own, whoever liked it. */
const FROM_MODELS: readonly Expected["from"][] = ["rated", "sample", "repair", "teacher"];

/**
 * `expected` only where a reviewer wrote it or the whole case is hand-written, else the settled text: a model must not
 * be judged by its own samples, so a hand-written case whose target a model supplied goes by its settled text as well.
 * Null where neither is known.
 */
export function referenceOf({ source, expected, settlement }: Example): string | null {
  if (expected?.from === "reviewer") return expected.text;
  if (expected !== undefined && source.kind === "file" && !FROM_MODELS.includes(expected.from)) return expected.text;
  return settlement?.text ?? null;
}
