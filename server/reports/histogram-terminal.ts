/** The histogram of distances as text. */
import type { DistanceHistogram } from "./histogram.ts";
import { binLabel, coarseBins } from "./histogram.ts";
import { bar, formatCount } from "./terminal.ts";

const ROW_WIDTH = 0.1;
const MIN_BAR_CELLS = 10;

export interface TerminalStyle {
  /** Width to fit into; 48 is the least that can be kept. */
  readonly columns: number;
  /** False where the terminal shows ASCII alone. */
  readonly unicode: boolean;
}

/** Lines without a line end behind the last. */
export function drawHistogram(histogram: DistanceHistogram, { columns, unicode }: TerminalStyle): string {
  const { measured, unchanged, bands, noiseAbove } = histogram;
  const placed = measured + unchanged;
  if (placed === 0) return "No example was placed, so there are no distances to draw.";
  const rows = coarseBins(histogram, ROW_WIDTH).map((bin) => ({
    bin,
    label: binLabel(bin, 1),
    count: formatCount(bin.count),
    share: measured === 0 ? "" : `${((100 * bin.count) / measured).toFixed(1)}%`,
    band: bandOf(bin, noiseAbove),
  }));
  const width = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length));
  const labels = width(rows.map(({ label }) => label));
  const counts = width(rows.map(({ count }) => count));
  const shares = width(rows.map(({ share }) => share));
  const names = width(rows.map(({ band }) => band));
  const cells = Math.max(MIN_BAR_CELLS, columns - 2 - labels - 1 - 1 - counts - 2 - shares - 2 - names);
  const most = Math.max(1, ...rows.map(({ bin }) => bin.count));
  const drawn = rows.map(({ bin, label, count, share, band }) =>
    [
      `  ${label.padEnd(labels)} ${barOf(bin.count / most, cells, unicode).padEnd(cells)}`,
      `${count.padStart(counts)}  ${share.padStart(shares)}  ${band}`,
    ]
      .join(" ")
      .trimEnd(),
  );
  return [
    "Distance of the closest sample to the settled text",
    "(0 is exact, 1 is no better than no edit)",
    "",
    ...drawn,
    "",
    `  learnable ${formatCount(bands.learnable)}, noise ${formatCount(bands.noise)} (over ${noiseAbove}), trivial ${formatCount(bands.trivial)} (by hit rate)`,
    ...(unchanged > 0 ? [`  not drawn: ${formatCount(unchanged)} in which nothing changed`] : []),
  ].join("\n");
}

/** The band of a row, where the hit rate does not make it trivial. */
function bandOf({ from, to }: { from: number; to: number }, noiseAbove: number): string {
  if (to <= noiseAbove + 1e-9) return "learnable";
  return from >= noiseAbove - 1e-9 ? "noise" : `noise over ${noiseAbove}`;
}

function barOf(share: number, cells: number, unicode: boolean): string {
  if (unicode) return bar(share, cells);
  return share === 0 ? "" : "#".repeat(Math.max(1, Math.round(share * cells)));
}
