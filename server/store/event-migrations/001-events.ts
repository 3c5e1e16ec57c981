/** What contributors sent, and the counter that gives each event its place. */
export const events = `
  -- One row: the position that was given last. It is raised in the transaction that stores, so that positions are in
  -- the order of commits, and who remembers one misses nothing that comes later.
  CREATE TABLE event_counter (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    last_position INTEGER NOT NULL
  ) STRICT;
  INSERT INTO event_counter (only, last_position) VALUES (1, 0);

  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    -- Of the token that it came with.
    contributor TEXT NOT NULL,
    type TEXT NOT NULL,
    -- RFC 3339, in UTC with milliseconds; the client's clock, then the server's.
    at TEXT NOT NULL,
    received_at TEXT NOT NULL,
    -- Of a snapshot; null for the types that have none.
    repo TEXT,
    language_id TEXT,
    path TEXT,
    -- The prediction that it is about, where it is about one.
    prediction_id TEXT,
    -- SHA-256 of the canonical JSON, in lower-case hexadecimal.
    content_hash TEXT NOT NULL,
    -- Of the canonical JSON in UTF-8.
    body_bytes INTEGER NOT NULL,
    -- The canonical JSON, compressed.
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX events_by_contributor ON events (contributor, position);
  CREATE INDEX events_by_prediction ON events (prediction_id) WHERE prediction_id IS NOT NULL;

  -- How much there is, so that nobody reads all events to tell. Whoever stores raises it; deleting lowers it by itself.
  CREATE TABLE event_totals (
    contributor TEXT NOT NULL,
    type TEXT NOT NULL,
    events INTEGER NOT NULL,
    body_bytes INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    PRIMARY KEY (contributor, type)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER events_deleted AFTER DELETE ON events BEGIN
    UPDATE event_totals SET
      events = events - 1,
      body_bytes = body_bytes - old.body_bytes,
      stored_bytes = stored_bytes - length(old.body)
    WHERE contributor = old.contributor AND type = old.type;
    DELETE FROM event_totals WHERE contributor = old.contributor AND type = old.type AND events = 0;
  END;
`;
