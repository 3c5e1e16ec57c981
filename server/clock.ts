/** Time as an argument: a server runs for weeks, through clocks that are set, and its tests through none at all. */

export interface Clock {
  /** Milliseconds since the epoch: for what is written down. */
  now(): number;
  /** Milliseconds that only ever grow, from anywhere: for durations, limits and deadlines. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** RFC 3339 in UTC with milliseconds, as every record holds it. */
export function timestampOf(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
