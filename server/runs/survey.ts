/**
 * What a task would do if it were run now: which outputs are still good, what the other stages would ask, and what the
 * cache holds of that. Stages are executed on models that are asked nothing, into files that are removed behind them.
 *
 * Behind an answer that nobody has yet nobody knows what a stage would drop: such an example goes on to the last stage,
 * so that what is asked about it is counted. How many of those answers will be repaired is not known either; it is
 * taken from those that the cache holds.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Example } from "../../shared/records/example.ts";
import type { Configuration } from "../configuration/configuration.ts";
import { ensureDataDir } from "../data-dir.ts";
import type { LineOutput, Written } from "../jsonl/line-output.ts";
import { openExamples } from "../jsonl/read.ts";
import { RejectedLines } from "../jsonl/rejected.ts";
import { spoolFile } from "../jsonl/spool.ts";
import { streamOutput } from "../jsonl/write.ts";
import { bytesPerToken } from "../models/dry-model.ts";
import type { DryAsks, DryModels } from "../models/dry-models.ts";
import { createDryModels } from "../models/dry-models.ts";
import type { Range } from "../models/estimate.ts";
import { scoped } from "../scope.ts";
import type { Stage } from "../stages/stage.ts";
import { applyStage, stageIdentity } from "./apply.ts";
import { readRunManifest } from "./run-manifest.ts";
import { outputName, recordedIdentity, reusableOutput } from "./run-outputs.ts";
import { openRunSource } from "./run-source.ts";
import type { StageSession } from "./stage-session.ts";
import { stageSession } from "./stage-session.ts";
import type { Task } from "./task-file.ts";
import { inputPath, resolvedOptions, resolveModels } from "./task-file.ts";

/** The share of answers that are repaired, where the cache holds too few to tell. */
const assumedRepairs = 0.2;
/** With fewer answers nothing is said of the others. */
const fewAnswers = 20;
/** What a repair says of the first answer, and its rules once more. */
const repairBytes = 1_500;

export interface SurveyOptions {
  readonly task: Task;
  readonly configuration: Configuration;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly warn: (sentence: string) => void;
  /** `priced`: every model needs a price, and vendors' counters are asked. */
  readonly money: "priced" | "none";
  /** Called as examples pass a stage. */
  readonly onLine: (stage: string, lines: number) => void;
}

/** What would be asked of one model in one stage. */
export interface PlannedAsks extends DryAsks {
  readonly stage: string;
  /** Shares of the figures that would be asked: all of them, but where that turns on answers that nobody has yet. */
  readonly share: Range;
}

export const CERTAIN: Range = { low: 1, expected: 1, high: 1 };

export interface SurveyedStage {
  readonly stage: string;
  readonly lines: number;
  /** Its output is there and still good. */
  readonly reused: boolean;
  readonly asks: readonly PlannedAsks[];
}

/** @throws as the run would, before it asks anybody; ConfigurationError where a price is needed and missing */
export async function surveyTask(options: SurveyOptions): Promise<SurveyedStage[]> {
  ensureDataDir(options.dataDir);
  return scoped(async (defer) => {
    const unknown = new Set<string>();
    const models = createDryModels(options, (exampleId) => unknown.add(exampleId));
    // What a stage says of itself is about requests, of which there are none.
    const silent = () => undefined;
    const session = stageSession({ ...options, models, log: silent, warn: silent });
    defer(session.close);
    const survey = new Survey(options, models, session, unknown, (path) => defer(() => rm(path, { force: true })));
    return survey.execute();
  });
}

interface InputFile {
  /** As an absolute path. */
  readonly path: string;
  /** Undefined of the task's own file until it is read. */
  readonly lines: number | undefined;
}

/** One look through a task, for as long as its files are needed. */
class Survey {
  readonly #options: SurveyOptions;
  readonly #models: DryModels;
  readonly #session: StageSession;
  /** Examples behind an answer that nobody has yet. */
  readonly #unknown: ReadonlySet<string>;
  readonly #remove: (path: string) => void;
  readonly #folder: string;
  readonly #stages: SurveyedStage[] = [];
  /** What the teacher would be asked, by which a repair's request is sized. */
  #teacher: DryAsks | undefined;

  constructor(
    options: SurveyOptions,
    models: DryModels,
    session: StageSession,
    unknown: ReadonlySet<string>,
    remove: (path: string) => void,
  ) {
    this.#options = options;
    this.#models = models;
    this.#session = session;
    this.#unknown = unknown;
    this.#remove = remove;
    this.#folder = join(options.dataDir, "runs", options.task.name);
  }

  async execute(): Promise<SurveyedStage[]> {
    const { task } = this.#options;
    resolveModels(this.#options.task, this.#session.context.model);
    let input = await this.#input();
    for (const [index, { stage, options }] of task.stages.entries()) {
      const resolved = resolvedOptions({ options }, task.models);
      input = await this.#stage(stage, resolved, outputName(index + 1, stage.name), input);
    }
    return this.#stages;
  }

  async #input(): Promise<InputFile> {
    const { task } = this.#options;
    if (task.input.file !== undefined) return { path: inputPath(task, task.input.file), lines: undefined };
    const { context } = this.#session;
    const source = await openRunSource({ ...this.#options, seed: context.seed, context });
    if (source === undefined) throw new Error("a task has an input");
    const name = source.identity.stage;
    const file = outputName(0, name);
    const good = await this.#reusable(file, recordedIdentity(source.identity, null));
    if (good !== undefined) {
      this.#stages.push({ stage: name, lines: good, reused: true, asks: [] });
      return { path: join(this.#folder, file), lines: good };
    }
    const { path, written } = await this.#scratch(async (output) => {
      return (await source.write(output, (lines) => this.#options.onLine(name, lines))).written;
    });
    this.#stages.push({ stage: name, lines: written.lines, reused: false, asks: [] });
    return { path, lines: written.lines };
  }

  async #stage(
    stage: Stage<unknown>,
    options: Readonly<Record<string, unknown>>,
    file: string,
    input: InputFile,
  ): Promise<InputFile> {
    const { context } = this.#session;
    return scoped(async (defer) => {
      const source = await this.#open(input);
      defer(() => source.close());
      const made = await stageIdentity(stage, options, context);
      const good = await this.#reusable(file, recordedIdentity(made, (await source.sha256()) ?? null));
      if (good !== undefined) {
        this.#stages.push({ stage: stage.name, lines: good, reused: true, asks: [] });
        return { path: join(this.#folder, file), lines: good };
      }
      const answers = answerCounter(this.#unknown);
      const { path, written } = await this.#scratch(async (output) => {
        const onLine = ({ lines }: { readonly lines: number }) => this.#options.onLine(stage.name, lines);
        const onExample = answers.add;
        const dry = keepingUnknown(stage, this.#unknown);
        return (await applyStage({ stage: dry, options, context, inputs: source, output, onLine, onExample })).written;
      });
      const asks = await this.#asks(stage.name, options["model"], answers);
      this.#stages.push({ stage: stage.name, lines: written.lines, reused: false, asks });
      return { path, lines: written.lines };
    });
  }

  /** What the stage has asked, and what it may ask behind answers that nobody has yet. */
  async #asks(stage: string, spec: unknown, answers: AnswerCounter): Promise<PlannedAsks[]> {
    const taken = await this.#models.take();
    const asks: PlannedAsks[] = taken.map((one) => ({ ...one, stage, share: CERTAIN }));
    if (stage === "distill") this.#teacher = taken[0];
    if (stage !== "repair" || typeof spec !== "string" || answers.unknown === 0) return asks;
    const { known, repaired, unknown } = answers;
    const expected = known < fewAnswers ? assumedRepairs : repaired / known;
    const assumed = await this.#repairs(spec, unknown, taken[0]);
    return assumed === undefined ? asks : [...asks, { ...assumed, stage, share: { low: 0, expected, high: 1 } }];
  }

  /** What it takes to repair so many answers, sized as the teacher's requests are. */
  async #repairs(spec: string, count: number, learned: DryAsks | undefined): Promise<DryAsks | undefined> {
    const teacher = this.#teacher?.figures;
    if (teacher === undefined || teacher.requests === 0) return undefined;
    const { id } = this.#session.context.model(spec);
    const guess = teacher.guessedOutput / teacher.toBuy;
    const bytes = teacher.inputBytes / teacher.requests + guess * bytesPerToken + repairBytes;
    const prompts = new Map<string, never>();
    const known = learned?.figures.known ?? teacher.known;
    const figures = { wanted: count, cached: 0, toBuy: count, examples: count, requests: count, prompts, known };
    return this.#models.asksOf(id, { ...figures, inputBytes: count * bytes, guessedOutput: count * guess });
  }

  async #reusable(file: string, identity: Parameters<typeof reusableOutput>[3]): Promise<number | undefined> {
    const earlier = readRunManifest(join(this.#folder, "manifest.json"));
    return (await reusableOutput(this.#folder, earlier, file, identity))?.lines;
  }

  async #scratch(
    write: (output: LineOutput) => Promise<Written>,
  ): Promise<{ readonly path: string; readonly written: Written }> {
    const { path, handle } = await spoolFile(join(this.#options.dataDir, "spool"));
    this.#remove(path);
    const stream = handle.createWriteStream();
    try {
      return { path, written: await write(streamOutput(stream, path)) };
    } finally {
      await new Promise<void>((resolve) => stream.end(resolve));
    }
  }

  #open({ path }: InputFile) {
    const { signal, warn, dataDir } = this.#options;
    const copies = join(dataDir, "spool", "rejected.jsonl");
    const rejected = new RejectedLines(path, { path: copies, shown: copies }, warn);
    return openExamples({ from: { path }, name: path, rejected, signal });
  }
}

/** The stage, but for what it drops behind an answer that nobody has yet. */
function keepingUnknown(stage: Stage<unknown>, unknown: ReadonlySet<string>): Stage<unknown> {
  return {
    ...stage,
    async *run(examples, options, context) {
      for await (const example of stage.run(examples, options, context)) {
        if (!unknown.has(example.id) || example.dropped?.stage !== stage.name) yield example;
        else {
          const { dropped: _dropped, ...kept } = example;
          yield kept;
        }
      }
    },
  };
}

interface AnswerCounter {
  add(example: Example): void;
  /** Examples whose teacher's answer the cache holds, and of those the ones that would be repaired. */
  readonly known: number;
  readonly repaired: number;
  /** Those whose answer nobody has yet. */
  readonly unknown: number;
}

function answerCounter(unknownIds: ReadonlySet<string>): AnswerCounter {
  let known = 0;
  let repaired = 0;
  let unknown = 0;
  return {
    add({ id, teacher, repair, dropped }) {
      if (teacher === undefined || (dropped !== undefined && dropped.stage !== "repair")) return;
      if (repair !== undefined) repaired++;
      // What a dry run puts in the place of an answer is no answer as it came.
      if (unknownIds.has(id) && teacher.predictions.some(({ raw, error }) => raw === "" && error === undefined))
        unknown++;
      else known++;
    },
    get known() {
      return known;
    },
    get repaired() {
      return repaired;
    },
    get unknown() {
      return unknown;
    },
  };
}
