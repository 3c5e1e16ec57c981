/** Events by age: what the server got when, from which repository; and the deletion of what it has kept long enough. */
import { exampleId } from "../../../shared/ids.ts";
import type { StoreDatabase } from "../family.ts";
import { defineFamily } from "../family.ts";

export interface AgedEvent {
  readonly position: number;
  /** As the snapshot says it, of this event or of the prediction that it is about; null where none does. */
  readonly repo: string | null;
  /** RFC 3339, UTC, milliseconds. */
  readonly receivedAt: string;
}

interface Expiring {
  readonly position: number;
  readonly id: string;
  readonly contributor: string;
  readonly type: string;
  readonly prediction_id: string | null;
}

export const retention = defineFamily({
  write: {
    /**
     * Deletes these events, and with a prediction what was said about it. Whose the examples are that were made from
     * them stays known, for a later deletion. @returns how many events were deleted
     */
    expire(db, { positions }: { readonly positions: readonly number[] }): number {
      const rows: Expiring[] = db.all(
        db.build
          .selectFrom("events")
          .select(["position", "id", "contributor", "type", "prediction_id"])
          .where("position", "in", positions),
      );
      for (const { contributor, id, type } of rows) {
        if (type !== "snapshot.settled") continue;
        db.run(
          db.build
            .insertInto("expired_examples")
            .values({ contributor, example_id: exampleId({ kind: "capture", eventId: id }) })
            .onConflict((conflict) => conflict.doNothing()),
        );
      }
      const made = rows.flatMap(({ type, prediction_id }) => (type === "prediction.made" ? (prediction_id ?? []) : []));
      const all = new Set([...rows.map(({ position }) => position), ...saidAbout(db, made)]);
      return db.run(db.build.deleteFrom("events").where("position", "in", [...all]));
    },
  },
  read: {
    /** At most `limit` events behind `after`, in the order of their positions. */
    page(db, { after, limit }: { readonly after: number; readonly limit: number }): AgedEvent[] {
      const rows = db.all(
        db.build
          .selectFrom("events")
          .select(["position", "received_at", "repo"])
          .select((get) => [
            get
              .selectFrom("events as made")
              .select("made.repo")
              .whereRef("made.prediction_id", "=", "events.prediction_id")
              .where("made.repo", "is not", null)
              .limit(1)
              .as("prediction_repo"),
            get
              .selectFrom("verdict_links")
              .innerJoin("events as made", "made.prediction_id", "verdict_links.key")
              .select("made.repo")
              .whereRef("verdict_links.position", "=", "events.position")
              .where("made.repo", "is not", null)
              .limit(1)
              .as("linked_repo"),
          ])
          .where("position", ">", after)
          .orderBy("position")
          .limit(limit),
      );
      return rows.map(({ position, received_at, repo, prediction_repo, linked_repo }) => ({
        position,
        repo: repo ?? prediction_repo ?? linked_repo,
        receivedAt: received_at,
      }));
    },
  },
});

/** Outcomes, kept rates and ratings of these predictions. Captures have a time of their own. */
function saidAbout(db: StoreDatabase, predictionIds: readonly string[]): number[] {
  if (predictionIds.length === 0) return [];
  const named = db.build
    .selectFrom("events")
    .select("position")
    .where("prediction_id", "in", predictionIds)
    .where("type", "!=", "snapshot.settled");
  const linked = db.build
    .selectFrom("verdict_links")
    .select("verdict_links.position")
    .where("verdict_links.key", "in", predictionIds);
  return [...db.all(named), ...db.all(linked)].map(({ position }) => position);
}
