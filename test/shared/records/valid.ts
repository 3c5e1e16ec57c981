/** The smallest records that are valid, to be spoilt one field at a time. */
import type { Event } from "../../../shared/records/event.ts";
import type { Example } from "../../../shared/records/example.ts";
import type { Prediction } from "../../../shared/records/prediction.ts";
import type { Rating } from "../../../shared/records/rating.ts";
import type { Scores } from "../../../shared/records/scores.ts";
import type { Settlement } from "../../../shared/records/settlement.ts";
import type { Snapshot } from "../../../shared/records/snapshot.ts";

export const someSha256 = "0123456789abcdef".repeat(4);
export const someUuid = "01890a5d-ac96-774b-bcce-b302099a8057";
const someTime = "2026-01-31T09:05:00.123Z";

export const validSnapshot: Snapshot = {
  document: { path: "src/a.ts", languageId: "typescript", eol: "lf", lineCount: 4, sha256: someSha256 },
  excerpt: { startLine: 0, text: "one\ntwo\nthree\n" },
  cursor: 5,
  editable: { start: 4, end: 8 },
  history: [
    {
      path: "src/a.ts",
      diff: "--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,2 +1,3 @@\n one\n+two\n three\n",
      startedAt: someTime,
      endedAt: someTime,
      origin: "typed",
    },
  ],
  diagnostics: [{ severity: 1, message: "wrong", code: 2304, startLine: 1, endLine: 1, snippet: "two" }],
  definitions: [
    { symbol: "two", kind: "definition", path: "src/b.ts", startLine: 0, text: "const two = 2;\n", external: false },
  ],
  repo: { remote: "https://example.com/a.git", revision: "r1", folder: "packages/a", licence: "MIT" },
  trigger: "typing",
  capturedAt: someTime,
  editorVersion: "1.91.0",
  extensionVersion: "0.1.0",
};

export const validSettlement: Settlement = {
  text: "2\n",
  cursor: 1,
  settledAt: someTime,
  waitedMs: 10_500,
  quietMs: 10_000,
  edits: 1,
  futureHistory: [],
  diagnosticsAfter: [],
  unchanged: false,
  provenance: "human",
};

export const validPrediction: Prediction = {
  id: someSha256,
  model: "builtin:builtin",
  promptVersion: "1",
  raw: "2\n",
  text: "2\n",
  cursor: 1,
  confidence: 0.5,
  usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
  stopReason: "end",
};

export const validScores: Scores = {
  deltaChrf: 100,
  exactLines: { tp: 2, fp: 0, fn: 0, precision: 1, recall: 1, f1: 1 },
  exactMatch: true,
  exactMatchIgnoringWhitespace: true,
  editSimilarity: 1,
  reversalRatio: 0,
  keptRate: 1,
  recallRate: null,
  braceImbalance: 0,
  isolatedWhitespace: false,
  outsideRegion: false,
  tokensInserted: 1,
  tokensDeleted: 1,
  cursorDistance: "miss",
};

export const validRating: Rating = {
  id: someUuid,
  predictionId: someSha256,
  reviewer: "reviewer-1",
  verdict: "bad",
  categories: ["reverts"],
  secondsSpent: 12.5,
  at: someTime,
};

export const validExample: Example = {
  schema: 1,
  id: someSha256,
  source: {
    kind: "git",
    contributor: "contributor-1",
    repo: "https://example.com/a.git",
    revision: "r0",
    at: someTime,
    commit: "r1",
    path: "src/a.ts",
    hunk: 1,
    k: 1,
    seed: 1,
    insertions: 2,
    deletions: 1,
    files: 1,
  },
  snapshot: validSnapshot,
  settlement: validSettlement,
  redaction: { version: 1, counts: {} },
  split: { name: "train", group: "src/a.ts" },
  teacher: { predictions: [validPrediction] },
  scores: { [someSha256]: validScores },
  repair: { triggers: ["reversal"], kept: true },
  samples: {
    model: "builtin:builtin",
    requested: 2,
    distinct: [
      { text: "2\n", count: 1, distance: 0, relative: 0 },
      { noEdit: true, count: 1, distance: 3, relative: 1 },
    ],
  },
  selection: { closest: 0, farthest: 1, relative: 0, hitRate: null, diagnosticsResolved: 1, band: "learnable" },
  expected: { text: "2\n", from: "sample" },
  rejected: { text: "two\n", from: "sample" },
};

const envelope = {
  id: someUuid,
  schema: 1,
  at: someTime,
  sessionId: "session-1",
  sequence: 0,
  consentVersion: 1,
} as const;

export const validEvents: readonly Event[] = [
  { ...envelope, type: "snapshot.settled", snapshot: validSnapshot, settlement: validSettlement },
  {
    ...envelope,
    type: "prediction.made",
    predictionId: someUuid,
    snapshot: validSnapshot,
    model: "builtin:builtin",
    variant: "default",
    noEdit: true,
  },
  {
    ...envelope,
    type: "prediction.outcome",
    predictionId: someUuid,
    model: "builtin:builtin",
    variant: "default",
    outcome: "accepted",
    shownMs: 900,
    latencyMs: 120,
    rendering: "ghost",
    acceptedChars: 3,
    partial: false,
  },
  { ...envelope, type: "prediction.kept", predictionId: someUuid, afterMs: 30_000, keptRate: 1, valid: true },
  { ...envelope, type: "rating.given", rating: validRating },
  { ...envelope, type: "rating.withdrawn", ratingId: someUuid },
  { ...envelope, type: "consent.changed", switch: "snapshots", to: true, textVersion: 1 },
];
