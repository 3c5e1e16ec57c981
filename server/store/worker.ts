/** A thread of the store: the entry point of its own. It answers each message with one message, in order. */
import { parentPort, workerData } from "node:worker_threads";
import { openCacheDatabase } from "./cache.ts";
import { erasing } from "./cache-methods.ts";
import { openEventDatabase } from "./event-database.ts";
import type { Executor } from "./execute.ts";
import { readExecutor, writeExecutor } from "./execute.ts";
import { families } from "./families/index.ts";
import type { StoreDatabase } from "./family.ts";
import type { Outcome, Outcomes, ToWorker, WorkerOptions } from "./protocol.ts";

const { role, file } = workerData as WorkerOptions;
const port = parentPort;
if (port === null) throw new Error("this file is the entry point of a worker thread");

const executor = executorOf(role);

port.on("message", (message: ToWorker) => {
  if ("open" in message) answer([executor.open()]);
  else if ("calls" in message) answer(executor.execute(message.calls));
  else {
    executor.close();
    answer([]);
    port.close();
  }
});

function executorOf(as: WorkerOptions["role"]): Executor {
  switch (as) {
    case "write":
      return writeExecutor((create) => openEventDatabase({ file, readonly: false, create }), families);
    case "read":
      return readExecutor(() => openEventDatabase({ file, readonly: true, create: false }), families);
    case "cache":
      // Its one family runs on the cache alone.
      return writeExecutor(() => openCacheDatabase(file) as unknown as StoreDatabase, { erasing });
  }
}

function answer(outcomes: readonly Outcome[]): void {
  try {
    port?.postMessage({ outcomes } satisfies Outcomes);
  } catch (error) {
    // A method gave what cannot be copied: a mistake in it, and no reason to end the thread.
    port?.postMessage({ outcomes: outcomes.map(() => ({ kind: "failed", error })) } satisfies Outcomes);
  }
}
