/** Writes an import's examples behind those that an interrupted run of the same import has written. */
import type { Example } from "../../shared/records/example.ts";
import type { KeptLine, LineOutput, Written } from "../jsonl/line-output.ts";
import type { GitImport } from "./import-git.ts";
import type { WrittenBefore } from "./written-before.ts";
import { nothingWritten } from "./written-before.ts";

export interface ImportWriting {
  readonly gitImport: GitImport;
  readonly output: LineOutput;
  readonly signal: AbortSignal;
  /** Called for every example written, with how many there are by now. */
  readonly onLine?: (lines: number) => void;
}

/**
 * Commits the output. When it throws, the output is left for the caller to close: what was written stays as partial.
 * @returns `kept`: how many of the lines an interrupted run had written
 * @throws the signal's reason when aborted
 */
export async function writeImport(
  writing: ImportWriting,
): Promise<{ readonly kept: number; readonly written: Written }> {
  const { gitImport, output, signal, onLine } = writing;
  const before = await keepWholeCommits(output);
  let lines = before.examples;
  if (lines > 0) onLine?.(lines);
  for await (const example of gitImport.examples(before)) {
    await output.write(JSON.stringify(example));
    lines++;
    onLine?.(lines);
    signal.throwIfAborted();
  }
  return { kept: before.examples, written: await output.commit() };
}

/**
 * Keeps what was written of all commits but the last, of which more examples may have been to come. The running share
 * of unchanged ones, which decides what comes next, is counted again from the lines.
 */
async function keepWholeCommits(output: LineOutput): Promise<WrittenBefore> {
  let complete = nothingWritten;
  let all = nothingWritten;
  /** Of the last commit. */
  let lines: KeptLine[] = [];
  for await (const line of output.kept()) {
    const example = readKept(line.bytes);
    if (example?.source.kind !== "git") break;
    const { commit } = example.source;
    if (commit !== all.lastCommit) {
      for (const whole of lines) output.keep(whole);
      lines = [];
      complete = all;
    }
    lines.push(line);
    all = {
      examples: all.examples + 1,
      unchanged: all.unchanged + (example.settlement?.unchanged ? 1 : 0),
      lastCommit: commit,
    };
  }
  return complete;
}

/** Undefined for what is no line of ours: a power cut can leave anything behind the last flush. */
function readKept(bytes: Buffer): Example | undefined {
  try {
    return JSON.parse(bytes.toString("utf8")) as Example;
  } catch {
    return undefined;
  }
}
