/** Who may come in, what they are asked to capture, and what admins did. */
export const identities = `
  -- The one table that says who is behind a pseudonym.
  CREATE TABLE contributors (
    id TEXT PRIMARY KEY,
    name TEXT,
    created_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    contributor TEXT NOT NULL REFERENCES contributors (id),
    -- SHA-256 of the token, in lower-case hexadecimal. The token itself is nowhere.
    hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    last_used_at TEXT,
    revoked_at TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tokens_by_contributor ON tokens (contributor);

  -- Every version, so that it can be said by which one something was captured. The highest is in force.
  CREATE TABLE policies (
    version INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;

  -- Every administrative act, in the transaction that did it. Names nobody.
  CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    -- A token's id, or what else acted: the command line, the server itself.
    actor TEXT NOT NULL,
    -- Of the token; null where none acted.
    contributor TEXT,
    act TEXT NOT NULL,
    -- What it was done to: an id.
    subject TEXT,
    -- More, as a JSON object of single values.
    details TEXT NOT NULL
  ) STRICT;
`;
