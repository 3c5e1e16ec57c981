/** `stillpoint run TASK`: executes a task file, and says how many examples came through and where the dataset is. */
import { statSync } from "node:fs";
import { join, relative } from "node:path";
import { Command } from "commander";
import type { Configuration } from "../configuration/configuration.ts";
import { loadConfiguration } from "../configuration/configuration.ts";
import { nearestName } from "../configuration/nearest.ts";
import { ConfigurationError, EXIT } from "../errors.ts";
import { systemClock } from "../models/rate-limiter.ts";
import { funnelOf, renderFunnel } from "../reports/funnel.ts";
import { costSentence } from "../reports/spending.ts";
import type { RunBatch, RunResult } from "../runs/run.ts";
import { runTask } from "../runs/run.ts";
import type { StageRecord } from "../runs/run-manifest.ts";
import { shippedTasks } from "../runs/shipped-tasks.ts";
import type { ChangesGiven } from "../runs/task-changes.ts";
import { taskChanges } from "../runs/task-changes.ts";
import type { Task, TaskChanges } from "../runs/task-file.ts";
import { adaptTask, readTask } from "../runs/task-file.ts";
import { batchProgress, refuseBatch } from "./batch-flags.ts";
import type { CliContext } from "./context.ts";
import type { RunDisplay } from "./run-observer.ts";
import { runObserver } from "./run-observer.ts";
import { compareRuns, dryRun, planRun } from "./run-survey.ts";
import { parseList, parseNatural, parsePositive, parseUsd } from "./stage-flags.ts";

interface RunArguments extends ChangesGiven {
  readonly seed?: number;
  readonly concurrency?: number;
  readonly batch?: boolean;
  readonly wait?: boolean;
  readonly plan?: boolean;
  readonly dryRun?: boolean;
  readonly compare?: readonly string[];
}

const help = () => `
TASK is a YAML file, or the name of one that ships:
  ${[...shippedTasks().keys()].join(", ")}
Everything a run makes lies in DATA/runs/NAME/. Started again it goes on from
where it was stopped; what was made of the same stays.

Examples:
  $ stillpoint run settled --repo ~/code/mine --max 1000
  $ stillpoint run settled --teacher anthropic:claude-opus-5 --student builtin
  $ stillpoint run settled --teacher opus --compare opus,sonnet
  $ stillpoint run settled --teacher opus --budget 25
  $ stillpoint run settled --student openai:my-model@http://127.0.0.1:8000/v1`;

export function runCommand(cli: CliContext): Command {
  return new Command("run")
    .description("Executes a task file: examples from its input through its stages into a dataset.")
    .argument("<task>", "a task file, or the name of one that ships")
    .option("--repo <dir>", "import from the history of this repository instead")
    .option("--max <n>", "import at most n examples", parsePositive)
    .option("--input <file>", "read examples from this file instead")
    .option("--teacher <model>", "the teacher: a name from the configuration, or PROVIDER:MODEL[@URL]")
    .option("--student <model>", "the student, likewise")
    .option("--judge <model>", "the judge, likewise")
    .option("--budget <usd>", "stop once models have cost so many US dollars (exit code 5)", parseUsd)
    .option("--batch", "buy answers in batches where a model takes them: half the price, within a day")
    .option("--wait", "with --batch: wait until they have come (otherwise: exit code 6)")
    .option("--plan", "say what would be done and what the cache holds, and do nothing")
    .option("--dry-run", "say what it would cost, and send nothing that costs")
    .option("--compare <models>", "the same for each of these teachers (a,b,c), in one table", parseList)
    .option("--seed <n>", "seed of every random choice", parseNatural)
    .option("--concurrency <n>", "requests to a model under way at once", parsePositive)
    .addHelpText("after", help)
    .action(async (written: string, given: RunArguments) => {
      const task = await openTask(cli, written);
      const adapted = adaptTask(task, changesOf(cli, task, given));
      const configuration = taskConfiguration(cli, task, given);
      if (given.compare !== undefined) return compareRuns(cli, adapted, configuration, given.compare);
      if (given.dryRun === true) return dryRun(cli, adapted, configuration);
      if (given.plan === true) return planRun(cli, adapted, configuration);
      refuseBatch({ ...given, budget: adapted.budget });
      const batch = given.batch && {
        ...{ wait: given.wait ?? false, clock: systemClock },
        onProgress: batchProgress(cli, adapted.name),
      };
      const result = await executeTask(cli, adapted, configuration, "lines", batch || undefined);
      printResult(cli, task, result);
    });
}

/** @throws ConfigurationError where there is neither such a file nor a task that ships under this name */
export async function openTask(cli: CliContext, written: string): Promise<Task> {
  const path = cli.path(written);
  // A folder is no task: one that is called like a task that ships does not hide it.
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isFile() || !/^[\w-]+$/u.test(written)) return readTask(path, written);
  return openShippedTask(written);
}

/** @throws ConfigurationError where none ships under this name */
export async function openShippedTask(name: string): Promise<Task> {
  const shipped = shippedTasks();
  const path = shipped.get(name);
  if (path !== undefined) return readTask(path, name);
  const names = [...shipped.keys()];
  const nearest = nearestName(name, names);
  const hint = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  throw new ConfigurationError(
    `there is no task file ${name}, and no task of this name ships; those that do are ${names.join(", ")}.${hint}`,
  );
}

/** What the command line says otherwise than the task. */
export function changesOf(cli: CliContext, task: Task, given: ChangesGiven): TaskChanges {
  return taskChanges(task, given, cli.cwd, (option) => `--${option}`);
}

/** What a task is executed with: flag, then variable, then the task, then the configuration. */
export function taskConfiguration(
  { dataDir, configFile, env }: CliContext,
  task: Task,
  given: Pick<RunArguments, "seed" | "concurrency">,
): Configuration {
  return loadConfiguration({
    dataDir,
    configFile,
    env,
    flags: {
      seed: given.seed ?? unlessSet(env["STILLPOINT_SEED"], task.seed),
      concurrency: given.concurrency ?? unlessSet(env["STILLPOINT_CONCURRENCY"], task.concurrency),
    },
  });
}

/** Runs the task with progress on standard error. */
export async function executeTask(
  cli: CliContext,
  task: Task,
  configuration: Configuration,
  display: RunDisplay,
  batch?: RunBatch,
): Promise<RunResult> {
  const { dataDir, env, signal } = cli;
  const observer = runObserver(cli, display);
  try {
    return await runTask({
      task,
      configuration,
      dataDir,
      env,
      signal,
      warn: (sentence) => cli.warn(sentence),
      now: () => new Date(),
      observer,
      batch,
    });
  } finally {
    observer.stop();
  }
}

/** The task's value goes before the configuration's, but not before a variable. */
function unlessSet(variable: string | undefined, value: number | undefined): number | undefined {
  return variable === undefined || variable === "" ? value : undefined;
}

function printResult(cli: CliContext, task: Task, { stages, dataset, rejected, folder, uses }: RunResult): void {
  const funnel = funnelOfStages(stages);
  cli.print(renderFunnel(funnel, cli));
  const cost = costSentence(uses, funnel.left);
  if (cost !== undefined) cli.print(cost);
  cli.print();
  if (dataset !== undefined && task.output !== undefined) {
    const path = shownPath(cli, dataset.folder);
    const name = `${task.output.dataset}/${dataset.version}`;
    cli.print(dataset.written ? `dataset ${name} in ${path}` : `dataset ${name} in ${path}, unchanged`);
  } else cli.print(`examples in ${shownPath(cli, join(folder, stages.at(-1)?.file ?? ""))}`);
  if (rejected > 0) cli.exitWith(EXIT.rejectedLines);
}

/** The stages of a run by what each dropped. */
export function funnelOfStages(stages: readonly StageRecord[]): ReturnType<typeof funnelOf> {
  const totals = stages.map(({ identity, dropped }) => ({ name: identity.stage, dropped }));
  return funnelOf(stages[0]?.lines ?? 0, totals);
}

/** As short as it can be pasted from where the person stands. */
export function shownPath(cli: CliContext, path: string): string {
  const near = relative(cli.cwd, path);
  return near.startsWith("..") ? path : near;
}
