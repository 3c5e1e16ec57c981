/** What a stage did, in one line. */
import type { ModelUse } from "../reports/spending.ts";
import { costFacts } from "../reports/spending.ts";
import { formatCount, listCounts, plural } from "../reports/terminal.ts";
import type { StageCounts } from "../runs/apply.ts";

/** `settle: 300 examples; dropped 46 (noise 40, trivial 6); 12 passed by, dropped before; 3 bad lines left out` */
export function stageSummary(name: string, counts: StageCounts, rejected: number, uses: readonly ModelUse[]): string {
  const parts = [`${name}: ${plural(counts.lines, "example")}`];
  const total = Object.values(counts.dropped).reduce((sum, n) => sum + n, 0);
  if (total > 0) parts.push(`dropped ${formatCount(total)} (${listCounts(counts.dropped)})`);
  if (counts.droppedBefore > 0) parts.push(`${formatCount(counts.droppedBefore)} dropped before and let through`);
  if (counts.kept > 0) parts.push(`${formatCount(counts.kept)} of an interrupted run kept`);
  if (rejected > 0) parts.push(`${plural(rejected, "bad line")} left out`);
  for (const use of uses) {
    const { model, requests, cached, failures } = use;
    const kinds = listCounts(failures);
    const failed = kinds === "" ? "" : `, failed: ${kinds}`;
    const facts = [plural(requests, "request"), `${formatCount(cached)} from the cache`, ...costFacts(use)];
    parts.push(`${model}: ${facts.join(", ")}${failed}`);
  }
  return parts.join("; ");
}
