/** Who took their data back, how far that is, and whose the examples are of which no event is left. */
export const deletion = `
  -- As in tombstones.jsonl, which decides; here so that the transaction that stores can ask.
  CREATE TABLE deletions (
    id TEXT PRIMARY KEY,
    contributor TEXT NOT NULL,
    at TEXT NOT NULL,
    -- Events from before this time are deleted and refused; null: all.
    before TEXT,
    -- When the server got the first of what was stored; null where no event was.
    first_received_at TEXT,
    -- What comes next: rows, files, compact; then done.
    state TEXT NOT NULL,
    -- The signed receipt as JSON, once done.
    receipt TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deletions_by_contributor ON deletions (contributor);

  -- How much a deletion has deleted: by kind, and by a part of the work that may be done again after a crash.
  CREATE TABLE deletion_counts (
    deletion TEXT NOT NULL REFERENCES deletions (id),
    kind TEXT NOT NULL,
    part TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (deletion, kind, part)
  ) STRICT, WITHOUT ROWID;

  -- Ids by which an unfinished deletion finds what is not in this database, or is somebody else's row about it.
  CREATE TABLE deletion_examples (
    deletion TEXT NOT NULL REFERENCES deletions (id),
    example_id TEXT NOT NULL,
    PRIMARY KEY (deletion, example_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE deletion_predictions (
    deletion TEXT NOT NULL REFERENCES deletions (id),
    prediction_id TEXT NOT NULL,
    PRIMARY KEY (deletion, prediction_id)
  ) STRICT, WITHOUT ROWID;

  -- Of events that were deleted by age: what was made of them may still be somewhere.
  CREATE TABLE expired_examples (
    contributor TEXT NOT NULL,
    example_id TEXT NOT NULL,
    PRIMARY KEY (contributor, example_id)
  ) STRICT, WITHOUT ROWID;
`;
