/** Runs that were started over HTTP: what waits, what is under way, and how the last of each name ended. */
export const runs = `
  CREATE TABLE runs (
    name TEXT PRIMARY KEY,
    -- In the order in which they were asked for.
    number INTEGER NOT NULL UNIQUE,
    state TEXT NOT NULL,
    -- The task with what was said otherwise, as JSON.
    task TEXT NOT NULL,
    -- What goes before the task's own and before the server's variables; null where nobody said.
    seed INTEGER,
    concurrency INTEGER,
    queued_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    -- Of the process that executes it, for a server that comes back and finds it still at work.
    pid INTEGER,
    cancel_asked INTEGER NOT NULL,
    exit_code INTEGER,
    -- Why it did not end well.
    sentence TEXT
  ) STRICT, WITHOUT ROWID;
`;
