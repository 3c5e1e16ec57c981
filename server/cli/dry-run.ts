/** `--dry-run` and `--compare` of a stage's command: what it would cost, and with other models. */
import type { Configuration } from "../configuration/configuration.ts";
import type { ExampleSource } from "../jsonl/read.ts";
import type { CostRow } from "../reports/dry-run-table.ts";
import { costTable } from "../reports/dry-run-table.ts";
import type { Selection } from "../runs/apply.ts";
import { surveyStage } from "../runs/dry-stage.ts";
import { CERTAIN } from "../runs/survey.ts";
import type { Stage } from "../stages/stage.ts";
import type { CliContext } from "./context.ts";
import { startProgress } from "./progress.ts";

export interface StageDryRun<Options> {
  readonly stage: Stage<Options>;
  readonly options: Options;
  readonly configuration: Configuration;
  readonly inputs: ExampleSource;
  readonly selection: Selection;
  /** Models to take instead of the options' own, each in turn. */
  readonly compare: readonly string[] | undefined;
}

export async function dryRunStage<Options>(cli: CliContext, dry: StageDryRun<Options>): Promise<void> {
  const { stage, options, configuration, inputs, selection, compare } = dry;
  const { dataDir, env, signal } = cli;
  const progress = startProgress(cli, stage.name);
  const rows: CostRow[] = [];
  try {
    for (const model of compare ?? [undefined]) {
      const asks = await surveyStage({
        ...{ stage, inputs, selection, configuration, dataDir, env, signal },
        options: model === undefined ? options : { ...options, model },
        warn: (sentence) => cli.warn(sentence),
        onLine: (lines) => progress.update(lines, inputs.progress),
      });
      const named = asks.map((one) => ({ ...one, stage: stage.name, share: CERTAIN }));
      if (model !== undefined) rows.push({ name: model, asks: named });
      else rows.push(...named.map((one) => ({ name: one.model, asks: [one] })));
    }
  } finally {
    progress.end();
  }
  if (rows.every(({ asks }) => asks.length === 0)) cli.print(`${stage.name} would ask no model that costs anything.`);
  else cli.print(costTable(rows, false, cli));
}
