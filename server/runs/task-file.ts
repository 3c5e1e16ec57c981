/**
 * A task file: one experiment in YAML. It says where examples come from, which stages they pass with which options,
 * which models take part, and what is exported. It names models; it never holds a key.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Document } from "yaml";
import { isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import * as z from "zod/mini";
import { natural, nonEmpty } from "../../shared/records/fields.ts";
import { nearestName } from "../configuration/nearest.ts";
import type { Validated } from "../configuration/validate.ts";
import { validate } from "../configuration/validate.ts";
import { DEFAULT_MAX_TOKENS } from "../datasets/export.ts";
import { ConfigurationError } from "../errors.ts";
import { ROW_FORMAT_NAMES } from "../formats/formats.ts";
import { readFault } from "../jsonl/faults.ts";
import { contextOptions } from "../prompts/context-options.ts";
import { DEFAULT_STUDENT_FORMAT, STUDENT_FORMAT_NAMES } from "../prompts/formats.ts";
import { stageTable } from "../stages/index.ts";
import { pullOptions } from "../stages/pull.ts";
import type { Stage } from "../stages/stage.ts";

/** A name that is a folder's too. */
export const folderName = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9._-]*$/u, "is no name: a-z, 0-9, . _ - only"), z.maxLength(64));

/** Their outputs are numbered by two digits. */
const maxStages = 99;

/** What a stage's `model` may name instead of a model, so that one line of a task, or a flag, changes it everywhere. */
const roles = z.strictObject({
  teacher: z.optional(nonEmpty),
  student: z.optional(nonEmpty),
  judge: z.optional(nonEmpty),
});
export type Roles = z.infer<typeof roles>;
export const ROLE_NAMES = ["teacher", "student", "judge"] as const;

const importGit = z.strictObject({
  /** A folder in the repository, relative to the task file. */
  repo: nonEmpty,
  range: z.optional(nonEmpty),
  max: z.optional(z.int().check(z.minimum(1))),
  /** Examples of one commit, at most. */
  perCommit: z._default(z.int().check(z.minimum(1)), 1),
  /** What contributors' pseudonyms are keyed by: the data folder's own key, or the seed, which repeats everywhere. */
  pseudonyms: z._default(z.enum(["data", "seed"]), "data"),
});

/** As `stillpoint pull` takes it. */
const pull = z.extend(pullOptions, { max: z.optional(z.int().check(z.minimum(1))) });

const taskSchema = z.strictObject({
  name: folderName,
  kind: z.enum(["distillation"]),
  description: z.optional(z.string()),
  seed: z.optional(natural),
  concurrency: z.optional(z.int().check(z.minimum(1))),
  /** US dollars that a run may spend on models: then it stops. */
  budget: z.optional(z.number().check(z.positive())),
  input: z
    .strictObject({ file: z.optional(nonEmpty), "import-git": z.optional(importGit), pull: z.optional(pull) })
    .check(z.refine((input) => Object.keys(input).length === 1, "needs exactly one of file, import-git and pull")),
  models: z.optional(roles),
  stages: z.array(z.unknown()).check(z.minLength(1), z.maxLength(maxStages)),
  output: z.optional(
    z.strictObject({
      dataset: folderName,
      /** The first is the main one. */
      formats: z._default(z.array(z.enum(ROW_FORMAT_NAMES)).check(z.minLength(1)), ["prompt-completion"]),
      studentFormat: z._default(z.enum(STUDENT_FORMAT_NAMES), DEFAULT_STUDENT_FORMAT),
      system: z.optional(nonEmpty),
      maxTokens: z._default(z.int().check(z.minimum(1)), DEFAULT_MAX_TOKENS),
      dropLong: z._default(z.boolean(), false),
      context: z.prefault(contextOptions, {}),
    }),
  ),
});
type WrittenTask = z.infer<typeof taskSchema>;

export interface TaskStage {
  readonly stage: Stage<unknown>;
  /** As the schema filled them in; a model may still be named by its role. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Task extends Omit<WrittenTask, "stages"> {
  readonly stages: readonly TaskStage[];
  /** What `input` names is relative to this folder: the task file's, or where the person stands. */
  readonly inputFolder: string;
}

/**
 * @param path as an absolute path
 * @param shown the same as the person wrote it
 * @throws ConfigurationError that names the file, the line, the key and the nearest known one, for every fault at once
 */
export async function readTask(path: string, shown: string): Promise<Task> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw readFault(error, shown);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [fault] = document.errors;
  if (fault)
    throw new ConfigurationError(`${shown}:${lines.linePos(fault.pos[0]).line}: no valid YAML: ${fault.message}`);
  const checked = await checkTask(valuesIn(document, shown) ?? {}, dirname(path));
  if (checked.ok) return checked.value;
  const placed = checked.problems.map((problem) => ({ line: lineOf(document, lines, problem), problem }));
  placed.sort((a, b) => a.line - b.line);
  throw new ConfigurationError(placed.map(({ line, problem }) => `${shown}:${line}: ${problem}`).join("\n"));
}

/** An alias without its anchor, or aliases that grow without end, are found only here. */
function valuesIn(document: Document.Parsed, shown: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigurationError(`${shown}: no valid YAML: ${(error as Error).message}`);
  }
}

/**
 * A task that does not come from a file.
 * @param inputFolder what `input` names is relative to it
 */
export async function checkTask(written: unknown, inputFolder: string): Promise<Validated<Task>> {
  const result = validate(taskSchema, written);
  if (!result.ok) return result;
  const problems: string[] = [];
  const stages = await readStages(result.value.stages, problems);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: { ...result.value, stages, inputFolder } };
}

/** Each entry is a stage's name, or the name with its options. */
async function readStages(written: readonly unknown[], problems: string[]): Promise<TaskStage[]> {
  const stages: TaskStage[] = [];
  for (const [index, entry] of written.entries()) {
    const at = `stages[${index}]`;
    const named = nameAndOptions(entry);
    if (named === undefined) {
      problems.push(`${at} must be a stage's name, or one name with its options under it.`);
      continue;
    }
    const known = stageTable.find(({ name }) => name === named.name);
    if (known === undefined) {
      problems.push(`${at}: there is no stage "${named.name}".${hintFor(named.name)}`);
      continue;
    }
    const stage = await known.load();
    const result = validate(stage.options, named.options);
    if (result.ok) stages.push({ stage, options: result.value as Record<string, unknown> });
    else problems.push(...result.problems.map((problem) => `${at}.${stage.name}.${problem}`));
  }
  return stages;
}

function nameAndOptions(entry: unknown): { name: string; options: unknown } | undefined {
  if (typeof entry === "string") return { name: entry, options: {} };
  if (typeof entry !== "object" || entry === null) return undefined;
  const [only, ...more] = Object.entries(entry);
  return only === undefined || more.length > 0 ? undefined : { name: only[0], options: only[1] ?? {} };
}

function hintFor(name: string): string {
  const names = stageTable.map((entry) => entry.name);
  const nearest = nearestName(name, names);
  return nearest === undefined ? ` Stages are ${names.join(", ")}.` : ` Did you mean ${nearest}?`;
}

/** The line of the key that a sentence begins with; of the nearest key around it where that one is missing. */
function lineOf(document: Document, lines: LineCounter, problem: string): number {
  const path = (/^[\w[\].-]+/u.exec(problem)?.[0] ?? "").split(/[.[\]]+/u).filter((part) => part !== "");
  for (let length = path.length; length > 0; length--) {
    const keys = path.slice(0, length).map((key) => (/^\d+$/u.test(key) ? Number(key) : key));
    const node = keyNode(document, keys) ?? document.getIn(keys, true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

/** The node of the key itself, which stands on its own line where the value begins on the next. */
function keyNode(document: Document, keys: readonly (string | number)[]): unknown {
  const map = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true);
  if (!isMap(map)) return undefined;
  return map.items.find(({ key }) => isScalar(key) && key.value === keys.at(-1))?.key;
}

/** What the command line, or who asks over HTTP, says otherwise than the task file. */
export interface TaskChanges {
  readonly models?: Roles;
  readonly seed?: number;
  readonly budget?: number;
  readonly input?: { readonly from: Task["input"]; readonly folder: string };
}

export function adaptTask(task: Task, { models, seed, budget, input }: TaskChanges): Task {
  return {
    ...task,
    models: { ...task.models, ...models },
    ...(seed !== undefined && { seed }),
    ...(budget !== undefined && { budget }),
    ...(input !== undefined && { input: input.from, inputFolder: input.folder }),
  };
}

/** The options with the model that its role stands for. */
export function resolvedOptions(
  { options }: Pick<TaskStage, "options">,
  models: Roles | undefined,
): Readonly<Record<string, unknown>> {
  const named = options["model"];
  const role = ROLE_NAMES.find((name) => name === named);
  if (role === undefined) return options;
  const spec = models?.[role];
  if (spec === undefined) throw new ConfigurationError(`a stage asks the ${role}, but models: names none.`);
  return { ...options, model: spec };
}

/** Asks for every stage's model before the first stage: a key or a price that is missing is said at once, not behind an import. */
export function resolveModels(
  { stages, models }: Pick<Task, "stages" | "models">,
  model: (spec: string) => unknown,
): void {
  for (const stage of stages) {
    const spec = resolvedOptions(stage, models)["model"];
    if (typeof spec === "string") model(spec);
  }
}

/** The task as it is executed, for the run's folder: every default filled in, and no path but what the person wrote. */
export function describeTask(task: Task, seed: number): Record<string, unknown> {
  const { inputFolder: _inputFolder, stages, ...rest } = task;
  return {
    ...rest,
    seed,
    stages: stages.map((stage) => ({ [stage.stage.name]: resolvedOptions(stage, task.models) })),
  };
}

/** Absolute path of what a task's input names. */
export function inputPath(task: Task, written: string): string {
  return resolve(task.inputFolder, written);
}
