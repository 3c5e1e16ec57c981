/** How the tables of a database came to be. Entries are never changed, only added: a file is migrated forward. */

export interface Migration {
  /** The version of a database that has seen it. Who is added later has a higher number than all before; numbers may be left out. */
  readonly number: number;
  readonly sql: string;
}

/** Of `cache.db`. */
export const cacheMigrations: readonly Migration[] = [
  {
    number: 1,
    sql: `
  -- What was bought, whole, and read as an answer. One row a request and sample.
  CREATE TABLE answers (
    key TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    sample INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    raw TEXT NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    stop_reason TEXT NOT NULL,
    latency_ms INTEGER NOT NULL,
    stored_at TEXT NOT NULL
  ) STRICT;

  -- What failed. With raw, usage and stop reason where it was paid for.
  CREATE TABLE attempts (
    key TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    model TEXT NOT NULL,
    sample INTEGER NOT NULL,
    error TEXT NOT NULL,
    raw TEXT,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    stop_reason TEXT,
    latency_ms INTEGER NOT NULL,
    stored_at TEXT NOT NULL,
    PRIMARY KEY (key, attempt)
  ) STRICT, WITHOUT ROWID;

  -- Which examples an answer or attempt came from or was used for.
  CREATE TABLE key_examples (
    example_id TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (example_id, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX key_examples_by_key ON key_examples (key);
  `,
  },
  {
    number: 2,
    sql: `
  -- What is about to be sent as a batch, written before it is sent. The vendor's name for it is known afterwards.
  CREATE TABLE batches (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    address TEXT NOT NULL,
    size INTEGER NOT NULL,
    batch_id TEXT UNIQUE,
    begun_at TEXT NOT NULL,
    ended_at TEXT
  ) STRICT;

  -- What each of those was sent for and has not brought yet.
  CREATE TABLE batch_items (
    batch INTEGER NOT NULL REFERENCES batches (id),
    key TEXT NOT NULL,
    sample INTEGER NOT NULL,
    example_id TEXT NOT NULL,
    PRIMARY KEY (batch, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX batch_items_by_example ON batch_items (example_id);
  `,
  },
];
