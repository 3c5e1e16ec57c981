/**
 * Calls that wait to be written. Whenever the writing thread is free, all that wait go to it together and share one
 * transaction, so that durability costs one fsync for many. While another process holds the database they wait here,
 * asynchronously, and not for ever.
 */
import { setImmediate } from "node:timers/promises";
import type { WaitingClock } from "../clock.ts";
import { StoreBacklogged, StoreUnavailable } from "./faults.ts";
import type { MethodCall, Outcome } from "./protocol.ts";
import { errorOf } from "./protocol.ts";
import { sizeOf } from "./size-of.ts";
import type { StoreThread } from "./thread.ts";

/** How long to wait before the database is asked for again that another process holds: first, and at most. */
const firstRetryMs = 5;
const maxRetryMs = 200;
/** What is told of when to come back. */
const maxRetryAfterSeconds = 30;

export interface WriteLimits {
  /** How long a call waits for another process to let the database go. */
  readonly lockPatienceMs: number;
  /** What may wait, in bytes of arguments; beyond it callers are turned away. */
  readonly maxWaitingBytes: number;
  /** What shares a transaction, so that nobody's commit waits for too many others. */
  readonly maxGroupBytes: number;
}

export interface WriteQueue {
  /** @throws Refusal, StoreUnavailable or StoreBacklogged */
  call(call: MethodCall): Promise<unknown>;
  /** Resolves when all that waited is written or rejected. Nothing more is taken. */
  drain(): Promise<void>;
}

interface Waiting {
  readonly call: MethodCall;
  readonly bytes: number;
  readonly since: number;
  settle(outcome: Outcome): void;
}

export interface WriteQueueOptions {
  readonly thread: StoreThread;
  readonly clock: WaitingClock;
  readonly limits: WriteLimits;
  /** Hears what each caller is told; nothing of upkeep that finds the database held, which says nothing of the others. */
  observe(outcome: Outcome): void;
}

export function createWriteQueue({ thread, clock, limits, observe }: WriteQueueOptions): WriteQueue {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let closed = false;
  let working: Promise<void> | undefined;

  function takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { bytes: more, call } of waiting) {
      if (count > 0 && (bytes + more > limits.maxGroupBytes || call.kind === "maintain")) break;
      bytes += more;
      count += 1;
      if (call.kind === "maintain") break;
    }
    return waiting.splice(0, count);
  }

  function settle(entry: Waiting, outcome: Outcome): void {
    waitingBytes -= entry.bytes;
    if (!isLocked(outcome) || entry.call.kind !== "maintain") observe(outcome);
    entry.settle(outcome);
  }

  /** Those whom a lock has kept for too long hear of it; the others go on waiting. */
  function patient(entries: readonly Waiting[], locked: Outcome): Waiting[] {
    const now = clock.monotonicMs();
    const [keep, giveUp] = [[] as Waiting[], [] as Waiting[]];
    for (const entry of entries) (now - entry.since < limits.lockPatienceMs ? keep : giveUp).push(entry);
    for (const entry of giveUp) settle(entry, locked);
    return keep;
  }

  async function asked(group: readonly Waiting[]): Promise<readonly Outcome[]> {
    try {
      return await thread.request({ calls: group.map(({ call }) => call) });
    } catch (error) {
      // Some argument cannot be copied, which is a mistake in one of them: the others are asked for alone.
      if (group.length === 1) return [{ kind: "failed", error }];
      const alone: Outcome[] = [];
      for (const entry of group) alone.push(...(await asked([entry])));
      return alone;
    }
  }

  async function work(): Promise<void> {
    // Requests that came in together are handed over one after the other: the first waits for the others.
    await setImmediate();
    let retryMs = firstRetryMs;
    while (waiting.length > 0) {
      const group = takeGroup();
      const outcomes = await asked(group);
      let locked: Outcome | undefined;
      const again: Waiting[] = [];
      for (const [n, entry] of group.entries()) {
        // A thread that ended gives one outcome for all.
        const outcome = outcomes[n] ?? outcomes[0];
        if (outcome === undefined) throw new Error("the store's writing thread gave no outcome");
        // Upkeep is not tried again here: nobody else's call is to wait until a backup has been read.
        if (isLocked(outcome) && entry.call.kind !== "maintain") {
          locked = outcome;
          again.push(entry);
        } else settle(entry, outcome);
      }
      if (locked === undefined) retryMs = firstRetryMs;
      else {
        waiting = patient([...again, ...waiting], locked);
        if (waiting.length > 0) await clock.sleep(retryMs);
        retryMs = Math.min(retryMs * 2, maxRetryMs);
      }
    }
  }

  function start(): void {
    working ??= work().finally(() => {
      working = undefined;
    });
  }

  return {
    call(call) {
      if (closed) return Promise.reject(new StoreUnavailable("closed", "the store is closed"));
      const bytes = sizeOf(call.args);
      const now = clock.monotonicMs();
      const [oldest] = waiting;
      if (oldest !== undefined && waitingBytes + bytes > limits.maxWaitingBytes) {
        const waitedSeconds = Math.ceil((now - oldest.since) / 1_000);
        return Promise.reject(new StoreBacklogged(Math.min(Math.max(waitedSeconds, 1), maxRetryAfterSeconds)));
      }
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      waitingBytes += bytes;
      waiting.push({
        call,
        bytes,
        since: now,
        settle: (outcome) => (outcome.kind === "done" ? resolve(outcome.value) : reject(errorOf(outcome))),
      });
      start();
      return promise;
    },
    async drain() {
      closed = true;
      await working;
    },
  };
}

function isLocked(outcome: Outcome): boolean {
  return outcome.kind === "unavailable" && outcome.code === "locked";
}
