/**
 * What a run may spend. How much it has spent is in a file of its folder, so that a run that was killed and goes on does
 * not get its budget again; one that is done, or has spent it all, does.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { writeFault } from "../jsonl/faults.ts";
import type { Budget } from "../models/budget.ts";
import { createBudget } from "../models/budget.ts";

const goOn =
  "Started again, the run goes on from here with as much again; --budget USD, or budget: in its task, sets another.";

export interface RunBudget {
  readonly budget: Budget;
  /** The next attempt has all of it. */
  release(): Promise<void>;
  close(): void;
}

/** @param path of the file, which is made */
export function openRunBudget(path: string, limitUsd: number): RunBudget {
  const file = opened(path);
  const budget = createBudget(limitUsd, goOn, spentBefore(path), (usd) => {
    // One small write at the start of the file: whoever kills the process cannot come in between.
    const bytes = writeSync(file, `${usd}\n`, 0);
    ftruncateSync(file, bytes);
  });
  return { budget, release: () => rm(path, { force: true }), close: () => closeSync(file) };
}

function opened(path: string): number {
  try {
    // Appending would ignore the position.
    closeSync(openSync(path, "a"));
    return openSync(path, "r+");
  } catch (error) {
    throw writeFault(error, path);
  }
}

function spentBefore(path: string): number {
  const usd = Number.parseFloat(readFileSync(path, "utf8"));
  return Number.isFinite(usd) && usd > 0 ? usd : 0;
}
