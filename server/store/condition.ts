/** Tells the operator why the store stops doing its work, and when it does it again: once each, not at every call. */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { UnavailableCode } from "./faults.ts";
import type { Outcome } from "./protocol.ts";

const reasons: Readonly<Record<Exclude<UnavailableCode, "closed">, string>> = {
  full: "the disk is full",
  locked: "another process holds the database",
  "read-only": "the database or its folder is read-only",
  corrupt: "the database is damaged",
  missing: "the database is not where it was, or cannot be opened",
  disk: "the disk reports an error",
  stopped: "the thread that does it ended",
};

export interface Condition {
  observe(outcome: Outcome): void;
}

/** @param doing what the store does there: `write` or `read` */
export function watchCondition(doing: "write" | "read", log: Log, clock: Clock): Condition {
  let failing: { readonly code: UnavailableCode; readonly sinceMs: number } | undefined;
  return {
    observe(outcome) {
      if (outcome.kind === "unavailable") {
        const { code, detail } = outcome;
        if (code === "closed" || code === failing?.code) return;
        failing = { code, sinceMs: failing?.sinceMs ?? clock.monotonicMs() };
        log.error(
          { store: doing, code, detail },
          `the store cannot ${doing}: ${reasons[code]}; it tries again at each request`,
        );
      } else if (failing !== undefined && outcome.kind !== "failed") {
        const seconds = Math.round((clock.monotonicMs() - failing.sinceMs) / 1_000);
        log.info({ store: doing, code: failing.code, seconds }, `the store can ${doing} again`);
        failing = undefined;
      }
    },
  };
}
