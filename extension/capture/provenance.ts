/** Who seems to have made the edits of a region: how much of the changed text was pasted or came in bulk. */
import type { Settlement } from "../../shared/records/settlement.ts";
import type { HistoryEntry } from "../../shared/records/snapshot.ts";

/** Up to this share of machine-made text, people are taken for the authors. */
const humanUpToShare = 0.1;
/** From this share on, they are taken for bystanders. */
const automatedFromShare = 0.9;
/** With more than this of unknown origin, nothing is said. */
const unknownAboveShare = 0.5;

/** UTF-16 units inserted and removed, by what made them. */
export type ChangedUnits = ReadonlyMap<HistoryEntry["origin"], number>;

/** Undoing, and taking a prediction over, are a person's decisions. Where nothing was changed, nothing is known. */
export function provenanceOf(units: ChangedUnits): Settlement["provenance"] {
  const of = (...origins: HistoryEntry["origin"][]) => origins.reduce((sum, each) => sum + (units.get(each) ?? 0), 0);
  const machine = of("pasted", "bulk");
  const unknown = of("unknown");
  const all = machine + unknown + of("typed", "undo", "prediction");
  if (all === 0 || unknown / all > unknownAboveShare) return "unknown";
  const share = machine / (all - unknown);
  if (share <= humanUpToShare) return "human";
  return share >= automatedFromShare ? "likelyAutomated" : "mixed";
}
