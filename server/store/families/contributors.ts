/** People, by pseudonym. The name is here and nowhere else, for those who must find a person's data. */
import type { StoreDatabase } from "../family.ts";
import { defineFamily } from "../family.ts";
import { Refusal } from "../faults.ts";
import type { Actor } from "./audit.ts";
import { recordAct } from "./audit.ts";

export interface ContributorTables {
  contributors: { id: string; name: string | null; created_at: string };
}

export interface Contributor {
  readonly id: string;
  readonly name?: string | undefined;
  readonly createdAt: string;
}

/** What is stored of somebody, told without reading all of it. */
export interface Stored {
  readonly events: number;
  /** Of their events as canonical JSON. */
  readonly bytes: number;
  readonly byType: Readonly<Record<string, number>>;
  /** When the server got the first and the last of them. */
  readonly firstAt?: string | undefined;
  readonly lastAt?: string | undefined;
}

/** For methods of other families. */
export function addContributor(db: StoreDatabase, id: string, name: string | undefined, actor: Actor): void {
  db.run(db.build.insertInto("contributors").values({ id, name: name ?? null, created_at: actor.at }));
  recordAct(db, { ...actor, act: "contributor.add", subject: id });
}

/**
 * Of somebody whom an admin had forgotten nothing is taken any more: a token or a name would say otherwise.
 * @throws Refusal `forgotten`
 */
export function refuseForgotten(db: StoreDatabase, id: string): void {
  if (forgottenAt(db).get(id) === undefined) return;
  throw new Refusal({
    code: "forgotten",
    message:
      "An admin had this contributor forgotten, and nothing of theirs is taken any more. Who wants to contribute again is " +
      "somebody new (stillpoint token create NAME).",
    field: "contributor",
  });
}

/** By the contributor's id. A person's own deletion leaves them one. */
function forgottenAt(db: StoreDatabase): Map<string, string> {
  const all = db.all(
    db.build.selectFrom("deletions").select(["contributor", "at"]).where("before", "is", null).orderBy("at", "desc"),
  );
  return new Map(all.map(({ contributor, at }) => [contributor, at]));
}

export function isContributor(db: StoreDatabase, id: string): boolean {
  return db.all(db.build.selectFrom("contributors").select("id").where("id", "=", id)).length > 0;
}

export const contributors = defineFamily({
  write: {
    add(db, { id, name, actor }: { id: string; name?: string | undefined; actor: Actor }): Contributor {
      addContributor(db, id, name, actor);
      return { id, name, createdAt: actor.at };
    },
    /** @throws Refusal `unknown-contributor` or `forgotten` */
    rename(db, { id, name, actor }: { id: string; name: string | undefined; actor: Actor }): Contributor {
      refuseForgotten(db, id);
      const [row] = db.all(
        db.build
          .updateTable("contributors")
          .set({ name: name ?? null })
          .where("id", "=", id)
          .returning("created_at"),
      );
      if (row === undefined) throw unknownContributor();
      recordAct(db, { ...actor, act: "contributor.rename", subject: id });
      return { id, name, createdAt: row.created_at };
    },
  },
  read: {
    /** All of them, by when they were added, with how much is stored of each. */
    list(db): (Contributor & Pick<Stored, "events" | "lastAt"> & { readonly forgottenAt?: string | undefined })[] {
      const forgotten = forgottenAt(db);
      const rows = db.all(
        db.build
          .selectFrom("contributors")
          .select(["contributors.id", "name", "created_at"])
          .select(({ selectFrom }) => [
            selectFrom("event_totals")
              .select((get) => get.fn.sum<number>("events").as("events"))
              .whereRef("event_totals.contributor", "=", "contributors.id")
              .as("events"),
            selectFrom("events")
              .select("received_at")
              .whereRef("events.contributor", "=", "contributors.id")
              .orderBy("position", "desc")
              .limit(1)
              .as("last_at"),
          ])
          .orderBy("created_at")
          .orderBy("contributors.id"),
      );
      return rows.map(({ id, name, created_at, events, last_at }) => ({
        id,
        name: name ?? undefined,
        createdAt: created_at,
        events: events ?? 0,
        lastAt: last_at ?? undefined,
        forgottenAt: forgotten.get(id),
      }));
    },
    find(db, { id }: { id: string }): Contributor | undefined {
      const [row] = db.all(db.build.selectFrom("contributors").selectAll().where("id", "=", id));
      return row && { id: row.id, name: row.name ?? undefined, createdAt: row.created_at };
    },
    stored(db, { id }: { id: string }): Stored {
      const totals = db.all(
        db.build.selectFrom("event_totals").selectAll().where("contributor", "=", id).orderBy("type"),
      );
      const receivedAt = (order: "asc" | "desc") => {
        const theirs = db.build.selectFrom("events").select("received_at").where("contributor", "=", id);
        return db.all(theirs.orderBy("position", order).limit(1))[0]?.received_at;
      };
      return {
        events: totals.reduce((sum, row) => sum + row.events, 0),
        bytes: totals.reduce((sum, row) => sum + row.body_bytes, 0),
        byType: Object.fromEntries(totals.map((row) => [row.type, row.events])),
        firstAt: receivedAt("asc"),
        lastAt: receivedAt("desc"),
      };
    },
  },
});

function unknownContributor(): Refusal {
  return new Refusal({
    code: "unknown-contributor",
    message: "There is no contributor of this id; stillpoint contributors lists them.",
    field: "contributor",
  });
}
