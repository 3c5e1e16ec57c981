/** What contributors sent: each event once, in the order in which it was stored. */
import { canonicalJson } from "../../../shared/canonical-json.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import type { Event } from "../../../shared/records/event.ts";
import { packed, unpacked } from "../body.ts";
import type { RefusedEvent } from "../event-hooks.ts";
import { eventGuards, eventProjections } from "../event-hooks.ts";
import type { StoreDatabase } from "../family.ts";
import { defineFamily, prepared } from "../family.ts";
import { statement } from "../statement.ts";

/** A page ends behind the event that fills it. */
const pageBytes = 4 * 2 ** 20;

export interface EventTables {
  event_counter: { only: number; last_position: number };
  event_totals: { contributor: string; type: string; events: number; body_bytes: number; stored_bytes: number };
  events: {
    position: number;
    id: string;
    contributor: string;
    type: string;
    at: string;
    received_at: string;
    repo: string | null;
    language_id: string | null;
    path: string | null;
    prediction_id: string | null;
    content_hash: string;
    body_bytes: number;
    body: Uint8Array;
  };
}

export interface AppendArgs {
  /** Whose token they came with: they belong to that one. */
  readonly contributor: string;
  /** RFC 3339, UTC, milliseconds: the server's clock. */
  readonly receivedAt: string;
  /** Valid ones. */
  readonly events: readonly Event[];
}

export type AppendResult =
  | { readonly status: "stored"; readonly position: number }
  /** Known, with this very content, from this contributor. */
  | { readonly status: "duplicate"; readonly position: number }
  /** `conflict`: the id is known with other content, or from another contributor; or what a guard says. */
  | ({ readonly status: "refused" } & RefusedEvent);

/** An event as it crosses to the writing thread: its text is copied in a tenth of the time that its tree would take. */
interface SentEvent {
  readonly id: string;
  readonly type: Event["type"];
  readonly at: string;
  readonly repo: string | null;
  readonly languageId: string | null;
  readonly path: string | null;
  readonly predictionId: string | null;
  readonly canonical: string;
}

interface SentBatch {
  readonly contributor: string;
  readonly receivedAt: string;
  readonly events: readonly SentEvent[];
}

export interface PageArgs {
  /** Events behind this position; 0 for the first. */
  readonly after: number;
  /** Up to this position, inclusive; to the end where it is left out. */
  readonly upTo?: number;
  /** Of everybody where it is left out. */
  readonly contributor?: string;
  readonly limit: number;
}

export interface StoredEvent {
  readonly position: number;
  readonly id: string;
  readonly contributor: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly receivedAt: string;
  readonly contentHash: string;
  /** The event as canonical JSON. */
  readonly body: string;
}

export interface EventTotals {
  readonly contributor: string;
  readonly type: Event["type"];
  readonly events: number;
  /** Of the canonical JSON in UTF-8, and as they lie in the database. */
  readonly bodyBytes: number;
  readonly storedBytes: number;
}

const findById = statement<{ id: string }, { position: number; contributor: string; content_hash: string }>(
  (build, param) =>
    build.selectFrom("events").select(["position", "contributor", "content_hash"]).where("id", "=", param("id")),
);
const insertEvent = statement<EventTables["events"], unknown>((build, param) =>
  build.insertInto("events").values({
    position: param("position"),
    id: param("id"),
    contributor: param("contributor"),
    type: param("type"),
    at: param("at"),
    received_at: param("received_at"),
    repo: param("repo"),
    language_id: param("language_id"),
    path: param("path"),
    prediction_id: param("prediction_id"),
    content_hash: param("content_hash"),
    body_bytes: param("body_bytes"),
    body: param("body"),
  }),
);
const readCounter = statement<object, { last_position: number }>((build) =>
  build.selectFrom("event_counter").select("last_position"),
);
const setCounter = statement<{ last_position: number }, unknown>((build, param) =>
  build.updateTable("event_counter").set({ last_position: param("last_position") }),
);
const raiseTotals = statement<EventTables["event_totals"], unknown>((build, param) =>
  build
    .insertInto("event_totals")
    .values({
      contributor: param("contributor"),
      type: param("type"),
      events: param("events"),
      body_bytes: param("body_bytes"),
      stored_bytes: param("stored_bytes"),
    })
    .onConflict((conflict) =>
      conflict.columns(["contributor", "type"]).doUpdateSet((set) => ({
        events: set("event_totals.events", "+", set.ref("excluded.events")),
        body_bytes: set("event_totals.body_bytes", "+", set.ref("excluded.body_bytes")),
        stored_bytes: set("event_totals.stored_bytes", "+", set.ref("excluded.stored_bytes")),
      })),
    ),
);

function sent(event: Event): SentEvent {
  const snapshot = "snapshot" in event ? event.snapshot : undefined;
  return {
    id: event.id,
    type: event.type,
    at: event.at,
    repo: snapshot?.repo?.remote ?? null,
    languageId: snapshot?.document.languageId ?? null,
    path: snapshot?.document.path ?? null,
    predictionId: ("predictionId" in event ? event.predictionId : undefined) ?? null,
    canonical: canonicalJson(event),
  };
}

function lastPosition(db: StoreDatabase): number {
  const [counter] = db.all(readCounter({}));
  if (counter === undefined) throw new Error("the counter of positions has no row");
  return counter.last_position;
}

function append(db: StoreDatabase, { contributor, receivedAt, events: batch }: SentBatch): AppendResult[] {
  const guards = eventGuards.flatMap((guard) => guard(db, contributor) ?? []);
  const before = lastPosition(db);
  let position = before;
  const raised = new Map<string, EventTables["event_totals"]>();

  const results = batch.map((event): AppendResult => {
    const contentHash = sha256Hex(event.canonical);
    const [known] = db.all(findById({ id: event.id }));
    if (known !== undefined) {
      return known.contributor === contributor && known.content_hash === contentHash
        ? { status: "duplicate", position: known.position }
        : { status: "refused", code: "conflict", detail: "This id is known with other content." };
    }
    for (const guard of guards) {
      const refused = guard(event);
      if (refused) return { status: "refused", ...refused };
    }
    position += 1;
    const body = packed(event.canonical);
    const bodyBytes = Buffer.byteLength(event.canonical);
    db.run(
      insertEvent({
        position,
        id: event.id,
        contributor,
        type: event.type,
        at: event.at,
        received_at: receivedAt,
        repo: event.repo,
        language_id: event.languageId,
        path: event.path,
        prediction_id: event.predictionId,
        content_hash: contentHash,
        body_bytes: bodyBytes,
        body,
      }),
    );
    const total = raised.get(event.type) ?? {
      contributor,
      type: event.type,
      events: 0,
      body_bytes: 0,
      stored_bytes: 0,
    };
    total.events += 1;
    total.body_bytes += bodyBytes;
    total.stored_bytes += body.length;
    raised.set(event.type, total);
    const told = eventProjections.filter(({ types }) => types.includes(event.type));
    if (told.length > 0) {
      const stored = { position, contributor, receivedAt, event: JSON.parse(event.canonical) as Event };
      for (const projection of told) projection.apply(db, stored);
    }
    return { status: "stored", position };
  });

  if (position > before) db.run(setCounter({ last_position: position }));
  for (const total of raised.values()) db.run(raiseTotals(total));
  return results;
}

export const events = defineFamily({
  write: {
    /** One result an event, in their order. An id that comes twice in one call is stored once. */
    append: prepared(
      ({ contributor, receivedAt, events: given }: AppendArgs): SentBatch => ({
        contributor,
        receivedAt,
        events: given.map(sent),
      }),
      append,
    ),
  },
  read: {
    /**
     * Events in the order of their positions: at most `limit`, and fewer where they are big. None where there are no
     * more; `readEvents` asks on until then.
     */
    page(db, { after, upTo, contributor, limit }: PageArgs): StoredEvent[] {
      let query = db.build
        .selectFrom("events")
        .select(["position", "id", "contributor", "received_at", "content_hash", "body_bytes", "body"])
        .where("position", ">", after)
        .orderBy("position")
        .limit(limit);
      if (upTo !== undefined) query = query.where("position", "<=", upTo);
      if (contributor !== undefined) query = query.where("contributor", "=", contributor);
      const page: StoredEvent[] = [];
      let bytes = 0;
      for (const row of db.each(query)) {
        page.push({
          position: row.position,
          id: row.id,
          contributor: row.contributor,
          receivedAt: row.received_at,
          contentHash: row.content_hash,
          body: unpacked(row.body),
        });
        bytes += row.body_bytes;
        if (bytes >= pageBytes) break;
      }
      return page;
    },

    /** Of the event that was stored last; 0 where there was none yet. A later one has a higher position. */
    lastPosition: (db): number => lastPosition(db),

    /** How much is stored, by contributor and type, in that order; of one contributor where one is named. */
    totals(db, { contributor }: { readonly contributor?: string }): EventTotals[] {
      let query = db.build.selectFrom("event_totals").selectAll().orderBy("contributor").orderBy("type");
      if (contributor !== undefined) query = query.where("contributor", "=", contributor);
      return db.all(query).map((row) => ({
        contributor: row.contributor,
        type: row.type as Event["type"],
        events: row.events,
        bodyBytes: row.body_bytes,
        storedBytes: row.stored_bytes,
      }));
    },
  },
});
