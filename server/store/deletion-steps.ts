/** What a deletion does in the store's database, in portions. Each may be done again. */
import { exampleId } from "../../shared/ids.ts";
import type { ErasedPerson } from "./deletion-hooks.ts";
import { erasures } from "./deletion-hooks.ts";
import type { StoreDatabase } from "./family.ts";

/** Where the work in this database stands, between two portions. After a crash it starts at the first step again. */
export interface RowCursor {
  readonly step: number;
  readonly after: string;
}

/** One portion. @returns behind which id to go on; undefined where the step is through */
type Step = (db: StoreDatabase, person: ErasedPerson, limit: number, after: string) => string | undefined;

/** Ids of what was made from events that retention has deleted before. */
const takeExpired: Step = (db, { deletion, contributor }, limit) => {
  const theirs = db.build.selectFrom("expired_examples").select("example_id").where("contributor", "=", contributor);
  const ids = db.all(theirs.limit(limit)).map(({ example_id }) => example_id);
  if (ids.length === 0) return undefined;
  addExamples(db, deletion, ids);
  db.run(db.build.deleteFrom("expired_examples").where("contributor", "=", contributor).where("example_id", "in", ids));
  return "";
};

/** Their own events; the ids of what was made from them are noted. */
const eraseOwn: Step = (db, { deletion, contributor, before }, limit) => {
  let query = db.build
    .selectFrom("events")
    .select(["position", "id", "type", "prediction_id"])
    .where("contributor", "=", contributor)
    .orderBy("position")
    .limit(limit);
  if (before !== null) {
    // By either clock: what was stored when the person asked is theirs to take back, whatever their clock said.
    query = query.where((is) => is.or([is("at", "<", before), is("received_at", "<", before)]));
  }
  const rows = db.all(query);
  if (rows.length === 0) return undefined;
  addExamples(
    db,
    deletion,
    rows.flatMap(({ id, type }) => (type === "snapshot.settled" ? [exampleId({ kind: "capture", eventId: id })] : [])),
  );
  for (const { type, prediction_id } of rows) {
    if (prediction_id === null || type === "rating.given") continue;
    db.run(
      db.build
        .insertInto("deletion_predictions")
        .values({ deletion, prediction_id })
        .onConflict((conflict) => conflict.doNothing()),
    );
  }
  deleteEvents(db, deletion, rows, "events");
  return "";
};

/** What others said about their predictions: a reviewer's text holds the person's code. */
const eraseAboutPredictions: Step = (db, { deletion, contributor }, limit, after) => {
  const ids = db
    .all(
      db.build
        .selectFrom("deletion_predictions")
        .select("prediction_id")
        .where("deletion", "=", deletion)
        .where("prediction_id", ">", after)
        .orderBy("prediction_id")
        .limit(limit),
    )
    .map(({ prediction_id }) => prediction_id);
  if (ids.length === 0) return undefined;
  const named = db.all(
    db.build
      .selectFrom("events")
      .select(["position", "type"])
      .where("contributor", "!=", contributor)
      .where("prediction_id", "in", ids),
  );
  const rows = new Map([...named, ...linkedBy(db, ids, contributor)].map((row) => [row.position, row]));
  deleteEvents(db, deletion, [...rows.values()], "others");
  return ids.at(-1);
};

/** What others said about their examples. */
const eraseAboutExamples: Step = (db, { deletion, contributor }, limit, after) => {
  const ids = examplesOf(db, deletion, after, limit);
  if (ids.length === 0) return undefined;
  deleteEvents(db, deletion, linkedBy(db, ids, contributor), "others");
  return ids.at(-1);
};

/** In order; a step that is through is not come back to. */
export const steps: readonly Step[] = [
  takeExpired,
  eraseOwn,
  eraseAboutPredictions,
  eraseAboutExamples,
  ...erasures.map(
    ({ kind, erase }): Step =>
      (db, person, limit) => {
        const erased = erase(db, person, limit);
        count(db, person.deletion, kind, erased);
        return erased > 0 ? "" : undefined;
      },
  ),
];

interface FoundEvent {
  readonly position: number;
  readonly type: string;
}

function linkedBy(db: StoreDatabase, keys: readonly string[], contributor: string): FoundEvent[] {
  return db.all(
    db.build
      .selectFrom("verdict_links")
      .innerJoin("events", "events.position", "verdict_links.position")
      .select(["events.position", "events.type"])
      .distinct()
      .where("verdict_links.key", "in", keys)
      .where("events.contributor", "!=", contributor),
  );
}

function deleteEvents(db: StoreDatabase, deletion: string, rows: readonly FoundEvent[], prefix: string): void {
  if (rows.length === 0) return;
  const positions = rows.map(({ position }) => position);
  db.run(db.build.deleteFrom("events").where("position", "in", positions));
  for (const [type, found] of Map.groupBy(rows, (row) => row.type)) {
    count(db, deletion, `${prefix}.${type}`, found.length);
  }
}

/** Ids behind `after`, in order. */
export function examplesOf(db: StoreDatabase, deletion: string, after: string, limit: number): string[] {
  return db
    .all(
      db.build
        .selectFrom("deletion_examples")
        .select("example_id")
        .where("deletion", "=", deletion)
        .where("example_id", ">", after)
        .orderBy("example_id")
        .limit(limit),
    )
    .map((row) => row.example_id);
}

/** Counts more of a kind, in the transaction that deletes it. */
export function count(db: StoreDatabase, deletion: string, kind: string, more: number): void {
  if (more === 0) return;
  db.run(
    db.build
      .insertInto("deletion_counts")
      .values({ deletion, kind, part: "", count: more })
      .onConflict((conflict) =>
        conflict
          .columns(["deletion", "kind", "part"])
          .doUpdateSet((set) => ({ count: set("deletion_counts.count", "+", set.ref("excluded.count")) })),
      ),
  );
}

/** Notes what is theirs, and may be found outside of this database. */
export function addExamples(db: StoreDatabase, deletion: string, ids: readonly string[]): void {
  for (const example_id of ids) {
    db.run(
      db.build
        .insertInto("deletion_examples")
        .values({ deletion, example_id })
        .onConflict((conflict) => conflict.doNothing()),
    );
  }
}
