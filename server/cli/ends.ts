/** How a command ends: what was thrown becomes a sentence and an exit code of the design's *Decisions*. */
import { CommanderError } from "commander";
import { BatchesWaiting, BudgetReached, ConfigurationError, EXIT, Failure } from "../errors.ts";
import { isSystemError, systemReason } from "../jsonl/faults.ts";
import { Refusal, StoreUnavailable } from "../store/faults.ts";

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
  if (thrown instanceof BudgetReached) return { exitCode: EXIT.budgetReached, sentence: thrown.message + stack };
  if (thrown instanceof BatchesWaiting) return { exitCode: EXIT.batchesWaiting, sentence: thrown.message + stack };
  // Here the operator asks: the detail is for them.
  if (thrown instanceof StoreUnavailable) return { exitCode: EXIT.failed, sentence: thrown.detail + stack };
  if (thrown instanceof Failure || thrown instanceof Refusal)
    return { exitCode: EXIT.failed, sentence: thrown.message + stack };
  if (thrown instanceof Interrupted) return { exitCode: thrown.exitCode, sentence: thrown.message + stack };
  if (thrown instanceof OutputClosed) return { exitCode: EXIT.done, sentence: thrown.message + stack };
  if (isSystemError(thrown)) {
    if (thrown.code === "EPIPE") return { exitCode: EXIT.done, sentence: new OutputClosed().message + stack };
    const reason = systemReason(thrown);
    if (reason !== undefined) {
      return { exitCode: EXIT.failed, sentence: `cannot use ${thrown.path ?? "a file"}: ${reason}.${stack}` };
    }
  }
  const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const hint = debug ? "" : " STILLPOINT_DEBUG=1 shows where; please report it.";
  return { exitCode: EXIT.failed, sentence: `a fault of Stillpoint's own: ${what}.${hint}${stack}` };
}
