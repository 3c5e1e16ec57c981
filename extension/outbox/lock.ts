/**
 * One window at a time: a file that names who holds it. It counts while that process lives and keeps touching it; so a
 * crash frees it at once on the same machine, and after a minute where the processes of two containers share a folder.
 *
 * Two may both believe that they hold it for a moment, when one is stopped (a laptop asleep, a debugger) and goes on
 * later. Whoever relies on it asks `renew` right before, and does nothing that harms if it is done twice.
 */
import * as z from "zod/mini";
import type { Clock } from "../clock.ts";
import { codeOf, isMissing } from "./faults.ts";
import type { OutboxFile, OutboxFiles } from "./files.ts";
import { leftoverEnding } from "./files.ts";
import type { Process } from "./process.ts";

/** Untouched for so long while somebody looked on, it is given up. */
export const lockStaleMs = 60_000;

const holder = z.object({ pid: z.int(), host: z.string(), nonce: z.string() });
type Holder = z.infer<typeof holder>;

export interface Lock {
  /** Also while it is held already. @throws the system's error */
  take(): Promise<boolean>;
  /** Still held? Then for longer. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

interface LockOptions {
  readonly path: string;
  readonly files: OutboxFiles;
  readonly clock: Clock;
  readonly process: Process;
  readonly newId: () => string;
}

interface Observed {
  readonly text: string;
  readonly modifiedMs: number;
}

export function createLock({ path, files, clock, process: own, newId }: LockOptions): Lock {
  let nonce: string | undefined;
  let seen: (Observed & { readonly sinceMs: number }) | undefined;

  async function create(): Promise<boolean> {
    const named: Holder = { pid: own.pid, host: own.host, nonce: newId() };
    let handle: OutboxFile;
    try {
      handle = await files.open(path, "create");
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    }
    try {
      await handle.append(Buffer.from(JSON.stringify(named)));
    } catch (error) {
      await handle.close();
      // One that names nobody would stand in everybody's way for a while.
      await remove(path);
      throw error;
    }
    await handle.close();
    nonce = named.nonce;
    return true;
  }

  async function observe(at: string): Promise<Observed | undefined> {
    try {
      const handle = await files.open(at, "read");
      try {
        const { size, modifiedMs } = await handle.facts();
        const buffer = Buffer.alloc(Math.min(size, 4_096));
        const length = await handle.read(buffer, 0);
        return { text: buffer.toString("utf8", 0, length), modifiedMs };
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  function isStale(observed: Observed): boolean {
    const named = holderIn(observed.text);
    if (named?.host === own.host && !own.isAlive(named.pid)) return true;
    if (seen?.text !== observed.text || seen.modifiedMs !== observed.modifiedMs) {
      seen = { ...observed, sinceMs: clock.monotonicMs() };
      return false;
    }
    return clock.monotonicMs() - seen.sinceMs >= lockStaleMs;
  }

  /** By a name of its own first: two who do so at once must not remove the lock that the faster one has made since. */
  async function removeStale(stale: Observed): Promise<void> {
    const aside = `${path}.${newId()}${leftoverEnding}`;
    try {
      await files.rename(path, aside);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    const moved = await observe(aside);
    if (moved !== undefined && moved.text !== stale.text && (await observe(path)) === undefined) {
      await files.rename(aside, path);
    } else {
      await remove(aside);
    }
  }

  async function remove(gone: string): Promise<void> {
    try {
      await files.unlink(gone);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async function renew(): Promise<boolean> {
    if (nonce === undefined) return false;
    const observed = await observe(path);
    if (observed === undefined || holderIn(observed.text)?.nonce !== nonce) {
      nonce = undefined;
      return false;
    }
    try {
      await files.touch(path);
      return true;
    } catch (error) {
      if (!isMissing(error)) throw error;
      nonce = undefined;
      return false;
    }
  }

  return {
    async take() {
      if (await renew()) return true;
      if (await create()) return true;
      const observed = await observe(path);
      if (observed === undefined) return create();
      if (!isStale(observed)) return false;
      await removeStale(observed);
      return create();
    },
    renew,
    async release() {
      if (!(await renew())) return;
      nonce = undefined;
      await remove(path);
    },
  };
}

/** Undefined for what a crash left half written. */
function holderIn(text: string): Holder | undefined {
  try {
    const parsed = z.safeParse(holder, JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
