/** By what else an event of verdicts can be found than by the prediction that its row names. */
export const verdicts = `
  CREATE TABLE verdict_links (
    -- The snapshot's id of a prediction.made; the rating's id, and its prediction's or example's, of a rating.given; the
    -- rating's id of a rating.withdrawn.
    key TEXT NOT NULL,
    position INTEGER NOT NULL REFERENCES events (position) ON DELETE CASCADE,
    PRIMARY KEY (key, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX verdict_links_by_position ON verdict_links (position);
`;
