/** Snapshots for tests: a document that is its own excerpt, with a region of whole lines. */
import type { Settlement } from "../../../shared/records/settlement.ts";
import type { Snapshot } from "../../../shared/records/snapshot.ts";

const at = "2026-01-31T09:05:00.123Z";

/** `firstLine` and `lastLine` (exclusive) are the region's; by default it is the whole text. */
export function snapshotOf(text: string, overrides: Partial<Snapshot> = {}, region?: [number, number]): Snapshot {
  const starts = [0, ...[...text.matchAll(/\n/gu)].map((match) => match.index + 1), text.length];
  const editable = region
    ? { start: starts[region[0]] ?? 0, end: starts[region[1]] ?? text.length }
    : { start: 0, end: text.length };
  return {
    document: {
      path: "src/app.ts",
      languageId: "typescript",
      eol: "lf",
      lineCount: text.split("\n").length,
      sha256: "0".repeat(64),
    },
    excerpt: { startLine: 0, text },
    cursor: editable.start,
    editable,
    history: [],
    diagnostics: [],
    definitions: [],
    trigger: "typing",
    capturedAt: at,
    ...overrides,
  };
}

export function settlementOf(text: string, overrides: Partial<Settlement> = {}): Settlement {
  return {
    text,
    cursor: null,
    settledAt: at,
    edits: 1,
    futureHistory: [],
    diagnosticsAfter: [],
    unchanged: false,
    provenance: "unknown",
    ...overrides,
  };
}
