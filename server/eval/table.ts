/** An evaluation as text: a table for each comparison, what is behind the figures, and what they mean. */
import type { Estimate } from "../metrics/statistics.ts";
import { formatCount, plural } from "../reports/terminal.ts";
import type { Comparison, Evaluation, ModelResult } from "./evaluate.ts";
import type { FigureName } from "./figures.ts";
import { FIGURE_NAMES, FIGURES } from "./figures.ts";

/** A figure with fewer examples behind it says so. */
const FEW_EXAMPLES = 30;
const MARKS = { higher: "↑", lower: "↓" } as const;
const ASCII_MARKS = { higher: "+", lower: "-" } as const;
type Marks = typeof MARKS | typeof ASCII_MARKS;

/** @param unicode false where the terminal shows ASCII alone */
export function evaluationTable(evaluation: Evaluation, { unicode }: { readonly unicode: boolean }): string {
  const { examples, splits, leftOut, withoutReference, models, comparisons } = evaluation;
  const lines = [`Evaluation on ${splits.join(", ")}: ${plural(examples, "example")}`];
  if (leftOut.dropped > 0) lines.push(`  left out: ${plural(leftOut.dropped, "example")} that a stage dropped`);
  if (leftOut.otherSplits > 0) lines.push(`  left out: ${plural(leftOut.otherSplits, "example")} of other splits`);
  if (withoutReference > 0)
    lines.push(`  with nothing to hold an answer against: ${plural(withoutReference, "example")}`);
  if (examples === 0) return [...lines, "", "There is nothing to evaluate; --splits names other splits."].join("\n");
  for (const result of models) lines.push(...failureLines(result, examples));
  const marks = unicode ? MARKS : ASCII_MARKS;
  const shown = FIGURE_NAMES.filter((name) => models.some(({ figures }) => figures[name] !== null));
  for (const comparison of comparisons) lines.push("", ...comparisonLines(comparison, models, shown, marks));
  lines.push(
    "",
    `${marks.higher} higher is better, ${marks.lower} lower is better; n: examples behind the figure.`,
    "[a, b]: 95% interval; a change whose interval holds 0 may be chance.",
  );
  if (shown.some((name) => models.some(({ figures }) => isFew(figures[name])))) {
    lines.push(`*: fewer than ${FEW_EXAMPLES} examples are behind this figure, which may be chance altogether.`);
  }
  const width = Math.max(...shown.map((name) => FIGURES[name].label.length));
  lines.push("", ...shown.map((name) => `  ${FIGURES[name].label.padEnd(width)}  ${FIGURES[name].meaning}`));
  return lines.join("\n");
}

function failureLines({ model, failures, cursors, cursorMisses }: ModelResult, examples: number): string[] {
  const lines: string[] = [];
  const total = Object.values(failures).reduce((sum, count) => sum + count, 0);
  if (total > 0) {
    const kinds = Object.entries(failures).map(([kind, count]) => `${kind} ${count}`);
    lines.push(`  ${model} failed on ${total} of ${examples} (${kinds.join(", ")}); each scores as no edit`);
  }
  // A model that never gives a cursor misses none.
  if (cursors > 0 && cursorMisses > 0) {
    lines.push(`  ${model}: only one of predicted and settled cursor known in ${cursorMisses} of ${examples}`);
  }
  return lines;
}

/** Label, the model's figure and interval, the other's figure, the change and its interval, n. */
type Row = readonly [string, string, string, string, string, string, string];

function comparisonLines(
  { model, against, differences }: Comparison,
  models: readonly ModelResult[],
  shown: readonly FigureName[],
  marks: Marks,
): string[] {
  const own = models.find((result) => result.model === model);
  const other = models.find((result) => result.model === against);
  if (own === undefined || other === undefined) throw new Error(`${model} or ${against} has no result`);
  const rows: Row[] = [
    ["", "model", "", "against", "change", "", "n"],
    ...shown.map((name) => figureRow(name, own, other, differences[name], marks)),
    pooledRow("line precision, %", "precision", own, other, marks),
    pooledRow("line recall, %", "recall", own, other, marks),
    ["  answers that edit", String(own.edits), "", String(other.edits), "", "", ""],
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const isText = (column: number) => column === 0 || column === 2 || column === 5;
  return [
    `${model} against ${against}`,
    ...rows.map((row) =>
      row
        .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join(" ")
        .trimEnd(),
    ),
  ];
}

function figureRow(name: FigureName, own: ModelResult, other: ModelResult, change: Estimate | null, marks: Marks): Row {
  const { label, better, scale, digits } = FIGURES[name];
  const figure = own.figures[name];
  const show = (value: number) => fixed(scale * value, digits);
  const showChange = (value: number) => signed(scale * value, digits);
  const interval = (estimate: Estimate | null, as: (value: number) => string) =>
    estimate === null ? "" : `[${as(estimate.low)}, ${as(estimate.high)}]`;
  const count = figure?.count ?? 0;
  return [
    `${better === null ? " " : marks[better]} ${label}`,
    figure === null ? "none" : show(figure.value),
    interval(figure, show),
    other.figures[name] === null ? "none" : show(other.figures[name].value),
    change === null ? "" : showChange(change.value),
    interval(change, showChange),
    `${count}${isFew(figure) ? "*" : ""}`,
  ];
}

/** Over all examples' lines together. */
function pooledRow(
  label: string,
  part: "precision" | "recall",
  own: ModelResult,
  other: ModelResult,
  marks: Marks,
): Row {
  const { tp, fp, fn } = own.lines;
  return [
    `${marks.higher} ${label}`,
    fixed(100 * own.lines[part], 1),
    `of ${formatCount(tp + (part === "precision" ? fp : fn))}`,
    fixed(100 * other.lines[part], 1),
    signed(100 * (own.lines[part] - other.lines[part]), 1),
    "",
    "",
  ];
}

function isFew(estimate: Estimate | null): boolean {
  return estimate !== null && estimate.count < FEW_EXAMPLES;
}

function fixed(figure: number, digits: number): string {
  const text = figure.toFixed(digits);
  return /^-0\.?0*$/.test(text) ? text.slice(1) : text;
}

function signed(figure: number, digits: number): string {
  const text = fixed(figure, digits);
  return text.startsWith("-") || /^0\.?0*$/.test(text) ? text : `+${text}`;
}
