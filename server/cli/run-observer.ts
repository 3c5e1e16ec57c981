/** Shows a run as it goes: a bar for the stage under way, a line for each that is done. */

import { askedOf, costFacts } from "../reports/spending.ts";
import { formatCount } from "../reports/terminal.ts";
import type { RunObserver } from "../runs/run.ts";
import type { CliContext } from "./context.ts";
import type { Progress } from "./progress.ts";
import { startProgress } from "./progress.ts";

const nameWidth = 12;

/** `lines`: one for each stage that is done, above the bar; `bar`: nothing stays. */
export type RunDisplay = "lines" | "bar";

/** @returns with `stop`, which takes the bar away when a run ends in the middle of a stage */
export function runObserver(cli: CliContext, display: RunDisplay): RunObserver & { stop(): void } {
  let progress: Progress | undefined;
  let total: number | undefined;
  return {
    begin(stage, expected) {
      progress?.end();
      total = expected;
      progress = startProgress(cli, stage);
    },
    line({ lines }, share, uses) {
      const reached = total === undefined || total === 0 ? share : Math.min(1, lines / total);
      progress?.update(lines, reached, uses && (() => askedOf(uses())));
    },
    end(stage, { counts, reused, uses }) {
      progress?.end();
      progress = undefined;
      if (display === "bar") return;
      const facts = [`${formatCount(counts.lines)} examples${reused ? ", as they were" : ""}`];
      const dropped = Object.values(counts.dropped).reduce((sum, n) => sum + n, 0);
      if (dropped > 0) facts.push(`${formatCount(dropped)} dropped`);
      if (counts.kept > 0) facts.push(`went on behind ${formatCount(counts.kept)}`);
      for (const use of uses) {
        const failed = Object.values(use.failures).reduce((sum, n) => sum + n, 0);
        if (use.requests > 0) facts.push(`${formatCount(use.requests)} requests`);
        if (use.cached > 0) facts.push(`${formatCount(use.cached)} from the cache`);
        if (failed > 0) facts.push(`${formatCount(failed)} failed`);
        facts.push(...costFacts(use));
      }
      cli.note(`  ${stage.padEnd(nameWidth)} ${facts.join(", ")}`);
    },
    stop() {
      progress?.end();
    },
  };
}
