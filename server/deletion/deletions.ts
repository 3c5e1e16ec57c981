/**
 * Deletions, from the request to the receipt. A tombstone on disk first; from then on nothing stops it: the work goes in
 * portions that may each be done again, and whatever is left of it when the server stops or is killed goes on at the
 * next start. What is in use by a run or an export is waited for, not disturbed.
 */
import { join } from "node:path";
import type { Deletion } from "../../shared/wire/deletion.ts";
import { signedReceipt } from "../../shared/wire/deletion.ts";
import type { Clock } from "../clock.ts";
import { timestampOf } from "../clock.ts";
import { Failure } from "../errors.ts";
import { foldersIn } from "../folder-entries.ts";
import { IdSet } from "../jsonl/id-set.ts";
import type { Log } from "../log.ts";
import { errorFacts } from "../log.ts";
import { openCacheEraser } from "../store/cache-eraser.ts";
import type { Actor } from "../store/families/audit.ts";
import type { RowCursor, StoredDeletion } from "../store/families/deletion.ts";
import { StoreUnavailable } from "../store/faults.ts";
import type { Store } from "../store/store.ts";
import { markDatasets } from "./datasets.ts";
import type { ErasedData } from "./lines.ts";
import { eraseFromRejected, eraseSpool } from "./loose-files.ts";
import type { Queue } from "./queue.ts";
import { datasetKind, keepReceipt, makeReceipt } from "./receipts.ts";
import type { Rewritten } from "./rewrite.ts";
import { eraseFromRun } from "./run-folders.ts";
import { openServerKey } from "./server-key.ts";
import { appendTombstone, coverageOf, readTombstones } from "./tombstones.ts";

/** How long a deletion that waits is left alone: first, and at most. */
const patienceMs = { first: 60_000, most: 900_000 };
/** Rows that one transaction deletes: everybody else's writes wait for it. */
const rowsAtOnce = 500;
const idsAtOnce = 5_000;
const cachedAtOnce = 200;
const idBytes = 16;

export interface DeletionOptions {
  readonly store: Store;
  /** An existing folder, as an absolute path, that this process owns. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log: Log;
  /** What deletes, one at a time. */
  readonly queue: Queue;
  /** Who adds to the tombstones; nobody waits there for the work of another deletion. */
  readonly tombstones: Queue;
  /** Looked at between any two portions. */
  readonly signal: AbortSignal;
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
    const span = await store.deletion.spanOf({ contributor: tombstone.contributor });
    await store.deletion.begin({ ...tombstone, firstReceivedAt: span?.first, actor });
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
      const span = await store.deletion.spanOf({ contributor });
      const now = clock.now();
      // Behind everything that is stored, also where the clock was set back since.
      const cut = Math.max(now, span === undefined ? 0 : Date.parse(span.newest) + 1);
      const tombstone = {
        id: Buffer.from(randomBytes(idBytes)).toString("hex"),
        contributor,
        before: by === "admin" ? null : new Date(cut).toISOString(),
        at: new Date(now).toISOString(),
      };
      await tombstones.run(() => appendTombstone(dataDir, { schema: 1, ...tombstone }));
      await store.deletion.begin({ ...tombstone, firstReceivedAt: span?.first, actor });
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

/** @returns what is in use, for which the rest has to wait; empty where all is done */
async function carryOut(options: DeletionOptions, id: string): Promise<string[]> {
  const { store } = options;
  const state = async () => (await store.deletion.find({ id }))?.state;
  if ((await state()) === "rows") await eraseRows(options, id);
  if ((await state()) === "files") {
    const inUse = await eraseFiles(options, id);
    if (inUse.length > 0) return inUse;
    while (await store.deletion.forgetIds({ id, limit: idsAtOnce })) options.signal.throwIfAborted();
  }
  if ((await state()) === "compact") await finish(options, id);
  return [];
}

async function eraseRows({ store, signal }: DeletionOptions, id: string): Promise<void> {
  let cursor: RowCursor | undefined = { step: 0, after: "" };
  while (cursor !== undefined) {
    signal.throwIfAborted();
    cursor = await store.deletion.eraseRows({ id, limit: rowsAtOnce, cursor });
  }
}

async function eraseFiles(options: DeletionOptions, id: string): Promise<string[]> {
  const { store, dataDir, signal } = options;
  const deletion = await store.deletion.find({ id });
  if (deletion === undefined) return [];
  const examples = new IdSet();
  for await (const page of exampleIds(store, id, idsAtOnce)) for (const each of page) examples.add(each);
  const erased: ErasedData = { contributor: deletion.contributor, examples, ...coverageOf([deletion]) };
  const announce = (kind: "runs" | "rejected") => async (files: readonly Rewritten[]) => {
    const counts = files.flatMap(({ path, wasBytes, removed, ratings }) => {
      const part = `${path.slice(dataDir.length + 1)} ${wasBytes}`;
      return [
        { kind: `${kind}.lines`, part, count: removed },
        { kind: `${kind}.ratings`, part, count: ratings },
      ];
    });
    await notePart(
      store,
      id,
      counts,
      files.flatMap((file) => file.examples),
    );
  };

  const inUse: string[] = [];
  for (const run of (await foldersIn(join(dataDir, "runs"))).sort()) {
    const busy = await eraseFromRun(join(dataDir, "runs", run), { erased, signal, announce: announce("runs") });
    if (busy !== undefined) inUse.push(busy);
  }
  await eraseFromRejected(dataDir, { erased, signal, announce: announce("rejected") });
  inUse.push(...(await eraseSpool(dataDir)));
  const marking = { dataDir, deletion: id, erased, signal };
  inUse.push(
    ...(await markDatasets({
      ...marking,
      announce: ({ dataset, version, examples: theirs, made }) =>
        notePart(store, id, [{ kind: datasetKind, part: `${dataset}/${version}`, count: theirs.length }], made),
    })),
  );
  await eraseCached(options, id);
  return inUse;
}

/** In bounded portions, the counts last: those of which nothing is counted were not done. */
async function notePart(
  store: Store,
  id: string,
  counts: readonly { kind: string; part: string; count: number }[],
  examples: readonly string[],
): Promise<void> {
  for (let from = 0; from < examples.length; from += idsAtOnce) {
    await store.deletion.part({ id, counts: [], examples: examples.slice(from, from + idsAtOnce) });
  }
  await store.deletion.part({ id, counts, examples: [] });
}

async function* exampleIds(store: Store, id: string, limit: number): AsyncGenerator<string[], void, undefined> {
  for (let after = ""; ; ) {
    const page = await store.deletion.examples({ id, after, limit });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last;
  }
}

function cacheFile(dataDir: string): string {
  return join(dataDir, "cache.db");
}

async function eraseCached({ store, dataDir, log, signal }: DeletionOptions, id: string): Promise<void> {
  const cache = openCacheEraser(cacheFile(dataDir), log);
  if (cache === undefined) return;
  try {
    for await (const page of exampleIds(store, id, cachedAtOnce)) {
      const { answers, attempts } = await cache.count({ exampleIds: page });
      const part = page[0] ?? "";
      const counts = [
        { kind: "cache.answers", part, count: answers },
        { kind: "cache.attempts", part, count: attempts },
      ];
      if (answers + attempts > 0) await store.deletion.part({ id, counts, examples: [] });
      signal.throwIfAborted();
      await cache.erase({ exampleIds: page });
    }
  } finally {
    await cache.close();
  }
}

async function finish({ store, dataDir, clock, randomBytes, log, signal }: DeletionOptions, id: string): Promise<void> {
  signal.throwIfAborted();
  await store.maintenance.compact();
  const counts = await store.deletion.counts({ id });
  const cache = counts.some(({ kind }) => kind.startsWith("cache."))
    ? openCacheEraser(cacheFile(dataDir), log)
    : undefined;
  try {
    await cache?.compact();
  } finally {
    await cache?.close();
  }
  signal.throwIfAborted();
  const deletion = await store.deletion.find({ id });
  if (deletion === undefined) return;
  const key = await openServerKey(dataDir, randomBytes);
  const completedAt = timestampOf(clock);
  const signed = await keepReceipt(dataDir, key.sign(await makeReceipt(deletion, { store, dataDir, completedAt })));
  signal.throwIfAborted();
  await store.deletion.finish({ id, receipt: JSON.stringify(signed), actor: { at: completedAt, actor: "server" } });
}

/** For an admin. */
function reasonOf(error: unknown): string {
  if (error instanceof StoreUnavailable) return error.detail;
  return error instanceof Failure ? error.message : "a fault of Stillpoint's own; the server's log says where";
}
