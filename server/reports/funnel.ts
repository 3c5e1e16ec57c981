/** How many examples reach each stage, how many fall out there and why: of a run, or of a file of examples. */
import type { Example } from "../../shared/records/example.ts";
import { legend } from "./reasons.ts";
import type { Page } from "./terminal.ts";
import { clip, formatCount, formatShare, listCounts, printableName, wrap } from "./terminal.ts";

export interface FunnelRow {
  readonly stage: string;
  /** Examples that had not fallen out before. */
  readonly in: number;
  /** By reason code. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Examples left behind this stage. */
  readonly left: number;
}

export interface Funnel {
  readonly total: number;
  readonly rows: readonly FunnelRow[];
  readonly left: number;
}

/** What a run knows of one of its stages. */
export interface StageTotals {
  readonly name: string;
  readonly dropped: Readonly<Record<string, number>>;
}

/** The order in which stages usually run, for a file of which nobody knows the run. */
const usualOrder = [
  "redact",
  "dedup",
  "split",
  "augment",
  "distill",
  "score",
  "qa",
  "repair",
  "sample",
  "settle",
  "verdicts",
  "expect",
  "label",
  "rate",
  "filter",
  "balance",
];

/** The field that says that a stage has looked at an example. */
const traces: readonly (readonly [stage: string, left: (example: Example) => boolean])[] = [
  ["redact", (example) => example.redaction !== undefined],
  ["dedup", (example) => example.duplicates !== undefined],
  ["split", (example) => example.split !== undefined],
  ["distill", (example) => example.teacher !== undefined],
  ["score", (example) => example.scores !== undefined],
  ["qa", (example) => example.qa !== undefined],
  ["repair", (example) => example.repair !== undefined],
  ["sample", (example) => example.samples !== undefined],
  ["settle", (example) => example.selection !== undefined],
  ["verdicts", (example) => example.shown !== undefined],
  ["expect", (example) => example.expected !== undefined],
  ["label", (example) => example.labels !== undefined],
  ["rate", (example) => example.quality !== undefined],
  ["filter", (example) => example.flags !== undefined],
];

/** From a run's own account of its stages, in their order. */
export function funnelOf(total: number, stages: readonly StageTotals[]): Funnel {
  let left = total;
  const rows = stages.map(({ name, dropped }) => {
    const entered = left;
    left -= sum(dropped);
    return { stage: name, in: entered, dropped, left };
  });
  return { total, rows, left };
}

export interface FunnelCounter {
  add(example: Example): void;
  result(): Funnel;
}

/** From a file: a stage has a row where an example bears its trace. Room for each stage and reason, for no example. */
export function funnelCounter(): FunnelCounter {
  const stages = new Map<string, Map<string, number>>();
  let total = 0;
  const rowOf = (stage: string): Map<string, number> => {
    const row = stages.get(stage) ?? new Map<string, number>();
    stages.set(stage, row);
    return row;
  };
  return {
    add(example) {
      total++;
      for (const [stage, hasPassed] of traces) if (!stages.has(stage) && hasPassed(example)) rowOf(stage);
      if (!example.dropped) return;
      const { stage, reason } = example.dropped;
      const row = rowOf(stage);
      row.set(reason, (row.get(reason) ?? 0) + 1);
    },
    result() {
      const rank = (stage: string) => (usualOrder.includes(stage) ? usualOrder.indexOf(stage) : usualOrder.length);
      const ordered = [...stages].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
      return funnelOf(
        total,
        ordered.map(([name, dropped]) => ({ name, dropped: Object.fromEntries(dropped) })),
      );
    },
  };
}

const minStageWidth = 8;
/** The reasons need room beside it. */
const maxStageWidth = 16;
const numberWidth = 9;

/** A table, one stage a line; reasons that do not fit go on below, and what the codes mean stands under it. */
export function renderFunnel(funnel: Funnel, { columns, style }: Page): string {
  const rows = funnel.rows.map((row) => ({ ...row, stage: clip(printableName(row.stage), maxStageWidth) }));
  const stageWidth = Math.max(minStageWidth, ...rows.map(({ stage }) => stage.length));
  const whyAt = stageWidth + 3 * numberWidth + 9;
  const number = (n: number) => formatCount(n).padStart(numberWidth);
  const head = `${"stage".padEnd(stageWidth)}${["in", "dropped", "left"].map((name) => name.padStart(numberWidth)).join("")}`;
  const lines = [style("dim", `${head}         why`)];
  for (const row of rows) {
    const lost = sum(row.dropped);
    const share = formatShare(row.left, funnel.total).padStart(6);
    const [first = "", ...more] = wrap(listCounts(row.dropped), Math.max(20, columns - whyAt));
    const dropped = lost === 0 ? style("dim", "–".padStart(numberWidth)) : style("yellow", number(lost));
    const line = `${row.stage.padEnd(stageWidth)}${number(row.in)}${dropped}${number(row.left)}${style("dim", share)}   ${first}`;
    lines.push(line.trimEnd(), ...more.map((rest) => `${" ".repeat(whyAt)}${rest}`));
  }
  const kept = `${formatCount(funnel.left)} of ${formatCount(funnel.total)} left`;
  lines.push(style("bold", `${kept} (${formatShare(funnel.left, funnel.total)})`));
  const codes = rows.flatMap((row) => Object.keys(row.dropped).filter((code) => (row.dropped[code] ?? 0) > 0));
  lines.push(...legend(codes, columns - 2).map((line) => style("dim", `  ${line}`)));
  return lines.join("\n");
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
