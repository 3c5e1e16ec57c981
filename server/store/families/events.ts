/** What contributors sent: each event once, in the order in which it was stored. */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { canonicalJson } from "../../../shared/canonical-json.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import type { Event } from "../../../shared/records/event.ts";
import type { StoreDatabase } from "../family.ts";
import { defineFamily } from "../family.ts";

export interface EventTables {
  event_counter: { only: number; last_position: number };
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
  /** Whose token it came with. */
  readonly contributor: string;
  /** RFC 3339, UTC, milliseconds: the server's clock. */
  readonly receivedAt: string;
  /** Valid. */
  readonly events: readonly Event[];
}

export type AppendResult =
  | { readonly status: "stored"; readonly position: number }
  /** Known with this very content. */
  | { readonly status: "duplicate"; readonly position: number }
  /** `conflict`: known with other content, or from somebody else. */
  | { readonly status: "refused"; readonly code: string; readonly detail: string };

export interface StoredEvent {
  readonly position: number;
  readonly contributor: string;
  readonly receivedAt: string;
  readonly event: Event;
}

function compress(canonical: string): Uint8Array {
  return zstdCompressSync(canonical);
}

function decompress(body: Uint8Array): string {
  return zstdDecompressSync(body).toString("utf8");
}

function appendOne(db: StoreDatabase, { contributor, receivedAt }: AppendArgs, event: Event): AppendResult {
  const canonical = canonicalJson(event);
  const contentHash = sha256Hex(canonical);
  const [known] = db.all(
    db.build.selectFrom("events").select(["position", "contributor", "content_hash"]).where("id", "=", event.id),
  );
  if (known) {
    if (known.contributor === contributor && known.content_hash === contentHash) {
      return { status: "duplicate", position: known.position };
    }
    return { status: "refused", code: "conflict", detail: "This id is taken by an event with other content." };
  }
  const [counter] = db.all(
    db.build
      .updateTable("event_counter")
      .set((set) => ({ last_position: set("last_position", "+", 1) }))
      .returning("last_position"),
  );
  if (counter === undefined) throw new Error("the counter of positions has no row");
  const position = counter.last_position;
  const snapshot = "snapshot" in event ? event.snapshot : undefined;
  db.run(
    db.build.insertInto("events").values({
      position,
      id: event.id,
      contributor,
      type: event.type,
      at: event.at,
      received_at: receivedAt,
      repo: snapshot?.repo?.remote ?? null,
      language_id: snapshot?.document.languageId ?? null,
      path: snapshot?.document.path ?? null,
      prediction_id: "predictionId" in event ? (event.predictionId ?? null) : null,
      content_hash: contentHash,
      body_bytes: Buffer.byteLength(canonical),
      body: compress(canonical),
    }),
  );
  return { status: "stored", position };
}

export const events = defineFamily({
  write: {
    /** One result an event, in their order. */
    append(db, args: AppendArgs): AppendResult[] {
      return args.events.map((event) => appendOne(db, args, event));
    },
  },
  read: {
    /** Up to `limit` events behind `after` (0: from the first), in the order of their positions. */
    page(db, { after, limit }: { after: number; limit: number }): StoredEvent[] {
      const rows = db.all(
        db.build
          .selectFrom("events")
          .select(["position", "contributor", "received_at", "body"])
          .where("position", ">", after)
          .orderBy("position")
          .limit(limit),
      );
      return rows.map((row) => ({
        position: row.position,
        contributor: row.contributor,
        receivedAt: row.received_at,
        event: JSON.parse(decompress(row.body)) as Event,
      }));
    },
    lastPosition(db): number {
      const [row] = db.all(db.build.selectFrom("event_counter").select("last_position"));
      return row?.last_position ?? 0;
    },
  },
});
