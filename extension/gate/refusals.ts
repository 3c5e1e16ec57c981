/** What the gate refused since the window opened: counts by rule, and the last reason by file, of the latest files. */
import type { Clock } from "../clock.ts";
import type { GateRule, Refusal } from "./refusal.ts";
import { gateRules } from "./refusal.ts";

/** Those that were refused longest ago are forgotten first. */
const maxFiles = 500;

export interface LastRefusal {
  readonly uri: string;
  readonly refusal: Refusal;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

export interface Refusals {
  add(uri: string, refusal: Refusal): void;
  counts(): Readonly<Record<GateRule, number>>;
  /** Newest first. */
  recent(): LastRefusal[];
}

export function createRefusals(clock: Clock): Refusals {
  const counts = Object.fromEntries(gateRules.map((rule) => [rule, 0])) as Record<GateRule, number>;
  const byUri = new Map<string, LastRefusal>();
  return {
    add(uri, refusal) {
      counts[refusal.rule]++;
      byUri.delete(uri);
      byUri.set(uri, { uri, refusal, at: clock.now() });
      const [oldest] = byUri.keys();
      if (byUri.size > maxFiles && oldest !== undefined) byUri.delete(oldest);
    },
    counts: () => ({ ...counts }),
    recent: () => [...byUri.values()].reverse(),
  };
}
