/** What the command line, or who asks over HTTP, may say otherwise than a task. */
import { ConfigurationError } from "../errors.ts";
import type { Task, TaskChanges } from "./task-file.ts";

export interface ChangesGiven {
  /** Import from the history of this repository. */
  readonly repo?: string | undefined;
  /** Import at most so many examples. */
  readonly max?: number | undefined;
  /** Read examples from this file. */
  readonly input?: string | undefined;
  readonly teacher?: string | undefined;
  readonly student?: string | undefined;
  readonly judge?: string | undefined;
  /** US dollars. */
  readonly budget?: number | undefined;
}

/**
 * @param folder what `given` names is relative to it
 * @param shown how an option is written where it was given: `--repo`
 * @throws ConfigurationError for what goes with neither each other nor the task
 */
export function taskChanges(
  task: Task,
  given: ChangesGiven,
  folder: string,
  shown: (option: keyof ChangesGiven) => string,
): TaskChanges {
  const { repo, max, input, teacher, student, judge, budget } = given;
  if (input !== undefined && (repo !== undefined || max !== undefined)) {
    throw new ConfigurationError(
      `${shown("input")} reads a file; ${shown("repo")} and ${shown("max")} import from a repository: give one of them.`,
    );
  }
  return {
    models: {
      ...(teacher !== undefined && { teacher }),
      ...(student !== undefined && { student }),
      ...(judge !== undefined && { judge }),
    },
    ...(budget !== undefined && { budget }),
    ...inputChange(task, given, folder, shown),
  };
}

function inputChange(
  task: Task,
  { input: file, repo, max }: ChangesGiven,
  folder: string,
  shown: (option: keyof ChangesGiven) => string,
): Pick<TaskChanges, "input"> {
  if (file !== undefined) return { input: { from: { file }, folder } };
  const { "import-git": imported, pull } = task.input;
  if (repo !== undefined) {
    const { pseudonyms = "data", perCommit = 1, ...asBefore } = imported ?? {};
    const from = { "import-git": { ...asBefore, pseudonyms, perCommit, repo, ...(max !== undefined && { max }) } };
    return { input: { from, folder } };
  }
  if (max === undefined) return {};
  if (pull !== undefined) return { input: { from: { pull: { ...pull, max } }, folder: task.inputFolder } };
  if (imported === undefined) {
    throw new ConfigurationError(`${shown("max")} is for a task that imports; this one reads a file.`);
  }
  return { input: { from: { "import-git": { ...imported, max } }, folder: task.inputFolder } };
}
