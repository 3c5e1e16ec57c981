/** What is redacted, and every text in it. */
import type { Settlement } from "../records/settlement.ts";
import type { HistoryEntry, Snapshot } from "../records/snapshot.ts";

/** Fields of other records that name things by hash, time or code: no text of anybody's. */
export const NAMING_KEYS = new Set([
  "id",
  "schema",
  "exampleId",
  "predictionId",
  "eventId",
  "commit",
  "revision",
  "at",
  "parents",
  "cluster",
  "version",
  "model",
  "promptVersion",
]);

export interface Redactable<Rest> {
  readonly snapshot: Snapshot;
  readonly settlement?: Settlement | undefined;
  /** Anything else that may repeat the snapshot's texts: a prediction, the other fields of an example. */
  readonly rest?: Rest;
  /**
   * Texts around what the snapshot clipped. What is found there and stands in the other texts too, whole or in part, is
   * taken out of those; nothing else of these texts matters, and they go nowhere.
   */
  readonly surroundings?: readonly string[] | undefined;
}

export interface Text {
  readonly text: string;
  readonly isDiff: boolean;
  /** Whether it may begin or end in the middle of a secret. */
  readonly isClipped: boolean;
}

/** Every text, in the order in which placeholders are numbered. */
export function* textsOf<Rest>(input: Redactable<Rest>): Iterable<Text> {
  yield* textsOfSnapshot(input);
  yield* textsBehind(input);
}

/**
 * What names the document comes first: its path, and with it the group in a split, then reads the same in all snapshots
 * of one file, whatever else they hold.
 */
export function* textsOfSnapshot<Rest>({ snapshot }: Redactable<Rest>): Iterable<Text> {
  const { document, repo, excerpt, history, diagnostics, definitions } = snapshot;
  yield* stringsIn([document.path, repo, excerpt.text], false);
  yield* historyTexts(history);
  yield* stringsIn([diagnostics, definitions], true);
}

export function* textsBehind<Rest>({ settlement, rest }: Redactable<Rest>): Iterable<Text> {
  if (settlement) {
    yield* stringsIn(settlement.text, false);
    yield* historyTexts(settlement.futureHistory);
    yield* stringsIn(settlement.diagnosticsAfter, true);
  }
  yield* stringsIn(rest, false);
}

function* historyTexts(entries: readonly HistoryEntry[]): Iterable<Text> {
  for (const { path, diff } of entries) {
    yield { text: path, isDiff: false, isClipped: false };
    if (diff !== undefined) yield { text: diff, isDiff: true, isClipped: false };
  }
}

function* stringsIn(value: unknown, isClipped: boolean): Iterable<Text> {
  if (typeof value === "string") yield { text: value, isDiff: false, isClipped };
  else if (Array.isArray(value)) for (const item of value) yield* stringsIn(item, isClipped);
  else if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) if (!NAMING_KEYS.has(key)) yield* stringsIn(member, isClipped);
  }
}
