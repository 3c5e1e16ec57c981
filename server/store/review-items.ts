/** Keeps the review queue in step with the events, however they came, and with deletions. */
import { seededShare } from "../../shared/ids.ts";
import type { Event } from "../../shared/records/event.ts";
import type { Erasure } from "./deletion-hooks.ts";
import type { EventProjection, Projected } from "./event-hooks.ts";
import type { StoreDatabase } from "./family.ts";

/** Of a lot. */
export const lots = 10_000;

type EventOf<Type extends Event["type"]> = Extract<Event, { type: Type }>;

/** Behind `outcomeCounts` and `verdictLinks`, whose tables it reads. */
export const reviewItems: EventProjection = {
  types: ["prediction.made", "prediction.outcome", "rating.given", "rating.withdrawn"],
  apply(db, stored) {
    const { contributor, event } = stored;
    if (event.type === "prediction.made") addItem(db, stored, event.predictionId);
    else if (event.type === "prediction.outcome") {
      const item = db.build.updateTable("review_items").set({ shown: wasSeen(event.outcome) });
      // Who was shown a prediction says what became of it.
      db.run(item.where("prediction_id", "=", event.predictionId).where("contributor", "=", contributor));
    } else if (event.type === "rating.given") addRating(db, stored, event);
    else if (event.type === "rating.withdrawn") {
      const rating = db.build.deleteFrom("review_ratings").where("rating_id", "=", event.ratingId);
      // Nobody takes back what another has said.
      db.run(rating.where("reviewer", "=", contributor));
    }
  },
};

function wasSeen(outcome: string): number {
  return outcome === "suppressed" || outcome === "neverShown" ? 0 : 1;
}

/** Where an id comes again, the first stands. */
function addItem(db: StoreDatabase, { contributor, position }: Projected, predictionId: string): void {
  const [known] = db.all(
    db.build
      .selectFrom("prediction_outcomes")
      .select("outcome")
      .where("contributor", "=", contributor)
      .where("prediction_id", "=", predictionId),
  );
  const reviewers = db.all(
    db.build.selectFrom("review_ratings").select("reviewer").distinct().where("prediction_id", "=", predictionId),
  );
  db.run(
    db.build
      .insertInto("review_items")
      .values({
        prediction_id: predictionId,
        contributor,
        position,
        lot: Math.floor(seededShare(0, "review", predictionId) * lots),
        shown: known === undefined ? 0 : wasSeen(known.outcome),
        rated: reviewers.length,
      })
      .onConflict((conflict) => conflict.doNothing()),
  );
}

function addRating(db: StoreDatabase, { contributor, position }: Projected, { rating }: EventOf<"rating.given">): void {
  const { id, predictionId, verdict } = rating;
  if (predictionId === undefined || isWithdrawn(db, id, contributor)) return;
  db.run(
    db.build
      .insertInto("review_ratings")
      .values({ rating_id: id, prediction_id: predictionId, reviewer: contributor, verdict, position })
      .onConflict((conflict) => conflict.doNothing()),
  );
  const lease = db.build.deleteFrom("review_leases").where("prediction_id", "=", predictionId);
  db.run(lease.where("reviewer", "=", contributor));
}

/** Also where the withdrawal came first. */
export function isWithdrawn(db: StoreDatabase, ratingId: string, contributor: string): boolean {
  const found = db.build
    .selectFrom("verdict_links")
    .innerJoin("events", "events.position", "verdict_links.position")
    .select("events.position")
    .where("verdict_links.key", "=", ratingId)
    .where("events.type", "=", "rating.withdrawn")
    .where("events.contributor", "=", contributor)
    .limit(1);
  return db.all(found).length > 0;
}

/** Their ratings, and what was said of their predictions, go with the events. */
export const reviewErasures: readonly Erasure[] = [
  {
    kind: "review.leases",
    erase: (db, { contributor }, limit) => {
      const some = db.build.selectFrom("review_leases").select("prediction_id").where("reviewer", "=", contributor);
      const theirs = db.build.deleteFrom("review_leases").where("reviewer", "=", contributor);
      return db.run(theirs.where("prediction_id", "in", some.limit(limit)));
    },
  },
  {
    kind: "review.skips",
    erase: (db, { contributor, before }, limit) => {
      let some = db.build.selectFrom("review_skips").select("prediction_id").where("reviewer", "=", contributor);
      if (before !== null) some = some.where("at", "<", before);
      const theirs = db.build.deleteFrom("review_skips").where("reviewer", "=", contributor);
      return db.run(theirs.where("prediction_id", "in", some.limit(limit)));
    },
  },
];
