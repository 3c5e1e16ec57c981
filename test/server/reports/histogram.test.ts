import { describe, expect, it } from "vitest";
import { distanceCounter } from "../../../server/reports/histogram.ts";
import { histogramHtml, histogramSvg } from "../../../server/reports/histogram-svg.ts";
import { drawHistogram } from "../../../server/reports/histogram-terminal.ts";
import type { Selection } from "../../../shared/records/example.ts";
import { exampleOf } from "../stages/examples.ts";

function histogramOf(...placed: Partial<Selection>[]) {
  const counter = distanceCounter(0.6);
  for (const part of placed) {
    const selection: Selection = {
      closest: 0,
      farthest: 0,
      relative: 0,
      hitRate: null,
      diagnosticsResolved: null,
      band: "learnable",
      ...part,
    };
    counter.add(exampleOf("a\n", "b\n", { selection }));
  }
  counter.add(exampleOf("a\n", "b\n"));
  return counter.histogram();
}

const some = histogramOf(
  ...Array.from({ length: 40 }, () => ({ relative: 0 })),
  { relative: 0, band: "trivial" },
  { relative: 0.1 },
  { relative: 0.6 },
  { relative: 0.6 },
  { relative: 0.61, band: "noise" },
  ...Array.from({ length: 20 }, () => ({ relative: 1, band: "noise" as const })),
  { relative: 7, band: "noise" },
  { relative: null },
  { relative: null },
);

describe("the histogram of distances", () => {
  it("counts every placed example once, and what is on a bound below it, as the bands do", () => {
    expect(some.measured).toBe(66);
    expect(some.unchanged).toBe(2);
    expect(some.bands).toEqual({ trivial: 1, learnable: 45, noise: 22 });
    const filled = some.bins.filter(({ count }) => count > 0);
    expect(filled.map(({ from, to, count }) => [from, to, count])).toEqual([
      [0, 0, 41],
      [0.05, 0.1, 1],
      [0.55, 0.6, 2],
      [0.6, 0.65, 1],
      [0.95, 1, 20],
      [1.5, Number.POSITIVE_INFINITY, 1],
    ]);
  });

  it("is drawn with its bands, and fits its columns", () => {
    const drawn = drawHistogram(some, { columns: 72, unicode: true });
    expect(`\n${drawn}\n`).toBe(`
Distance of the closest sample to the settled text
(0 is exact, 1 is no better than no edit)

  exact      ██████████████████████████████████████ 41  62.1%  learnable
  0.0 to 0.1 ▉                                       1   1.5%  learnable
  0.1 to 0.2                                         0   0.0%  learnable
  0.2 to 0.3                                         0   0.0%  learnable
  0.3 to 0.4                                         0   0.0%  learnable
  0.4 to 0.5                                         0   0.0%  learnable
  0.5 to 0.6 █▉                                      2   3.0%  learnable
  0.6 to 0.7 ▉                                       1   1.5%  noise
  0.7 to 0.8                                         0   0.0%  noise
  0.8 to 0.9                                         0   0.0%  noise
  0.9 to 1.0 ██████████████████▌                    20  30.3%  noise
  over 1.0   ▉                                       1   1.5%  noise

  learnable 45, noise 22 (over 0.6), trivial 1 (by hit rate)
  not drawn: 2 in which nothing changed
`);
    for (const columns of [48, 80, 200]) {
      const longest = Math.max(
        ...drawHistogram(some, { columns, unicode: true })
          .split("\n")
          .slice(3, -3)
          .map((l) => l.length),
      );
      expect(longest).toBeLessThanOrEqual(columns);
    }
  });

  it("is drawn in ASCII where a terminal has no more", () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what the test is about.
    expect(drawHistogram(some, { columns: 80, unicode: false })).toMatch(/^[\x00-\x7f]*$/);
  });

  it("says so where there is nothing to draw, or only examples in which nothing changed", () => {
    expect(drawHistogram(histogramOf(), { columns: 80, unicode: true })).toContain("No example was placed");
    const unchanged = drawHistogram(histogramOf({ relative: null }), { columns: 80, unicode: true });
    expect(unchanged).toContain("not drawn: 1 in which nothing changed");
    expect(unchanged).not.toContain("NaN");
  });

  it("names a bound that falls within a row", () => {
    const counter = distanceCounter(0.55);
    counter.add(exampleOf("a\n", "b\n", { selection: { ...selected, relative: 0.5 } }));
    expect(drawHistogram(counter.histogram(), { columns: 80, unicode: true })).toContain("noise over 0.55");
  });

  it("makes a picture in which every bar says what it stands for, without scripts or numbers that are none", () => {
    const svg = histogramSvg(some);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toContain("<title>exact: 41 (62.1%)</title>");
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg).not.toMatch(/NaN|Infinity|undefined|<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    expect(svg.match(/<(\w+)[^>]*[^/]>/g)?.length).toBe(svg.match(/<\/\w+>/g)?.length);
    expect(histogramSvg(histogramOf())).not.toMatch(/NaN|Infinity/);
    const page = histogramHtml(some);
    expect(page).toContain(svg);
    expect(page).toContain('<tr><th scope="row">over 1.50</th><td>1</td></tr>');
  });
});

const selected: Selection = {
  closest: 0,
  farthest: 0,
  relative: 0,
  hitRate: null,
  diagnosticsResolved: null,
  band: "learnable",
};
