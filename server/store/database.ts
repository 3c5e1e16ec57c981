/**
 * One SQLite database file: opened, migrated forward, written durably. Statements are written with Kysely's typed
 * builder and run synchronously, so that a transaction is never interleaved with somebody else's statement.
 */
import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import type { Compilable, CompiledQuery } from "kysely";
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { Failure } from "../errors.ts";
import { makeFolder } from "../make-folder.ts";
import { DatabaseFault } from "./database-fault.ts";
import type { UnavailableCode } from "./faults.ts";
import type { Migration } from "./migrations.ts";

/** How long a statement waits for another process that writes to the same file, where nothing else is said. */
const defaultBusyTimeoutMs = 30_000;

export interface DatabaseOptions {
  readonly file: string;
  /** What the file holds, in words: "the cache of answers". */
  readonly holds: string;
  /** SQLite's application id (32 bits), so that another program's database is not taken for ours. */
  readonly applicationId: number;
  /** In order. A database remembers the highest number that it has seen. */
  readonly migrations: readonly Migration[];
  /** What a person can do about a damaged file, as a sentence. */
  readonly remedy: string;
  /** Of a page, where the file is made; SQLite's own choice where it is left out. */
  readonly pageBytes?: number;
  /** 0: a statement that finds the file held by another process fails at once. */
  readonly busyTimeoutMs?: number;
  /** The file is there, and its version is known to be right: some other connection has opened it for writing. */
  readonly readonly?: boolean;
  /** A file that is not there is a fault, and none is made. */
  readonly mustExist?: boolean;
}

/** A query that Kysely writes, or a prepared one of `statement.ts`. */
export type Query<Tables, Row> =
  | Compilable<Row>
  | { compileWith(build: Kysely<Tables>): Pick<CompiledQuery<Row>, "sql" | "parameters"> };

export interface Database<Tables> {
  /** Builds statements; run them by `all` and `run`. */
  readonly build: Kysely<Tables>;
  all<Row>(query: Query<Tables, Row>): Row[];
  /** One row after the other, so that a reader can stop; nothing else may be run meanwhile. */
  each<Row>(query: Query<Tables, Row>): IterableIterator<Row>;
  /** @returns the number of rows changed */
  run(query: Query<Tables, unknown>): number;
  /**
   * Runs `work` as one transaction: committed to disk when this returns, and nothing of it if `work` throws. Inside
   * another transaction it is a part of that: undone alone if `work` throws, committed with the whole.
   */
  transaction<Result>(work: () => Result): Result;
  /** Runs `work`, which only reads, on one state of the database. */
  snapshot<Result>(work: () => Result): Result;
  /** Whether a transaction is open. A fault of the disk may have ended it. */
  readonly inTransaction: boolean;
  /** Whether the file still lies where it was opened: what is written to one that was moved away, nobody finds again. */
  isInPlace(): boolean;
  /**
   * Rewrites the file without what was deleted, and empties the log beside it. Outside a transaction.
   * A fault of the kind `locked` where somebody reads from the log: nothing is rewritten then.
   *
   * The whole file, and not in steps by `incremental_vacuum`: with `secure_delete` deleted cells and free pages are
   * overwritten, but where rows are moved between pages their former bytes stay in the gaps of pages that are in use.
   * Of 2,857 deleted rows among 20,000 a search found 3 and 4 in the file so, with `auto_vacuum` and without.
   */
  compact(): void;
  close(): void;
}

/** @throws DatabaseFault that says what is wrong with the file and what to do; Failure where the file is another's or newer */
export function openDatabase<Tables>(options: DatabaseOptions): Database<Tables> {
  const sqlite = translating(options, () => {
    const { readonly = false, mustExist = readonly, busyTimeoutMs: timeout = defaultBusyTimeoutMs } = options;
    if (!mustExist) makeFolder(dirname(options.file));
    const opened = new Sqlite(options.file, { timeout, readonly, fileMustExist: mustExist });
    try {
      if (readonly) checkVersion(opened, options);
      else prepare(opened, options);
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  });
  const opened = fileId(options.file);
  const statements = new Map<string, Sqlite.Statement<unknown[]>>();
  const build = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });

  function compile<Row>(query: Query<Tables, Row>) {
    return "compileWith" in query ? query.compileWith(build) : query.compile();
  }

  function statement(query: { readonly sql: string }): Sqlite.Statement<unknown[]> {
    const known = statements.get(query.sql);
    if (known) return known;
    const prepared = sqlite.prepare<unknown[]>(query.sql);
    statements.set(query.sql, prepared);
    return prepared;
  }

  return {
    build,
    all<Row>(query: Query<Tables, Row>): Row[] {
      const compiled = compile(query);
      return translating(options, () => statement(compiled).all(...compiled.parameters) as Row[]);
    },
    *each<Row>(query: Query<Tables, Row>): IterableIterator<Row> {
      const compiled = compile(query);
      const rows = translating(options, () => statement(compiled).iterate(...compiled.parameters));
      try {
        for (;;) {
          const next = translating(options, () => rows.next());
          if (next.done) return;
          yield next.value as Row;
        }
      } finally {
        rows.return?.();
      }
    },
    run(query) {
      const compiled = compile(query);
      return translating(options, () => statement(compiled).run(...compiled.parameters).changes);
    },
    transaction(work) {
      // Immediate: one that reads first and writes later would fail, not wait, where another process wrote between.
      return translating(options, () => sqlite.transaction(work).immediate());
    },
    snapshot(work) {
      return translating(options, () => sqlite.transaction(work).deferred());
    },
    get inTransaction() {
      return sqlite.inTransaction;
    },
    isInPlace: () => opened !== undefined && fileId(options.file) === opened,
    compact() {
      const emptyLog = () => {
        const [done] = sqlite.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[];
        // Some other connection reads from the log, so it still holds what was deleted.
        if (done?.busy !== 0) throw new Sqlite.SqliteError("the log is being read", "SQLITE_BUSY");
      };
      translating(options, () => {
        // First, or a backup that reads for minutes would have the whole file written behind its log at every attempt.
        emptyLog();
        sqlite.exec("VACUUM");
        emptyLog();
      });
    },
    close: () => {
      sqlite.close();
    },
  };
}

/** Tells one file from another under the same name; undefined where there is none. */
function fileId(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

function prepare(sqlite: Sqlite.Database, options: DatabaseOptions): void {
  // Before anything else: later it has no effect.
  if (options.pageBytes !== undefined) sqlite.pragma(`page_size = ${options.pageBytes}`);
  sqlite.pragma("journal_mode = WAL");
  // An answer was paid for: acknowledged means on disk, whatever happens to the machine.
  sqlite.pragma("synchronous = FULL");
  sqlite.pragma("foreign_keys = ON");
  // What a person has deleted is gone from the pages, too.
  sqlite.pragma("secure_delete = ON");
  // Two processes that open a new file at the same time: one migrates, the other waits and finds nothing to do.
  sqlite.transaction(() => migrate(sqlite, options)).immediate();
}

function migrate(sqlite: Sqlite.Database, options: DatabaseOptions): void {
  const { version, newest } = versionsOf(sqlite, options);
  const missing = options.migrations.filter(({ number }) => number > version);
  if (missing.length === 0) return;
  for (const { sql } of missing) sqlite.exec(sql);
  sqlite.pragma(`application_id = ${options.applicationId}`);
  sqlite.pragma(`user_version = ${newest}`);
}

/** Who only reads cannot bring a file forward, and would miss tables. */
function checkVersion(sqlite: Sqlite.Database, options: DatabaseOptions): void {
  const { version, newest } = versionsOf(sqlite, options);
  if (version === newest) return;
  throw new Failure(
    `${options.file} holds ${options.holds} in version ${version}, written by an older Stillpoint; this one reads ` +
      `version ${newest}. Start its server once (stillpoint serve), which brings it forward.`,
  );
}

/** @throws Failure for another program's database, and for one of a newer version */
function versionsOf(sqlite: Sqlite.Database, options: DatabaseOptions): { version: number; newest: number } {
  const version = sqlite.pragma("user_version", { simple: true }) as number;
  const applicationId = sqlite.pragma("application_id", { simple: true }) as number;
  const empty = sqlite.prepare("SELECT count(*) AS n FROM sqlite_schema").pluck().get() === 0;
  if (!(empty && version === 0) && applicationId !== options.applicationId) {
    throw new Failure(`${options.file} is a database of another program, not ${options.holds}. ${options.remedy}`);
  }
  const newest = options.migrations.at(-1)?.number ?? 0;
  if (version > newest) {
    throw new Failure(
      `${options.file} holds ${options.holds} in version ${version}, written by a newer Stillpoint; this one reads up to ` +
        `version ${newest}. Install the newer one again, or use another data folder (--data DIR).`,
    );
  }
  return { version, newest };
}

/** Turns a fault of the file or the disk into a sentence with what, where and what to do. */
function translating<Result>(options: DatabaseOptions, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw translated(error, options);
  }
}

function translated(error: unknown, { file, holds, remedy, busyTimeoutMs = defaultBusyTimeoutMs }: DatabaseOptions) {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === undefined || error instanceof Failure) return error;
  const told = (kind: UnavailableCode, sentence: string) => new DatabaseFault(kind, sentence, error);
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return told("corrupt", `${file} (${holds}) is damaged and cannot be read (${code}). ${remedy}`);
  }
  if (code === "SQLITE_FULL" || code === "ENOSPC") {
    return told(
      "full",
      `the disk is full: ${file} (${holds}) could not be written. Free some space and run the same again.`,
    );
  }
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    const held = busyTimeoutMs === 0 ? "is held by another process" : "has been held by another process for over";
    const long = busyTimeoutMs === 0 ? "" : ` ${busyTimeoutMs / 1_000} s`;
    return told("locked", `${file} (${holds}) ${held}${long}. End that process, then run the same again.`);
  }
  if (code.startsWith("SQLITE_READONLY") || code === "EACCES" || code === "EROFS" || code === "EPERM") {
    return told("read-only", `${file} (${holds}) cannot be written: permission denied or read-only (${code}).`);
  }
  if (code.startsWith("SQLITE_CANTOPEN") || code === "ENOTDIR" || code === "EEXIST") {
    if (!isWritable(dirname(file))) return told("read-only", `the folder of ${file} (${holds}) cannot be written.`);
    const seen = fileId(file) === undefined ? "it is not there" : "it is there, but is no file that can be opened";
    return told("missing", `${file} (${holds}) cannot be opened: ${seen} (${code}).`);
  }
  if (code.startsWith("SQLITE_IOERR")) {
    return told("disk", `${file} (${holds}): the disk reports an error (${code}).`);
  }
  return error;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
