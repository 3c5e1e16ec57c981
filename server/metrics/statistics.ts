/** Means, shares and differences with the interval they are known to. All deterministic for a seed. */

const RESAMPLES = 1000;
const CONFIDENCE = 0.95;
/** Two-sided 95% quantile of the normal distribution. */
const Z = 1.959963984540054;

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How many observations are behind it. */
  readonly count: number;
}

/**
 * The mean with its 95% percentile bootstrap interval from 1,000 resamples (B. Efron, Annals of Statistics 7, 1979).
 * Null for no observations.
 */
export function meanEstimate(values: ArrayLike<number>, seed: number): Estimate | null {
  const count = values.length;
  if (count === 0) return null;
  const random = generator(seed);
  const means = new Float64Array(RESAMPLES);
  for (let sample = 0; sample < RESAMPLES; sample++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[Math.floor(random() * count)] as number;
    means[sample] = sum / count;
  }
  means.sort();
  const tail = (1 - CONFIDENCE) / 2;
  let total = 0;
  for (let i = 0; i < count; i++) total += values[i] as number;
  return {
    value: total / count,
    low: means[Math.floor(tail * RESAMPLES)] as number,
    high: means[Math.ceil((1 - tail) * RESAMPLES) - 1] as number,
    count,
  };
}

/**
 * The mean of `a[i] − b[i]` with its bootstrap interval: two models on the same examples. An example is left out where
 * either value is NaN.
 * @throws RangeError for lists of different lengths.
 */
export function pairedDifference(a: ArrayLike<number>, b: ArrayLike<number>, seed: number): Estimate | null {
  if (a.length !== b.length) throw new RangeError("a paired difference needs two lists of one length");
  const differences: number[] = [];
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (!Number.isNaN(difference)) differences.push(difference);
  }
  return meanEstimate(differences, seed);
}

/**
 * A share with its 95% Wilson score interval (E. B. Wilson, JASA 22, 1927), which stays honest near 0 and 1 where a
 * bootstrap shrinks to a point. Null for no observations.
 */
export function shareEstimate(successes: number, count: number): Estimate | null {
  if (count === 0) return null;
  const share = successes / count;
  const shrink = 1 + Z ** 2 / count;
  const centre = (share + Z ** 2 / (2 * count)) / shrink;
  const half = (Z / shrink) * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2));
  return {
    value: share,
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === count ? 1 : Math.min(1, centre + half),
    count,
  };
}

/** Numbers in [0, 1) that depend on the seed alone: mulberry32, 32 bits of state, enough for resampling. */
function generator(seed: number): () => number {
  let state = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
