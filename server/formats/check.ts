/**
 * Finds what is wrong with an example beyond its schema: fields that contradict each other, history that does not lead
 * to the excerpt, a marker in a target. Only what is certainly a fault is one; where a source does not say enough to
 * tell, nothing is said.
 */
import { PLACEHOLDER } from "../../shared/privacy/placeholder.ts";
import type { Example } from "../../shared/records/example.ts";
import type { HistoryEntry } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { splitLines } from "../../shared/text/lines.ts";
import { parseUnifiedDiff } from "../../shared/text/parse-diff.ts";
import { findMarker } from "../prompts/markers.ts";
import { historyFault } from "./check-history.ts";

export interface Fault {
  /** Where, as in `snapshot.history[2].diff`. */
  readonly field: string;
  /** What, to be read behind the field. Holds no code. */
  readonly message: string;
}

/** All faults, in the order of the record's fields. `example` has passed its schema. */
export function checkExample(example: Example): Fault[] {
  return [
    ...checkExcerpt(example),
    ...checkHistory(example),
    ...checkSettlement(example),
    ...checkRedaction(example),
    ...checkPredictions(example),
    ...checkSelection(example),
    ...checkTargets(example),
  ];
}

function* checkExcerpt({ snapshot: { document, excerpt, editable } }: Example): Iterable<Fault> {
  const { text, startLine } = excerpt;
  const isLineStart = (offset: number) => offset === 0 || text[offset - 1] === "\n";
  if (startLine + splitLines(text).length > document.lineCount && text !== "") {
    yield { field: "snapshot.excerpt", message: "has more lines than the document" };
  }
  if (!isLineStart(editable.start)) yield { field: "snapshot.editable.start", message: "is not the start of a line" };
  if (!isLineStart(editable.end) && editable.end !== text.length) {
    yield { field: "snapshot.editable.end", message: "is not the end of a line" };
  }
}

function* checkHistory({ snapshot, settlement, source }: Example): Iterable<Fault> {
  yield* checkDiffs("snapshot.history", snapshot.history);
  // Cases from files and what is derived from them may not know where in the document they are.
  if (source.kind === "capture" || source.kind === "git") {
    const fault = historyFault(snapshot);
    if (fault) yield { field: `snapshot.history[${fault.entry}].diff`, message: fault.message };
  }
  yield* checkDiffs("settlement.futureHistory", settlement?.futureHistory ?? []);
}

function* checkDiffs(field: string, entries: readonly HistoryEntry[]): Iterable<Fault> {
  for (const [i, { diff }] of entries.entries()) {
    const parsed = diff === undefined ? null : parseUnifiedDiff(diff);
    if (parsed && !parsed.ok) yield { field: `${field}[${i}].diff`, message: `cannot be read: ${parsed.reason}` };
  }
}

function* checkSettlement({ snapshot, settlement }: Example): Iterable<Fault> {
  if (!settlement) return;
  const same = settlement.text === regionBefore(snapshot);
  if (settlement.unchanged && !same) {
    yield { field: "settlement.unchanged", message: "is true, but the text is not what stood in the region" };
  }
  // Two values that differed may have become one placeholder.
  if (!settlement.unchanged && same && settlement.text.search(PLACEHOLDER) === -1) {
    yield { field: "settlement.unchanged", message: "is false, but the text is what stood in the region" };
  }
}

function* checkRedaction({ snapshot, redaction }: Example): Iterable<Fault> {
  const anything = Object.values(redaction?.counts ?? {}).some((count) => count > 0);
  if (anything && snapshot.document.sha256 !== undefined) {
    yield { field: "snapshot.document.sha256", message: "is of a text that redaction has changed" };
  }
}

function* checkPredictions({ teacher, repair }: Example): Iterable<Fault> {
  for (const [i, { text, cursor }] of (teacher?.predictions ?? []).entries()) {
    if (text !== undefined && cursor !== undefined && cursor > text.length) {
      yield { field: `teacher.predictions[${i}].cursor`, message: "lies behind the end of the text" };
    }
  }
  const { text, cursor } = repair?.prediction ?? {};
  if (text !== undefined && cursor !== undefined && cursor > text.length) {
    yield { field: "repair.prediction.cursor", message: "lies behind the end of the text" };
  }
}

function* checkSelection({ samples, selection }: Example): Iterable<Fault> {
  const given = samples?.distinct.reduce((sum, { count }) => sum + count, 0) ?? 0;
  if (samples && given > samples.requested) {
    yield { field: "samples.distinct", message: `counts ${given} samples, but ${samples.requested} were requested` };
  }
  for (const field of ["closest", "farthest"] as const) {
    const index = selection?.[field] ?? null;
    if (index !== null && samples?.distinct[index] === undefined) {
      yield { field: `selection.${field}`, message: "names a sample that is not there" };
    }
  }
}

function* checkTargets({ snapshot, settlement, expected, rejected }: Example): Iterable<Fault> {
  const written = [
    snapshot.excerpt.text,
    settlement?.text ?? "",
    ...snapshot.definitions.map(({ text }) => text),
    ...snapshot.history.map(({ diff }) => diff ?? ""),
  ];
  for (const [field, target] of [["expected.text", expected] as const, ["rejected.text", rejected] as const]) {
    const marker = target ? strayMarker(target.text, written) : undefined;
    if (marker !== undefined) yield { field, message: `holds the marker ${marker}` };
  }
  if (expected && rejected && expected.text === rejected.text) {
    yield { field: "rejected.text", message: "equals the target" };
  }
}

/** A marker that nobody wrote: a file about markers holds them, and edits may move them about. */
function strayMarker(target: string, written: readonly string[]): string | undefined {
  let rest = target;
  for (;;) {
    const marker = findMarker(rest);
    if (marker === undefined || !written.some((text) => text.includes(marker))) return marker;
    rest = rest.replaceAll(marker, " ");
  }
}
