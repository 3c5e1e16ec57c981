/** The figures of an evaluation: how each is read from a prediction's scores, and what a newcomer is told of it. */
import type { Scores } from "../../shared/records/scores.ts";

export const FIGURE_NAMES = [
  "deltaChrf",
  "exactLinesF1",
  "exactMatch",
  "exactMatchIgnoringWhitespace",
  "editSimilarity",
  "keptRate",
  "recallRate",
  "reversalRatio",
  "braceImbalance",
  "isolatedWhitespace",
  "outsideRegion",
  "tokensInserted",
  "tokensDeleted",
  "cursorDistance",
] as const;
export type FigureName = (typeof FIGURE_NAMES)[number];

export interface Figure {
  readonly label: string;
  /** `share`: true or false of each example. `mean`: a number of each. */
  readonly kind: "share" | "mean";
  /** Null where neither is: the figure describes, it does not judge. */
  readonly better: "higher" | "lower" | null;
  /** What a figure is shown as: times this. Shares and ratios are shown in per cent. */
  readonly scale: number;
  /** Decimals shown. */
  readonly digits: number;
  /** For a legend: with the longest label in front it fits 80 columns. */
  readonly meaning: string;
  /** NaN where it is not defined for the example. */
  readonly read: (scores: Scores) => number;
}

export const FIGURES: Readonly<Record<FigureName, Figure>> = {
  deltaChrf: {
    label: "delta chrF",
    kind: "mean",
    better: "higher",
    scale: 1,
    digits: 1,
    meaning: "likeness of what was changed, by character n-grams",
    read: ({ deltaChrf }) => deltaChrf ?? Number.NaN,
  },
  exactLinesF1: {
    label: "exact lines, F1 %",
    kind: "mean",
    better: "higher",
    scale: 100,
    digits: 1,
    meaning: "changed lines that are right to the character",
    read: ({ exactLines }) => exactLines?.f1 ?? Number.NaN,
  },
  exactMatch: {
    label: "exact match, %",
    kind: "share",
    better: "higher",
    scale: 100,
    digits: 1,
    meaning: "the whole region is right to the character",
    read: ({ exactMatch }) => flag(exactMatch),
  },
  exactMatchIgnoringWhitespace: {
    label: "exact but for space, %",
    kind: "share",
    better: "higher",
    scale: 100,
    digits: 1,
    meaning: "the whole region is right once white space is left out",
    read: (scores) => flag(scores.exactMatchIgnoringWhitespace),
  },
  editSimilarity: {
    label: "edit similarity, %",
    kind: "mean",
    better: "higher",
    scale: 100,
    digits: 1,
    meaning: "likeness of the whole region; high even for no edit",
    read: ({ editSimilarity }) => editSimilarity ?? Number.NaN,
  },
  keptRate: {
    label: "kept rate, %",
    kind: "mean",
    better: "higher",
    scale: 100,
    digits: 1,
    meaning: "share of its changes that the person made as well",
    read: ({ keptRate }) => keptRate ?? Number.NaN,
  },
  recallRate: {
    label: "recall rate, %",
    kind: "mean",
    better: "higher",
    scale: 100,
    digits: 1,
    meaning: "share of the person's changes that it foresaw",
    read: ({ recallRate }) => recallRate ?? Number.NaN,
  },
  reversalRatio: {
    label: "reversal ratio, %",
    kind: "mean",
    better: "lower",
    scale: 100,
    digits: 1,
    meaning: "share of its changes that undo the newest edit",
    read: ({ reversalRatio }) => reversalRatio ?? Number.NaN,
  },
  braceImbalance: {
    label: "brace imbalance",
    kind: "mean",
    better: "lower",
    scale: 1,
    digits: 2,
    meaning: "brackets newly left open or closed too often",
    read: ({ braceImbalance }) => braceImbalance,
  },
  isolatedWhitespace: {
    label: "isolated space, %",
    kind: "share",
    better: "lower",
    scale: 100,
    digits: 1,
    meaning: "blank lines shuffled for no reason",
    read: ({ isolatedWhitespace }) => flag(isolatedWhitespace),
  },
  outsideRegion: {
    label: "outside region, %",
    kind: "share",
    better: "lower",
    scale: 100,
    digits: 1,
    meaning: "text around the region rewritten, or its edge lost",
    read: ({ outsideRegion }) => flag(outsideRegion),
  },
  tokensInserted: {
    label: "tokens inserted",
    kind: "mean",
    better: null,
    scale: 1,
    digits: 1,
    meaning: "how much is put in; neither more nor less is better",
    read: ({ tokensInserted }) => tokensInserted,
  },
  tokensDeleted: {
    label: "tokens deleted",
    kind: "mean",
    better: null,
    scale: 1,
    digits: 1,
    meaning: "how much is taken out; neither more nor less is better",
    read: ({ tokensDeleted }) => tokensDeleted,
  },
  cursorDistance: {
    label: "cursor distance",
    kind: "mean",
    better: "lower",
    scale: 1,
    digits: 1,
    meaning: "characters from the predicted cursor to the person's",
    read: ({ cursorDistance }) => (typeof cursorDistance === "number" ? cursorDistance : Number.NaN),
  },
};

function flag(value: boolean | null): number {
  return value === null ? Number.NaN : Number(value);
}
