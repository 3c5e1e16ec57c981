/**
 * One SQLite database file: opened, migrated forward, written durably. Statements are written with Kysely's typed
 * builder and run synchronously, so that a transaction is never interleaved with somebody else's statement.
 */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import type { Compilable, CompiledQuery } from "kysely";
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { Failure } from "../errors.ts";

/** How long a statement waits for another process that writes to the same file. */
const busyTimeoutMs = 30_000;

export interface DatabaseOptions {
  readonly file: string;
  /** What the file holds, in words: "the cache of answers". */
  readonly holds: string;
  /** SQLite's application id (32 bits), so that another program's database is not taken for ours. */
  readonly applicationId: number;
  /** SQL for each version, from 1; a database at version n has seen the first n. Never changed, only added to. */
  readonly migrations: readonly string[];
  /** What a person can do about a damaged file, as a sentence. */
  readonly remedy: string;
}

export interface Database<Tables> {
  /** Builds statements; run them by `all` and `run`. */
  readonly build: Kysely<Tables>;
  all<Row>(query: Compilable<Row>): Row[];
  /** @returns the number of rows changed */
  run(query: Compilable): number;
  /** Runs `work` as one transaction: committed to disk when this returns, and nothing of it if `work` throws. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}

/** @throws Failure that says what is wrong with the file and what to do */
export function openDatabase<Tables>(options: DatabaseOptions): Database<Tables> {
  const sqlite = translating(options, () => {
    mkdirSync(dirname(options.file), { recursive: true });
    const opened = new Sqlite(options.file, { timeout: busyTimeoutMs });
    try {
      prepare(opened, options);
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  });
  const statements = new Map<string, Sqlite.Statement<unknown[]>>();
  const build = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });

  function statement(query: CompiledQuery): Sqlite.Statement<unknown[]> {
    const known = statements.get(query.sql);
    if (known) return known;
    const prepared = sqlite.prepare<unknown[]>(query.sql);
    statements.set(query.sql, prepared);
    return prepared;
  }

  return {
    build,
    all<Row>(query: Compilable<Row>): Row[] {
      const compiled = query.compile();
      return translating(options, () => statement(compiled).all(...compiled.parameters) as Row[]);
    },
    run(query) {
      const compiled = query.compile();
      return translating(options, () => statement(compiled).run(...compiled.parameters).changes);
    },
    transaction(work) {
      // Immediate: one that reads first and writes later would fail, not wait, where another process wrote between.
      return translating(options, () => sqlite.transaction(work).immediate());
    },
    close: () => {
      sqlite.close();
    },
  };
}

function prepare(sqlite: Sqlite.Database, options: DatabaseOptions): void {
  sqlite.pragma("journal_mode = WAL");
  // An answer was paid for: acknowledged means on disk, whatever happens to the machine.
  sqlite.pragma("synchronous = FULL");
  sqlite.pragma("foreign_keys = ON");
  // Two processes that open a new file at the same time: one migrates, the other waits and finds nothing to do.
  sqlite.transaction(() => migrate(sqlite, options)).immediate();
}

function migrate(sqlite: Sqlite.Database, options: DatabaseOptions): void {
  const version = sqlite.pragma("user_version", { simple: true }) as number;
  const applicationId = sqlite.pragma("application_id", { simple: true }) as number;
  const empty = sqlite.prepare("SELECT count(*) AS n FROM sqlite_schema").pluck().get() === 0;
  if (!(empty && version === 0) && applicationId !== options.applicationId) {
    throw new Failure(`${options.file} is a database of another program, not ${options.holds}. ${options.remedy}`);
  }
  if (version > options.migrations.length) {
    throw new Failure(
      `${options.file} holds ${options.holds} in version ${version}, written by a newer Stillpoint; this one reads up to ` +
        `version ${options.migrations.length}. Install the newer one again, or use another data folder (--data DIR).`,
    );
  }
  for (const migration of options.migrations.slice(version)) sqlite.exec(migration);
  sqlite.pragma(`application_id = ${options.applicationId}`);
  sqlite.pragma(`user_version = ${options.migrations.length}`);
}

/** Turns a fault of the file or the disk into a sentence with what, where and what to do. */
function translating<Result>(options: DatabaseOptions, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw translated(error, options);
  }
}

function translated(error: unknown, { file, holds, remedy }: DatabaseOptions): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === undefined || error instanceof Failure) return error;
  const told = (sentence: string) => new Failure(sentence, { cause: error });
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return told(`${file} (${holds}) is damaged and cannot be read (${code}). ${remedy}`);
  }
  if (code === "SQLITE_FULL" || code === "ENOSPC") {
    return told(`the disk is full: ${file} (${holds}) could not be written. Free some space and run the same again.`);
  }
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return told(
      `${file} (${holds}) has been held by another process for over ${busyTimeoutMs / 1_000} s. End that process, then run the same again.`,
    );
  }
  if (code.startsWith("SQLITE_READONLY") || code === "EACCES" || code === "EROFS" || code === "EPERM") {
    return told(`${file} (${holds}) cannot be written: permission denied or read-only (${code}).`);
  }
  if (code.startsWith("SQLITE_CANTOPEN") || code === "ENOTDIR" || code === "EEXIST") {
    const seen = existsSync(file) ? "it is there, but is no file that can be opened" : "its folder cannot be used";
    return told(`${file} (${holds}) cannot be opened: ${seen} (${code}).`);
  }
  if (code.startsWith("SQLITE_IOERR")) return told(`${file} (${holds}): the disk reports an error (${code}).`);
  return error;
}
