/**
 * What other families do when an event comes, in the transaction that stores it: a guard may refuse it, a projection
 * keeps tables of its own in step with the events.
 */
import type { Event } from "../../shared/records/event.ts";
import { deletionGuard } from "./families/deletion.ts";
import type { StoreDatabase } from "./family.ts";
import { outcomeCounts } from "./outcome-counts.ts";
import { reviewItems } from "./review-items.ts";
import { verdictLinks } from "./verdict-links.ts";

export interface Candidate {
  readonly type: Event["type"];
  /** RFC 3339, UTC, milliseconds: when the client says it happened. */
  readonly at: string;
}

export interface RefusedEvent {
  /** Stable, in kebab-case. */
  readonly code: string;
  readonly detail: string;
}

/** Asked once for the events of a call, then for each that is not stored yet; undefined where it may be stored. */
export type EventGuard = (
  db: StoreDatabase,
  contributor: string,
) => ((candidate: Candidate) => RefusedEvent | undefined) | undefined;

export interface Projected {
  readonly position: number;
  readonly contributor: string;
  /** RFC 3339, UTC, milliseconds: the server's clock. */
  readonly receivedAt: string;
  readonly event: Event;
}

export interface EventProjection {
  /** Of these alone is it told. */
  readonly types: readonly Event["type"][];
  /** Once for each event, in the order of positions. Refuses nothing. */
  apply(db: StoreDatabase, stored: Projected): void;
}

export const eventGuards: readonly EventGuard[] = [deletionGuard];

export const eventProjections: readonly EventProjection[] = [outcomeCounts, verdictLinks, reviewItems];
