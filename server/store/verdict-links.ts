/** Keeps `verdict_links`: by what the events of verdicts are found. */
import { snapshotId } from "../../shared/ids.ts";
import type { Event } from "../../shared/records/event.ts";
import type { EventProjection } from "./event-hooks.ts";
import { statement } from "./statement.ts";

const insertLink = statement<{ key: string; position: number }, unknown>((build, param) =>
  build
    .insertInto("verdict_links")
    .values({ key: param("key"), position: param("position") })
    .onConflict((conflict) => conflict.doNothing()),
);

export const verdictLinks: EventProjection = {
  types: ["prediction.made", "rating.given", "rating.withdrawn"],
  apply(db, { position, event }) {
    for (const key of keysOf(event)) db.run(insertLink({ key, position }));
  },
};

function keysOf(event: Event): string[] {
  switch (event.type) {
    case "prediction.made":
      return [snapshotId(event.snapshot)];
    case "rating.given": {
      const { id, predictionId, exampleId } = event.rating;
      return [id, predictionId, exampleId].filter((key) => key !== undefined);
    }
    case "rating.withdrawn":
      return [event.ratingId];
    default:
      return [];
  }
}
