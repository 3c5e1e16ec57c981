/**
 * How long a region has been left alone. Counted in ticks, because a clock may have gone on while nobody could type: a
 * laptop that slept, or a host that hung, adds one tick at most, so that waking up settles nothing.
 */

/** The most that one look at the clock adds, and the longest time between two looks. */
export const tickMs = 1_000;

export interface Stillness {
  /** Counted so far; as exact as the last `count`. */
  readonly quietMs: number;
  /** Adds what passed since the last call, at most a tick. */
  count(nowMs: number): void;
  /** Somebody touched the region. */
  restart(nowMs: number): void;
}

/** Times are of the monotonic clock. */
export function createStillness(startMs: number): Stillness {
  let quietMs = 0;
  let countedTo = startMs;
  return {
    get quietMs() {
      return quietMs;
    },
    count(nowMs) {
      quietMs += Math.min(nowMs - countedTo, tickMs);
      countedTo = nowMs;
    },
    restart(nowMs) {
      quietMs = 0;
      countedTo = nowMs;
    },
  };
}
