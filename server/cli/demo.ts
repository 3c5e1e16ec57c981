/**
 * `stillpoint demo`: a repository's own history through the whole line, with the builtin model, and a page of what came
 * of it. It is the first thing that anybody sees of Stillpoint.
 */
import { join } from "node:path";
import { Command } from "commander";
import { regionBefore } from "../../shared/records/snapshot.ts";
import type { Configuration } from "../configuration/configuration.ts";
import type { Evaluation } from "../eval/evaluate.ts";
import { evaluate, evaluationOptions } from "../eval/evaluate.ts";
import { openRepository } from "../git/repository.ts";
import { openExamples } from "../jsonl/read.ts";
import { RejectedLines } from "../jsonl/rejected.ts";
import { renderFunnel } from "../reports/funnel.ts";
import type { DistanceHistogram } from "../reports/histogram.ts";
import { distanceCounter } from "../reports/histogram.ts";
import { drawHistogram } from "../reports/histogram-terminal.ts";
import { showsUnicode } from "../reports/shows-unicode.ts";
import { formatCount } from "../reports/terminal.ts";
import type { RunResult } from "../runs/run.ts";
import { stageSession } from "../runs/stage-session.ts";
import type { Task } from "../runs/task-file.ts";
import { adaptTask } from "../runs/task-file.ts";
import { scoped } from "../scope.ts";
import { commandLines, quoted } from "./command-lines.ts";
import { commandName } from "./command-name.ts";
import type { CliContext } from "./context.ts";
import { compactEvaluation } from "./demo-table.ts";
import { changesOf, executeTask, funnelOfStages, openShippedTask, shownPath, taskConfiguration } from "./run.ts";
import { parseNatural, parsePositive } from "./stage-flags.ts";

/** Wider than this a line is tiring to read. */
const maxColumns = 88;
const shownIdLength = 8;
/** What is to be copied from a terminal fits one of the usual width. */
const maxCommandColumns = 80;

interface DemoArguments {
  readonly repo?: string;
  readonly max: number;
  readonly seed?: number;
}

export function demoCommand(cli: CliContext): Command {
  return new Command("demo")
    .description(
      "Takes a repository's own history through the whole line with the builtin model: no key, no network, " +
        "and nothing leaves this machine. Stopped and started again, it goes on.",
    )
    .option("--repo <dir>", "a git repository (default: the one around this folder)")
    .option("--max <n>", "import at most n examples", parsePositive, 300)
    .option("--seed <n>", "seed of every random choice (default: 1)", parseNatural)
    .action(async (given: DemoArguments) => runDemo(cli, given));
}

async function runDemo(cli: CliContext, { repo = ".", max, ...given }: DemoArguments): Promise<void> {
  const shipped = await openShippedTask("demo");
  const task = adaptTask(shipped, changesOf(cli, shipped, { repo, max }));
  const configuration = taskConfiguration(cli, task, given);
  const { remote, folder } = await openRepository(cli.path(repo), cli.env, repo);
  const title = (text: string) => cli.print(`\n${cli.style("bold", text)}`);
  cli.print(cli.style("bold", `From the history of ${remote ?? folder} to a dataset`));
  cli.print(`The builtin model is teacher and student, seed ${configuration.seed}. Nothing leaves this machine.`);
  const result = await executeTask(cli, task, configuration, "bar");
  const page = { columns: Math.min(cli.columns, maxColumns), style: cli.style };
  title("How many examples came through, and why the rest fell out");
  cli.print(renderFunnel(funnelOfStages(result.stages), page));
  const { evaluation, histogram, shownId, trainFacts } = await lookAt(cli, task, result, configuration);
  title(
    `How builtin does on ${formatCount(evaluation.examples)} ${evaluation.examples === 1 ? "example" : "examples"} set aside (eval and test)`,
  );
  cli.print(compactEvaluation(evaluation, page));
  const [heading = "", ...drawn] = drawHistogram(histogram, {
    columns: page.columns,
    unicode: showsUnicode(cli.env),
  }).split("\n");
  title(heading);
  cli.print(drawn.join("\n"));
  printDataset(cli, result, trainFacts, title);
  printNext(cli, repo, result, shownId, title);
}

interface Findings {
  readonly evaluation: Evaluation;
  readonly histogram: DistanceHistogram;
  /** Of an example that shows what Stillpoint is for: one that a sample has got right, else any that has a target. */
  readonly shownId: string | undefined;
  readonly trainFacts: TrainFacts;
}

/** Of the examples with a target in train. */
interface TrainFacts {
  readonly rows: number;
  readonly noEdit: number;
}

/** Reads the last stage's output once for the histogram and once for the evaluation. */
async function lookAt(
  cli: CliContext,
  task: Task,
  { lastFile }: RunResult,
  configuration: Configuration,
): Promise<Findings> {
  const { dataDir, env, signal } = cli;
  const warn = (sentence: string) => cli.warn(sentence);
  return scoped(async (defer) => {
    const session = stageSession({ configuration, dataDir, env, signal, log: () => undefined, warn });
    defer(session.close);
    const copies = `${lastFile}.rejected.jsonl`;
    const rejected = new RejectedLines(lastFile, { path: copies, shown: copies }, warn);
    const examples = await openExamples({ from: { path: lastFile }, name: lastFile, rejected, signal });
    defer(() => examples.close());
    const distances = distanceCounter(noiseBound(task));
    let exact: string | undefined;
    let first: string | undefined;
    const trainFacts = { rows: 0, noEdit: 0 };
    for await (const example of examples) {
      distances.add(example);
      if (example.dropped || example.expected === undefined) continue;
      first ??= example.id;
      if (example.split?.name === "train") {
        trainFacts.rows++;
        if (example.expected.text === regionBefore(example.snapshot)) trainFacts.noEdit++;
      }
      if (example.selection?.relative === 0) exact ??= example.id;
    }
    const evaluation = await evaluate(examples, ["builtin"], evaluationOptions.parse({}), session.context);
    return { evaluation, histogram: distances.histogram(), shownId: exact ?? first, trainFacts };
  });
}

function noiseBound(task: Task): number {
  const settle = task.stages.find(({ stage }) => stage.name === "settle");
  const bound = settle?.options["noiseAbove"];
  if (typeof bound !== "number") throw new Error("the demo's task settles nothing");
  return bound;
}

function printDataset(cli: CliContext, { dataset }: RunResult, train: TrainFacts, title: (text: string) => void): void {
  if (dataset === undefined) throw new Error("the demo's task exports nothing");
  const { exported, splits } = dataset.tally.counts;
  title(`The dataset: demo/${dataset.version}${dataset.written ? "" : ", which was there already"}`);
  const sides = Object.entries(splits).map(([split, n]) => {
    // An export may leave out rows that are too long, of which nobody has counted what they are.
    const known = split === "train" && n > 0 && n === train.rows;
    return `${formatCount(n)} ${split}${known ? ` (${formatCount(train.noEdit)} of them no edit)` : ""}`;
  });
  cli.print(`  ${cli.style("cyan", shownPath(cli, dataset.folder))}`);
  cli.print(`  ${formatCount(exported)} rows: ${sides.join(", ")}.`);
  cli.print("  Only train is filtered by settle, so it is smaller than its share.");
  cli.print("  README.md there says what the rows are.");
}

/** Commands that work as they stand, in what is already known of this person: their folder, data and repository. */
function printNext(
  cli: CliContext,
  repo: string,
  { dataset, lastFile }: RunResult,
  shownId: string | undefined,
  title: (text: string) => void,
): void {
  const data = cli.dataDirShown === join(".", ".stillpoint") ? [] : [`--data ${quoted(cli.dataDirShown)}`];
  const line = (what: string, command: string, ...flags: string[]) => {
    cli.print(`  ${what}`);
    for (const part of commandLines(
      [`${commandName(cli.env)} ${command}`, ...flags, ...data],
      Math.min(cli.columns, maxCommandColumns),
    )) {
      cli.print(cli.style("green", part));
    }
  };
  const from = `--repo ${quoted(repo)}`;
  title("What next");
  if (shownId !== undefined) {
    const file = quoted(shownPath(cli, lastFile));
    // Without a file it finds the newest run by itself: a long path would not fit a line.
    const from = file.length + 8 <= maxCommandColumns ? [file] : [];
    line("See one example, and what every stage decided:", `explain ${shownId.slice(0, shownIdLength)}`, ...from);
  }
  line("Hold the dataset against its manifest:", `datasets verify demo/${dataset?.version}`);
  line(
    "Take Claude as the teacher (needs ANTHROPIC_API_KEY, and costs money):",
    "run teacher-repaired",
    from,
    "--max 50",
    "--teacher anthropic:claude-opus-5",
  );
  line(
    "Take a model on this machine as the student (vLLM, Ollama, llama.cpp):",
    "run settled",
    from,
    "--student openai:MODEL@http://127.0.0.1:8000/v1",
  );
}
