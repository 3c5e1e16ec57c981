/** `stillpoint eval`: models on the held-out splits of a file of examples, and what their figures are worth. */
import { Command } from "commander";
import { loadConfiguration } from "../configuration/configuration.ts";
import { evaluate, evaluationOptions } from "../eval/evaluate.ts";
import { evaluationTable } from "../eval/table.ts";
import { createBudget } from "../models/budget.ts";
import { showsUnicode } from "../reports/shows-unicode.ts";
import { costSentence } from "../reports/spending.ts";
import { stageSession } from "../runs/stage-session.ts";
import { scoped } from "../scope.ts";
import type { CliContext } from "./context.ts";
import { startProgress } from "./progress.ts";
import { endReading, readExamples } from "./read-examples.ts";
import { addStageFlags, parseNatural, parsePositive, parseUsd, stageOptions } from "./stage-flags.ts";

const goOn = "The same command goes on from here and may spend as much again: what is in the cache costs nothing.";

const evaluation = { name: "eval", options: evaluationOptions };

interface EvalArguments extends Readonly<Record<string, unknown>> {
  readonly input?: string;
  readonly model?: readonly string[];
  readonly json?: boolean;
  readonly concurrency?: number;
  readonly budget?: number;
  readonly seed?: number;
}

const help = `
Examples:
  $ stillpoint eval -i examples.jsonl --model builtin
  $ stillpoint eval -i examples.jsonl --model mine \\
      --model anthropic:MODEL --splits test
  $ stillpoint eval -i examples.jsonl --model mine-v2 --against mine-v1 --json

Every model answers every example once; answers come from the cache where it
holds them. An answer is held against the reviewer's text, where there is one,
else against what the person settled on. One that fails scores as no edit.`;

export function evalCommand(cli: CliContext): Command {
  const command = new Command(evaluation.name)
    .description("Asks models for every example of a split, and holds their answers against what the person did.")
    .option(
      "-i, --input <file>",
      "examples to read (default: standard input; where that is empty, what the newest run left)",
    )
    .option(
      "--model <model>",
      "a model to evaluate: NAME or PROVIDER:MODEL[@URL]; may be repeated (default: builtin)",
      append,
    )
    .option("--json", "print JSON")
    .option("--concurrency <n>", "requests to a model under way at once", parsePositive)
    .option("--budget <usd>", "stop once this command has spent so many US dollars (exit code 5)", parseUsd)
    .option("--seed <n>", "seed of the bootstrap (default: 1)", parseNatural)
    .addHelpText("after", help);
  addStageFlags(command, evaluation);
  return command.action(async (given: EvalArguments) => runEval(cli, given));
}

async function runEval(cli: CliContext, given: EvalArguments): Promise<void> {
  const options = stageOptions(evaluation, given);
  const configuration = loadConfiguration({
    dataDir: cli.dataDir,
    configFile: cli.configFile,
    env: cli.env,
    flags: { concurrency: given.concurrency, seed: given.seed },
  });
  await scoped(async (defer) => {
    const { dataDir, env, signal } = cli;
    const warn = (sentence: string) => cli.warn(sentence);
    const budget = given.budget === undefined ? undefined : createBudget(given.budget, goOn);
    const session = stageSession({ configuration, dataDir, env, signal, log: () => undefined, warn, budget });
    defer(session.close);
    const source = await readExamples(cli, evaluation.name, given.input);
    defer(() => source.close());
    const progress = startProgress(cli, evaluation.name);
    defer(() => progress.end());
    async function* watched() {
      for await (const example of source) {
        progress.update(source.read, source.progress);
        yield example;
      }
    }
    const result = await evaluate(watched(), given.model ?? ["builtin"], options, session.context);
    progress.end();
    cli.print(given.json ? JSON.stringify(result, null, 2) : evaluationTable(result, { unicode: showsUnicode(env) }));
    const cost = costSentence(session.takeUses(), result.examples, "example");
    if (cost !== undefined) cli.note(`eval: ${cost}`);
    endReading(cli, source);
  });
}

function append(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}
