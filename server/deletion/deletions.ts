import type { Deletion } from "../../shared/wire/deletion.ts";
import { signedReceipt } from "../../shared/wire/deletion.ts";
import { timestampOf } from "../clock.ts";
import { Failure } from "../errors.ts";
import { errorFacts } from "../log.ts";
import type { Actor } from "../store/families/audit.ts";
import type { StoredDeletion } from "../store/families/deletion.ts";
import { StoreUnavailable } from "../store/faults.ts";
import type { CarryOutOptions } from "./carry-out.ts";
import { carryOut, eraseRows } from "./carry-out.ts";
import type { Queue } from "./queue.ts";
import { appendTombstone, readTombstones } from "./tombstones.ts";

/** How long a deletion that waits is left alone: first, and at most. */
const patienceMs = { first: 60_000, most: 900_000 };
const idBytes = 16;

export interface DeletionOptions extends CarryOutOptions {
  /** What deletes, one at a time. */
  readonly queue: Queue;
  /** Who adds to the tombstones; nobody waits there for the work of another deletion. */
  readonly tombstones: Queue;
}

export interface DeletionRequest {
  readonly contributor: string;
  /** A person's own deletion refuses what comes from before it; an admin's refuses all. */
  readonly by: "contributor" | "admin";
  readonly actor: Actor;
}

interface Waiting {
  readonly reasons: readonly string[];
  readonly patienceMs: number;
  /** By the monotonic clock. */
  readonly until: number;
}

export interface Deletions {
  /**
   * Puts a deletion in force: it is on disk, and nothing from before is taken any more, when this resolves.
   * @returns its id
   * @throws Failure or StoreUnavailable; where the latter came behind the tombstone, the deletion goes on by itself
   */
  begin(request: DeletionRequest): Promise<string>;
  /** Does all that can be done at present. A fault is told in `waitingFor`, and in the log. */
  carryOut(id: string): Promise<Deletion>;
  /** Goes on with whatever is not done yet, and has not been tried a moment ago. */
  resume(): Promise<void>;
  find(id: string): Promise<Deletion | undefined>;
  /** Oldest first. */
  list(): Promise<Deletion[]>;
}

/**
 * Applies `tombstones.jsonl` to the store, as before a restored backup may be served: what the file says is in force, and
 * the rows that it covers are gone, when this resolves. Files, cache and receipts follow by `Deletions.resume`.
 */
export async function applyTombstones(options: DeletionOptions): Promise<void> {
  const { store, dataDir, clock, tombstones } = options;
  const written = await readTombstones(dataDir);
  const actor: Actor = { at: timestampOf(clock), actor: "server" };
  for (const { schema: _schema, ...tombstone } of written) {
    if ((await store.deletion.find({ id: tombstone.id })) !== undefined) continue;
    const { since } = await store.deletion.spanOf({ contributor: tombstone.contributor });
    await store.deletion.begin({ ...tombstone, firstReceivedAt: since, actor });
  }
  const known = new Set(written.map(({ id }) => id));
  for (const { id, contributor, at, before, state } of await store.deletion.list({})) {
    // One that was begun a moment ago stands there by now: said twice, it says the same.
    if (!known.has(id))
      await tombstones.run(() => appendTombstone(dataDir, { schema: 1, id, contributor, before, at }));
    if (state === "rows") await eraseRows(options, id);
  }
}

export function openDeletions(options: DeletionOptions): Deletions {
  const { store, dataDir, clock, randomBytes, log, queue, tombstones, signal } = options;
  const waiting = new Map<string, Waiting>();

  function wait(id: string, reasons: readonly string[]): void {
    const waitedMs = waiting.get(id)?.patienceMs ?? 0;
    const next = Math.min(patienceMs.most, waitedMs === 0 ? patienceMs.first : waitedMs * 2);
    waiting.set(id, { reasons, patienceMs: next, until: clock.monotonicMs() + next });
  }

  async function view(stored: StoredDeletion): Promise<Deletion> {
    const { id, contributor, at, before, receipt } = stored;
    const given = receipt === undefined ? undefined : signedReceipt.parse(JSON.parse(receipt));
    const waitingFor = waiting.get(id)?.reasons ?? [];
    return {
      id,
      contributor,
      by: before === null ? "admin" : "contributor",
      requestedAt: at,
      state: given === undefined ? "waiting" : "done",
      ...(given === undefined && waitingFor.length > 0 && { waitingFor: [...waitingFor] }),
      ...(given !== undefined && { receipt: given }),
    };
  }

  async function carryOutOne(id: string): Promise<void> {
    try {
      const inUse = await carryOut(options, id);
      if (inUse.length === 0) waiting.delete(id);
      else wait(id, inUse);
      log.info({ deletion: id, inUse: inUse.length }, inUse.length === 0 ? "a deletion is done" : "a deletion waits");
    } catch (error) {
      if (signal.aborted) wait(id, ["the server stops; the deletion goes on when it is back"]);
      else {
        wait(id, [reasonOf(error)]);
        log.error({ deletion: id, ...errorFacts(error) }, "a deletion could not go on; it is tried again");
      }
    }
  }

  return {
    async begin({ contributor, by, actor }) {
      const { since, newest } = await store.deletion.spanOf({ contributor });
      const now = clock.now();
      // Behind everything that is stored, also where the clock was set back since.
      const cut = Math.max(now, newest === undefined ? 0 : Date.parse(newest) + 1);
      const tombstone = {
        id: Buffer.from(randomBytes(idBytes)).toString("hex"),
        contributor,
        before: by === "admin" ? null : new Date(cut).toISOString(),
        at: new Date(now).toISOString(),
      };
      await tombstones.run(() => appendTombstone(dataDir, { schema: 1, ...tombstone }));
      await store.deletion.begin({ ...tombstone, firstReceivedAt: since, actor });
      return tombstone.id;
    },
    async carryOut(id) {
      await queue.run(() => carryOutOne(id));
      const stored = await store.deletion.find({ id });
      if (stored === undefined) throw new Error("a deletion that was begun is not there");
      return await view(stored);
    },
    async resume() {
      await queue.run(async () => {
        await applyTombstones(options);
        for (const { id, state } of await store.deletion.list({})) {
          if (signal.aborted) return;
          const { until = 0 } = waiting.get(id) ?? {};
          if (state !== "done" && clock.monotonicMs() >= until) await carryOutOne(id);
        }
      });
    },
    async find(id) {
      const stored = await store.deletion.find({ id });
      return stored && (await view(stored));
    },
    async list() {
      return await Promise.all((await store.deletion.list({})).map(view));
    },
  };
}

/** For an admin. */
function reasonOf(error: unknown): string {
  if (error instanceof StoreUnavailable) return error.detail;
  return error instanceof Failure ? error.message : "a fault of Stillpoint's own; the server's log says where";
}
