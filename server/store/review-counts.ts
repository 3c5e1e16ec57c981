/** How much is rated, by whom, and how often two reviewers say the same. */
import type { Rating } from "../../shared/records/rating.ts";
import type { StoreDatabase } from "./family.ts";

export interface ReviewCounts {
  readonly items: { readonly total: number; readonly unrated: number; readonly rated: number };
  readonly ratings: { readonly good: number; readonly bad: number };
  readonly reviewers: readonly { readonly reviewer: string; readonly good: number; readonly bad: number }[];
  readonly pairs: {
    readonly bothGood: number;
    readonly bothBad: number;
    readonly goodThenBad: number;
    readonly badThenGood: number;
  };
}

export function itemCounts(db: StoreDatabase): ReviewCounts["items"] {
  const items = db.all(
    db.build
      .selectFrom("review_items")
      .select((get) => ["rated", get.fn.countAll<number>().as("items")])
      .where("shown", "=", 1)
      .groupBy("rated"),
  );
  const total = items.reduce((sum, each) => sum + each.items, 0);
  const unrated = items.find(({ rated }) => rated === 0)?.items ?? 0;
  return { total, unrated, rated: total - unrated };
}

export function reviewCounts(db: StoreDatabase): ReviewCounts {
  const items = itemCounts(db);
  const said = db.all(
    db.build
      .selectFrom("review_ratings")
      .select((get) => ["reviewer", "verdict", get.fn.countAll<number>().as("ratings")])
      .groupBy(["reviewer", "verdict"])
      .orderBy("reviewer"),
  );
  const sum = (rows: typeof said, verdict: Rating["verdict"]) =>
    rows.reduce((all, each) => all + (each.verdict === verdict ? each.ratings : 0), 0);
  return {
    items,
    ratings: { good: sum(said, "good"), bad: sum(said, "bad") },
    reviewers: [...Map.groupBy(said, ({ reviewer }) => reviewer)].map(([reviewer, own]) => ({
      reviewer,
      good: sum(own, "good"),
      bad: sum(own, "bad"),
    })),
    pairs: pairs(db),
  };
}

/** Of what at least two have rated: what the first two said last. */
function pairs(db: StoreDatabase): ReviewCounts["pairs"] {
  const counts = { bothGood: 0, bothBad: 0, goodThenBad: 0, badThenGood: 0 };
  const rows = db.each(
    db.build
      .selectFrom("review_ratings")
      .innerJoin("review_items", "review_items.prediction_id", "review_ratings.prediction_id")
      .select(["review_ratings.prediction_id", "review_ratings.reviewer", "review_ratings.verdict"])
      .where("review_items.rated", ">", 1)
      .orderBy("review_ratings.prediction_id")
      .orderBy("review_ratings.position"),
  );
  let current = "";
  let verdicts = new Map<string, Rating["verdict"]>();
  const count = () => {
    const [first, second] = [...verdicts.values()];
    if (first === undefined || second === undefined) return;
    if (first === second) counts[first === "good" ? "bothGood" : "bothBad"] += 1;
    else counts[first === "good" ? "goodThenBad" : "badThenGood"] += 1;
  };
  for (const { prediction_id, reviewer, verdict } of rows) {
    if (prediction_id !== current) {
      count();
      current = prediction_id;
      verdicts = new Map();
    }
    // A reviewer's newer rating takes the place of their older one.
    verdicts.set(reviewer, verdict);
  }
  count();
  return counts;
}
