/** What a stage did, in one line. */
import type { StageCounts } from "../runs/apply.ts";
import type { ModelUse } from "../runs/stage-session.ts";
import { count } from "./progress.ts";

/** `settle: 300 examples; dropped 46 (noise 40, trivial 6); 12 passed by, dropped before; 3 bad lines left out` */
export function stageSummary(name: string, counts: StageCounts, rejected: number, uses: readonly ModelUse[]): string {
  const parts = [`${name}: ${plural(counts.lines, "example")}`];
  const reasons = Object.entries(counts.dropped).sort(([, a], [, b]) => b - a);
  const total = reasons.reduce((sum, [, n]) => sum + n, 0);
  if (total > 0)
    parts.push(`dropped ${count(total)} (${reasons.map(([reason, n]) => `${reason} ${count(n)}`).join(", ")})`);
  if (counts.droppedBefore > 0) parts.push(`${count(counts.droppedBefore)} dropped before and let through`);
  if (counts.kept > 0) parts.push(`${count(counts.kept)} of an interrupted run kept`);
  if (rejected > 0) parts.push(`${plural(rejected, "bad line")} left out`);
  for (const { model, requests, cached, failures } of uses) {
    const kinds = Object.entries(failures).map(([kind, n]) => `${kind} ${count(n)}`);
    const failed = kinds.length === 0 ? "" : `, failed: ${kinds.join(", ")}`;
    parts.push(`${model}: ${plural(requests, "request")}, ${count(cached)} from the cache${failed}`);
  }
  return parts.join("; ");
}

function plural(n: number, word: string): string {
  return `${count(n)} ${word}${n === 1 ? "" : "s"}`;
}
