/**
 * Time as the extension sees it, injected everywhere. The system's own clock jumps (sleep, NTP, a person setting it), so
 * durations and timers go by the monotonic one; the wall clock is only for times that are written into records.
 */

/** Releases what it stands for; a second call does nothing. */
export interface Disposable {
  dispose(): void;
}

export interface Clock {
  /** Milliseconds since the Unix epoch, by the system's clock. Whole. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonicMs(): number;
  /** Runs `run` once, not before `delayMs` have passed; not at all once disposed. */
  after(delayMs: number, run: () => void): Disposable;
}

export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return { dispose: () => clearTimeout(timer) };
    },
  };
}

/** A wall-clock time as records write it: RFC 3339, UTC, milliseconds. */
export function timestampOf(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
