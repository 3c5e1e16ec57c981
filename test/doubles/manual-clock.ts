/**
 * A clock that moves only when a test moves it. Timers run in the order in which they fall due (those of one moment in
 * the order they were set), each at its own time, also those that a timer sets.
 */
import type { Clock } from "../../extension/clock.ts";

export interface ManualClock extends Clock {
  /** Lets `ms` pass on both clocks, running what falls due on the way. */
  advance(ms: number): void;
  /** As `advance`, and lets promises settle after every timer and at the end. */
  advanceAsync(ms: number): Promise<void>;
  /** Lets the wall clock jump by `ms`, as a laptop that slept does; the monotonic clock and timers know nothing of it. */
  jump(ms: number): void;
  /** Timers that have neither run nor been disposed. */
  readonly pendingTimers: number;
}

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** `startMs`: the wall clock at first, since the Unix epoch. The monotonic clock starts at 0. */
export function manualClock(startMs = Date.parse("2026-01-01T00:00:00.000Z")): ManualClock {
  let monotonic = 0;
  let wall = startMs;
  const timers = new Set<Timer>();

  function moveTo(target: number) {
    wall += target - monotonic;
    monotonic = target;
  }
  /** Sets of JavaScript keep the order of insertion, so the first of the earliest is the one that was set first. */
  function nextDue(until: number): Timer | null {
    let next: Timer | null = null;
    for (const timer of timers) {
      if (timer.dueMs <= until && (next === null || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  }
  function runOne(timer: Timer) {
    timers.delete(timer);
    moveTo(Math.max(monotonic, timer.dueMs));
    timer.run();
  }

  return {
    now: () => wall,
    monotonicMs: () => monotonic,
    after(delayMs, run) {
      const timer = { dueMs: monotonic + Math.max(0, delayMs), run };
      timers.add(timer);
      return { dispose: () => void timers.delete(timer) };
    },
    advance(ms) {
      const until = monotonic + ms;
      for (let timer = nextDue(until); timer; timer = nextDue(until)) runOne(timer);
      moveTo(until);
    },
    async advanceAsync(ms) {
      const until = monotonic + ms;
      await settlePromises();
      for (let timer = nextDue(until); timer; timer = nextDue(until)) {
        runOne(timer);
        await settlePromises();
      }
      moveTo(until);
      await settlePromises();
    },
    jump(ms) {
      wall += ms;
    },
    get pendingTimers() {
      return timers.size;
    },
  };
}

/** A macrotask comes after every promise that can settle without a timer or I/O. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
