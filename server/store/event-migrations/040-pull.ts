/** How far each consumer of the stored snapshots has come. */
export const pull = `
  CREATE TABLE pull_positions (
    -- Of the consumer.
    name TEXT PRIMARY KEY,
    -- All that it asks for up to here is in files of its own; 0: nothing yet.
    position INTEGER NOT NULL,
    -- What it asks for, as canonical JSON: another choice would need another position.
    choice TEXT NOT NULL,
    moved_at TEXT NOT NULL,
    -- A file that was about to be put in its place, and the position once it is there. Told before, so that after a
    -- crash the file itself says whether it came to that.
    pending_position INTEGER,
    pending_file TEXT,
    pending_sha256 TEXT
  ) STRICT, WITHOUT ROWID;
`;
