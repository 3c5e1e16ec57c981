/** What the person did next, once the region has been still. */
import { parseRecord } from "../../shared/records/parse.ts";
import type { Settlement } from "../../shared/records/settlement.ts";
import { settlement as settlementSchema } from "../../shared/records/settlement.ts";
import type { Diagnostic } from "../../shared/records/snapshot.ts";
import { historyEntry, SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";
import { timestampOf } from "../clock.ts";
import { recordOf, validDiagnostics } from "./capture-point.ts";
import type { Position, TrackedDocument } from "./document.ts";
import type { HistoryEntryOf } from "./history.ts";
import type { OpenCapture } from "./open-capture.ts";
import { provenanceOf } from "./provenance.ts";

export interface Settled {
  readonly document: TrackedDocument;
  /** Null where no editor shows the document. */
  readonly cursor: Position | null;
  /** What came after the capture point, oldest first. */
  readonly history: readonly HistoryEntryOf[];
  /** Nearest to the cursor first; no more are kept than of a snapshot. */
  readonly diagnostics: readonly Diagnostic[];
  /** Wall clock. */
  readonly atMs: number;
  /** Monotonic clock. */
  readonly nowMs: number;
}

export type SettlementResult =
  | { readonly ok: true; readonly settlement: Settlement; readonly history: readonly HistoryEntryOf[] }
  /** Half of a surrogate pair stands in the region. */
  | { readonly ok: false; readonly reason: "notValid" };

export function settlementOf(
  capture: OpenCapture,
  { document, cursor, history, diagnostics, atMs, nowMs }: Settled,
): SettlementResult {
  const { start, end } = capture.region;
  const text = document.slice(start, end);
  const at = cursor === null ? -1 : document.offsetAt(cursor);
  // Behind the region's last line end the cursor stands on the line below, unless there is none.
  const isInside = start <= at && (at < end || (at === end && (end === document.length || !text.endsWith("\n"))));
  const valid = history.filter((entry) => parseRecord(historyEntry, recordOf(entry)).ok);
  const parsed = parseRecord(settlementSchema, {
    text,
    cursor: isInside ? at - start : null,
    settledAt: timestampOf(atMs),
    waitedMs: Math.round(nowMs - capture.openedMs),
    quietMs: Math.round(capture.stillness.quietMs),
    edits: capture.edits,
    futureHistory: valid.map(recordOf),
    diagnosticsAfter: validDiagnostics(diagnostics).slice(0, SNAPSHOT_LIMITS.diagnostics),
    unchanged: text === capture.before,
    provenance: provenanceOf(capture.changedUnits),
  });
  return parsed.ok ? { ok: true, settlement: parsed.value, history: valid } : { ok: false, reason: "notValid" };
}
