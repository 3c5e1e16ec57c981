/** What a capture is to those who judge, redact and send it. */
import type { Settlement } from "../../shared/records/settlement.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";

/** A file of which something stands in a capture; the gate judges each. */
export interface TouchedFile {
  readonly uri: string;
  /** As in the record that speaks of it. */
  readonly path: string;
  readonly role: "document" | "history" | "definition";
  /** Outside of the workspace folder: its path is package-relative. */
  readonly external: boolean;
}

/** A capture point whose state is frozen and whose context is there. Nothing in it is redacted. */
export interface FrozenCapture {
  readonly uri: string;
  /** The workspace folder's URI. */
  readonly folder: string;
  /** Valid by its schema. */
  readonly snapshot: Snapshot;
  /** Texts around what the snapshot clipped, so that a secret is found whose other half a clip cut off. Never sent. */
  readonly surroundings: readonly string[];
  /** Of all that stands in it, each once. */
  readonly files: readonly TouchedFile[];
  /** What could not be had in time or had no room, by name. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** The prediction that was asked for here. */
  readonly predictionId?: string;
}

export interface SettledCapture extends FrozenCapture {
  readonly settlement: Settlement;
}

/** Why a capture ended without settling, or settled and is not kept. */
export type GiveUpReason =
  /** Five minutes passed, and it was never still for ten seconds. */
  | "neverStill"
  | "closed"
  | "reverted"
  | "branchChanged"
  /** Nothing may be captured from its folder any more: consent ended, a snooze began, or what else the gate knows of. */
  | "stopped"
  /** The region outgrew what a region may be. */
  | "regionTooLong"
  | "missedEdit"
  /** An edit went over the region's edge. */
  | "straddled"
  /** The oldest made room for a new one. */
  | "tooManyOpen"
  /** A prediction was asked for in the same region. */
  | "replaced"
  /** Half of a character stands in the settled text, which no record may hold. */
  | "notValid"
  /** More secrets than can be found in bounded time, or no room for the placeholders. */
  | "notRedactable"
  /** Something threw that should not have. */
  | "fault"
  /** Nothing changed, and the policy keeps only some of those. */
  | "unchanged";
