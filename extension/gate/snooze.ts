/** A pause that a person asks for: 5 minutes, an hour, or until the window is reloaded. It is this window's, and not kept. */
import type { Clock, Disposable } from "../clock.ts";

export const snoozeMs = { short: 5 * 60_000, long: 60 * 60_000 } as const;

export type Snoozed = { readonly kind: "until"; readonly leftMs: number } | { readonly kind: "restart" };

export interface Snooze extends Disposable {
  /** Takes the place of an earlier one. */
  start(length: keyof typeof snoozeMs | "restart"): void;
  end(): void;
  /** Null while awake. */
  state(): Snoozed | null;
}

/** @param changed is called whenever it starts or ends, also by itself */
export function createSnooze(clock: Clock, changed: () => void): Snooze {
  /** By the wall clock: an hour on which the laptop slept is over too. */
  let until: number | "restart" | null = null;
  let timer: Disposable | null = null;

  function become(next: typeof until): void {
    timer?.dispose();
    timer = null;
    until = next;
    if (typeof next === "number") timer = clock.after(next - clock.now(), () => become(null));
    changed();
  }

  return {
    start: (length) => become(length === "restart" ? "restart" : clock.now() + snoozeMs[length]),
    end: () => become(null),
    state() {
      if (until === "restart") return { kind: "restart" };
      if (until === null) return null;
      const leftMs = until - clock.now();
      return leftMs > 0 ? { kind: "until", leftMs } : null;
    },
    dispose: () => timer?.dispose(),
  };
}
