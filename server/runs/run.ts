/**
 * Executes a task: examples from its input through its stages, one JSONL a stage, then the dataset. Everything lies in
 * the run's folder, so that a run that was killed at any byte goes on from there and ends in the same files.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Configuration } from "../configuration/configuration.ts";
import { ensureDataDir } from "../data-dir.ts";
import type { ExportResult } from "../datasets/export.ts";
import { BudgetReached, Failure } from "../errors.ts";
import type { LineOutput } from "../jsonl/line-output.ts";
import { acquireLock } from "../jsonl/lock.ts";
import type { ExampleSource } from "../jsonl/read.ts";
import { openExamples } from "../jsonl/read.ts";
import { RejectedLines } from "../jsonl/rejected.ts";
import { writeWhole } from "../jsonl/whole-file.ts";
import { openOutput } from "../jsonl/write.ts";
import type { ModelUse } from "../reports/spending.ts";
import { askedOf, costFacts } from "../reports/spending.ts";
import { scoped } from "../scope.ts";
import type { Applied, StageCounts } from "./apply.ts";
import { applyStage, stageIdentity } from "./apply.ts";
import { runAsOf } from "./as-of.ts";
import type { BatchStageOptions } from "./batch-stage.ts";
import { buyInBatches, takesBatches } from "./batch-stage.ts";
import { openRunBudget } from "./run-budget.ts";
import { exportRun } from "./run-export.ts";
import { RunLog } from "./run-log.ts";
import type { RunManifest, StageRecord } from "./run-manifest.ts";
import { readRunManifest, writeRunManifest } from "./run-manifest.ts";
import { outputName, recordedIdentity, rejectedInput, removeOtherOutputs, reusableOutput } from "./run-outputs.ts";
import { openProgressLog, PROGRESS_FILE } from "./run-progress.ts";
import { openRunSource } from "./run-source.ts";
import type { StageSession } from "./stage-session.ts";
import { stageSession } from "./stage-session.ts";
import type { Task, TaskStage } from "./task-file.ts";
import { describeTask, inputPath, resolvedOptions, resolveModels } from "./task-file.ts";

export interface RunOptions {
  readonly task: Task;
  readonly configuration: Configuration;
  /** As an absolute path; made if it is not there. */
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly warn: (sentence: string) => void;
  readonly now: () => Date;
  readonly observer: RunObserver;
  /** Answers of models that take batches are bought so. There is no budget then. */
  readonly batch?: RunBatch | undefined;
}

export type RunBatch = Pick<BatchStageOptions<unknown>, "wait" | "clock" | "onProgress">;

/** Told of what a run does, in order. */
export interface RunObserver {
  /** @param total how many examples there will be; undefined where nobody knows */
  begin(stage: string, total: number | undefined): void;
  /** @param uses what the stage's models were asked so far; left out where it asks none */
  line(counts: Pick<StageCounts, "lines">, share: number | undefined, uses?: () => readonly ModelUse[]): void;
  end(stage: string, done: StageDone): void;
}

export interface StageDone {
  readonly counts: Pick<StageCounts, "lines" | "kept" | "dropped" | "droppedBefore">;
  /** The output of an earlier run was still good. */
  readonly reused: boolean;
  /** Of the models that this stage asked. */
  readonly uses: readonly ModelUse[];
}

export interface RunResult {
  readonly folder: string;
  readonly stages: readonly StageRecord[];
  /** The last stage's output, as an absolute path. */
  readonly lastFile: string;
  /** Bad lines of the input file. */
  readonly rejected: number;
  /** Undefined where the task exports nothing. */
  readonly dataset: ExportResult | undefined;
  /** Of the models that this attempt asked, for each stage and model. */
  readonly uses: readonly ModelUse[];
}

export async function runTask(options: RunOptions): Promise<RunResult> {
  const { task, dataDir } = options;
  const folder = join(dataDir, "runs", task.name);
  ensureDataDir(dataDir);
  await mkdir(folder, { recursive: true });
  return scoped(async (defer) => {
    defer(await acquireLock(join(folder, "lock"), `the run ${task.name}`));
    const log = await RunLog.open(join(folder, "run.log.jsonl"), options.now);
    defer(() => log.close());
    const stages = plannedStages(task);
    const progress = openProgressLog(join(folder, PROGRESS_FILE), stages, options.now);
    defer(() => progress.close());
    const asOf = runAsOf(join(folder, "as-of"));
    const limited = task.budget === undefined ? undefined : openRunBudget(join(folder, "spent"), task.budget);
    defer(() => limited?.close());
    try {
      const session = stageSession({
        ...options,
        budget: limited?.budget,
        log: log.write,
        asOf: (last) => asOf.position(last),
      });
      defer(session.close);
      const watched = { ...options, observer: progress.observe(options.observer) };
      const result = await new Run(watched, folder, session, log).execute();
      await asOf.release();
      await limited?.release();
      progress.done(result, task.output?.dataset);
      return result;
    } catch (error) {
      // The next one is to look again at what there is by then.
      if (error instanceof NothingGiven) await asOf.release();
      if (error instanceof BudgetReached) await limited?.release();
      progress.stopped(error, options.signal.aborted);
      throw error;
    }
  });
}

/** What is told of a run, in order: its stages, and the import and the export where it has them. */
function plannedStages({ input, stages, output }: Task): string[] {
  const imports = Object.keys(input).filter((name) => name !== "file");
  return [...imports, ...stages.map(({ stage }) => stage.name), ...(output === undefined ? [] : ["export"])];
}

/** One execution, for as long as it holds the run's folder. */
class Run {
  readonly #options: RunOptions;
  readonly #folder: string;
  readonly #session: StageSession;
  readonly #log: RunLog;
  readonly #earlier: RunManifest | undefined;
  readonly #stages: StageRecord[] = [];
  readonly #uses: (ModelUse & { readonly stage: string })[] = [];

  constructor(options: RunOptions, folder: string, session: StageSession, log: RunLog) {
    this.#options = options;
    this.#folder = folder;
    this.#session = session;
    this.#log = log;
    this.#earlier = readRunManifest(this.#path("manifest.json"));
  }

  async execute(): Promise<RunResult> {
    const { task } = this.#options;
    resolveModels(this.#options.task, this.#session.context.model);
    await writeWhole(
      this.#path("task.json"),
      `${JSON.stringify(describeTask(task, this.#session.context.seed), null, 2)}\n`,
    );
    let input = await this.#input();
    for (const [index, stage] of task.stages.entries()) {
      const file = outputName(index + 1, stage.stage.name);
      await this.#stage(stage, file, input);
      input = { path: this.#path(file), name: file };
    }
    await removeOtherOutputs(this.#folder, new Set(this.#stages.map(({ file }) => file)));
    const dataset = await this.#export(input.path);
    await this.#writeManifest(dataset && { name: task.output?.dataset ?? "", version: dataset.version });
    return {
      folder: this.#folder,
      stages: this.#stages,
      lastFile: input.path,
      rejected: this.#stages[0]?.rejected ?? 0,
      dataset,
      uses: this.#uses,
    };
  }

  /** The file that the first stage reads: the task's own, or what was imported. */
  async #input(): Promise<InputFile> {
    const { task } = this.#options;
    if (task.input.file !== undefined) return { path: inputPath(task, task.input.file), name: task.input.file };
    const { context } = this.#session;
    const source = await openRunSource({ ...this.#options, seed: context.seed, context });
    if (source === undefined) throw new Error("a task has an input");
    const { identity } = source;
    const file = outputName(0, identity.stage);
    await this.#step(identity.stage, file, recordedIdentity(identity, null), source.total, async (output) => {
      const onLine = (lines: number, share: number) => this.#options.observer.line({ lines }, share);
      const { kept, written } = await source.write(output, onLine);
      return { counts: { lines: written.lines, kept, droppedBefore: 0, dropped: {} }, written, rejected: 0 };
    });
    if (this.#stages.at(-1)?.lines === 0) throw new NothingGiven(source.nothing);
    return { path: this.#path(file), name: file };
  }

  async #stage(asked: TaskStage, file: string, input: InputFile): Promise<void> {
    const { stage } = asked;
    const options = resolvedOptions(asked, this.#options.task.models);
    const { context } = this.#session;
    await scoped(async (defer) => {
      const source = await this.#open(input);
      defer(() => source.close());
      const made = await stageIdentity(stage, options, context);
      const identity = recordedIdentity(made, (await source.sha256()) ?? null);
      await this.#step(stage.name, file, identity, this.#stages.at(-1)?.lines, async (output) => ({
        ...(await applyStage({
          stage,
          options: await this.#boughtInBatches(stage, options, source),
          context,
          inputs: source,
          output,
          onLine: (counts) => this.#options.observer.line(counts, source.progress, () => this.#session.uses()),
        })),
        rejected: source.rejected,
      }));
    });
  }

  /** What a stage asks of a model that takes batches is in the cache then. Returns the options that it is to be run with. */
  async #boughtInBatches<Options>(
    stage: TaskStage["stage"],
    options: Options,
    inputs: ExampleSource,
  ): Promise<Options> {
    const { batch, configuration } = this.#options;
    const { model: spec } = options as { readonly model?: unknown };
    if (batch === undefined || typeof spec !== "string" || !takesBatches(spec, configuration)) return options;
    const { model } = this.#session.context;
    await buyInBatches(spec, { ...this.#options, ...batch, stage, options, inputs, selection: {}, model });
    // What a batch has asked again is not asked once more.
    return "retryFailed" in (options as object) ? { ...options, retryFailed: false } : options;
  }

  /** Makes an output, unless the one that is there was made of the same. */
  async #step(
    name: string,
    file: string,
    identity: StageRecord["identity"],
    total: number | undefined,
    write: (output: LineOutput) => Promise<Made>,
  ): Promise<void> {
    const { observer, now } = this.#options;
    observer.begin(name, total);
    const good = await reusableOutput(this.#folder, this.#earlier, file, identity);
    const startedAt = now();
    const { record, kept } = good === undefined ? await this.#make(file, identity, write) : { record: good, kept: 0 };
    this.#stages.push(record);
    await this.#writeManifest(undefined);
    this.#log.write({
      stage: name,
      reason: good === undefined ? "done" : "reused",
      detail: `${record.lines} examples in ${now().getTime() - startedAt.getTime()} ms`,
    });
    const uses = this.#session.takeUses();
    for (const use of uses) {
      this.#uses.push({ stage: name, ...use });
      const asked = [`${use.requests} requests`, `${use.cached} answers from the cache`, ...costFacts(use)];
      this.#log.write({ stage: name, reason: "asked", detail: `${use.model}: ${asked.join(", ")}` });
    }
    observer.end(name, { counts: { ...record, kept }, reused: good !== undefined, uses });
  }

  async #make(
    file: string,
    identity: StageRecord["identity"],
    write: (output: LineOutput) => Promise<Made>,
  ): Promise<{ record: StageRecord; kept: number }> {
    const output = await openOutput({ kind: "file", path: this.#path(file) }, file, identity);
    try {
      const { counts, written, rejected } = await write(output);
      const { dropped, droppedBefore, kept } = counts;
      return { record: { file, identity, ...written, dropped: sorted(dropped), droppedBefore, rejected }, kept };
    } finally {
      await output.close();
    }
  }

  #open(input: InputFile): Promise<ExampleSource> {
    const { signal, warn } = this.#options;
    const path = this.#path(this.#stages.length === 0 ? rejectedInput : `${input.name}.rejected.jsonl`);
    const copies = { path, shown: path };
    const rejected = new RejectedLines(input.name, copies, warn);
    return openExamples({ from: { path: input.path }, name: input.name, rejected, signal });
  }

  /** Records of stages to come stay until they are made anew: their outputs may turn out to be good still. */
  async #writeManifest(dataset: RunManifest["dataset"]): Promise<void> {
    const made = new Set(this.#stages.map(({ file }) => file));
    const planned = this.#options.task.stages.map(({ stage }, index) => outputName(index + 1, stage.name));
    const later = (this.#earlier?.stages ?? []).filter(({ file }) => !made.has(file) && planned.includes(file));
    await writeRunManifest(this.#path("manifest.json"), {
      schema: 1,
      task: this.#options.task.name,
      stages: [...this.#stages, ...later],
      ...(dataset !== undefined && { dataset }),
    });
  }

  async #export(file: string): Promise<ExportResult | undefined> {
    const { task, observer } = this.#options;
    const { output } = task;
    if (output === undefined) return undefined;
    return scoped(async (defer) => {
      const source = await this.#open({ path: file, name: file });
      defer(() => source.close());
      observer.begin("export", this.#stages.at(-1)?.lines);
      const result = await exportRun({
        ...this.#options,
        run: task.name,
        output,
        examples: source,
        stages: this.#stages,
        seed: this.#session.context.seed,
        asked: this.#asked(),
        onExample: (lines) => observer.line({ lines }, source.progress),
      });
      const { exported, read } = result.tally.counts;
      const reason = result.written ? "done" : "unchanged";
      this.#log.write({ stage: "export", reason, detail: `${exported} of ${read}` });
      return result;
    });
  }

  /** For the dataset's `run.json`: what this attempt asked, for each example left and stage by stage. */
  #asked(): Record<string, unknown> {
    const asked = askedOf(this.#uses);
    const last = this.#stages.at(-1);
    const dropped = Object.values(last?.dropped ?? {}).reduce((sum, n) => sum + n, 0);
    const left = (last?.lines ?? 0) - (last?.droppedBefore ?? 0) - dropped;
    const each = asked.costUsd === undefined || left === 0 ? {} : { costUsdPerExampleLeft: asked.costUsd / left };
    return { ...asked, ...each, stages: this.#uses.map(({ staysHere: _here, ...use }) => use) };
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

/** What a run begins with gave no example. */
class NothingGiven extends Failure {}

/** What came of writing an output. */
interface Made extends Applied {
  readonly rejected: number;
}

interface InputFile {
  /** As an absolute path. */
  readonly path: string;
  /** In sentences. */
  readonly name: string;
}

/** Reasons in one order, whatever came first. */
function sorted(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
