/** The work of one deletion, from the rows to the receipt. Every portion may be done again, so it may end anywhere. */
import { join } from "node:path";
import type { WaitingClock } from "../clock.ts";
import { timestampOf } from "../clock.ts";
import { foldersIn } from "../folder-entries.ts";
import { IdSet } from "../jsonl/id-set.ts";
import type { Log } from "../log.ts";
import { openCacheEraser } from "../store/cache-eraser.ts";
import type { RowCursor } from "../store/deletion-steps.ts";
import { StoreUnavailable } from "../store/faults.ts";
import type { Store } from "../store/store.ts";
import { markDatasets } from "./datasets.ts";
import type { ErasedData } from "./lines.ts";
import { eraseFromOthers, eraseFromRejected, eraseSpool } from "./loose-files.ts";
import { datasetKind, keepReceipt, makeReceipt } from "./receipts.ts";
import type { Rewritten } from "./rewrite.ts";
import { eraseFromRun } from "./run-folders.ts";
import { openServerKey } from "./server-key.ts";
import { coverageOf } from "./tombstones.ts";

/** Rows that one transaction deletes: everybody else's writes wait for it. */
const rowsAtOnce = 200;
const idsAtOnce = 5_000;
const cachedAtOnce = 200;
/** For who reads the log of the database for a moment; a backup reads for longer, and the deletion waits for its end. */
const readerPatience = { attempts: 20, ms: 100 };

export interface CarryOutOptions {
  readonly store: Store;
  /** An existing folder, as an absolute path, that this process owns. */
  readonly dataDir: string;
  readonly clock: WaitingClock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log: Log;
  /** Looked at between any two portions. */
  readonly signal: AbortSignal;
}

/** @returns what is in use, for which the rest has to wait; empty where all is done */
export async function carryOut(options: CarryOutOptions, id: string): Promise<string[]> {
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

/** All that is in the store's database. */
export async function eraseRows({ store, signal }: CarryOutOptions, id: string): Promise<void> {
  let cursor: RowCursor | undefined = { step: 0, after: "" };
  while (cursor !== undefined) {
    signal.throwIfAborted();
    cursor = await store.deletion.eraseRows({ id, limit: rowsAtOnce, cursor });
  }
}

async function eraseFiles(options: CarryOutOptions, id: string): Promise<string[]> {
  const { store, dataDir, signal } = options;
  const deletion = await store.deletion.find({ id });
  if (deletion === undefined) return [];
  const examples = new IdSet();
  for await (const page of exampleIds(store, id, idsAtOnce)) for (const each of page) examples.add(each);
  const erased: ErasedData = { contributor: deletion.contributor, examples, ...coverageOf([deletion]) };
  const announce = (kind: "runs" | "rejected" | "files") => async (files: readonly Rewritten[]) => {
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
  await eraseFromOthers(dataDir, { erased, signal, announce: announce("files") });
  inUse.push(...(await eraseSpool(dataDir)));
  const marking = { dataDir, deletion: id, erased, signal };
  inUse.push(
    ...(await markDatasets({
      ...marking,
      announce: ({ dataset, version, examples: theirs, made, before }) => {
        // What a later look finds adds to what an earlier one has found; the same look, done again, does not.
        const part = `${dataset}/${version} ${before}`;
        return notePart(store, id, [{ kind: datasetKind, part, count: theirs.length }], made);
      },
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

async function eraseCached({ store, dataDir, log, signal }: CarryOutOptions, id: string): Promise<void> {
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

async function compact({ store, clock, signal }: Pick<CarryOutOptions, "store" | "clock" | "signal">): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await store.maintenance.compact();
      return;
    } catch (error) {
      const isRead = error instanceof StoreUnavailable && error.code === "locked";
      if (!isRead || attempt === readerPatience.attempts) throw error;
      signal.throwIfAborted();
      await clock.sleep(readerPatience.ms);
    }
  }
}

async function finish({ store, dataDir, clock, randomBytes, log, signal }: CarryOutOptions, id: string): Promise<void> {
  signal.throwIfAborted();
  await compact({ store, clock, signal });
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
