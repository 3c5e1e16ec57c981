/** How a command ends: what was thrown becomes a sentence and an exit code of the design's *Decisions*. */
import { CommanderError } from "commander";
import { ConfigurationError, EXIT, Failure } from "../errors.ts";

/** The reason of an abort by signal: SIGINT or SIGTERM. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;

  constructor(signal: "SIGINT" | "SIGTERM") {
    super("interrupted; the same command goes on from here");
    this.exitCode = signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
  }
}

/** The reason of an abort because whoever read standard output has stopped reading, as `| head -1` does. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";

  constructor() {
    super("the reader of the output has closed it; stopped there");
  }
}

export interface CommandEnd {
  readonly exitCode: number;
  /** Undefined where there is nothing more to say. */
  readonly sentence?: string;
}

/** What the person is told about `thrown`, and the exit code. `debug` adds the stack. */
export function endOf(thrown: unknown, debug: boolean): CommandEnd {
  if (thrown instanceof CommanderError) {
    // Commander has printed its sentence, or the help or version that was asked for.
    return { exitCode: thrown.exitCode === 0 ? EXIT.done : EXIT.usage };
  }
  const stack = debug && thrown instanceof Error && thrown.stack !== undefined ? `\n${thrown.stack}` : "";
  if (thrown instanceof ConfigurationError) return { exitCode: EXIT.usage, sentence: thrown.message + stack };
  if (thrown instanceof Failure) return { exitCode: EXIT.failed, sentence: thrown.message + stack };
  if (thrown instanceof Interrupted) return { exitCode: thrown.exitCode, sentence: thrown.message + stack };
  if (thrown instanceof OutputClosed) return { exitCode: EXIT.done, sentence: thrown.message + stack };
  if (isSystemError(thrown)) {
    if (thrown.code === "EPIPE") return { exitCode: EXIT.done, sentence: new OutputClosed().message + stack };
    const sentence = systemSentence(thrown);
    if (sentence !== undefined) return { exitCode: EXIT.failed, sentence: sentence + stack };
  }
  const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const hint = debug ? "" : " STILLPOINT_DEBUG=1 shows where; please report it.";
  return { exitCode: EXIT.failed, sentence: `a fault of Stillpoint's own: ${what}.${hint}${stack}` };
}

export function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && typeof (thrown as NodeJS.ErrnoException).code === "string";
}

const systemReasons: Record<string, string> = {
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  EIO: "the device reports an input or output error",
  EROFS: "the file system is read-only",
  EACCES: "permission is denied",
  EPERM: "the operation is not permitted",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of the path is no folder",
  EISDIR: "it is a folder",
  EMFILE: "too many files are open",
  ENOTEMPTY: "the folder is not empty",
};

/** One sentence for a failed system call that a person can do something about; undefined for any other. */
export function systemSentence(error: NodeJS.ErrnoException): string | undefined {
  const reason = systemReasons[error.code ?? ""];
  if (reason === undefined) return undefined;
  const verb = error.syscall === "write" || error.syscall === "fsync" ? "write" : "use";
  return `cannot ${verb} ${error.path ?? "a file"}: ${reason}.`;
}
