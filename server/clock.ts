/** Time as an argument: a server runs for weeks, through clocks that are set, and its tests through none at all. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Clock {
  /** Milliseconds since the epoch: for what is written down. */
  now(): number;
  /** Milliseconds that only ever grow, from anywhere: for durations, limits and deadlines. */
  monotonicMs(): number;
}

/** For what waits and tries again. */
export interface WaitingClock extends Clock {
  sleep(ms: number): Promise<void>;
}

export const systemClock: WaitingClock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms) => sleep(ms),
};

/** RFC 3339 in UTC with milliseconds, as every record holds it. */
export function timestampOf(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
