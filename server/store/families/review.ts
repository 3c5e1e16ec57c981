/**
 * The review queue: who is asked about which prediction, and what they say. Ratings are `rating.given` events like those
 * that editors send, so that whoever reads or deletes what was said finds them in one place and one form.
 */
import type { Event } from "../../../shared/records/event.ts";
import type { Rating } from "../../../shared/records/rating.ts";
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import { unpacked } from "../body.ts";
import type { StoreDatabase } from "../family.ts";
import { defineFamily } from "../family.ts";
import { Refusal } from "../faults.ts";
import { itemCounts, reviewCounts } from "../review-counts.ts";
import { isWithdrawn } from "../review-items.ts";
import type { Asking } from "../review-leases.ts";
import { endLeases, lease, leaseAgain, nextFor } from "../review-leases.ts";
import { events } from "./events.ts";

export interface ReviewTables {
  review_items: {
    prediction_id: string;
    contributor: string;
    position: number;
    lot: number;
    shown: number;
    rated: number;
  };
  review_ratings: {
    rating_id: string;
    prediction_id: string;
    reviewer: string;
    verdict: Rating["verdict"];
    position: number;
  };
  review_leases: { prediction_id: string; reviewer: string; until: string; number: number };
  review_skips: { reviewer: string; prediction_id: string; at: string };
}

export interface LeasedItem {
  readonly predictionId: string;
  readonly snapshot: Snapshot;
  readonly text?: string | undefined;
  readonly noEdit?: true | undefined;
  readonly cursor?: number | undefined;
  readonly leasedUntil: string;
}

export interface ReviewProgress {
  /** Shown predictions whose snapshot is stored. */
  readonly items: number;
  /** Of these, by anybody, and by the reviewer. */
  readonly rated: number;
  readonly mine: number;
}

export interface TakenBack {
  readonly predictionId: string;
  /** Null where others have the item by now, or there is none. */
  readonly leasedUntil: string | null;
}

type EventOf<Type extends Event["type"]> = Extract<Event, { type: Type }>;

/** Events that are made here come from no editor's session, and are under the consent of giving them. */
const envelope = { schema: 1, sessionId: "review", sequence: 0, consentVersion: 0 } as const;

function itemOf(db: StoreDatabase, predictionId: string, leasedUntil: string): LeasedItem {
  const [row] = db.all(
    db.build
      .selectFrom("review_items")
      .innerJoin("events", "events.position", "review_items.position")
      .select("events.body")
      .where("review_items.prediction_id", "=", predictionId),
  );
  if (row === undefined) throw new Error("an item of the review queue has no event");
  const { snapshot, text, noEdit, cursor } = JSON.parse(unpacked(row.body)) as EventOf<"prediction.made">;
  return {
    predictionId,
    snapshot,
    ...(text !== undefined && { text }),
    ...(noEdit !== undefined && { noEdit }),
    ...(cursor !== undefined && { cursor }),
    leasedUntil,
  };
}

function requireItem(db: StoreDatabase, predictionId: string): void {
  const known = db.build.selectFrom("review_items").select("lot").where("prediction_id", "=", predictionId);
  if (db.all(known).length > 0) return;
  throw new Refusal({
    code: "unknown-prediction",
    message: "No prediction of this id is stored with its snapshot.",
    field: "predictionId",
  });
}

/** The rating of this id, by whoever gave it, whether it stands or not. */
function givenRating(db: StoreDatabase, ratingId: string): { contributor: string; rating: Rating } | undefined {
  const rows = db.all(
    db.build
      .selectFrom("verdict_links")
      .innerJoin("events", "events.position", "verdict_links.position")
      .select(["events.contributor", "events.body"])
      .where("verdict_links.key", "=", ratingId)
      .where("events.type", "=", "rating.given")
      .orderBy("events.position"),
  );
  const found = rows.map(({ contributor, body }) => ({
    contributor,
    rating: (JSON.parse(unpacked(body)) as EventOf<"rating.given">).rating,
  }));
  // The key may also be a prediction's.
  return found.find(({ rating }) => rating.id === ratingId);
}

function append(db: StoreDatabase, event: Event, contributor: string): void {
  const { prepare, run } = events.write.append;
  const [result] = run(db, prepare({ contributor, receivedAt: event.at, events: [event] }));
  if (result?.status === "refused") throw new Refusal({ code: result.code, message: result.detail });
}

function sameWords(a: Rating, b: Rating): boolean {
  const words = ({ predictionId, verdict, categories, comment, expectedText, secondsSpent }: Rating) =>
    JSON.stringify([predictionId, verdict, categories, comment, expectedText, secondsSpent]);
  return words(a) === words(b);
}

export const review = defineFamily({
  write: {
    /** One item to judge: the one that the reviewer holds already, or another. Undefined where nothing waits for them. */
    next(db, asking: Asking): LeasedItem | undefined {
      const { reviewer, at, until } = asking;
      endLeases(db, at);
      const [held] = db.all(
        db.build
          .selectFrom("review_leases")
          .select("prediction_id")
          .where("reviewer", "=", reviewer)
          .orderBy("number", "desc")
          .limit(1),
      );
      const predictionId = held?.prediction_id ?? nextFor(db, asking);
      if (predictionId === undefined) return undefined;
      lease(db, predictionId, asking);
      return itemOf(db, predictionId, until);
    },

    /** The reviewer is never asked about it, and holds it no longer. */
    skip(
      db,
      { reviewer, predictionId, at }: { readonly reviewer: string; readonly predictionId: string; readonly at: string },
    ): void {
      requireItem(db, predictionId);
      db.run(
        db.build
          .insertInto("review_skips")
          .values({ reviewer, prediction_id: predictionId, at })
          .onConflict((conflict) => conflict.doNothing()),
      );
      const held = db.build.deleteFrom("review_leases").where("prediction_id", "=", predictionId);
      db.run(held.where("reviewer", "=", reviewer));
    },

    /** Takes a skip back: they may judge it after all. */
    unskip(db, { predictionId, ...asking }: Asking & { readonly predictionId: string }): TakenBack {
      const skips = db.build.deleteFrom("review_skips").where("prediction_id", "=", predictionId);
      if (db.run(skips.where("reviewer", "=", asking.reviewer)) === 0) {
        throw new Refusal({ code: "unknown-skip", message: "You have not skipped this one.", field: "predictionId" });
      }
      return { predictionId, leasedUntil: leaseAgain(db, predictionId, asking) };
    },

    /**
     * Stores what a reviewer says; their lease ends. Whether they still hold one is not asked: what somebody has judged
     * is not thrown away because they took long. The same said again changes nothing.
     * @returns the rating as it is stored
     */
    give(db, rating: Rating & { readonly predictionId: string }): Rating {
      const { id, reviewer, predictionId, at } = rating;
      const known = givenRating(db, id);
      if (known !== undefined) {
        if (known.contributor !== reviewer || !sameWords(known.rating, rating)) {
          throw new Refusal({ code: "conflict", message: "This id is known with another rating.", field: "id" });
        }
        if (!isWithdrawn(db, id, reviewer)) return known.rating;
        throw new Refusal({
          code: "rating-withdrawn",
          message: "This rating was taken back. A new one needs a new id.",
          field: "id",
        });
      }
      requireItem(db, predictionId);
      append(db, { ...envelope, type: "rating.given", id, at, rating }, reviewer);
      return rating;
    },

    /** Takes a rating back; the reviewer gets its item again, unless others have it. A second time changes nothing. */
    withdraw(
      db,
      { ratingId, eventId, ...asking }: Asking & { readonly ratingId: string; readonly eventId: string },
    ): TakenBack {
      const { reviewer, at } = asking;
      const known = givenRating(db, ratingId);
      const predictionId = known?.rating.predictionId;
      if (known?.contributor !== reviewer || predictionId === undefined) {
        throw new Refusal({ code: "unknown-rating", message: "You have given no rating of this id.", field: "id" });
      }
      if (!isWithdrawn(db, ratingId, reviewer)) {
        append(db, { ...envelope, type: "rating.withdrawn", id: eventId, at, ratingId }, reviewer);
      }
      const standing = db.build.selectFrom("review_ratings").select("rating_id").where("reviewer", "=", reviewer);
      const isJudged = db.all(standing.where("prediction_id", "=", predictionId)).length > 0;
      return { predictionId, leasedUntil: isJudged ? null : leaseAgain(db, predictionId, asking) };
    },
  },
  read: {
    counts: reviewCounts,

    /** How far the queue is worked off, and how much of that is one reviewer's doing. */
    progress(db, { reviewer }: { readonly reviewer: string }): ReviewProgress {
      const { total, rated } = itemCounts(db);
      const [own] = db.all(
        db.build
          .selectFrom("review_ratings")
          .innerJoin("review_items", "review_items.prediction_id", "review_ratings.prediction_id")
          .select((get) => get.fn.count<number>("review_ratings.prediction_id").distinct().as("items"))
          .where("reviewer", "=", reviewer)
          .where("shown", "=", 1),
      );
      return { items: total, rated, mine: own?.items ?? 0 };
    },
  },
});
