/**
 * What other families hold of a person, and how it is deleted. Whoever adds a table that holds something of a
 * contributor's adds a line here, so that a deletion is complete.
 */
import { pullErasure } from "./families/pull.ts";
import type { StoreDatabase } from "./family.ts";
import { reviewErasures } from "./review-items.ts";

export interface ErasedPerson {
  /** Of the deletion. In `deletion_examples` and `deletion_predictions` stand, under it, the ids of all that is theirs. */
  readonly deletion: string;
  readonly contributor: string;
  /** Only what came about before this time (RFC 3339, UTC, milliseconds); null: all. */
  readonly before: string | null;
}

export interface Erasure {
  /** In the receipt: `ratings.reviewed`. */
  readonly kind: string;
  /** Deletes up to `limit` rows. Called until there are none. @returns how many it deleted */
  erase(db: StoreDatabase, person: ErasedPerson, limit: number): number;
}

/** Behind the events, whose ids they may use. */
export const erasures: readonly Erasure[] = [pullErasure, ...reviewErasures];
