/** Looks at the open captures once a tick: those that were still long enough settle, those that never are, end. */
import type { Clock, Disposable } from "../clock.ts";
import type { OpenCapture } from "./open-capture.ts";
import { tickMs } from "./stillness.ts";

const settleAfterQuietMs = 10_000;
const giveUpAfterMs = 5 * 60_000;

export interface Settling extends Disposable {
  /** To be called whenever a capture opens; a timer runs only while there is one. */
  watch(): void;
}

export interface SettlingSources {
  readonly clock: Clock;
  readonly open: () => readonly OpenCapture[];
  /** Is to remove it from those that are open, as is `neverStill`. */
  readonly settle: (capture: OpenCapture) => void;
  readonly neverStill: (capture: OpenCapture) => void;
}

export function createSettling({ clock, open, settle, neverStill }: SettlingSources): Settling {
  let timer: Disposable | null = null;

  function tick() {
    timer = null;
    const now = clock.monotonicMs();
    try {
      for (const capture of open()) {
        capture.stillness.count(now);
        if (capture.stillness.quietMs >= settleAfterQuietMs) settle(capture);
        else if (now - capture.openedMs >= giveUpAfterMs) neverStill(capture);
      }
    } finally {
      schedule();
    }
  }

  function schedule() {
    const captures = open();
    if (timer !== null || captures.length === 0) return;
    const now = clock.monotonicMs();
    let delayMs = tickMs;
    for (const { stillness, openedMs } of captures) {
      delayMs = Math.min(delayMs, settleAfterQuietMs - stillness.quietMs, openedMs + giveUpAfterMs - now);
    }
    // A timer may run a little early; without a least delay it would then run again and again within the same millisecond.
    timer = clock.after(Math.max(1, Math.ceil(delayMs)), tick);
  }

  return {
    watch: schedule,
    dispose() {
      timer?.dispose();
      timer = null;
    },
  };
}
