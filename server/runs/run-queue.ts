/**
 * Runs that were asked for over HTTP, executed one at a time in the order in which they were asked for. The queue is in
 * the store, so that a server that comes back goes on where it was; what a run has made is in its folder, so that it
 * goes on there too.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { WaitingClock } from "../clock.ts";
import { timestampOf } from "../clock.ts";
import { EXIT } from "../errors.ts";
import { isSystemError } from "../jsonl/faults.ts";
import { lockHolder } from "../jsonl/lock.ts";
import { writeWhole } from "../jsonl/whole-file.ts";
import type { Log } from "../log.ts";
import { errorFacts } from "../log.ts";
import type { Actor } from "../store/families/audit.ts";
import type { AskedRun, EndArgs, WaitingRun } from "../store/families/runs.ts";
import { Refusal } from "../store/faults.ts";
import type { Store } from "../store/store.ts";
import type { EndedProcess, RunProcess, StartRunProcess } from "./run-process.ts";
import type { PreparedRun } from "./run-request.ts";
import { runFolder, runHolder, runLock } from "./run-view.ts";

/** A run's folder that another process has is looked at again. */
const pollMs = 500;
/** A process that was told to stop finishes the requests that it has paid for; then it is killed, and loses those. */
const graceMs = 20_000;
/** Where the store or the disk is out of order. */
const retryMs = 5_000;

/** What a run was asked for with, beside its stages' outputs. */
const submittedName = "submitted.json";

export interface RunQueueOptions {
  readonly store: Pick<Store, "runs">;
  readonly dataDir: string;
  readonly configFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: WaitingClock;
  readonly log: Log;
  readonly startProcess: StartRunProcess;
}

export interface Submission extends PreparedRun {
  readonly seed: number | undefined;
  readonly concurrency: number | undefined;
  readonly actor: Actor;
}

export interface RunQueue {
  /** Takes up what waits and what was under way. */
  start(): void;
  /** @throws Refusal `run-active` where one of the name waits, or any process executes it */
  submit(submission: Submission): Promise<void>;
  /** @throws Refusal `unknown-run`, `run-elsewhere`, `run-ended` */
  cancel(name: string, actor: Actor): Promise<void>;
  /** Interrupts what is under way, to go on with it at the next start. */
  stop(): Promise<void>;
}

interface Current extends Pick<WaitingRun, "name" | "number"> {
  /** Undefined while it waits for the run's folder, or for the process to start. */
  process: RunProcess | undefined;
  cancelled: boolean;
}

export function createRunQueue(options: RunQueueOptions): RunQueue {
  const { store, dataDir, configFile, env, clock, log, startProcess } = options;
  let started = false;
  let stopping = false;
  let working: Promise<void> = Promise.resolve();
  let idle = true;
  /** Something may have come since the store was asked last. */
  let askAgain = false;
  let current: Current | undefined;

  function work(): void {
    askAgain = true;
    if (!started || stopping || !idle) return;
    idle = false;
    working = workOff();
  }

  async function workOff(): Promise<void> {
    while (askAgain && !stopping) {
      try {
        askAgain = false;
        const next = await store.runs.next();
        if (next === undefined) continue;
        askAgain = true;
        await execute(next);
      } catch (error) {
        askAgain = true;
        log.error({ run: current?.name, ...errorFacts(error) }, "a run could not be executed; tried again");
        await clock.sleep(retryMs);
      } finally {
        current = undefined;
      }
    }
    // At once, so that whoever comes now starts it again.
    idle = true;
  }

  async function execute(run: WaitingRun): Promise<void> {
    const { name, number } = run;
    const own: Current = { name, number, process: undefined, cancelled: run.cancelAsked };
    current = own;
    await untilFree(run, own);
    if (stopping) return;
    if (own.cancelled) {
      await end({ name, number, state: "cancelled" });
      return;
    }
    const task = join(runFolder(dataDir, name), submittedName);
    await mkdir(runFolder(dataDir, name), { recursive: true });
    await writeWhole(task, `${run.task}\n`);
    const { seed, concurrency } = run;
    const process = await startProcess({ task, dataDir, configFile, seed, concurrency, env });
    own.process = process;
    log.info({ run: name, pid: process.pid }, "a run begins");
    try {
      const goesOn = await store.runs.begin({ name, number, at: timestampOf(clock), pid: process.pid });
      if (!goesOn) own.cancelled = true;
    } catch (error) {
      // One that the store does not know of could not be cancelled after a restart.
      interrupt(process);
      await process.ended;
      throw error;
    }
    if (own.cancelled || stopping) interrupt(process);
    await ended(own, await process.ended);
  }

  /** Of another process that executes the run, or one that a server before us has started and that outlived it. */
  async function untilFree({ name, pid }: WaitingRun, own: Current): Promise<void> {
    let told = false;
    while (!stopping) {
      const holder = await lockHolder(runLock(dataDir, name));
      if (holder === undefined) return;
      const asked = await store.runs.find({ name });
      if (asked?.cancelAsked) own.cancelled = true;
      if (own.cancelled && holder.pid !== pid) return;
      if (own.cancelled && !told) {
        told = true;
        terminate(holder.pid);
      }
      await clock.sleep(pollMs);
    }
  }

  async function ended({ name, number, cancelled }: Current, process: EndedProcess): Promise<void> {
    const { exitCode, signal } = process;
    const facts = { run: name, exitCode, signal };
    const told = exitCode === EXIT.interrupted || exitCode === EXIT.terminated || signal !== undefined;
    if (told && stopping && !cancelled) {
      log.info(facts, "a run is interrupted; the next start goes on with it");
      return;
    }
    const state = stateOf(process, cancelled);
    log.info({ ...facts, state }, "a run has ended");
    const sentence = state === "failed" ? (process.sentence ?? failure(process)) : undefined;
    await end({ name, number, state, exitCode, sentence });
  }

  async function end(args: Omit<EndArgs, "at">): Promise<void> {
    for (;;) {
      try {
        await store.runs.end({ ...args, at: timestampOf(clock) });
        return;
      } catch (error) {
        // At the next start it is executed again, which finds everything made.
        if (stopping) return;
        log.error({ run: args.name, ...errorFacts(error) }, "how a run ended could not be stored; tried again");
        await clock.sleep(retryMs);
      }
    }
  }

  /** Tells it to stop; kills it where it does not. */
  function interrupt(process: RunProcess): void {
    process.kill("SIGTERM");
    let over = false;
    void process.ended.then(() => {
      over = true;
    });
    void clock.sleep(graceMs).then(() => {
      if (!over) process.kill("SIGKILL");
    });
  }

  return {
    start() {
      started = true;
      work();
    },
    async submit({ name, task, seed, concurrency, actor }) {
      const holder = await runHolder(dataDir, name);
      if (holder !== undefined && (await store.runs.find({ name }))?.pid !== holder.pid) {
        throw new Refusal({
          code: "run-active",
          message: `Process ${holder.pid} on the server's machine executes a run of this name. Wait for it to end, or give the task another name.`,
          field: "task.name",
        });
      }
      await store.runs.submit({ name, task, seed, concurrency, actor });
      work();
    },
    async cancel(name, actor) {
      const asked = await store.runs.find({ name });
      await refuseElsewhere(dataDir, name, asked);
      await store.runs.cancel({ name, actor });
      if (current?.name !== name || current.cancelled) return;
      current.cancelled = true;
      if (current.process) interrupt(current.process);
    },
    async stop() {
      stopping = true;
      if (current?.process && !current.cancelled) interrupt(current.process);
      await working;
    },
  };
}

async function refuseElsewhere(dataDir: string, name: string, asked: AskedRun | undefined): Promise<void> {
  if (asked?.state === "queued" || asked?.state === "running") return;
  const holder = await runHolder(dataDir, name);
  if (holder === undefined) return;
  throw new Refusal({
    code: "run-elsewhere",
    message: `Process ${holder.pid} on the server's machine executes this run; it is stopped there.`,
    field: "name",
  });
}

function stateOf({ exitCode, signal }: EndedProcess, cancelled: boolean): EndArgs["state"] {
  switch (exitCode) {
    case EXIT.done:
    case EXIT.rejectedLines:
    case EXIT.quarantined:
      return "done";
    case EXIT.interrupted:
    case EXIT.terminated:
      return cancelled ? "cancelled" : "interrupted";
    default:
      return cancelled && signal !== undefined ? "cancelled" : "failed";
  }
}

function failure({ exitCode, signal }: EndedProcess): string {
  return signal === undefined ? `The run ended with exit code ${exitCode}.` : `The run was ended by ${signal}.`;
}

function terminate(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    // It has just ended by itself.
    if (!isSystemError(error) || error.code !== "ESRCH") throw error;
  }
}
