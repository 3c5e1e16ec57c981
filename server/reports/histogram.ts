/**
 * The distribution by which a person picks the band: how far each example's closest sample is from the settled text,
 * in relation to doing nothing. Counted in fixed bins, so that a million examples need the room of one.
 */
import type { Example } from "../../shared/records/example.ts";

/** Bins of 0.05 up to 1, where doing nothing is, and on to 1.5; what lies beyond is one more. */
const BINS_TO_ONE = 20;
const BINS = 30;

/** Holds what is above `from` and at most `to`, like the bands; the exact ones are the bin from 0 to 0. */
export interface Bin {
  readonly from: number;
  /** Infinite for the last. */
  readonly to: number;
  readonly count: number;
}

export interface DistanceHistogram {
  readonly bins: readonly Bin[];
  /** Examples with a relative distance: the sum over the bins. */
  readonly measured: number;
  /** Examples in which nothing changed, which have none. */
  readonly unchanged: number;
  readonly bands: { readonly trivial: number; readonly learnable: number; readonly noise: number };
  /** The bound that the bands were told by. */
  readonly noiseAbove: number;
}

export interface DistanceCounter {
  /** Counts an example that `settle` has placed, whether it was dropped for that or not; any other is left out. */
  add(example: Example): void;
  histogram(): DistanceHistogram;
}

export function distanceCounter(noiseAbove: number): DistanceCounter {
  let exact = 0;
  let unchanged = 0;
  const counts = new Array<number>(BINS + 1).fill(0);
  const bands = { trivial: 0, learnable: 0, noise: 0 };
  return {
    add({ selection }) {
      if (selection === undefined) return;
      bands[selection.band]++;
      if (selection.relative === null) unchanged++;
      else if (selection.relative === 0) exact++;
      else {
        const bin = Math.min(BINS, Math.ceil(selection.relative * BINS_TO_ONE) - 1);
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
    },
    histogram() {
      const bins = counts.map((count, i) => ({
        from: i / BINS_TO_ONE,
        to: i === BINS ? Number.POSITIVE_INFINITY : (i + 1) / BINS_TO_ONE,
        count,
      }));
      const measured = counts.reduce((sum, count) => sum + count, exact);
      return {
        bins: [{ from: 0, to: 0, count: exact }, ...bins],
        measured,
        unchanged,
        bands: { ...bands },
        noiseAbove,
      };
    },
  };
}

/** The bins from 0 to 1 joined to bins of `width`, and all above 1 to one: as many rows as a terminal shows at a glance. */
export function coarseBins({ bins }: Pick<DistanceHistogram, "bins">, width: number): Bin[] {
  const joined: { from: number; to: number; count: number }[] = [];
  for (const bin of bins) {
    const from = bin.to === 0 ? 0 : bin.from >= 1 ? 1 : Math.floor(bin.from / width + 1e-9) * width;
    const to = bin.to === 0 ? 0 : bin.from >= 1 ? Number.POSITIVE_INFINITY : from + width;
    const last = joined.at(-1);
    if (last?.to === to) last.count += bin.count;
    else joined.push({ from, to, count: bin.count });
  }
  return joined;
}

/** `0.4 to 0.5`, `exact`, `over 1.0`. */
export function binLabel({ from, to }: Bin, digits: number): string {
  if (to === 0) return "exact";
  return to === Number.POSITIVE_INFINITY
    ? `over ${from.toFixed(digits)}`
    : `${from.toFixed(digits)} to ${to.toFixed(digits)}`;
}
