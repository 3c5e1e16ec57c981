/**
 * What became of predictions, for whoever looks at the snapshot that they were made for. Everything is asked as of a
 * position, so that the same question has the same answer later, whatever has come since.
 */
import { snapshotId } from "../../../shared/ids.ts";
import type { Event } from "../../../shared/records/event.ts";
import type { ShownPrediction } from "../../../shared/records/example.ts";
import type { Rating } from "../../../shared/records/rating.ts";
import type { Settlement } from "../../../shared/records/settlement.ts";
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import { regionBefore } from "../../../shared/records/snapshot.ts";
import { unpacked } from "../body.ts";
import type { StoreDatabase } from "../family.ts";
import { defineFamily } from "../family.ts";

export interface VerdictTables {
  verdict_links: { key: string; position: number };
}

export interface VerdictQuestion {
  /** Of the captured snapshot; left out for one that comes from elsewhere. */
  readonly eventId?: string;
  /** `snapshotId` of the snapshot as the asker has it. */
  readonly snapshotId: string;
}

export interface VerdictAnswer {
  /** In the order in which their predictions were stored. */
  readonly shown: readonly ShownPrediction[];
  /** As captured, where the event is stored and anything was shown: redacted since, the asker's may differ. */
  readonly captured: { readonly snapshot: Snapshot; readonly settlement: Settlement } | undefined;
}

type EventOf<Type extends Event["type"]> = Extract<Event, { type: Type }>;

interface Found<Type extends Event["type"]> {
  readonly position: number;
  readonly contributor: string;
  readonly event: EventOf<Type>;
}

export const verdicts = defineFamily({
  write: {},
  read: {
    /** An answer a question, in their order. */
    of(
      db,
      { questions, asOf }: { readonly questions: readonly VerdictQuestion[]; readonly asOf: number },
    ): VerdictAnswer[] {
      const captures = capturesOf(
        db,
        questions.flatMap(({ eventId }) => eventId ?? []),
      );
      const asked = questions.map(({ eventId, snapshotId: own }) => {
        const capture = eventId === undefined ? undefined : captures.get(eventId);
        return { capture, snapshotIds: [...new Set([own, ...(capture ? [snapshotId(capture.snapshot)] : [])])] };
      });
      const bySnapshot = madeFor(db, new Set(asked.flatMap(({ snapshotIds }) => snapshotIds)), asOf);
      const named = asked.flatMap(({ capture }) => capture?.predictionId ?? []);
      const made = madeAs(db, new Set([...named, ...[...bySnapshot.values()].flat()]), asOf);
      const shown = joined(db, [...made.values()], asOf);
      return asked.map(({ capture, snapshotIds }) => {
        const ids = new Set(snapshotIds.flatMap((id) => bySnapshot.get(id) ?? []));
        const own = capture?.predictionId;
        // Made a moment before or after, it may be of another region, and then its text is no answer for this one.
        if (own !== undefined && capture && isOfRegion(made.get(own), capture.snapshot)) ids.add(own);
        const found = [...ids]
          .flatMap((id) => made.get(id) ?? [])
          .filter(({ event }) => event.predictionId === own || snapshotIds.includes(snapshotId(event.snapshot)))
          .sort((a, b) => a.position - b.position);
        const { snapshot, settlement } = capture ?? {};
        return {
          shown: found.flatMap(({ event }) => shown.get(event.predictionId) ?? []),
          captured: snapshot && settlement && found.length > 0 ? { snapshot, settlement } : undefined,
        };
      });
    },
  },
});

function isOfRegion(made: Found<"prediction.made"> | undefined, snapshot: Snapshot): boolean {
  return made !== undefined && regionBefore(made.event.snapshot) === regionBefore(snapshot);
}

function capturesOf(db: StoreDatabase, ids: readonly string[]): Map<string, EventOf<"snapshot.settled">> {
  if (ids.length === 0) return new Map();
  const rows = db.all(
    db.build.selectFrom("events").select(["id", "body"]).where("id", "in", ids).where("type", "=", "snapshot.settled"),
  );
  return new Map(rows.map(({ id, body }) => [id, JSON.parse(unpacked(body)) as EventOf<"snapshot.settled">]));
}

/** The ids of predictions by the id of the snapshot that they were made for. */
function madeFor(db: StoreDatabase, snapshotIds: ReadonlySet<string>, asOf: number): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { event } of linked(db, "prediction.made", [...snapshotIds], asOf)) {
    const snapshot = snapshotId(event.snapshot);
    ids.set(snapshot, [...(ids.get(snapshot) ?? []), event.predictionId]);
  }
  return ids;
}

/** Predictions by their ids. Where an id comes again, with whatever snapshot and text, the first stands. */
function madeAs(db: StoreDatabase, ids: ReadonlySet<string>, asOf: number): Map<string, Found<"prediction.made">> {
  const found = about(db, "prediction.made", [...ids], asOf);
  return new Map(found.reverse().map((each) => [each.event.predictionId, each]));
}

/** By prediction, all that is known of it. */
function joined(
  db: StoreDatabase,
  made: readonly Found<"prediction.made">[],
  asOf: number,
): Map<string, ShownPrediction> {
  const ids = [...new Set(made.map(({ event }) => event.predictionId))];
  const outcomes = Map.groupBy(about(db, "prediction.outcome", ids, asOf), ({ event }) => event.predictionId);
  const kept = Map.groupBy(about(db, "prediction.kept", ids, asOf), ({ event }) => event.predictionId);
  const ratings = Map.groupBy(ratingsOf(db, ids, asOf), ({ predictionId }) => predictionId);
  return new Map(
    made.map(({ contributor, event: { predictionId, model, variant, text, noEdit } }) => {
      // Who was shown a prediction says what became of it; anybody may rate it.
      const own = <F extends { contributor: string }>(found: readonly F[] = []) =>
        found.filter((each) => each.contributor === contributor);
      const newest = own(outcomes.get(predictionId)).at(-1)?.event.outcome;
      const rates = new Map(own(kept.get(predictionId)).map(({ event }) => [event.afterMs, event]));
      const shown: ShownPrediction = {
        predictionId,
        model,
        variant,
        ...(noEdit ? { noEdit } : { text }),
        ...(newest !== undefined && { outcome: newest }),
        ...(rates.size > 0 && {
          kept: [...rates.values()]
            .sort((a, b) => a.afterMs - b.afterMs)
            .map(({ afterMs, keptRate, valid }) => ({ afterMs, keptRate, valid })),
        }),
        ratings: ratings.get(predictionId) ?? [],
      };
      return [predictionId, shown];
    }),
  );
}

/**
 * Those given and not withdrawn, oldest first. The reviewer is whose token it came with, whatever the rating says; where
 * a rating's id comes again, the first stands; nobody takes back what another has said.
 */
function ratingsOf(db: StoreDatabase, predictionIds: readonly string[], asOf: number): Rating[] {
  const found = linked(db, "rating.given", predictionIds, asOf).reverse();
  const given = new Map(found.map((each) => [each.event.rating.id, each]));
  for (const { contributor, event } of linked(db, "rating.withdrawn", [...given.keys()], asOf)) {
    if (given.get(event.ratingId)?.contributor === contributor) given.delete(event.ratingId);
  }
  return [...given.values()]
    .sort((a, b) => a.position - b.position)
    .map(({ contributor, event }) => ({ ...event.rating, reviewer: contributor }));
}

/** Events of a type that the row says are about these predictions, in the order of storing. */
function about<Type extends Event["type"]>(
  db: StoreDatabase,
  type: Type,
  predictionIds: readonly string[],
  asOf: number,
): Found<Type>[] {
  if (predictionIds.length === 0) return [];
  const query = db.build
    .selectFrom("events")
    .select(["position", "contributor", "body"])
    .where("prediction_id", "in", predictionIds)
    .where("type", "=", type)
    .where("position", "<=", asOf)
    .orderBy("position");
  return db.all(query).map((row) => found<Type>(row));
}

/** Events of a type that are linked with these keys, in the order of storing. */
function linked<Type extends Event["type"]>(
  db: StoreDatabase,
  type: Type,
  keys: readonly string[],
  asOf: number,
): Found<Type>[] {
  if (keys.length === 0) return [];
  const query = db.build
    .selectFrom("verdict_links")
    .innerJoin("events", "events.position", "verdict_links.position")
    .select(["events.position", "events.contributor", "events.body"])
    .distinct()
    .where("verdict_links.key", "in", keys)
    .where("verdict_links.position", "<=", asOf)
    .where("events.type", "=", type)
    .orderBy("events.position");
  return db.all(query).map((row) => found<Type>(row));
}

function found<Type extends Event["type"]>(row: {
  position: number;
  contributor: string;
  body: Uint8Array;
}): Found<Type> {
  const { position, contributor, body } = row;
  return { position, contributor, event: JSON.parse(unpacked(body)) as EventOf<Type> };
}
