/**
 * The server's store: what contributors sent and what the server must remember, durably. SQLite lives in threads of its
 * own, so that a slow or locked disk keeps nobody else waiting; what can be asked of it is in `families/`.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { WaitingClock } from "../clock.ts";
import { systemClock } from "../clock.ts";
import { Failure } from "../errors.ts";
import type { Log, LogFacts } from "../log.ts";
import { watchCondition } from "./condition.ts";
import type { Families } from "./families/index.ts";
import { families } from "./families/index.ts";
import type { Calls, Family } from "./family.ts";
import { StoreBacklogged, StoreUnavailable } from "./faults.ts";
import type { MethodCall, Outcome } from "./protocol.ts";
import { errorOf } from "./protocol.ts";
import type { StoreThread } from "./thread.ts";
import { startThread } from "./thread.ts";
import type { WriteLimits } from "./write-queue.ts";
import { createWriteQueue } from "./write-queue.ts";

const databaseName = "events.db";
/** How long to wait before a held database is asked for again. */
const lockedRetryMs = 50;

const defaultLimits: StoreLimits = {
  lockPatienceMs: 5_000,
  maxWaitingBytes: 64 * 2 ** 20,
  maxGroupBytes: 4 * 2 ** 20,
  maxWaitingReads: 1_000,
};

export interface StoreLimits extends WriteLimits {
  readonly maxWaitingReads: number;
}

export interface StoreOptions {
  /** Made where it is not there. */
  readonly dataDir: string;
  /** Calls that write reject, and the database must be there: for a process beside the one that writes. */
  readonly readOnly?: boolean;
  /** A database that is not there is a failure, and none is made. */
  readonly mustExist?: boolean;
  readonly log: Log;
  readonly clock?: WaitingClock;
  readonly limits?: Partial<StoreLimits>;
}

/**
 * Every call may reject with `Refusal` (what was asked cannot be), `StoreUnavailable` or `StoreBacklogged`. A write that
 * resolves is on disk.
 */
export type Store = { readonly [Name in keyof Families]: Calls<Families[Name]> } & {
  /** Writes what waits, closes the database and ends the threads. Calls from now on reject. */
  close(): Promise<void>;
};

/** @throws Failure where the database cannot be opened: with a sentence that says why and what to do */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { dataDir, readOnly = false, mustExist = readOnly, log, clock = systemClock } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const file = join(dataDir, databaseName);
  if (mustExist && !existsSync(file)) {
    throw new Failure(`there is no ${file}: stillpoint serve makes it, and --data DIR names another data folder.`);
  }
  const onStopped = (facts: LogFacts) => log.error(facts, "a thread of the store ended by itself; it is started again");
  const writer = startThread({ worker: { role: "write", file }, onStopped });
  const reader = startThread({ worker: { role: "read", file }, onStopped });
  try {
    // Both load their programs meanwhile. The writer opens first: it makes the file, and migrates it.
    reader.start();
    if (!readOnly) await opened(writer, clock, limits.lockPatienceMs);
    await opened(reader, clock, limits.lockPatienceMs);
  } catch (error) {
    await Promise.all([writer.end(), reader.end()]);
    throw error;
  }

  const condition = { write: watchCondition("write", log, clock), read: watchCondition("read", log, clock) };
  const writes = createWriteQueue({ thread: writer, clock, limits, observe: condition.write.observe });
  let closing: Promise<void> | undefined;
  let reading = 0;
  const idle = Promise.withResolvers<void>();

  async function write(call: MethodCall): Promise<unknown> {
    if (readOnly) throw new StoreUnavailable("read-only", `${file} was opened for reading alone`);
    return writes.call(call);
  }

  async function read(call: MethodCall): Promise<unknown> {
    if (closing !== undefined) throw new StoreUnavailable("closed", "the store is closed");
    if (reading >= limits.maxWaitingReads) throw new StoreBacklogged(1);
    reading += 1;
    try {
      const outcome = await unlocked(reader, { calls: [call] }, clock, limits.lockPatienceMs);
      condition.read.observe(outcome);
      if (outcome.kind === "done") return outcome.value;
      throw errorOf(outcome);
    } finally {
      reading -= 1;
      if (reading === 0 && closing !== undefined) idle.resolve();
    }
  }

  async function close(): Promise<void> {
    await writes.drain();
    if (reading > 0) await idle.promise;
    // The reader first: the last one to close tidies the files up.
    await reader.end();
    await writer.end();
  }

  const offered = Object.entries<Family>(families).map(([family, methods]) => {
    const calls = {
      ...offer(methods.write, (method, args) => write({ kind: "write", family, method, args })),
      ...offer(methods.maintain ?? {}, (method, args) => write({ kind: "maintain", family, method, args })),
      ...offer(methods.read, (method, args) => read({ kind: "read", family, method, args })),
    };
    return [family, calls] as const;
  });
  return {
    ...(Object.fromEntries(offered) as Omit<Store, "close">),
    close() {
      closing ??= close();
      return closing;
    },
  } as Store;
}

function offer(methods: Family["write"], call: (method: string, args: unknown) => Promise<unknown>) {
  const calls = Object.entries(methods).map(([name, method]) => [
    name,
    async (args: unknown) => call(name, typeof method === "function" ? args : method.prepare(args)),
  ]);
  return Object.fromEntries(calls);
}

async function opened(thread: StoreThread, clock: WaitingClock, patienceMs: number): Promise<void> {
  const outcome = await unlocked(thread, { open: true }, clock, patienceMs);
  if (outcome.kind === "unavailable") throw new Failure(outcome.detail);
  if (outcome.kind !== "done") throw errorOf(outcome);
}

/** Asks again while another process holds the database. */
async function unlocked(
  thread: StoreThread,
  message: Parameters<StoreThread["request"]>[0],
  clock: WaitingClock,
  patienceMs: number,
): Promise<Outcome> {
  const until = clock.monotonicMs() + patienceMs;
  for (;;) {
    const [outcome] = await thread.request(message);
    if (outcome === undefined) throw new Error("a thread of the store gave no outcome");
    if (outcome.kind !== "unavailable" || outcome.code !== "locked" || clock.monotonicMs() >= until) return outcome;
    await clock.sleep(lockedRetryMs);
  }
}
