/** `run --plan`, `--dry-run` and `--compare`: what a task would do, what that would cost, and with which teacher. */
import type { Configuration } from "../configuration/configuration.ts";
import { ConfigurationError } from "../errors.ts";
import { costTable, planTable } from "../reports/dry-run-table.ts";
import type { SurveyedStage } from "../runs/survey.ts";
import { surveyTask } from "../runs/survey.ts";
import type { Task } from "../runs/task-file.ts";
import { adaptTask } from "../runs/task-file.ts";
import type { CliContext } from "./context.ts";
import type { Progress } from "./progress.ts";
import { startProgress } from "./progress.ts";

async function surveyed(
  cli: CliContext,
  task: Task,
  configuration: Configuration,
  money: "priced" | "none",
): Promise<SurveyedStage[]> {
  const { dataDir, env, signal } = cli;
  let progress: { readonly of: string; readonly shown: Progress } | undefined;
  try {
    return await surveyTask({
      ...{ task, configuration, dataDir, env, signal, money },
      warn: (sentence) => cli.warn(sentence),
      onLine: (stage, lines) => {
        if (progress?.of !== stage) {
          progress?.shown.end();
          progress = { of: stage, shown: startProgress(cli, stage) };
        }
        progress.shown.update(lines, undefined);
      },
    });
  } finally {
    progress?.shown.end();
  }
}

export async function planRun(cli: CliContext, task: Task, configuration: Configuration): Promise<void> {
  cli.print(planTable(await surveyed(cli, task, configuration, "none"), cli));
}

export async function dryRun(cli: CliContext, task: Task, configuration: Configuration): Promise<void> {
  const stages = await surveyed(cli, task, configuration, "priced");
  const asks = stages.flatMap((stage) => stage.asks);
  if (asks.length === 0) {
    cli.print(`${task.name} would ask no model that costs anything.`);
    return;
  }
  const rows = asks.map((one) => ({ name: `${one.stage}, ${one.model}`, asks: [one] }));
  cli.print(costTable(rows, true, cli));
}

/** @throws ConfigurationError for a task that no teacher takes part in */
export async function compareRuns(
  cli: CliContext,
  task: Task,
  configuration: Configuration,
  teachers: readonly string[],
): Promise<void> {
  if (!task.stages.some(({ options }) => options["model"] === "teacher")) {
    throw new ConfigurationError(
      `--compare takes each model for the teacher, and no stage of ${task.name} asks the teacher.`,
    );
  }
  const rows = [];
  for (const teacher of teachers) {
    const stages = await surveyed(cli, adaptTask(task, { models: { teacher } }), configuration, "priced");
    rows.push({ name: teacher, asks: stages.flatMap((stage) => stage.asks) });
  }
  cli.print(costTable(rows, false, cli));
}
