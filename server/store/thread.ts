/** A worker of the store as the main thread holds it: started again where it ended by itself. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { LogFacts } from "../log.ts";
import { errorFacts } from "../log.ts";
import type { Outcome, Outcomes, ToWorker, WorkerOptions } from "./protocol.ts";

export interface StoreThread {
  /** Loads the worker's program, which the first request would do otherwise. */
  start(): void;
  /**
   * Messages are answered in their order. Where the worker ends before it answers, one outcome says so.
   * @throws DataCloneError for what cannot be copied
   */
  request(message: ToWorker): Promise<readonly Outcome[]>;
  /** Resolves when the worker has closed its database and is gone. */
  end(): Promise<void>;
}

export interface ThreadOptions {
  readonly worker: WorkerOptions;
  /** Hears of a worker that ended without being asked to. */
  onStopped(facts: LogFacts): void;
  /** The worker's own file; the store's where it is left out. */
  readonly program?: string;
}

export function startThread({ worker: options, onStopped, program = storeProgram() }: ThreadOptions): StoreThread {
  let pending: ((outcomes: readonly Outcome[]) => void)[] = [];
  let worker: Worker | undefined;

  function started(): Worker {
    const made = new Worker(program, { workerData: options, name: `store ${options.role}` });
    let thrown: unknown;
    made.on("message", ({ outcomes }: Outcomes) => pending.shift()?.(outcomes));
    made.on("error", (error) => {
      thrown = error;
    });
    made.on("exit", (exitCode) => {
      worker = undefined;
      const unanswered = pending;
      pending = [];
      if (thrown === undefined && unanswered.length === 0) return;
      onStopped({ thread: options.role, exitCode, unanswered: unanswered.length, ...errorFacts(thrown) });
      const detail = `the ${options.role} thread of the store ended before it answered (exit code ${exitCode})`;
      for (const settle of unanswered) settle([{ kind: "unavailable", code: "stopped", detail }]);
    });
    return made;
  }

  async function request(message: ToWorker): Promise<readonly Outcome[]> {
    worker ??= started();
    const { promise, resolve } = Promise.withResolvers<readonly Outcome[]>();
    worker.postMessage(message);
    pending.push(resolve);
    return promise;
  }

  return {
    start() {
      worker ??= started();
    },
    request,
    async end() {
      const ending = worker;
      if (ending === undefined) return;
      const gone = once(ending, "exit");
      await request({ close: true });
      await gone;
    },
  };
}

/** The worker's program: beside this file in the sources, at the top of the bundle when bundled. */
function storeProgram(): string {
  const source = join(import.meta.dirname, "worker.ts");
  if (existsSync(source)) return source;
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const bundled = join(folder, "store-worker.mjs");
    if (existsSync(bundled)) return bundled;
    if (folder === dirname(folder)) throw new Error("the program is not whole: store-worker.mjs is missing");
  }
}
