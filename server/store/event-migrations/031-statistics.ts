/** Counts by day and outcomes of predictions, kept in step with the events, so that nobody reads all of them to tell. */
export const statistics = `
  CREATE TABLE event_days (
    -- Of the server's clock, in UTC.
    day TEXT NOT NULL,
    type TEXT NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (day, type)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO event_days (day, type, events)
    SELECT substr(received_at, 1, 10), type, count(*) FROM events GROUP BY 1, 2;
  CREATE TRIGGER event_days_stored AFTER INSERT ON events BEGIN
    INSERT INTO event_days (day, type, events) VALUES (substr(new.received_at, 1, 10), new.type, 1)
      ON CONFLICT (day, type) DO UPDATE SET events = events + 1;
  END;
  CREATE TRIGGER event_days_deleted AFTER DELETE ON events BEGIN
    UPDATE event_days SET events = events - 1 WHERE day = substr(old.received_at, 1, 10) AND type = old.type;
    DELETE FROM event_days WHERE day = substr(old.received_at, 1, 10) AND type = old.type AND events = 0;
  END;

  -- What became of each prediction in the end: of several outcomes of one, the newest.
  CREATE TABLE prediction_outcomes (
    contributor TEXT NOT NULL,
    prediction_id TEXT NOT NULL,
    position INTEGER NOT NULL UNIQUE REFERENCES events (position) ON DELETE CASCADE,
    -- Of the server's clock, in UTC.
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    variant TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (contributor, prediction_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX prediction_outcomes_by_day ON prediction_outcomes (day, model, variant, outcome);
`;
