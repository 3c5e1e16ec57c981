/** What a run begins with, where its task reads no file: an import, or what the server has stored. */
import type { Json } from "../../shared/canonical-json.ts";
import { writeImport } from "../import/resume.ts";
import type { LineOutput, Written } from "../jsonl/line-output.ts";
import { PULL_VERSION, pullChoice, pullIdentity, writePull } from "../stages/pull.ts";
import type { StageContext } from "../stages/stage.ts";
import type { StageIdentity } from "./apply.ts";
import type { RunImportOptions } from "./run-import.ts";
import { openRunImport } from "./run-import.ts";
import type { Task } from "./task-file.ts";

export interface RunSource {
  /** In the form of a stage's. */
  readonly identity: StageIdentity;
  /** How many examples there will be at most; undefined where nobody knows. */
  readonly total: number | undefined;
  /** Commits the output. @param onLine hears of every line, and how far it is, from 0 to 1 */
  write(output: LineOutput, onLine: (lines: number, share: number) => void): Promise<SourceWritten>;
  /** What a person is told where it gave nothing. */
  readonly nothing: string;
}

interface SourceWritten {
  /** How many of the lines an interrupted run had written. */
  readonly kept: number;
  readonly written: Written;
}

export interface RunSourceOptions extends RunImportOptions {
  readonly context: Pick<StageContext, "store">;
}

/** @returns undefined where the task reads a file */
export async function openRunSource(options: RunSourceOptions): Promise<RunSource | undefined> {
  const { "import-git": git, pull } = options.task.input;
  if (git !== undefined) return gitSource(git, options);
  if (pull !== undefined) return pullSource(pull, options);
  return undefined;
}

async function gitSource(
  asked: NonNullable<Task["input"]["import-git"]>,
  options: RunImportOptions,
): Promise<RunSource> {
  const { gitImport, identity, share } = await openRunImport(asked, options);
  return {
    identity,
    total: asked.max,
    write: (output, onLine) =>
      writeImport({ gitImport, output, signal: options.signal, onLine: (lines) => onLine(lines, share(lines)) }),
    nothing:
      `the history of ${asked.repo} gives no example: that takes commits that change code in two places or more, and a ` +
      "shallow clone has hardly any. --repo DIR takes another repository.",
  };
}

async function pullSource(
  asked: NonNullable<Task["input"]["pull"]>,
  { context, seed, signal }: RunSourceOptions,
): Promise<RunSource> {
  const { store, asOf } = await context.store();
  const { max, ...chosen } = asked;
  const range = { choice: pullChoice(chosen), after: 0, upTo: asOf, max };
  const options: Record<string, Json> = { ...chosen, max: max ?? null };
  return {
    identity: { stage: "pull", version: PULL_VERSION, options, fingerprint: pullIdentity(range), seed },
    total: max,
    write: (output, onLine) => writePull({ store, range, output, signal, onLine }),
    nothing: "the server has stored no settled snapshot that the task asks for.",
  };
}
