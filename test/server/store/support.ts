/** What tests of the server's store share. */
import { setImmediate } from "node:timers/promises";
import type { WaitingClock } from "../../../server/clock.ts";
import type { Log, LogFacts } from "../../../server/log.ts";
import type { Event } from "../../../shared/records/event.ts";
import { eventId } from "../../bench/captured-events.ts";

export const receivedAt = "2026-01-31T09:05:00.123Z";

/** A small event, valid, the same for the same number. */
export function smallEvent(n: number, textVersion = 1): Event {
  return {
    id: eventId(n),
    schema: 1,
    type: "consent.changed",
    at: receivedAt,
    sessionId: "session-1",
    sequence: n,
    consentVersion: 1,
    switch: "snapshots",
    to: true,
    textVersion,
  };
}

export interface TestClock extends WaitingClock {
  /** Called when somebody has slept, with the time that it is by then, in milliseconds since the start. */
  onWake: (ms: number) => void;
  /** Time stands still until this resolves. */
  held: Promise<void>;
}

/** Who sleeps makes the time pass, and wakes when everything else has had its turn. */
export function testClock(): TestClock {
  let ms = 0;
  const clock: TestClock = {
    now: () => ms,
    monotonicMs: () => ms,
    async sleep(duration) {
      await clock.held;
      ms += duration;
      await setImmediate();
      clock.onWake(ms);
    },
    onWake: () => undefined,
    held: Promise.resolve(),
  };
  return clock;
}

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly facts: LogFacts;
  readonly sentence: string;
}

export function recordingLog(): Log & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: LogLine["level"]) => (facts: LogFacts, sentence: string) => {
    lines.push({ level, facts, sentence });
  };
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
