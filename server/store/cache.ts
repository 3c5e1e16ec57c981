/**
 * Answers that were bought, by the hash of what was asked. An answer is on disk before anybody reads it; one that
 * turns out to be no answer becomes an attempt and keeps its text. Nothing is ever evicted.
 */
import type { Generated, Insertable, Selectable } from "kysely";
import type { PredictionError, StopReason, Usage } from "../../shared/records/prediction.ts";
import { NO_USAGE } from "../../shared/records/prediction.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./database.ts";
import { cacheMigrations } from "./migrations.ts";

/** "SPca" in ASCII. */
export const cacheApplicationId = 0x53_50_63_61;

/** Enough for a mean, and found soon where there are a million. */
const latencySample = 1_000;

export interface StoredAnswer {
  readonly raw: string;
  readonly usage: Usage;
  readonly stopReason: StopReason;
}

export interface StoredAttempt {
  /** From 1, within a key. */
  readonly attempt: number;
  readonly error: PredictionError;
  /** What came, where something came and was paid for. */
  readonly answer: StoredAnswer | undefined;
}

/** What is known of one key. */
export interface CacheEntry {
  readonly answer: StoredAnswer | undefined;
  /** Oldest first. */
  readonly attempts: readonly StoredAttempt[];
}

/** Whom an answer came from and what it was bought for. */
export interface Provenance {
  /** The model's id. */
  readonly model: string;
  readonly exampleId: string;
}

export interface NewAnswer {
  readonly key: string;
  readonly sample: number;
  readonly answer: StoredAnswer;
  readonly latencyMs: number;
}

export interface NewFault {
  readonly key: string;
  readonly sample: number;
  readonly error: PredictionError;
  readonly latencyMs: number;
}

/** Methods are asynchronous although SQLite is not, so that a caller need not know where the writing happens. */
export interface AnswerCache {
  /** An entry for every key, empty where nothing is known. Keys that are known note the example. */
  lookup(keys: readonly string[], exampleId: string): Promise<ReadonlyMap<string, CacheEntry>>;
  /** The same, but notes nothing: for who only wants to know what is there. */
  peek(keys: readonly string[]): Promise<ReadonlyMap<string, CacheEntry>>;
  /** How long a request to the model took, on average over some that were answered; undefined where none was. */
  meanLatencyMs(model: string): Promise<number | undefined>;
  /**
   * Commits answers as they came: on disk when this resolves. Where another process has stored one under the same key
   * that one stays, and is returned, so that both processes go on with the same answer.
   */
  storeAnswers(answers: readonly NewAnswer[], from: Provenance): Promise<ReadonlyMap<string, StoredAnswer>>;
  /** A stored answer turned out to be none: it becomes an attempt. Nothing happens where it is one already. */
  demote(key: string, error: PredictionError): Promise<void>;
  /** A paid attempt can be read after all (by a better parser): it becomes the answer, where there is none. */
  promote(key: string, attempt: number): Promise<void>;
  /** Commits failures for which nothing came. */
  storeFaults(faults: readonly NewFault[], from: Provenance): Promise<void>;
  close(): void;
}

interface Paid {
  model: string;
  sample: number;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  latency_ms: number;
  stored_at: string;
}

interface AnswersTable extends Paid {
  key: string;
  attempt: number;
  raw: string;
  stop_reason: string;
}

interface AttemptsTable extends Paid {
  key: string;
  attempt: number;
  error: string;
  raw: string | null;
  stop_reason: string | null;
}

interface BatchesTable {
  id: Generated<number>;
  model: string;
  address: string;
  size: number;
  batch_id: string | null;
  begun_at: string;
  ended_at: string | null;
}

export interface CacheTables {
  batches: BatchesTable;
  batch_items: { batch: number; key: string; sample: number; example_id: string };
  answers: AnswersTable;
  attempts: AttemptsTable;
  key_examples: { example_id: string; key: string };
}

export interface CacheOptions {
  readonly file: string;
  readonly now: () => Date;
}

/** @throws Failure where the file is damaged, another program's, a newer version's, or cannot be written */
export function openCacheDatabase(file: string): Database<CacheTables> {
  return openDatabase<CacheTables>({
    file,
    holds: "the cache of answers",
    applicationId: cacheApplicationId,
    migrations: cacheMigrations,
    remedy: `Move it away (with ${file}-wal and ${file}-shm) or put a backup in its place; without it answers are bought again.`,
  });
}

/** @throws Failure as `openCacheDatabase` */
export function openCache({ file, now }: CacheOptions): AnswerCache {
  const db = openCacheDatabase(file);

  return {
    lookup: async (keys, exampleId) => {
      const entries = read(db, keys);
      const known = keys.filter((key) => isKnown(entries.get(key)));
      noteExample(db, known, exampleId);
      return entries;
    },
    peek: async (keys) => read(db, keys),
    meanLatencyMs: async (model) => {
      const some = db.build
        .selectFrom("answers")
        .select("latency_ms")
        .where("model", "=", model)
        // Of an answer that came in a batch nobody knows how long it took.
        .where("latency_ms", ">", 0)
        .limit(latencySample);
      const [row] = db.all(db.build.selectFrom(some.as("some")).select((get) => get.fn.avg("latency_ms").as("mean")));
      return row?.mean === null || row?.mean === undefined ? undefined : Number(row.mean);
    },
    storeAnswers: async (answers, from) => db.transaction(() => insertAnswers(db, answers, from, now())),
    demote: async (key, error) =>
      db.transaction(() => {
        const [row] = db.all(db.build.selectFrom("answers").selectAll().where("key", "=", key));
        if (!row) return;
        db.run(db.build.insertInto("attempts").values({ ...row, error, attempt: nextAttempt(db, key) }));
        db.run(db.build.deleteFrom("answers").where("key", "=", key));
      }),
    promote: async (key, attempt) =>
      db.transaction(() => {
        const [row] = db.all(
          db.build.selectFrom("attempts").selectAll().where("key", "=", key).where("attempt", "=", attempt),
        );
        if (!row || row.raw === null || row.stop_reason === null) return;
        const { error: _error, raw, stop_reason, ...rest } = row;
        const inserted = db.run(
          db.build
            .insertInto("answers")
            .values({ ...rest, raw, stop_reason })
            .onConflict((conflict) => conflict.doNothing()),
        );
        if (inserted === 0) return;
        db.run(db.build.deleteFrom("attempts").where("key", "=", key).where("attempt", "=", attempt));
      }),
    storeFaults: async (faults, from) => db.transaction(() => insertFaults(db, faults, from, now())),
    close: () => db.close(),
  };
}

/** Within a transaction; returns what is in effect under each key. */
export function insertAnswers(
  db: Database<CacheTables>,
  answers: readonly NewAnswer[],
  from: Provenance,
  at: Date,
): Map<string, StoredAnswer> {
  const stored = new Map<string, StoredAnswer>();
  for (const { key, sample, answer, latencyMs } of answers) {
    const row = {
      key,
      attempt: nextAttempt(db, key),
      raw: answer.raw,
      stop_reason: answer.stopReason,
      ...paid(from.model, sample, latencyMs, at, answer.usage),
    };
    db.run(
      db.build
        .insertInto("answers")
        .values(row)
        .onConflict((conflict) => conflict.doNothing()),
    );
    const inEffect = read(db, [key]).get(key)?.answer;
    stored.set(key, inEffect ?? answer);
  }
  noteExample(
    db,
    answers.map(({ key }) => key),
    from.exampleId,
  );
  return stored;
}

/** Within a transaction. */
export function insertFaults(db: Database<CacheTables>, faults: readonly NewFault[], from: Provenance, at: Date): void {
  for (const { key, sample, error, latencyMs } of faults) {
    const row: Insertable<AttemptsTable> = {
      key,
      attempt: nextAttempt(db, key),
      error,
      raw: null,
      stop_reason: null,
      ...paid(from.model, sample, latencyMs, at, NO_USAGE),
    };
    db.run(db.build.insertInto("attempts").values(row));
  }
  noteExample(
    db,
    faults.map(({ key }) => key),
    from.exampleId,
  );
}

function paid(model: string, sample: number, latencyMs: number, at: Date, usage: Usage): Paid {
  return {
    model,
    sample,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    latency_ms: Math.round(latencyMs),
    stored_at: at.toISOString(),
  };
}

function read(db: Database<CacheTables>, keys: readonly string[]): Map<string, CacheEntry> {
  const answers = db.all(db.build.selectFrom("answers").selectAll().where("key", "in", keys));
  const attempts = db.all(db.build.selectFrom("attempts").selectAll().where("key", "in", keys).orderBy("attempt"));
  const answersByKey = new Map(answers.map((row) => [row.key, stored(row, row.raw, row.stop_reason)]));
  const attemptsByKey = Map.groupBy(attempts, (row) => row.key);
  return new Map(
    keys.map((key) => [
      key,
      {
        answer: answersByKey.get(key),
        attempts: (attemptsByKey.get(key) ?? []).map((row) => ({
          attempt: row.attempt,
          error: row.error as PredictionError,
          answer: row.raw === null || row.stop_reason === null ? undefined : stored(row, row.raw, row.stop_reason),
        })),
      },
    ]),
  );
}

function stored(row: Selectable<Paid>, raw: string, stopReason: string): StoredAnswer {
  return {
    raw,
    usage: {
      inputTokens: row.input_tokens,
      outputTokens: row.output_tokens,
      cacheReadTokens: row.cache_read_tokens,
      cacheWriteTokens: row.cache_write_tokens,
    },
    stopReason: stopReason as StopReason,
  };
}

function isKnown(entry: CacheEntry | undefined): boolean {
  return entry !== undefined && (entry.answer !== undefined || entry.attempts.length > 0);
}

function nextAttempt(db: Database<CacheTables>, key: string): number {
  const [row] = db.all(
    db.build
      .selectFrom("attempts")
      .select((select) => select.fn.max("attempt").as("last"))
      .where("key", "=", key),
  );
  return (row?.last ?? 0) + 1;
}

/** Reads before it writes: a run that finds everything in the cache commits nothing. */
function noteExample(db: Database<CacheTables>, keys: readonly string[], exampleId: string): void {
  if (keys.length === 0) return;
  const noted = db.all(
    db.build.selectFrom("key_examples").select("key").where("example_id", "=", exampleId).where("key", "in", keys),
  );
  const seen = new Set(noted.map(({ key }) => key));
  const missing = keys.filter((key) => !seen.has(key)).map((key) => ({ example_id: exampleId, key }));
  if (missing.length === 0) return;
  db.run(
    db.build
      .insertInto("key_examples")
      .values(missing)
      .onConflict((conflict) => conflict.doNothing()),
  );
}
