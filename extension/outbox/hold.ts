/** Holds sending back while somebody reads what waits, so that it does not leave under their eyes; but not for good. */
import type { Clock, Disposable } from "../clock.ts";
import type { Outbox } from "./outbox.ts";

/** A list that is left open must not stop contributions. */
export const maxHoldMs = 30 * 60_000;

/** `over`: it was wanted for longer than sending is held back, and still is. */
export type HoldState = "off" | "on" | "over";

export interface Hold extends Disposable {
  /** @param isWanted whether somebody reads what waits */
  set(isWanted: boolean): void;
  state(): HoldState;
}

export interface HoldSources {
  readonly outbox: Pick<Outbox, "hold">;
  readonly clock: Clock;
  readonly inBackground: (run: () => Promise<void>) => void;
  readonly changed: () => void;
}

export function createHold({ outbox, clock, inBackground, changed }: HoldSources): Hold {
  let state: HoldState = "off";
  let timer: Disposable | undefined;

  function become(next: HoldState): void {
    const wasOn = state === "on";
    state = next;
    timer?.dispose();
    if (next === "on") timer = clock.after(maxHoldMs, () => become("over"));
    if (wasOn === (next === "on")) {
      changed();
      return;
    }
    inBackground(async () => {
      try {
        await outbox.hold(next === "on");
      } finally {
        changed();
      }
    });
  }

  return {
    set(isWanted) {
      if (isWanted !== (state !== "off")) become(isWanted ? "on" : "off");
    },
    state: () => state,
    dispose() {
      timer?.dispose();
    },
  };
}
