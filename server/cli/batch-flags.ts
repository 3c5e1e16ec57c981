/** `--batch` and `--wait`, of a stage's command and of a run. */
import { ConfigurationError } from "../errors.ts";
import type { BatchesUnderWay } from "../models/batch-buyer.ts";
import type { CliContext } from "./context.ts";

interface BatchFlags {
  readonly batch?: boolean | undefined;
  readonly wait?: boolean | undefined;
  /** In US dollars. */
  readonly budget?: number | undefined;
}

/** A line that stays at the bottom of a terminal; elsewhere one whenever something has changed. */
export function batchProgress(cli: CliContext, stage: string): (underWay: BatchesUnderWay) => void {
  let told = "";
  return ({ batches, requests }) => {
    const line = batches === 0 ? "" : `${stage}: ${requests} requests in ${batches} batches under way`;
    if (cli.stderr.isTTY === true) cli.status(line === "" ? undefined : line);
    else if (line !== "" && line !== told) cli.note(line);
    told = line;
  };
}

/** @throws ConfigurationError for flags that do not go together */
export function refuseBatch({ batch, wait, budget }: BatchFlags): void {
  if (wait === true && batch !== true) throw new ConfigurationError("--wait is for --batch: give both.");
  if (batch === true && budget !== undefined) {
    throw new ConfigurationError(
      "--budget counts what comes, and a batch is bought as a whole: leave out one of them. --dry-run says what it would " +
        "cost, and fewer examples make it less.",
    );
  }
}
