/** What a dry run found, as text: what would be bought of whom, and what that would cost and take. */
import { formatUsd } from "../models/cost.ts";
import type { Range } from "../models/estimate.ts";
import { scaled, sumRanges } from "../models/estimate.ts";
import type { PlannedAsks, SurveyedStage } from "../runs/survey.ts";
import type { Page } from "./terminal.ts";
import { clip, formatCount, printableName, wrap } from "./terminal.ts";

const maxNameWidth = 28;
const perMany = 10_000;

/** One line of the table: a stage and its model, or all that one choice of model would cost. */
export interface CostRow {
  readonly name: string;
  readonly asks: readonly PlannedAsks[];
}

/** Columns right-aligned but for the first; as wide as their widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[], { style }: Page): string[] {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return [style("dim", line(head)), ...rows.map(line)];
}

const nothing: Range = { low: 0, expected: 0, high: 0 };

function usdOf(asks: readonly PlannedAsks[]): Range {
  return sumRanges(
    asks.map(({ estimate, share }) =>
      estimate === undefined
        ? nothing
        : {
            low: estimate.usd.low * share.low,
            expected: estimate.usd.expected * share.expected,
            high: estimate.usd.high * share.high,
          },
    ),
  );
}

function sum(asks: readonly PlannedAsks[], figure: (asks: PlannedAsks) => number): number {
  return asks.reduce((total, one) => total + figure(one), 0);
}

/** `240`, or `≤ 240` where it turns on answers that nobody has yet. */
function toBuy(asks: readonly PlannedAsks[]): string {
  const most = formatCount(sum(asks, ({ figures }) => figures.toBuy));
  return asks.some(({ share }) => share.low < 1) ? `≤ ${most}` : most;
}

/**
 * Cost of each row, with what one example and 10,000 of those examples would cost, and how long the requests take.
 * @param total a line that adds the rows up, where they are parts of one thing
 */
export function costTable(rows: readonly CostRow[], total: boolean, page: Page): string {
  const all = total && rows.length > 1 ? [...rows, { name: "all", asks: rows.flatMap(({ asks }) => asks) }] : rows;
  const cells = all.map(({ name, asks }) => {
    const usd = usdOf(asks);
    const examples = Math.max(0, ...asks.map(({ figures }) => figures.examples));
    const each = examples === 0 ? nothing : scaled(usd, 1 / examples);
    return [
      clip(printableName(name), maxNameWidth),
      toBuy(asks),
      formatCount(sum(asks, ({ figures }) => figures.cached)),
      ...[usd.low, usd.expected, usd.high].map(formatUsd),
      formatUsd(each.expected),
      formatUsd(each.expected * perMany),
      timeOf(asks),
    ];
  });
  const head = ["", "to buy", "cached", "low", "expected", "high", "each", "per 10,000", "time"];
  return [
    ...table(head, cells, page),
    ...basisLines(
      rows.flatMap(({ asks }) => asks),
      page,
    ),
  ].join("\n");
}

function timeOf(asks: readonly PlannedAsks[]): string {
  let ms = 0;
  for (const { figures, requestsMs, share } of asks) {
    if (figures.toBuy === 0) continue;
    if (requestsMs === undefined) return "?";
    ms += requestsMs * share.expected;
  }
  const minutes = Math.ceil(ms / 60_000);
  if (ms < 60_000) return `${Math.ceil(ms / 1_000)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const inputBases = {
  cache: "input by what answers in the cache took",
  counter: "input by the vendor's own counter, asked of some prompts",
  bytes: "input by 3 to 4 bytes a token",
};
const outputBases = {
  cache: "output by the lengths of answers in the cache",
  guess: "output guessed by the regions' sizes, a third to three times that",
};

/** How the figures were found, and what they leave out. */
function basisLines(asks: readonly PlannedAsks[], { columns, style }: Page): string[] {
  const bought = asks.filter(({ figures }) => figures.toBuy > 0);
  const bases = new Set<string>();
  for (const { model, estimate } of bought) {
    if (estimate) bases.add(`${model}: ${inputBases[estimate.input]}; ${outputBases[estimate.output]}.`);
  }
  const days = [...new Set(bought.flatMap(({ pricesAsOf }) => pricesAsOf ?? []))].sort();
  const notes = [...bases];
  if (bought.some(({ estimate }) => estimate?.output === "guess")) {
    notes.push("Once some answers are bought (--limit 50, or --max 50), this is measured instead of guessed.");
  }
  if (bought.some(({ share }) => share.low < 1)) {
    notes.push("≤: how many turns on answers that nobody has yet; low is none of them, high all.");
  }
  if (days.length > 0) {
    notes.push(
      `Prices of ${days.join(", ")}, for live requests. Answers that fail are asked for again, up to twice: that is not in it.`,
    );
  }
  if (bought.some(({ requestsMs }) => requestsMs === undefined))
    notes.push("?: no request was timed yet, and the configuration names no rate limit.");
  notes.push("Nothing was bought.");
  return ["", ...notes.flatMap((note) => wrap(note, Math.max(20, columns))).map((line) => style("dim", line))];
}

/** What a run would do, stage by stage: as it is, or anew; and what it would ask and of whom. */
export function planTable(stages: readonly SurveyedStage[], page: Page): string {
  const rows = stages.flatMap(({ stage, lines, reused, asks }) => {
    const state = reused ? "as it is" : "anew";
    const rest =
      asks.length === 0 ? [[]] : asks.map((one) => [clip(printableName(one.model), maxNameWidth), one] as const);
    return rest.map(([model, one], i) => [
      i === 0 ? stage : "",
      i === 0 ? formatCount(lines) : "",
      i === 0 ? state : "",
      model ?? "",
      one === undefined ? "" : toBuy([one]),
      one === undefined ? "" : formatCount(one.figures.cached),
    ]);
  });
  const asks = stages.flatMap((stage) => stage.asks);
  const most = asks.some(({ share }) => share.low < 1) ? ["≤: how many turns on answers that nobody has yet."] : [];
  const notes = [...most, "Nothing was bought, and no output changed. --dry-run says what it would cost."];
  const head = ["stage", "examples", "made", "asks", "to buy", "cached"];
  return [...table(head, rows, page), "", ...notes.map((line) => page.style("dim", line))].join("\n");
}
