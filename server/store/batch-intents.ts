/**
 * What was sent, or was about to be sent, in batches: written to `cache.db` before a batch is made, so that a process that
 * is killed at any moment knows afterwards what it may have bought. An item stands here until its answer is stored, and
 * both happen in one transaction.
 */
import type { PredictionError } from "../../shared/records/prediction.ts";
import type { CacheOptions, StoredAnswer } from "./cache.ts";
import { insertAnswers, insertFaults, openCacheDatabase } from "./cache.ts";

/** Bound parameters of one statement; SQLite takes 32,766. */
const rowsPerInsert = 1_000;

/** One answer that a batch is to bring. */
export interface BatchItem {
  /** The cache's: of request and sample. */
  readonly key: string;
  readonly sample: number;
  readonly exampleId: string;
}

/** Whom batches are sent to. */
export interface BatchTarget {
  /** The model's id. */
  readonly model: string;
  readonly address: string;
}

export interface BatchIntent {
  readonly id: number;
  readonly size: number;
  /** The vendor's name of it; undefined where nobody knows whether it was made. */
  readonly batchId: string | undefined;
  readonly begunAt: Date;
}

/** What a batch brought for one key. */
export type BatchBrought =
  | { readonly key: string; readonly answer: StoredAnswer }
  | { readonly key: string; readonly error: PredictionError };

export interface BatchIntents {
  /** On disk when this resolves. */
  begin(items: readonly BatchItem[], target: BatchTarget): Promise<BatchIntent>;
  /** Those that have not ended, oldest first. */
  open(target: BatchTarget): Promise<BatchIntent[]>;
  /** Whether the vendor's batch belongs to any intent, ended ones included. */
  isKnown(batchId: string): Promise<boolean>;
  recognise(intent: BatchIntent, batchId: string): Promise<void>;
  /** Whether any of these was sent with it and has not come. */
  awaits(intent: BatchIntent, keys: readonly string[]): Promise<boolean>;
  /** Stores what came and was still awaited; whatever else there is, such as a line that came twice, is left out. Returns what was stored. */
  store(intent: BatchIntent, brought: readonly BatchBrought[], model: string): Promise<BatchBrought[]>;
  /** Nothing more comes of it. Returns the keys that it did not bring. */
  end(intent: BatchIntent): Promise<string[]>;
  /** It was never made. */
  forget(intent: BatchIntent): Promise<void>;
  close(): void;
}

/** @throws Failure as `openCacheDatabase` */
export function openBatchIntents({ file, now }: CacheOptions): BatchIntents {
  const db = openCacheDatabase(file);

  function awaited(intent: BatchIntent, keys: readonly string[]) {
    const items = db.build.selectFrom("batch_items").selectAll().where("batch", "=", intent.id);
    return db.all(items.where("key", "in", keys));
  }

  return {
    begin: async (items, { model, address }) =>
      db.transaction(() => {
        const begunAt = now();
        const row = { model, address, size: items.length, batch_id: null, begun_at: begunAt.toISOString() };
        db.run(db.build.insertInto("batches").values({ ...row, ended_at: null }));
        const [made] = db.all(db.build.selectFrom("batches").select((get) => get.fn.max("id").as("id")));
        const id = Number(made?.id);
        for (let i = 0; i < items.length; i += rowsPerInsert) {
          const rows = items.slice(i, i + rowsPerInsert).map(({ key, sample, exampleId }) => ({
            ...{ batch: id, key, sample },
            example_id: exampleId,
          }));
          db.run(db.build.insertInto("batch_items").values(rows));
        }
        return { id, size: items.length, batchId: undefined, begunAt };
      }),
    open: async ({ model, address }) => {
      const rows = db.build
        .selectFrom("batches")
        .selectAll()
        .where("model", "=", model)
        .where("address", "=", address)
        .where("ended_at", "is", null);
      return db.all(rows.orderBy("id")).map(({ id, size, batch_id, begun_at }) => ({
        ...{ id, size },
        batchId: batch_id ?? undefined,
        begunAt: new Date(begun_at),
      }));
    },
    isKnown: async (batchId) =>
      db.all(db.build.selectFrom("batches").select("id").where("batch_id", "=", batchId)).length > 0,
    recognise: async (intent, batchId) => {
      db.run(db.build.updateTable("batches").set({ batch_id: batchId }).where("id", "=", intent.id));
    },
    awaits: async (intent, keys) => awaited(intent, keys).length > 0,
    store: async (intent, brought, model) =>
      db.transaction(() => {
        const items = new Map(
          awaited(
            intent,
            brought.map(({ key }) => key),
          ).map((item) => [item.key, item]),
        );
        const stored: BatchBrought[] = [];
        for (const came of brought) {
          const item = items.get(came.key);
          if (item === undefined) continue;
          // Once: the same may come again.
          items.delete(came.key);
          const { key, sample } = item;
          const from = { model, exampleId: item.example_id };
          // No latency: how long one of a batch took is not known.
          if ("answer" in came) insertAnswers(db, [{ key, sample, answer: came.answer, latencyMs: 0 }], from, now());
          else insertFaults(db, [{ key, sample, error: came.error, latencyMs: 0 }], from, now());
          db.run(db.build.deleteFrom("batch_items").where("batch", "=", intent.id).where("key", "=", key));
          stored.push(came);
        }
        return stored;
      }),
    end: async (intent) =>
      db.transaction(() => {
        const rest = db.all(db.build.selectFrom("batch_items").select("key").where("batch", "=", intent.id));
        db.run(db.build.deleteFrom("batch_items").where("batch", "=", intent.id));
        db.run(db.build.updateTable("batches").set({ ended_at: now().toISOString() }).where("id", "=", intent.id));
        return rest.map(({ key }) => key);
      }),
    forget: async (intent) =>
      db.transaction(() => {
        db.run(db.build.deleteFrom("batch_items").where("batch", "=", intent.id));
        db.run(db.build.deleteFrom("batches").where("id", "=", intent.id));
      }),
    close: () => db.close(),
  };
}
