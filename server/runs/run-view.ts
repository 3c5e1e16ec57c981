/** Where runs stand, whoever executes them: what was asked for over HTTP joined with what the runs' folders tell. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseRecord } from "../../shared/records/parse.ts";
import type { Run, RunStage, RunSummary } from "../../shared/wire/runs.ts";
import { runName } from "../../shared/wire/runs.ts";
import { isSystemError } from "../jsonl/faults.ts";
import type { Holder } from "../jsonl/lock.ts";
import { deleting, lockHolder } from "../jsonl/lock.ts";
import type { AskedRun } from "../store/families/runs.ts";
import type { Store } from "../store/store.ts";
import type { ToldRecord } from "./progress-tail.ts";
import { progressTail } from "./progress-tail.ts";
import type { ProgressRecord, RunEnd } from "./run-progress.ts";
import { PROGRESS_FILE } from "./run-progress.ts";

export interface RunViewOptions {
  readonly store: Pick<Store, "runs">;
  readonly dataDir: string;
}

export function runFolder(dataDir: string, name: string): string {
  return join(dataDir, "runs", name);
}

export function runLock(dataDir: string, name: string): string {
  return join(runFolder(dataDir, name), "lock");
}

/** The process that executes the run. A deletion, which goes through all runs' folders, is none. */
export async function runHolder(dataDir: string, name: string): Promise<Holder | undefined> {
  const holder = await lockHolder(runLock(dataDir, name));
  return holder?.about === deleting ? undefined : holder;
}

/** Undefined where there is no such run. @param name of the form of a run's */
export async function viewRun({ store, dataDir }: RunViewOptions, name: string): Promise<Run | undefined> {
  return view(dataDir, name, await store.runs.find({ name }));
}

/** Those that wait, in their order; then the others, the newest first. */
export async function listRuns({ store, dataDir }: RunViewOptions): Promise<RunSummary[]> {
  const asked = new Map((await store.runs.list()).map((run) => [run.name, run]));
  const names = new Set([...asked.keys(), ...(await folders(dataDir))]);
  const waiting: { readonly number: number; readonly run: RunSummary }[] = [];
  const others: RunSummary[] = [];
  for (const name of names) {
    const known = asked.get(name);
    const viewed = await view(dataDir, name, known);
    if (viewed === undefined) continue;
    const { stages: _stages, ...run } = viewed;
    if (run.state === "queued") waiting.push({ number: known?.number ?? 0, run });
    else others.push(run);
  }
  const newest = (run: RunSummary) => run.startedAt ?? run.queuedAt ?? "";
  others.sort((a, b) => (newest(a) === newest(b) ? compare(a.name, b.name) : compare(newest(b), newest(a))));
  return [...waiting.sort((a, b) => a.number - b.number).map(({ run }) => run), ...others];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}

async function folders(dataDir: string): Promise<string[]> {
  try {
    const entries = await readdir(join(dataDir, "runs"), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && parseRecord(runName, entry.name).ok)
      .map(({ name }) => name);
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return [];
    throw error;
  }
}

async function view(dataDir: string, name: string, asked: AskedRun | undefined): Promise<Run | undefined> {
  // The lock first: what is written behind it is then known to be whole.
  const held = (await runHolder(dataDir, name)) !== undefined;
  const told = toldOf(await progressTail(join(runFolder(dataDir, name), PROGRESS_FILE)).read());
  return joinRun(name, asked, told, held);
}

/** What a run's newest attempt tells. */
interface Told {
  readonly startedAt: string;
  readonly ended: RunEnd | undefined;
  readonly stages: readonly RunStage[];
}

function toldOf(records: readonly ToldRecord[]): Told | undefined {
  const [first] = records;
  if (first?.record.type !== "started") return undefined;
  return {
    startedAt: first.record.at,
    ended: records.map(({ record }) => record).find((record) => record.type === "ended"),
    stages: stagesOf(
      first.record.stages,
      records.map(({ record }) => record),
    ),
  };
}

/** A task may hold a stage twice: each record is about the first that is not done. */
function stagesOf(planned: readonly string[], records: readonly ProgressRecord[]): RunStage[] {
  const stages: RunStage[] = planned.map((name) => ({ name, state: "waiting" }));
  let at = 0;
  for (const record of records) {
    const stage = stages[at];
    if (stage === undefined || !("stage" in record)) {
      // The export tells nothing when it is done but that the run has ended.
      if (record.type === "ended" && record.state === "done" && stage) stages[at] = { name: stage.name, state: "done" };
      continue;
    }
    if (record.type === "stage") stages[at] = { ...stage, state: "running" };
    else if (record.type === "progress") {
      const { lines, share, asked } = record;
      stages[at] = { ...stage, lines, ...(share !== undefined && { share }), ...(asked && { asked }) };
    } else if (record.type === "stage-done") {
      const { lines, dropped, reused, asked } = record;
      stages[at++] = { name: stage.name, state: "done", lines, dropped, reused, ...(asked && { asked }) };
    }
  }
  return stages;
}

/** @param held a process has the run's folder */
function joinRun(name: string, asked: AskedRun | undefined, told: Told | undefined, held: boolean): Run | undefined {
  // An attempt from before it was asked for again is of no interest now.
  const current = asked && told && told.startedAt < asked.queuedAt && !held ? undefined : told;
  if (asked && isActive(asked))
    return { ...factsOfAsked(asked), stages: asked.state === "queued" ? [] : stages(current) };
  const byOthers = told !== undefined && (asked?.endedAt === undefined || told.startedAt > asked.endedAt);
  if (asked && !byOthers && !held) {
    return { ...factsOfTold(current), ...factsOfAsked(asked), stages: stopped(current) };
  }
  if (told === undefined) {
    return held ? { name, state: "running", by: "command-line", stages: [] } : undefined;
  }
  const state = told.ended?.state ?? (held ? "running" : "interrupted");
  const shown = state === "running" ? stages(told) : stopped(told);
  return { ...factsOfTold(told), name, state, by: "command-line", stages: shown };
}

export function isActive({ state }: Pick<RunSummary, "state">): boolean {
  return state === "queued" || state === "running";
}

function stages(told: Told | undefined): RunStage[] {
  return told === undefined ? [] : [...told.stages];
}

/** Nobody works on the one that it ended in. */
function stopped(told: Told | undefined): RunStage[] {
  return stages(told).map((stage) => (stage.state === "running" ? { ...stage, state: "stopped" } : stage));
}

function factsOfAsked({ name, state, queuedAt, startedAt, endedAt, sentence }: AskedRun) {
  return {
    name,
    state,
    by: "server" as const,
    queuedAt,
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...(sentence !== undefined && { sentence }),
  };
}

function factsOfTold(told: Told | undefined) {
  if (told === undefined) return {};
  const { startedAt, ended } = told;
  if (ended === undefined) return { startedAt };
  const { at: endedAt, sentence, rejected, dataset, asked } = ended;
  return {
    startedAt,
    endedAt,
    ...(sentence !== undefined && { sentence }),
    ...(rejected !== undefined && { rejected }),
    ...(dataset !== undefined && { dataset: { name: dataset.name, version: dataset.version } }),
    ...(asked && { asked }),
  };
}
