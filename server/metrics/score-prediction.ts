/** All static figures of one prediction. */
import type { Scores } from "../../shared/records/scores.ts";
import type { Settlement } from "../../shared/records/settlement.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import type { AnswerSurroundings } from "../prompts/answer-surroundings.ts";
import { braceImbalance } from "./brace-imbalance.ts";
import { cursorDistance } from "./cursor-distance.ts";
import { deltaChrf } from "./delta-chrf.ts";
import { editSimilarity } from "./edit-similarity.ts";
import { exactLines } from "./exact-lines.ts";
import { exactMatch, exactMatchIgnoringWhitespace } from "./exact-match.ts";
import { isolatedWhitespace } from "./isolated-whitespace.ts";
import { keptRates } from "./kept-rate.ts";
import type { LineDiff } from "./lines.ts";
import { lineDiff } from "./lines.ts";
import { outsideRegion } from "./outside-region.ts";
import { reversalRatio } from "./reversal-ratio.ts";
import { tokenChurn } from "./token-churn.ts";
import type { UnitBase, UnitEdit } from "./unit-edit.ts";
import { unitBase, unitEdit } from "./unit-edit.ts";

export interface ScoredPrediction {
  readonly snapshot: Snapshot;
  /** The predicted region; *before* where there is no prediction, or none that could be read. */
  readonly predicted: string;
  /** Offset in `predicted`, where the model gave one. */
  readonly predictedCursor?: number | undefined;
  /** What it is held against, the best of several; null or none where nobody knows, and figures that need one are null. */
  readonly reference: string | readonly string[] | null;
  /** For the cursor the person left behind. */
  readonly settlement?: Settlement | undefined;
  /** What the answer shows around the region, where it shows anything. */
  readonly surroundings?: AnswerSurroundings | null | undefined;
}

/** The figures of metrics.md; each is defined at the function that computes it. */
export function scorePrediction(scored: ScoredPrediction): Scores {
  const { snapshot, predicted, predictedCursor, settlement } = scored;
  const before = regionBefore(snapshot);
  const edit = editOf(before, predicted);
  const cursorLine = predictedCursor === undefined ? null : predicted.slice(0, predictedCursor).split("\n").length - 1;
  const settledCursor = settlement?.cursor ?? null;
  return {
    ...againstReference(edit, referencesOf(scored.reference)),
    reversalRatio: reversalRatio(snapshot, predicted),
    braceImbalance: braceImbalance(before, predicted),
    isolatedWhitespace: isolatedWhitespace(edit.lines, cursorLine),
    outsideRegion: outsideRegion(edit.lines, snapshot, scored.surroundings ?? null),
    ...tokenChurn(edit.base, edit.units),
    cursorDistance: cursorDistance(
      predictedCursor === undefined ? null : { text: predicted, offset: predictedCursor },
      settlement === undefined || settledCursor === null ? null : { text: settlement.text, offset: settledCursor },
    ),
  };
}

type ReferenceScores = Pick<
  Scores,
  | "deltaChrf"
  | "exactLines"
  | "exactMatch"
  | "exactMatchIgnoringWhitespace"
  | "editSimilarity"
  | "keptRate"
  | "recallRate"
>;

const WITHOUT_REFERENCE: ReferenceScores = {
  deltaChrf: null,
  exactLines: null,
  exactMatch: null,
  exactMatchIgnoringWhitespace: null,
  editSimilarity: null,
  keptRate: null,
  recallRate: null,
};

function referencesOf(reference: string | readonly string[] | null): readonly string[] {
  if (reference === null) return [];
  return typeof reference === "string" ? [reference] : reference;
}

/** A prediction as an edit of *before*, by line and by unit: several figures read it. */
interface PredictedEdit {
  readonly before: string;
  readonly predicted: string;
  readonly lines: LineDiff;
  readonly base: UnitBase;
  readonly units: UnitEdit;
}

function editOf(before: string, predicted: string): PredictedEdit {
  const base = unitBase(before);
  return { before, predicted, lines: lineDiff(before, predicted), base, units: unitEdit(base, predicted) };
}

/** Against the best of several references: by delta chrF, ties by the F1 of exact lines, then the first. */
function againstReference(edit: PredictedEdit, references: readonly string[]): ReferenceScores {
  const { before, predicted } = edit;
  let best: { reference: string; chrf: number; lines: ReturnType<typeof exactLines> } | undefined;
  for (const reference of references) {
    const chrf = deltaChrf(before, predicted, reference);
    if (best !== undefined && chrf < best.chrf) continue;
    const lines = exactLines(edit.lines, reference === predicted ? edit.lines : lineDiff(before, reference));
    if (best === undefined || chrf > best.chrf || lines.f1 > best.lines.f1) best = { reference, chrf, lines };
  }
  if (best === undefined) return WITHOUT_REFERENCE;
  return {
    deltaChrf: best.chrf,
    exactLines: best.lines,
    exactMatch: exactMatch(predicted, best.reference),
    exactMatchIgnoringWhitespace: exactMatchIgnoringWhitespace(predicted, best.reference),
    editSimilarity: editSimilarity(predicted, best.reference),
    ...keptRates(edit.base, edit.units, predicted, best.reference),
  };
}
