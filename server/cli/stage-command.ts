/** Makes a command of any stage: examples from a file or a pipe, through the stage, into a file or a pipe. */
import { join } from "node:path";
import { Command } from "commander";
import type { Json } from "../../shared/canonical-json.ts";
import type { Example } from "../../shared/records/example.ts";
import type { Configuration } from "../configuration/configuration.ts";
import { loadConfiguration } from "../configuration/configuration.ts";
import { ensureDataDir } from "../data-dir.ts";
import { ConfigurationError, EXIT } from "../errors.ts";
import { acquireLock } from "../jsonl/lock.ts";
import type { ExampleSource } from "../jsonl/read.ts";
import { openExamples } from "../jsonl/read.ts";
import { RejectedLines } from "../jsonl/rejected.ts";
import { openOutput, outputTarget, streamOutput } from "../jsonl/write.ts";
import { createBudget } from "../models/budget.ts";
import { systemClock } from "../models/rate-limiter.ts";
import { askedOf, costSentence } from "../reports/spending.ts";
import type { Selection } from "../runs/apply.ts";
import { applyStage, stageIdentity } from "../runs/apply.ts";
import { buyInBatches } from "../runs/batch-stage.ts";
import { failedIn } from "../runs/failed.ts";
import { stageSession } from "../runs/stage-session.ts";
import { scoped } from "../scope.ts";
import type { Stage, StageContext } from "../stages/stage.ts";
import { batchProgress, refuseBatch } from "./batch-flags.ts";
import type { CliContext } from "./context.ts";
import { dryRunStage } from "./dry-run.ts";
import { startProgress } from "./progress.ts";
import {
  addStageFlags,
  hasOption,
  parseList,
  parseNatural,
  parsePositive,
  parseUsd,
  stageOptions,
} from "./stage-flags.ts";
import { stageSummary } from "./stage-summary.ts";

/** Characters of an id that tell an example apart, as with git's. */
const minIdLength = 6;

/** A command on its own keeps no log; a run does. */
const noLog = (): void => undefined;

const goOn =
  "The same command goes on from here and may spend as much again: what is in the cache costs nothing. --budget sets " +
  "another limit.";

/** What a stage's command shows of the examples besides the count. */
interface StageReport {
  add(example: Example): void;
  /** Called when the output is in its place. */
  end(): Promise<void> | void;
}

interface StageArguments extends Readonly<Record<string, unknown>> {
  readonly input?: string;
  readonly output?: string;
  readonly limit?: number;
  readonly offset?: number;
  readonly only?: string;
  readonly concurrency?: number;
  readonly seed?: number;
  readonly strict?: boolean;
  readonly budget?: number;
  readonly batch?: boolean;
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly compare?: readonly string[];
}

const help = (stage: Stage<unknown>): string => `
Examples are read and written one JSON object a line, in the same order; "-" is
standard input or output. No line is removed: an example that falls out carries
"dropped", with the stage and the reason.

  --offset and --limit choose which lines are read: only those are written.${stage.global ? "" : onlyHelp}

-o FILE is written as FILE.partial and put in its place at the end. The same
command continues a partial file where stage, options and input are the same.
A bad line is told of, copied to FILE.rejected.jsonl (or, with no -o FILE, to
DATA/rejected/STAGE.jsonl) and left out; the exit code is then 3.`;

const onlyHelp = `
  --only chooses which are worked on: the others are written as they came.
  --only failed asks again where every answer of a model failed.`;

/** @param report makes what is shown of the examples, from the stage's options and all flags; undefined for nothing */
export function stageCommand<Options>(
  cli: CliContext,
  stage: Stage<Options>,
  summary: string,
  report?: (options: Options, given: StageArguments) => StageReport | undefined,
): Command {
  const command = new Command(stage.name)
    .description(`${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`)
    .option("-i, --input <file>", "examples to read (default: standard input)")
    .option("-o, --output <file>", "where to write them (default: standard output)")
    .option("--limit <n>", "read at most n examples", parseNatural)
    .option("--offset <n>", "leave out the first n examples", parseNatural)
    .option("--seed <n>", "seed of every random choice (default: 1)", parseNatural)
    .option("--strict", "stop at the first bad line")
    .addHelpText("after", help(stage));
  if (hasOption(stage, "model")) {
    command
      .option("--concurrency <n>", "requests to a model under way at once", parsePositive)
      .option("--budget <usd>", "stop once this command has spent so many US dollars (exit code 5)", parseUsd)
      .option("--batch", "buy the model's answers in batches first: half the price, within a day (Anthropic)")
      .option("--wait", "with --batch: wait until they have come (otherwise: exit code 6)")
      .option("--dry-run", "say what it would cost, and send nothing that costs")
      .option("--compare <models>", "the same for each of these models (a,b,c), in one table", parseList);
  }
  if (!stage.global)
    command.option("--only <id|failed>", "work only on the example of this id, or on those that failed");
  addStageFlags(command, stage);
  return command.action(async (given: StageArguments) => runStageCommand(cli, stage, given, report));
}

async function runStageCommand<Options>(
  cli: CliContext,
  stage: Stage<Options>,
  given: StageArguments,
  makeReport?: (options: Options, given: StageArguments) => StageReport | undefined,
): Promise<void> {
  const asksAgain = given.only === "failed" && hasOption(stage, "retryFailed");
  const options = stageOptions(stage, asksAgain ? { ...given, retryFailed: true } : given);
  const report = makeReport?.(options, given);
  const configuration = loadConfiguration({
    dataDir: cli.dataDir,
    configFile: cli.configFile,
    env: cli.env,
    flags: { concurrency: given.concurrency, seed: given.seed },
  });
  refuseBatch(given);
  await scoped(async (defer) => {
    const { dataDir, env, signal } = cli;
    const dry = given.dryRun === true || given.compare !== undefined;
    if (dry) return dryRun(cli, stage, options, configuration, given, defer);
    const budget = given.budget === undefined ? undefined : createBudget(given.budget, goOn);
    const warn = (told: string) => cli.warn(told);
    const session = stageSession({ configuration, dataDir, env, signal, log: noLog, warn, budget });
    defer(session.close);
    const file = outputFile(given);
    const target = file === undefined ? undefined : await outputTarget(cli.path(file), file);
    if (file !== undefined && target?.kind === "file") defer(await acquireLock(`${target.path}.lock`, file));
    const batch = given.batch === true;
    const source = await openInput(cli, stage, given, file, batch || stage.global);
    defer(() => source.close());
    const output =
      file === undefined || target === undefined
        ? streamOutput(cli.stdout, "standard output")
        : await openOutput(target, file, await identityOf(stage, options, session.context, source, given));
    defer(() => output.close());
    const selection = selectionOf(stage.name, given);
    if (batch) {
      await buyInBatches((options as { readonly model: string }).model, {
        ...{ stage, options, inputs: source, selection, configuration, dataDir, env, signal, warn },
        wait: given.wait ?? false,
        clock: systemClock,
        model: session.context.model,
        onProgress: batchProgress(cli, stage.name),
      });
    }
    const progress = startProgress(cli, stage.name);
    defer(() => progress.end());

    const { counts } = await applyStage({
      stage,
      // A batch has asked again already.
      options: batch && hasOption(stage, "retryFailed") ? { ...options, retryFailed: false } : options,
      context: session.context,
      inputs: source,
      output,
      selection,
      onLine: ({ lines }) => progress.update(lines, shareDone(lines, source, given), () => askedOf(session.uses())),
      ...(report && { onExample: (example) => report.add(example) }),
    });
    progress.end();
    await report?.end();
    if (source.read === 0 && source.rejected === 0) cli.warn(`${source.name} holds no examples.`);
    const uses = session.takeUses();
    cli.note(stageSummary(stage.name, counts, source.rejected, uses));
    const dropped = Object.values(counts.dropped).reduce((sum, n) => sum + n, 0);
    const cost = costSentence(uses, counts.lines - counts.droppedBefore - dropped);
    if (cost !== undefined) cli.note(`${stage.name}: ${cost}`);
    if (source.rejected > 0) cli.exitWith(EXIT.rejectedLines);
  });
}

function selectionOf(stage: string, { offset, limit, only }: StageArguments): Selection {
  return {
    ...(offset !== undefined && { offset }),
    ...(limit !== undefined && { limit }),
    ...(only !== undefined && { only: chosen(only, stage) }),
  };
}

async function dryRun<Options>(
  cli: CliContext,
  stage: Stage<Options>,
  options: Options,
  configuration: Configuration,
  given: StageArguments,
  defer: (release: () => Promise<void>) => void,
): Promise<void> {
  const { compare } = given;
  const inputs = await openInput(cli, stage, given, undefined, (compare?.length ?? 0) > 1);
  defer(() => inputs.close());
  await dryRunStage(cli, { stage, options, configuration, inputs, selection: selectionOf(stage.name, given), compare });
}

/** Of the lines that are to be read; how many the input holds is estimated by what of it has been read. */
function shareDone(lines: number, { read, progress }: ExampleSource, given: StageArguments): number | undefined {
  const { offset = 0, limit } = given;
  if (offset === 0 && limit === undefined) return progress;
  const held = progress === undefined || progress === 0 ? Number.POSITIVE_INFINITY : read / progress;
  const total = Math.min(limit ?? Number.POSITIVE_INFINITY, held - offset);
  if (!Number.isFinite(total)) return undefined;
  return total <= 0 ? 1 : Math.min(1, lines / total);
}

function outputFile(given: StageArguments): string | undefined {
  return given.output === "-" || given.output === "/dev/stdout" ? undefined : given.output;
}

async function openInput(
  cli: CliContext,
  stage: Stage<unknown>,
  given: StageArguments,
  output: string | undefined,
  readsAgain = stage.global ?? false,
): Promise<ExampleSource> {
  const { input } = given;
  const fromPipe = input === undefined || input === "-" || input === "/dev/stdin";
  if (fromPipe && cli.stdinIsTerminal) cli.note("reading examples from the terminal; -i FILE reads a file");
  const name = fromPipe ? "standard input" : input;
  const beside = output !== undefined && !output.startsWith("/dev/");
  const copies = beside ? `${output}.rejected.jsonl` : join(cli.dataDirShown, "rejected", `${stage.name}.jsonl`);
  const prepare = () => {
    if (!beside) ensureDataDir(cli.dataDir);
  };
  return openExamples({
    from: fromPipe ? { stream: cli.stdin } : { path: cli.path(input) },
    name,
    rejected: new RejectedLines(name, { path: cli.path(copies), shown: copies, prepare }, (told) => cli.warn(told)),
    strict: given.strict ?? false,
    ...(readsAgain && { twice: { spoolDir: join(cli.dataDir, "spool"), prepare: () => ensureDataDir(cli.dataDir) } }),
    signal: cli.signal,
  });
}

/** Everything that decides the output's lines; undefined for a pipe, of which nobody knows what will come. */
async function identityOf(
  stage: Stage<unknown>,
  options: unknown,
  context: StageContext,
  source: ExampleSource,
  given: StageArguments,
): Promise<Json | undefined> {
  const input = await source.sha256();
  if (input === undefined) return undefined;
  const { offset = 0, limit = null, only = null } = given;
  return { ...(await stageIdentity(stage, options, context)), input, offset, limit, only };
}

function chosen(only: string, stage: string): (example: Example) => boolean {
  if (only === "failed") return failedIn(stage);
  if (!/^[0-9a-f]+$/u.test(only) || only.length < minIdLength) {
    throw new ConfigurationError(
      `--only takes "failed" or at least ${minIdLength} characters of an example's id, not "${only}".`,
    );
  }
  return (example) => example.id.startsWith(only);
}
