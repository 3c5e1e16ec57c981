/** How much a prediction changes, in tokens. */
import type { UnitBase, UnitEdit } from "./unit-edit.ts";
import { isBlank } from "./units.ts";

export interface TokenChurn {
  readonly tokensInserted: number;
  readonly tokensDeleted: number;
}

/** Units (see `units.ts`) that the edit inserts and deletes, by longest common subsequence; white space is no token. */
export function tokenChurn(base: UnitBase, { inserted, deletedAt }: UnitEdit): TokenChurn {
  const isToken = Array.from(base.numbers.keys(), (unit) => !isBlank(unit));
  return {
    tokensInserted: inserted.filter((unit) => isToken[unit]).length,
    tokensDeleted: deletedAt.filter((index) => isToken[base.units[index] as number]).length,
  };
}
