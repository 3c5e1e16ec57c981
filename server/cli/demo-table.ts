/** An evaluation in a few lines: what a newcomer should see first. `stillpoint eval` prints all of it. */
import type { Evaluation } from "../eval/evaluate.ts";
import type { FigureName } from "../eval/figures.ts";
import { FIGURES } from "../eval/figures.ts";
import type { Page } from "../reports/terminal.ts";
import { wrap } from "../reports/terminal.ts";

const shown: readonly FigureName[] = ["deltaChrf", "exactLinesF1", "exactMatch", "keptRate", "recallRate"];
const numberWidth = 9;
/** Fewer examples than this behind a figure are too few to rest anything on. */
const fewExamples = 30;

/** The first model of the evaluation beside the one it is compared with. */
export function compactEvaluation(evaluation: Evaluation, { columns, style }: Page): string {
  const [comparison] = evaluation.comparisons;
  const own = evaluation.models.find(({ model }) => model === comparison?.model);
  const other = evaluation.models.find(({ model }) => model === comparison?.against);
  if (comparison === undefined || own === undefined || other === undefined) throw new Error("nothing was compared");
  if (evaluation.examples === 0) return "  None: no example that is left fell into eval or test.";
  const labels = Math.max(...shown.map((name) => FIGURES[name].label.length));
  const head = [own.model, other.model.replace("-", " "), "change"].map((name) => name.padStart(numberWidth)).join("");
  const lines = [style("dim", `  ${" ".repeat(labels)}${head}  95% interval of the change`)];
  for (const name of shown) {
    const { label, scale, digits } = FIGURES[name];
    const change = comparison.differences[name];
    const figure = (value: number | undefined) => (value === undefined ? "–" : (scale * value).toFixed(digits));
    const plus = (value: number) => `${value > 0 ? "+" : ""}${figure(value)}`;
    lines.push(
      [
        `  ${label.padEnd(labels)}`,
        figure(own.figures[name]?.value).padStart(numberWidth),
        figure(other.figures[name]?.value).padStart(numberWidth),
        (change === null ? "–" : plus(change.value)).padStart(numberWidth),
        change === null ? "" : `  ${plus(change.low)} to ${plus(change.high)}`,
      ].join(""),
    );
  }
  const few = evaluation.examples < fewExamples ? ` Fewer than ${fewExamples} examples: it may all be chance.` : "";
  const note =
    `Higher is better. The builtin model edits in ${own.edits} of ${evaluation.examples}; it needs no weights, and is ` +
    `the floor that a trained model has to beat.${few}`;
  return [...lines, "", ...wrap(note, columns - 2).map((line) => `  ${line}`)].join("\n");
}
