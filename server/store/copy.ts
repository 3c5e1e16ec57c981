/**
 * Copies of whole databases, and what is known of one without opening it for work: whoever makes a backup, restores one
 * or looks for faults reads files of any version, damaged ones too.
 */
import { rmSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { Failure } from "../errors.ts";
import { cacheApplicationId } from "./cache.ts";
import { eventsApplicationId } from "./event-database.ts";
import { eventMigrations } from "./event-migrations/index.ts";
import { cacheMigrations } from "./migrations.ts";

/** What one step copies. Between two of them others have their turn. */
const pagesAtOnce = 1_000;
const maxFaultsTold = 5;

export type DatabaseKind = "events" | "cache";

const kinds = {
  events: { applicationId: eventsApplicationId, newest: eventMigrations.at(-1)?.number ?? 0 },
  cache: { applicationId: cacheApplicationId, newest: cacheMigrations.at(-1)?.number ?? 0 },
};

export interface DatabaseFacts {
  /** The highest migration that it has seen, and that this program knows. */
  readonly version: number;
  readonly newest: number;
  /** Rows of each table, by name. */
  readonly tables: Readonly<Record<string, number>>;
  /** Of `events.db`; 0 elsewhere. */
  readonly lastPosition: number;
  /** When the server got the newest event; undefined where there is none. */
  readonly newestReceivedAt: string | undefined;
  /** Ids of the deletions that it knows. */
  readonly deletions: readonly string[];
}

/** What is wrong with a database, in SQLite's words, which name pages and tables but hold no content; empty: nothing. */
export interface Soundness {
  readonly integrity: readonly string[];
  /** Rows that refer to rows that are not there. */
  readonly strayReferences: number;
}

export interface CopyOptions {
  readonly kind: DatabaseKind;
  readonly file: string;
  /** Made anew. */
  readonly target: string;
  readonly signal: AbortSignal;
  onProgress(share: number): void;
}

export interface DatabaseCopy {
  /** Of the state that was copied. */
  readonly facts: DatabaseFacts;
  /** Until then nothing that was deleted since is gone from the log of `file`: no deletion can end meanwhile. */
  release(): void;
}

/**
 * Copies one state of a database to a file of its own, while others write to it. They are not kept waiting: the copy
 * reads within a transaction that was begun before, so that it is not begun again by whatever is written meanwhile.
 * @throws Failure where one cannot be read or the other not written
 */
export async function copyDatabase({ kind, file, target, signal, onProgress }: CopyOptions): Promise<DatabaseCopy> {
  let source: Sqlite.Database | undefined;
  try {
    source = new Sqlite(file, { readonly: true, fileMustExist: true });
    source.exec("BEGIN");
    const facts = factsOf(source, kind);
    signal.throwIfAborted();
    await source.backup(target, {
      progress({ totalPages, remainingPages }) {
        signal.throwIfAborted();
        onProgress(totalPages === 0 ? 0 : 1 - remainingPages / totalPages);
        return pagesAtOnce;
      },
    });
    asOneFile(target);
    const open = source;
    return { facts, release: () => open.close() };
  } catch (error) {
    source?.close();
    if (!(error instanceof Sqlite.SqliteError)) throw error;
    throw new Failure(
      `${file} could not be copied to ${target}: ${error.message} (${error.code}). stillpoint doctor says what is wrong with it.`,
    );
  }
}

/** @throws SqliteError for a file that cannot be read so far */
export function readFacts(kind: DatabaseKind, file: string): DatabaseFacts {
  return reading(file, (sqlite) => sqlite.transaction(() => factsOf(sqlite, kind)).deferred());
}

/** Reads every page: it takes its time, and keeps nobody waiting. */
export function checkSoundness(file: string): Soundness {
  try {
    return reading(file, (sqlite) => {
      const rows = sqlite.pragma(`integrity_check(${maxFaultsTold})`) as { integrity_check: string }[];
      const integrity = rows.map((row) => row.integrity_check).filter((line) => line !== "ok");
      return { integrity, strayReferences: (sqlite.pragma("foreign_key_check") as unknown[]).length };
    });
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError)) throw error;
    return { integrity: [`${error.message} (${error.code})`], strayReferences: 0 };
  }
}

/** Why the file is not one of ours that this program can read; undefined where it is. */
export function foreignness(kind: DatabaseKind, file: string): string | undefined {
  try {
    return reading(file, (sqlite) => {
      const { applicationId, newest } = kinds[kind];
      if (sqlite.pragma("application_id", { simple: true }) !== applicationId) return "is another program's database";
      const version = sqlite.pragma("user_version", { simple: true }) as number;
      if (version > newest) {
        return `is of version ${version}, written by a newer Stillpoint; this one reads up to version ${newest}`;
      }
      return undefined;
    });
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError)) throw error;
    return `cannot be read (${error.code})`;
  }
}

/** Empties the log beside a database that nobody else has open into it, where the database can be read. */
export function settleLog(file: string): void {
  try {
    asOneFile(file);
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError)) throw error;
  }
}

export interface Carried {
  /** Events that were stored behind the last one of the restored database. */
  readonly eventsLost: number;
  /** Tokens that were revoked since, and are again. */
  readonly tokensRevoked: number;
}

/**
 * Takes over, from an `events.db` that is about to be replaced, what must not go back: positions are not given twice, so
 * that who remembers one misses nothing that comes later; and a token that was revoked stays so.
 * @returns undefined where the replaced one cannot be read
 */
export function carryForward(restored: string, replaced: string): Carried | undefined {
  const sqlite = new Sqlite(restored, { fileMustExist: true });
  try {
    const ownLast = lastPositionOf(sqlite);
    const found = readReplaced(replaced, ownLast);
    if (found === undefined) return undefined;
    return sqlite
      .transaction(() => {
        sqlite.prepare("UPDATE event_counter SET last_position = max(last_position, ?)").run(found.lastPosition);
        const revoke = sqlite.prepare("UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL");
        const changes = found.revoked.map(({ id, revoked_at }) => revoke.run(revoked_at, id).changes);
        return { eventsLost: found.later, tokensRevoked: changes.reduce((sum, each) => sum + each, 0) };
      })
      .immediate();
  } finally {
    sqlite.close();
    settleLog(restored);
  }
}

function readReplaced(file: string, ownLast: number) {
  try {
    return reading(file, (sqlite) => ({
      lastPosition: lastPositionOf(sqlite),
      later: sqlite.prepare("SELECT count(*) FROM events WHERE position > ?").pluck().get(ownLast) as number,
      revoked: sqlite.prepare("SELECT id, revoked_at FROM tokens WHERE revoked_at IS NOT NULL").all() as {
        id: string;
        revoked_at: string;
      }[],
    }));
  } catch (error) {
    if (error instanceof Sqlite.SqliteError) return undefined;
    throw error;
  }
}

function factsOf(sqlite: Sqlite.Database, kind: DatabaseKind): DatabaseFacts {
  const names = sqlite
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .pluck()
    .all() as string[];
  const count = (name: string) => sqlite.prepare(`SELECT count(*) FROM "${name}"`).pluck().get() as number;
  return {
    version: sqlite.pragma("user_version", { simple: true }) as number,
    newest: kinds[kind].newest,
    tables: Object.fromEntries(names.map((name) => [name, count(name)])),
    lastPosition: names.includes("event_counter") ? lastPositionOf(sqlite) : 0,
    newestReceivedAt: names.includes("events")
      ? (sqlite.prepare("SELECT received_at FROM events ORDER BY position DESC LIMIT 1").pluck().get() as
          | string
          | undefined)
      : undefined,
    deletions: names.includes("deletions")
      ? (sqlite.prepare("SELECT id FROM deletions ORDER BY id").pluck().all() as string[])
      : [],
  };
}

function lastPositionOf(sqlite: Sqlite.Database): number {
  return (sqlite.prepare("SELECT last_position FROM event_counter").pluck().get() as number | undefined) ?? 0;
}

function reading<Result>(file: string, read: (sqlite: Sqlite.Database) => Result): Result {
  const sqlite = new Sqlite(file, { readonly: true, fileMustExist: true });
  try {
    return read(sqlite);
  } finally {
    sqlite.close();
  }
}

/** A database with no log beside it, which can be moved as it is. */
function asOneFile(file: string): void {
  const sqlite = new Sqlite(file, { fileMustExist: true });
  try {
    sqlite.pragma("journal_mode = DELETE");
  } finally {
    sqlite.close();
  }
  // A log's index outlives it where the last one to close could only read.
  rmSync(`${file}-shm`, { force: true });
}
