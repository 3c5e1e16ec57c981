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

/** What is stored of somebody. */
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

export function isContributor(db: StoreDatabase, id: string): boolean {
  return db.all(db.build.selectFrom("contributors").select("id").where("id", "=", id)).length > 0;
}

export const contributors = defineFamily({
  write: {
    add(db, { id, name, actor }: { id: string; name?: string | undefined; actor: Actor }): Contributor {
      addContributor(db, id, name, actor);
      return { id, name, createdAt: actor.at };
    },
    /** @throws Refusal `unknown-contributor` */
    rename(db, { id, name, actor }: { id: string; name: string | undefined; actor: Actor }): Contributor {
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
    list(db): (Contributor & Pick<Stored, "events" | "lastAt">)[] {
      const rows = db.all(
        db.build
          .selectFrom("contributors")
          .leftJoin("events", "events.contributor", "contributors.id")
          .select(["contributors.id", "name", "created_at"])
          .select((get) => [
            get.fn.count<number>("events.position").as("events"),
            get.fn.max("received_at").as("last_at"),
          ])
          .groupBy("contributors.id")
          .orderBy("created_at")
          .orderBy("contributors.id"),
      );
      return rows.map(({ id, name, created_at, events, last_at }) => ({
        id,
        name: name ?? undefined,
        createdAt: created_at,
        events,
        lastAt: last_at ?? undefined,
      }));
    },
    find(db, { id }: { id: string }): Contributor | undefined {
      const [row] = db.all(db.build.selectFrom("contributors").selectAll().where("id", "=", id));
      return row && { id: row.id, name: row.name ?? undefined, createdAt: row.created_at };
    },
    stored(db, { id }: { id: string }): Stored {
      const rows = db.all(
        db.build
          .selectFrom("events")
          .select("type")
          .select((get) => [
            get.fn.countAll<number>().as("events"),
            get.fn.sum<number>("body_bytes").as("bytes"),
            get.fn.min("received_at").as("first_at"),
            get.fn.max("received_at").as("last_at"),
          ])
          .where("contributor", "=", id)
          .groupBy("type")
          .orderBy("type"),
      );
      const times = (name: "first_at" | "last_at") => rows.map((row) => row[name]).sort();
      return {
        events: rows.reduce((sum, row) => sum + row.events, 0),
        bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
        byType: Object.fromEntries(rows.map((row) => [row.type, row.events])),
        firstAt: times("first_at")[0],
        lastAt: times("last_at").at(-1),
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
