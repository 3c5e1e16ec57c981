/** Deletes from `cache.db`, which other processes may use meanwhile. */
import { existsSync } from "node:fs";
import type { Log, LogFacts } from "../log.ts";
import type { CachedCounts, CachedOf } from "./cache-methods.ts";
import type { MethodKind } from "./protocol.ts";
import { errorOf } from "./protocol.ts";
import { startThread } from "./thread.ts";

export interface CacheEraser {
  /** How many answers and attempts were bought for these examples, and for no others. */
  count(of: CachedOf): Promise<CachedCounts>;
  /** Deletes those. @throws StoreUnavailable, as below */
  erase(of: CachedOf): Promise<void>;
  /** Rewrites the file without what was deleted, and empties the log beside it. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

/** @returns undefined where there is no cache */
export function openCacheEraser(file: string, log: Log): CacheEraser | undefined {
  if (!existsSync(file)) return undefined;
  const onStopped = (facts: LogFacts) => log.error(facts, "a thread that deletes from the cache ended by itself");
  const thread = startThread({ worker: { role: "cache", file }, onStopped });

  async function call(kind: MethodKind, method: string, args: unknown): Promise<unknown> {
    const [outcome] = await thread.request({ calls: [{ kind, family: "erasing", method, args }] });
    if (outcome?.kind === "done") return outcome.value;
    throw outcome === undefined ? new Error("a thread of the store gave no outcome") : errorOf(outcome);
  }

  return {
    count: async (of) => (await call("write", "count", of)) as CachedCounts,
    erase: async (of) => {
      await call("write", "erase", of);
    },
    compact: async () => {
      await call("maintain", "compact", undefined);
    },
    close: () => thread.end(),
  };
}
