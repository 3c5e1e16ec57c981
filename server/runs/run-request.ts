/**
 * A run as it was asked for over HTTP, made ready to be executed. Who asks may be on another machine: what the task
 * reads lies in DATA or in a folder that the server's configuration names, and models are asked where that says.
 */
import { realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { RunRequest } from "../../shared/wire/runs.ts";
import type { Configuration } from "../configuration/configuration.ts";
import { ConfigurationError, Failure } from "../errors.ts";
import { openRepository } from "../git/repository.ts";
import { isSystemError } from "../jsonl/faults.ts";
import { parseModelSpec } from "../models/spec.ts";
import { shippedTasks } from "./shipped-tasks.ts";
import { taskChanges } from "./task-changes.ts";
import type { Task } from "./task-file.ts";
import { adaptTask, checkTask, describeTask, inputPath, ROLE_NAMES, readTask } from "./task-file.ts";

export interface RunSurroundings {
  readonly configuration: Configuration;
  /** DATA as an absolute path. */
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface PreparedRun {
  readonly name: string;
  /** As a task file has it, with absolute paths: JSON, which is YAML too. */
  readonly task: string;
}

export interface RequestFaults {
  readonly faults: readonly { readonly field: string; readonly detail: string }[];
}

export async function prepareRun(
  request: RunRequest,
  surroundings: RunSurroundings,
): Promise<PreparedRun | RequestFaults> {
  try {
    const opened = await openTask(request.task, surroundings.dataDir);
    if ("faults" in opened) return opened;
    const changes = taskChanges(opened, request, surroundings.dataDir, (option) => option);
    const task = adaptTask(opened, changes);
    const described = describeTask(task, request.seed ?? task.seed ?? surroundings.configuration.seed);
    const modelFaults = faultsOfModels(request, described, surroundings.configuration);
    if (modelFaults.length > 0) return { faults: modelFaults };
    const input = await readableInput(task, request, surroundings);
    if ("faults" in input) return input;
    return { name: task.name, task: JSON.stringify({ ...described, input }) };
  } catch (error) {
    if (error instanceof ConfigurationError) return fault("", error.message);
    throw error;
  }
}

function fault(field: string, detail: string): RequestFaults {
  return { faults: [{ field, detail }] };
}

async function openTask(written: RunRequest["task"], dataDir: string): Promise<Task | RequestFaults> {
  if (typeof written === "string") {
    const path = shippedTasks().get(written);
    if (path !== undefined) return await readTask(path, written);
    return fault("task", `names no task that ships. There are ${[...shippedTasks().keys()].join(", ")}.`);
  }
  const checked = await checkTask(written, dataDir);
  if (checked.ok) return checked.value;
  return { faults: checked.problems.map((detail) => ({ field: "task", detail })) };
}

/** An address would be told the server's keys, and what is in the data. */
function faultsOfModels(
  request: RunRequest,
  described: Record<string, unknown>,
  configuration: Configuration,
): RequestFaults["faults"][number][] {
  return modelSpecs(request, described).flatMap(([field, spec]) => {
    try {
      const model = parseModelSpec(spec, configuration);
      if (model.kind === "builtin" || model.name !== undefined || model.settings.baseUrl === undefined) return [];
      const detail =
        "gives a model's address, which only the server's own configuration may: put the model under models: in its " +
        "stillpoint.yaml, and name it here.";
      return [{ field, detail }];
    } catch (error) {
      if (error instanceof ConfigurationError) return [{ field, detail: error.message }];
      throw error;
    }
  });
}

/** Each once, behind the field that names it first. */
function modelSpecs(request: RunRequest, described: Record<string, unknown>): [field: string, spec: string][] {
  const specs = new Map<string, string>();
  const add = (spec: string, field: string) => specs.has(spec) || specs.set(spec, field);
  for (const role of ROLE_NAMES) {
    const given = request[role];
    const named = (described["models"] as Record<string, string> | undefined)?.[role];
    if (given !== undefined) add(given, role);
    else if (named !== undefined) add(named, `task.models.${role}`);
  }
  const stages = described["stages"] as Record<string, Record<string, unknown>>[];
  for (const [index, stage] of stages.entries()) {
    for (const [name, options] of Object.entries(stage)) {
      for (const [option, value] of Object.entries(options)) {
        const isModel = /model$/iu.test(option) && typeof value === "string";
        if (isModel) add(value, `task.stages[${index}].${name}.${option}`);
      }
    }
  }
  return [...specs].map(([spec, field]) => [field, spec]);
}

/** With an absolute path, symbolic links resolved: what was looked at is what will be read. */
async function readableInput(
  task: Task,
  request: RunRequest,
  { configuration, dataDir, env }: RunSurroundings,
): Promise<Task["input"] | RequestFaults> {
  const imported = task.input["import-git"];
  // The server's own store holds what it reads.
  if (task.input.pull !== undefined) return task.input;
  const path = inputPath(task, imported?.repo ?? task.input.file ?? "");
  const allowed = configuration.server?.runsMayRead ?? [];
  const field = fieldOfInput(imported !== undefined, request);
  const refused = fault(
    field,
    "lies in none of the folders that runs over HTTP may read. Those are DATA, of which only .jsonl files and " +
      "repositories, and what the server's configuration names under server.runsMayRead.",
  );
  // Looked at as it is written first: whoever asks learns nothing of what there is elsewhere.
  if (![dataDir, ...allowed].some((root) => isWithin(resolve(root), path))) return refused;
  const real = await realPath(path);
  if (real === undefined) return fault(field, "is not there.");
  const data = (await realPath(dataDir)) ?? dataDir;
  const roots = await Promise.all(allowed.map(realPath));
  const inRoots = (place: string) => roots.some((root) => root !== undefined && isWithin(root, place));
  if (imported === undefined) {
    const isRows = isWithin(data, real) && real.endsWith(".jsonl");
    if (!(inRoots(real) || isRows)) return refused;
    return (await stat(real)).isFile() ? { file: real } : fault(field, "is no file.");
  }
  if (!(inRoots(real) || isWithin(data, real))) return refused;
  if (!(await stat(real)).isDirectory()) return fault(field, "is no folder.");
  const gitDir = await gitFolder(real, env);
  if (gitDir === undefined) return fault(field, "is no git repository, or one that git refuses to read.");
  // A folder in DATA is in whatever repository DATA is in.
  const place = (await realPath(gitDir)) ?? gitDir;
  if (!(inRoots(place) || isWithin(data, place))) {
    return fault(field, "belongs to a repository whose git folder lies in none of the folders that runs may read.");
  }
  return { "import-git": { ...imported, repo: real } };
}

function fieldOfInput(imports: boolean, { repo, input }: RunRequest): string {
  if (imports) return repo === undefined ? "task.input.import-git.repo" : "repo";
  return input === undefined ? "task.input.file" : "input";
}

async function gitFolder(folder: string, env: RunSurroundings["env"]): Promise<string | undefined> {
  try {
    return (await openRepository(folder, env, folder)).place.cwd;
  } catch (error) {
    if (error instanceof ConfigurationError || error instanceof Failure) return undefined;
    throw error;
  }
}

function isWithin(root: string, path: string): boolean {
  const between = relative(root, path);
  return !(between === ".." || between.startsWith(`..${sep}`) || isAbsolute(between));
}

/** Undefined where nothing is there that could be looked at. */
async function realPath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
