/** Figures over all that is stored, without reading any of it. */
import type { Event } from "../../../shared/records/event.ts";
import { defineFamily } from "../family.ts";

type Outcome = Extract<Event, { type: "prediction.outcome" }>["outcome"];

export interface StatisticsTables {
  event_days: { day: string; type: string; events: number };
  prediction_outcomes: {
    contributor: string;
    prediction_id: string;
    position: number;
    day: string;
    model: string;
    variant: string;
    outcome: string;
  };
}

/** Of the server's clock, in UTC, as `2026-01-31`; both inclusive. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

export interface DayCount {
  readonly day: string;
  readonly type: Event["type"];
  readonly events: number;
}

export interface OutcomeCount {
  readonly model: string;
  readonly variant: string;
  readonly outcome: Outcome;
  readonly predictions: number;
}

export interface Statistics {
  /** In the order of day and type; none for a day without events. */
  readonly days: readonly DayCount[];
  /** Of the outcomes that came on these days. */
  readonly outcomes: readonly OutcomeCount[];
  /** Whenever stored. */
  readonly stored: {
    readonly events: number;
    /** Of the canonical JSON in UTF-8, and as they lie in the database. */
    readonly bodyBytes: number;
    readonly storedBytes: number;
  };
  readonly contributors: { readonly known: number; readonly withEvents: number };
}

export const statistics = defineFamily({
  write: {},
  read: {
    of(db, { from, to }: DayRange): Statistics {
      const days = db.all(
        db.build
          .selectFrom("event_days")
          .selectAll()
          .where("day", ">=", from)
          .where("day", "<=", to)
          .orderBy("day")
          .orderBy("type"),
      );
      const outcomes = db.all(
        db.build
          .selectFrom("prediction_outcomes")
          .select(["model", "variant", "outcome"])
          .select((get) => get.fn.countAll<number>().as("predictions"))
          .where("day", ">=", from)
          .where("day", "<=", to)
          .groupBy(["model", "variant", "outcome"])
          .orderBy("model")
          .orderBy("variant")
          .orderBy("outcome"),
      );
      const [stored] = db.all(
        db.build
          .selectFrom("event_totals")
          .select((get) => [
            get.fn.coalesce(get.fn.sum<number>("events"), get.lit(0)).as("events"),
            get.fn.coalesce(get.fn.sum<number>("body_bytes"), get.lit(0)).as("body_bytes"),
            get.fn.coalesce(get.fn.sum<number>("stored_bytes"), get.lit(0)).as("stored_bytes"),
            get.fn.count<number>("contributor").distinct().as("contributors"),
          ]),
      );
      const [known] = db.all(
        db.build.selectFrom("contributors").select((get) => get.fn.countAll<number>().as("count")),
      );
      return {
        days: days.map((row) => ({ ...row, type: row.type as Event["type"] })),
        outcomes: outcomes.map((row) => ({ ...row, outcome: row.outcome as Outcome })),
        stored: {
          events: stored?.events ?? 0,
          bodyBytes: stored?.body_bytes ?? 0,
          storedBytes: stored?.stored_bytes ?? 0,
        },
        contributors: { known: known?.count ?? 0, withEvents: stored?.contributors ?? 0 },
      };
    },
  },
});
