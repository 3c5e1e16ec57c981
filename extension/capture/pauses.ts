/** Waits, document by document, for the pause behind an edit: shortly before it is long enough, and when it is. */
import type { Clock, Disposable } from "../clock.ts";

/** Leaves a language's provider as long again before the answer is needed. */
const nearlyAfterMs = 150;
const pausedAfterMs = 300;

export interface Pauses extends Disposable {
  /** The wait begins, or begins again. */
  edited(uri: string): void;
  /** Whether the pause is nearly long enough. */
  isNear(uri: string): boolean;
  forget(uri: string): void;
}

export interface PauseHandlers {
  readonly clock: Clock;
  readonly nearly: (uri: string) => void;
  readonly paused: (uri: string) => void;
}

export function createPauses({ clock, nearly, paused }: PauseHandlers): Pauses {
  const waiting = new Map<string, { timer: Disposable; isNear: boolean }>();

  function forget(uri: string) {
    waiting.get(uri)?.timer.dispose();
    waiting.delete(uri);
  }
  function wait(uri: string, ms: number, isNear: boolean, then: () => void) {
    waiting.set(uri, { timer: clock.after(ms, then), isNear });
  }

  return {
    edited(uri) {
      forget(uri);
      wait(uri, nearlyAfterMs, false, () => {
        wait(uri, pausedAfterMs - nearlyAfterMs, true, () => {
          waiting.delete(uri);
          paused(uri);
        });
        nearly(uri);
      });
    },
    isNear: (uri) => waiting.get(uri)?.isNear ?? false,
    forget,
    dispose() {
      for (const uri of [...waiting.keys()]) forget(uri);
    },
  };
}
