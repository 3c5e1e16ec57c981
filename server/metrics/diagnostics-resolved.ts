/** Whether settling got rid of what the editor had complained about. */
import type { Settlement } from "../../shared/records/settlement.ts";
import type { Diagnostic, Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { splitLines } from "../../shared/text/lines.ts";

/**
 * The share of the region's diagnostics that are gone after settling; null where the region had none. One is still
 * there if a diagnostic in the settled region's lines has its severity, source, code and message; each stands for one.
 */
export function diagnosticsResolved(snapshot: Snapshot, settlement: Settlement): number | null {
  const firstLine =
    snapshot.excerpt.startLine + splitLines(snapshot.excerpt.text.slice(0, snapshot.editable.start)).length;
  const before = within(snapshot.diagnostics, firstLine, splitLines(regionBefore(snapshot)).length);
  if (before.length === 0) return null;
  const left = within(settlement.diagnosticsAfter, firstLine, splitLines(settlement.text).length).map(identity);
  let gone = 0;
  for (const diagnostic of before) {
    const index = left.indexOf(identity(diagnostic));
    if (index === -1) gone++;
    else left.splice(index, 1);
  }
  return gone / before.length;
}

/** Those that touch one of `lineCount` lines from `firstLine`; an empty region still has the line it stands in. */
function within(diagnostics: readonly Diagnostic[], firstLine: number, lineCount: number): Diagnostic[] {
  const endLine = firstLine + Math.max(1, lineCount);
  return diagnostics.filter((diagnostic) => diagnostic.startLine < endLine && diagnostic.endLine >= firstLine);
}

function identity({ severity, source, code, message }: Diagnostic): string {
  return JSON.stringify([severity, source, code, message]);
}
