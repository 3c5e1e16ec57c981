/** What a server does about deletion beside answering: tombstones before it serves, then what is left, then what is due. */
import type { Policy } from "../../shared/wire/policy.ts";
import { timestampOf } from "../clock.ts";
import { errorFacts } from "../log.ts";
import type { DeletionOptions, Deletions } from "./deletions.ts";
import { applyTombstones, openDeletions } from "./deletions.ts";
import { createQueue } from "./queue.ts";
import type { Retention } from "./retention.ts";
import { openRetention } from "./retention.ts";

/** Between two looks at what waits and what is due. */
const tickMs = 60_000;
const dayLength = "2026-01-31".length;

export interface DeletionServiceOptions extends Omit<DeletionOptions, "queue" | "tombstones"> {
  /** In force. */
  readonly policy: () => Policy;
  /** Calls `tick` every so many milliseconds. @returns what ends that */
  readonly every?: (ms: number, tick: () => void) => () => void;
}

export interface DeletionService {
  readonly deletions: Deletions;
  readonly retention: Retention;
  /** Goes on with unfinished deletions, now and whenever they wait; once a day deletes what is due by age. */
  start(): void;
  /** Resolves when nothing is under way; what is left goes on at the next start. `signal` has to be aborted before. */
  stop(): Promise<void>;
}

/** What the tombstones say is in force, and gone from the store, when this resolves. */
export async function openDeletionService(options: DeletionServiceOptions): Promise<DeletionService> {
  const { clock, log, signal, every = systemEvery } = options;
  const queue = createQueue();
  const withQueue = { ...options, queue, tombstones: createQueue() };
  await applyTombstones(withQueue);
  const deletions = openDeletions(withQueue);
  const retention = openRetention(withQueue);
  let lastDay = "";
  let ticking: Promise<void> | undefined;
  let end: (() => void) | undefined;

  async function tick(): Promise<void> {
    await deletions.resume();
    const at = timestampOf(clock);
    const day = at.slice(0, dayLength);
    if (day === lastDay || signal.aborted) return;
    const { due } = await retention.run({ dryRun: false, actor: { at, actor: "server" } });
    lastDay = day;
    const events = due.reduce((sum, each) => sum + each.events, 0);
    if (events > 0) log.info({ events, repositories: due.length }, "events were deleted that were kept long enough");
  }

  function look(): void {
    if (signal.aborted) return;
    ticking ??= tick()
      .catch((error: unknown) => {
        if (!signal.aborted) log.error(errorFacts(error), "what is to be deleted could not be; it is tried again");
      })
      .finally(() => {
        ticking = undefined;
      });
  }

  return {
    deletions,
    retention,
    start() {
      look();
      end = every(tickMs, look);
    },
    async stop() {
      end?.();
      await ticking;
      await queue.idle();
    },
  };
}

function systemEvery(ms: number, tick: () => void): () => void {
  const timer = setInterval(tick, ms);
  timer.unref();
  return () => clearInterval(timer);
}
