/** Rule 10: a last look at what redaction left, in every text that would leave. */
import { diffSides } from "../../shared/privacy/diff-sides.ts";
import { scanForSecrets } from "../../shared/privacy/scan.ts";
import type { Settlement } from "../../shared/records/settlement.ts";
import type { HistoryEntry, Snapshot } from "../../shared/records/snapshot.ts";
import type { Refuse, Verdict } from "./refusal.ts";

/** The first kind that is found is named; its value is in nobody's hands. */
export function judgeSecrets(snapshot: Snapshot, settlement: Settlement | undefined, refuse: Refuse): Verdict {
  for (const text of textsOf(snapshot, settlement)) {
    const [sighting] = scanForSecrets(text);
    if (sighting) return refuse("secrets.left", { kind: sighting.kind });
  }
  return { ok: true };
}

function* textsOf(snapshot: Snapshot, settlement: Settlement | undefined): Iterable<string> {
  const { document, excerpt, history, diagnostics, definitions, repo } = snapshot;
  yield excerpt.text;
  yield* historyTexts([...history, ...(settlement?.futureHistory ?? [])]);
  if (settlement) yield settlement.text;
  for (const { symbol, path, text } of definitions) yield* [symbol, path, text];
  for (const { message, snippet, source, code } of [...diagnostics, ...(settlement?.diagnosticsAfter ?? [])]) {
    yield* [message, snippet, source ?? "", String(code ?? "")];
  }
  yield* [document.path, repo?.remote ?? "", repo?.folder ?? ""];
}

/** Line by line a diff's marks would stand between a key's lines. */
function* historyTexts(entries: readonly HistoryEntry[]): Iterable<string> {
  for (const { path, diff } of entries) {
    yield path;
    if (diff !== undefined) yield* diffSides(diff);
  }
}
