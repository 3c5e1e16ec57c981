/** What a stage did, in one line. */
import { formatCount, listCounts, plural } from "../reports/terminal.ts";
import type { StageCounts } from "../runs/apply.ts";
import type { ModelUse } from "../runs/stage-session.ts";

/** `settle: 300 examples; dropped 46 (noise 40, trivial 6); 12 passed by, dropped before; 3 bad lines left out` */
export function stageSummary(name: string, counts: StageCounts, rejected: number, uses: readonly ModelUse[]): string {
  const parts = [`${name}: ${plural(counts.lines, "example")}`];
  const total = Object.values(counts.dropped).reduce((sum, n) => sum + n, 0);
  if (total > 0) parts.push(`dropped ${formatCount(total)} (${listCounts(counts.dropped)})`);
  if (counts.droppedBefore > 0) parts.push(`${formatCount(counts.droppedBefore)} dropped before and let through`);
  if (counts.kept > 0) parts.push(`${formatCount(counts.kept)} of an interrupted run kept`);
  if (rejected > 0) parts.push(`${plural(rejected, "bad line")} left out`);
  for (const { model, requests, cached, failures } of uses) {
    const kinds = listCounts(failures);
    const failed = kinds === "" ? "" : `, failed: ${kinds}`;
    parts.push(`${model}: ${plural(requests, "request")}, ${formatCount(cached)} from the cache${failed}`);
  }
  return parts.join("; ");
}
