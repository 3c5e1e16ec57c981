/** Keeps what became of each prediction where it can be counted without reading events. */
import type { EventProjection } from "./event-hooks.ts";
import type { StatisticsTables } from "./families/statistics.ts";
import { statement } from "./statement.ts";

const setOutcome = statement<StatisticsTables["prediction_outcomes"], unknown>((build, param) =>
  build
    .insertInto("prediction_outcomes")
    .values({
      contributor: param("contributor"),
      prediction_id: param("prediction_id"),
      position: param("position"),
      day: param("day"),
      model: param("model"),
      variant: param("variant"),
      outcome: param("outcome"),
    })
    .onConflict((conflict) =>
      conflict.columns(["contributor", "prediction_id"]).doUpdateSet((set) => ({
        position: set.ref("excluded.position"),
        day: set.ref("excluded.day"),
        model: set.ref("excluded.model"),
        variant: set.ref("excluded.variant"),
        outcome: set.ref("excluded.outcome"),
      })),
    ),
);

/** `2026-01-31` */
const dayLength = 10;

export const outcomeCounts: EventProjection = {
  types: ["prediction.outcome"],
  apply(db, { position, contributor, receivedAt, event }) {
    if (event.type !== "prediction.outcome") return;
    const { predictionId, model, variant, outcome } = event;
    const day = receivedAt.slice(0, dayLength);
    db.run(setOutcome({ contributor, prediction_id: predictionId, position, day, model, variant, outcome }));
  },
};
