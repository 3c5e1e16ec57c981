/**
 * What reviewers are asked about: shown predictions, who has one just now, and what was said of each.
 *
 * Databases of before the first release may have most of it already, from a step of number 20 that is no more.
 */
export const review = `
  CREATE TABLE IF NOT EXISTS review_items (
    prediction_id TEXT PRIMARY KEY,
    -- Whose editor it was made in.
    contributor TEXT NOT NULL,
    -- Of the prediction.made that holds its snapshot.
    position INTEGER NOT NULL UNIQUE REFERENCES events (position) ON DELETE CASCADE,
    -- By the prediction's hash, from 0 to 9999: those below a share go to two reviewers.
    lot INTEGER NOT NULL,
    -- 1 where its newest outcome says that somebody saw it.
    shown INTEGER NOT NULL,
    -- How many people have a rating of it standing.
    rated INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS review_items_unrated ON review_items (position) WHERE shown = 1 AND rated = 0;
  CREATE INDEX IF NOT EXISTS review_items_rated_once ON review_items (lot) WHERE shown = 1 AND rated = 1;

  -- Ratings that stand, from wherever they came. What they say at length is in their events.
  CREATE TABLE IF NOT EXISTS review_ratings (
    rating_id TEXT PRIMARY KEY,
    prediction_id TEXT NOT NULL,
    -- The contributor of the token that it came with.
    reviewer TEXT NOT NULL,
    verdict TEXT NOT NULL,
    position INTEGER NOT NULL UNIQUE REFERENCES events (position) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS review_ratings_by_prediction ON review_ratings (prediction_id, reviewer);
  CREATE INDEX IF NOT EXISTS review_ratings_by_reviewer ON review_ratings (reviewer);
  CREATE TRIGGER IF NOT EXISTS review_ratings_given AFTER INSERT ON review_ratings BEGIN
    UPDATE review_items SET rated =
      (SELECT count(DISTINCT reviewer) FROM review_ratings WHERE prediction_id = new.prediction_id)
      WHERE prediction_id = new.prediction_id;
  END;
  CREATE TRIGGER IF NOT EXISTS review_ratings_gone AFTER DELETE ON review_ratings BEGIN
    UPDATE review_items SET rated =
      (SELECT count(DISTINCT reviewer) FROM review_ratings WHERE prediction_id = old.prediction_id)
      WHERE prediction_id = old.prediction_id;
  END;

  CREATE TABLE IF NOT EXISTS review_leases (
    prediction_id TEXT NOT NULL REFERENCES review_items (prediction_id) ON DELETE CASCADE,
    reviewer TEXT NOT NULL,
    -- RFC 3339, in UTC with milliseconds: the server's clock.
    until TEXT NOT NULL,
    -- Of this reviewer's leases, in the order in which they were given.
    number INTEGER NOT NULL,
    PRIMARY KEY (prediction_id, reviewer)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS review_leases_by_reviewer ON review_leases (reviewer, number);
  CREATE INDEX IF NOT EXISTS review_leases_by_end ON review_leases (until);

  CREATE TABLE IF NOT EXISTS review_skips (
    reviewer TEXT NOT NULL,
    prediction_id TEXT NOT NULL REFERENCES review_items (prediction_id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    PRIMARY KEY (reviewer, prediction_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS review_skips_by_prediction ON review_skips (prediction_id);
`;
