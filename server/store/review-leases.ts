/** Who is asked about which prediction, and for how long nobody else is. */
import type { StoreDatabase } from "./family.ts";
import { lots } from "./review-items.ts";

export interface Asking {
  readonly reviewer: string;
  /** Now, and when a lease that is given now ends. RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly until: string;
  /** The share of items that go to two reviewers. */
  readonly twiceShare: number;
}

/** Oldest first, those that wait for a second reviewer before the ones that nobody has seen. */
export function nextFor(db: StoreDatabase, { reviewer, twiceShare }: Asking): string | undefined {
  const twiceBelow = Math.round(twiceShare * lots);
  const open = db.build
    .selectFrom("review_items")
    .select("prediction_id")
    .where("shown", "=", 1)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("review_ratings")
            .select("rating_id")
            .whereRef("review_ratings.prediction_id", "=", "review_items.prediction_id")
            .where("reviewer", "=", reviewer),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("review_skips")
            .select("reviewer")
            .whereRef("review_skips.prediction_id", "=", "review_items.prediction_id")
            .where("reviewer", "=", reviewer),
        ),
      ),
    )
    .limit(1);
  const [second] = db.all(
    open
      .where("rated", "=", 1)
      .where("lot", "<", twiceBelow)
      .where(({ eb, selectFrom }) =>
        eb(
          selectFrom("review_leases")
            .select((get) => get.fn.countAll<number>().as("leases"))
            .whereRef("review_leases.prediction_id", "=", "review_items.prediction_id"),
          "=",
          0,
        ),
      )
      .orderBy("lot"),
  );
  if (second) return second.prediction_id;
  const [first] = db.all(
    open
      .where("rated", "=", 0)
      .where(({ eb, selectFrom }) =>
        eb(
          selectFrom("review_leases")
            .select((get) => get.fn.countAll<number>().as("leases"))
            .whereRef("review_leases.prediction_id", "=", "review_items.prediction_id"),
          "<",
          eb.case().when("lot", "<", twiceBelow).then(2).else(1).end(),
        ),
      )
      .orderBy("position"),
  );
  return first?.prediction_id;
}

/** Gives a lease, or more time to one that is held. */
export function lease(db: StoreDatabase, predictionId: string, { reviewer, until }: Asking): void {
  const [last] = db.all(
    db.build
      .selectFrom("review_leases")
      .select("number")
      .where("reviewer", "=", reviewer)
      .orderBy("number", "desc")
      .limit(1),
  );
  const number = (last?.number ?? 0) + 1;
  db.run(
    db.build
      .insertInto("review_leases")
      .values({ prediction_id: predictionId, reviewer, until, number })
      .onConflict((conflict) => conflict.columns(["prediction_id", "reviewer"]).doUpdateSet({ until, number })),
  );
}

export function endLeases(db: StoreDatabase, at: string): void {
  db.run(db.build.deleteFrom("review_leases").where("until", "<=", at));
}

/** @returns the end of the lease; null where others have all the places */
export function leaseAgain(db: StoreDatabase, predictionId: string, asking: Asking): string | null {
  endLeases(db, asking.at);
  const [item] = db.all(
    db.build
      .selectFrom("review_items")
      .select(["lot", "rated"])
      .where("prediction_id", "=", predictionId)
      .where("shown", "=", 1),
  );
  if (item === undefined) return null;
  const others = db.all(
    db.build
      .selectFrom("review_leases")
      .select("reviewer")
      .where("prediction_id", "=", predictionId)
      .where("reviewer", "!=", asking.reviewer),
  );
  const places = item.lot < Math.round(asking.twiceShare * lots) ? 2 : 1;
  if (item.rated + others.length >= places) return null;
  lease(db, predictionId, asking);
  return asking.until;
}
