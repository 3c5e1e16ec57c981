/** How much a prediction changes, in tokens. */
import { changesBetween } from "./alignment.ts";
import { numbered } from "./lines.ts";
import { isBlank, unitsOf } from "./units.ts";

export interface TokenChurn {
  readonly tokensInserted: number;
  readonly tokensDeleted: number;
}

/** Units (see `units.ts`) that the edit inserts and deletes, by longest common subsequence; white space is no token. */
export function tokenChurn(before: string, predicted: string): TokenChurn {
  if (before === predicted) return { tokensInserted: 0, tokensDeleted: 0 };
  const old = unitsOf(before);
  const now = unitsOf(predicted);
  const numbers = new Map<string, number>();
  let tokensInserted = 0;
  let tokensDeleted = 0;
  for (const change of changesBetween(numbered(old, numbers), numbered(now, numbers))) {
    for (let i = change.start; i < change.end; i++) if (!isBlank(old[i] as string)) tokensDeleted++;
    for (let i = change.newStart; i < change.newEnd; i++) if (!isBlank(now[i] as string)) tokensInserted++;
  }
  return { tokensInserted, tokensDeleted };
}
