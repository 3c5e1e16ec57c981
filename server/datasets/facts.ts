/** A version's counts as the lines that a terminal shows. */
import { formatCount } from "../reports/terminal.ts";
import type { ManifestHead } from "./manifest.ts";
import { SPLITS } from "./tally.ts";

/** `train 270 · eval 14 · test 16` */
export function splitFacts(counts: ManifestHead["counts"]): string {
  return SPLITS.map((split) => `${split} ${formatCount(counts.splits[split] ?? 0)}`).join(" · ");
}

/** `40 by settle (noise)`, and so on: what was read and is not in the version. */
export function funnelFacts(funnel: ManifestHead["funnel"]): string[] {
  return Object.entries(funnel).flatMap(([stage, reasons]) =>
    Object.entries(reasons).map(([reason, count]) => `${formatCount(count)} by ${stage} (${reason})`),
  );
}

/** `1,200 sample (builtin)` */
export function targetFacts(targets: ManifestHead["targets"]): string[] {
  return targets.map(({ from, model, count }) => `${formatCount(count)} ${from}${model === null ? "" : ` (${model})`}`);
}
