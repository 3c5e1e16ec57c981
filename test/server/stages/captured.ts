/** Events of contributors for tests of what the pipeline takes from the store; valid, or this throws. */
import type { Event } from "../../../shared/records/event.ts";
import { event as eventSchema } from "../../../shared/records/event.ts";
import type { ShownPrediction } from "../../../shared/records/example.ts";
import type { Rating } from "../../../shared/records/rating.ts";
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import { eventId } from "../../bench/captured-events.ts";
import { snapshotOf } from "../metrics/texts.ts";

export interface Settled {
  readonly n: number;
  readonly before?: string;
  readonly after?: string;
  readonly at?: string;
  readonly remote?: string | null;
  readonly languageId?: string;
  readonly predictionId?: string;
}

const at = "2026-01-31T09:05:00.123Z";

function envelope(n: number, when = at) {
  return { id: eventId(n), schema: 1, at: when, sessionId: "session-1", sequence: n, consentVersion: 1 } as const;
}

export function snapshotFrom({
  n,
  before = `let value${n} = 1;\n`,
  at: capturedAt = at,
  remote = "https://example.com/team/shop.git",
  languageId = "typescript",
}: Settled): Snapshot {
  const snapshot = snapshotOf(before);
  return {
    ...snapshot,
    document: { ...snapshot.document, languageId },
    ...(remote === null ? {} : { repo: { remote, revision: "4f2a9c0" } }),
    capturedAt,
  };
}

export function settled(given: Settled): Event {
  const { n, after = `let value${n} = 2;\n`, at: when = at, predictionId } = given;
  const snapshot = snapshotFrom(given);
  return eventSchema.parse({
    ...envelope(n, when),
    type: "snapshot.settled",
    snapshot,
    settlement: {
      text: after,
      cursor: null,
      settledAt: when,
      waitedMs: 12_000,
      quietMs: 10_000,
      edits: 1,
      futureHistory: [],
      diagnosticsAfter: [],
      unchanged: false,
      provenance: "human",
    },
    ...(predictionId !== undefined && { predictionId }),
  });
}

export function made(n: number, predictionId: string, snapshot: Snapshot, text: string | null): Event {
  return eventSchema.parse({
    ...envelope(n),
    type: "prediction.made",
    predictionId,
    snapshot,
    model: "openai:student",
    variant: "a",
    ...(text === null ? { noEdit: true } : { text }),
  });
}

export function outcome(n: number, predictionId: string, became: NonNullable<ShownPrediction["outcome"]>): Event {
  return eventSchema.parse({
    ...envelope(n),
    type: "prediction.outcome",
    predictionId,
    model: "openai:student",
    variant: "a",
    outcome: became,
    shownMs: 900,
    latencyMs: 80,
    acceptedChars: 0,
    partial: false,
  });
}

export function kept(n: number, predictionId: string, afterMs: number, keptRate: number): Event {
  return eventSchema.parse({ ...envelope(n), type: "prediction.kept", predictionId, afterMs, keptRate, valid: true });
}

export function ratingOf(n: number, predictionId: string, parts: Partial<Rating> = {}): Rating {
  return {
    id: eventId(n),
    predictionId,
    reviewer: "contributor-2",
    verdict: "good",
    categories: [],
    secondsSpent: 4,
    at,
    ...parts,
  };
}

export function given(n: number, rating: Rating): Event {
  return eventSchema.parse({ ...envelope(n), type: "rating.given", rating });
}

export function withdrawn(n: number, ratingId: string): Event {
  return eventSchema.parse({ ...envelope(n), type: "rating.withdrawn", ratingId });
}
