/** What an evaluation remembers of one model: numbers for each example, no text. */
import type { ExactLines, Scores } from "../../shared/records/scores.ts";
import { precisionAndRecall } from "../metrics/exact-lines.ts";
import type { Estimate } from "../metrics/statistics.ts";
import { meanEstimate, pairedDifference, shareEstimate } from "../metrics/statistics.ts";
import type { FigureName } from "./figures.ts";
import { FIGURE_NAMES, FIGURES } from "./figures.ts";

export type Estimates = Readonly<Record<FigureName, Estimate | null>>;

export interface Tally {
  /** Adds one example's figures; every tally of an evaluation gets the examples in the same order. */
  add(scores: Scores): void;
  /** Values by example, NaN where a figure is not defined. */
  values(name: FigureName): readonly number[];
  estimates(seed: number): Estimates;
  /** Of all examples' lines together. */
  pooledLines(): ExactLines;
  /** Examples for which only one of the predicted and the settled cursor is known. */
  readonly cursorMisses: number;
}

export function createTally(): Tally {
  const columns = new Map<FigureName, number[]>(FIGURE_NAMES.map((name) => [name, []]));
  const pooled = { tp: 0, fp: 0, fn: 0 };
  let cursorMisses = 0;
  const values = (name: FigureName) => columns.get(name) ?? [];
  return {
    add(scores) {
      for (const name of FIGURE_NAMES) values(name).push(FIGURES[name].read(scores));
      pooled.tp += scores.exactLines?.tp ?? 0;
      pooled.fp += scores.exactLines?.fp ?? 0;
      pooled.fn += scores.exactLines?.fn ?? 0;
      if (scores.cursorDistance === "miss") cursorMisses++;
    },
    values,
    estimates: (seed) => byFigure((name) => estimate(name, values(name), seed)),
    pooledLines: () => ({ ...pooled, ...precisionAndRecall(pooled.tp, pooled.fp, pooled.fn) }),
    get cursorMisses() {
      return cursorMisses;
    },
  };
}

/** The first tally's figures minus the second's, example by example. */
export function differences(first: Tally, second: Tally, seed: number): Estimates {
  return byFigure((name) => pairedDifference(first.values(name), second.values(name), seed));
}

/** Shares get Wilson's interval, because a bootstrap of nothing but zeros shrinks to a point. */
function estimate(name: FigureName, values: readonly number[], seed: number): Estimate | null {
  const known = values.filter((value) => !Number.isNaN(value));
  if (FIGURES[name].kind === "mean") return meanEstimate(known, seed);
  return shareEstimate(
    known.reduce((sum, value) => sum + value, 0),
    known.length,
  );
}

function byFigure(of: (name: FigureName) => Estimate | null): Estimates {
  return Object.fromEntries(FIGURE_NAMES.map((name) => [name, of(name)])) as Record<FigureName, Estimate | null>;
}
