/** The histogram of distances as a picture: SVG that follows the reader's light or dark scheme, and a page around it. */
import type { Bin, DistanceHistogram } from "./histogram.ts";
import { binLabel } from "./histogram.ts";
import { formatCount } from "./terminal.ts";

const WIDTH = 760;
const HEIGHT = 380;
const PLOT = { left: 60, right: 740, top: 64, bottom: 310 } as const;
const GRID_LINES = 4;
/** The exact ones stand apart from the scale, by this share of a bar's width. */
const GAP = 0.6;

const STYLE = `
  .paper { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e } .grid { stroke: #d1d9e0 } .axis { stroke: #59636e }
  .learnable { fill: #1a7f64 } .noise { fill: #b35900 } .bound { stroke: #1f2328; stroke-dasharray: 4 3 }
  text { font: 13px system-ui, sans-serif } .title { font-size: 17px; font-weight: 600 } .end { text-anchor: end } .mid { text-anchor: middle }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .ink { fill: #f0f6fc } .soft { fill: #9198a1 } .grid { stroke: #2a313c } .axis { stroke: #9198a1 }
    .learnable { fill: #3fb68b } .noise { fill: #e08a3c } .bound { stroke: #f0f6fc }
  }`;

/** A whole SVG document, without scripts or outside resources. */
export function histogramSvg(histogram: DistanceHistogram): string {
  const { bins, measured, unchanged, bands, noiseAbove } = histogram;
  const most = niceCeiling(Math.max(1, ...bins.map(({ count }) => count)));
  const step = (PLOT.right - PLOT.left) / (bins.length + GAP);
  const x = (index: number) => PLOT.left + (index === 0 ? 0 : index + GAP) * step;
  const y = (count: number) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * count) / most;
  /** Of a relative distance up to the last bin's beginning. */
  const scale = (relative: number) => x(1) + (relative * step * (bins.length - 2)) / lastEdge(bins);

  const grid = Array.from({ length: GRID_LINES + 1 }, (_, i) => {
    const count = (most * i) / GRID_LINES;
    const label = Number.isInteger(count) ? formatCount(count) : "";
    return `<line class="${i === 0 ? "axis" : "grid"}" x1="${PLOT.left}" x2="${PLOT.right}" y1="${num(y(count))}" y2="${num(y(count))}"/><text class="soft end" x="${PLOT.left - 8}" y="${num(y(count) + 4)}">${label}</text>`;
  });
  const bars = bins.map((bin, i) => {
    const band = bin.to <= noiseAbove + 1e-9 ? "learnable" : "noise";
    const share = measured === 0 ? 0 : (100 * bin.count) / measured;
    return `<rect class="${band}" x="${num(x(i) + 1)}" y="${num(y(bin.count))}" width="${num(step - 2)}" height="${num(PLOT.bottom - y(bin.count))}"><title>${binLabel(bin, 2)}: ${formatCount(bin.count)} (${share.toFixed(1)}%)</title></rect>`;
  });
  const ticks = [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4].map(
    (value) => `<text class="soft mid" x="${num(scale(value))}" y="${PLOT.bottom + 18}">${value}</text>`,
  );
  const bound = Math.min(noiseAbove, lastEdge(bins));
  const summary = `${formatCount(measured)} examples${unchanged > 0 ? `; ${formatCount(unchanged)} more, in which nothing changed, are not drawn` : ""}`;
  const legend = [
    [PLOT.left, "learnable", `learnable: ${formatCount(bands.learnable)}`],
    [PLOT.left + 170, "noise", `noise: ${formatCount(bands.noise)}`],
  ] as const;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title summary">
<title id="title">Distance of the closest sample to the settled text</title>
<desc id="summary">${summary}</desc>
<style>${STYLE}
</style>
<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>
<text class="ink title" x="${PLOT.left}" y="28">Distance of the closest sample to the settled text</text>
<text class="soft" x="${PLOT.left}" y="48">${summary}</text>
${grid.join("\n")}
${bars.join("\n")}
<text class="soft mid" x="${num(x(0) + step / 2)}" y="${PLOT.bottom + 18}">exact</text>
${ticks.join("\n")}
<text class="soft end" x="${PLOT.right}" y="${PLOT.bottom + 18}">more</text>
<line class="bound" x1="${num(scale(bound))}" x2="${num(scale(bound))}" y1="${PLOT.top}" y2="${PLOT.bottom}"/>
<text class="ink" x="${num(scale(bound) + 5)}" y="${PLOT.top + 12}">noise over ${noiseAbove}</text>
<text class="ink mid" x="${num((PLOT.left + PLOT.right) / 2)}" y="${PLOT.bottom + 40}">relative distance: 0 is exact, 1 is no better than no edit</text>
${legend.map(([left, band, text]) => `<rect class="${band}" x="${left}" y="${PLOT.bottom + 51}" width="12" height="12"/><text class="ink" x="${left + 18}" y="${PLOT.bottom + 62}">${text}</text>`).join("\n")}
<text class="soft" x="${PLOT.left + 320}" y="${PLOT.bottom + 62}">trivial, by hit rate: ${formatCount(bands.trivial)}</text>
</svg>
`;
}

/** The picture with its figures in a table below, as one file. */
export function histogramHtml(histogram: DistanceHistogram): string {
  const rows = histogram.bins
    .filter(({ count }) => count > 0)
    .map((bin) => `<tr><th scope="row">${binLabel(bin, 2)}</th><td>${formatCount(bin.count)}</td></tr>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Distances to the settled text</title>
<style>
  :root { color-scheme: light dark }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: ${WIDTH}px; margin: 2rem auto; padding: 0 1rem }
  svg { max-width: 100%; height: auto }
  table { border-collapse: collapse } th, td { padding: .15rem 1.5rem .15rem 0; text-align: left; font-weight: inherit } td { text-align: right }
</style>
${histogramSvg(histogram)}<table>
<thead><tr><th scope="col">relative distance</th><th scope="col">examples</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
</html>
`;
}

/** Where the scale ends and the last bin begins. */
function lastEdge(bins: readonly Bin[]): number {
  return bins.at(-1)?.from ?? 1;
}

/** The next 1, 2 or 5 times a power of ten that four grid lines divide well enough. */
function niceCeiling(count: number): number {
  const power = 10 ** Math.floor(Math.log10(count));
  const factor = [1, 2, 4, 6, 8, 10].find((candidate) => candidate * power >= count) ?? 10;
  return Math.max(GRID_LINES, factor * power);
}

/** A coordinate to a hundredth, so that the file is the same on every machine. */
function num(value: number): string {
  return String(Math.round(value * 100) / 100);
}
