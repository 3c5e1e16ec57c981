/** What is done to `cache.db` in a thread of its own: a deletion must not keep a server waiting. */
import type { CacheTables } from "./cache.ts";
import type { Database } from "./database.ts";
import type { StoreDatabase } from "./family.ts";
import { defineFamily } from "./family.ts";

type CacheDatabase = Database<CacheTables>;

export interface CachedOf {
  readonly exampleIds: readonly string[];
}

export interface CachedCounts {
  readonly answers: number;
  readonly attempts: number;
}

/** Families are typed for `events.db`; this one is run on a connection to the cache alone. */
function onCache<Args, Result>(work: (db: CacheDatabase, args: Args) => Result) {
  return (db: StoreDatabase, args: Args): Result => work(db as unknown as CacheDatabase, args);
}

/** Keys that these examples use, and no others. */
function keysOfAlone(db: CacheDatabase, exampleIds: readonly string[]) {
  return db.build
    .selectFrom("key_examples")
    .select("key_examples.key")
    .distinct()
    .where("key_examples.example_id", "in", exampleIds)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("key_examples as other")
            .select("other.key")
            .whereRef("other.key", "=", "key_examples.key")
            .where("other.example_id", "not in", exampleIds),
        ),
      ),
    );
}

export const erasing = defineFamily({
  write: {
    /** How many `erase` would delete. */
    count: onCache((db, { exampleIds }: CachedOf): CachedCounts => {
      const counted = (table: "answers" | "attempts") => {
        const rows = db.build.selectFrom(table).select((get) => get.fn.countAll<number>().as("n"));
        return db.all(rows.where("key", "in", keysOfAlone(db, exampleIds)))[0]?.n ?? 0;
      };
      return { answers: counted("answers"), attempts: counted("attempts") };
    }),

    /** Deletes what was asked for these examples and for no others, and that anything was asked for them. */
    erase: onCache((db, { exampleIds }: CachedOf): void => {
      const keys = db.all(keysOfAlone(db, exampleIds)).map(({ key }) => key);
      if (keys.length > 0) {
        db.run(db.build.deleteFrom("answers").where("key", "in", keys));
        db.run(db.build.deleteFrom("attempts").where("key", "in", keys));
      }
      db.run(db.build.deleteFrom("key_examples").where("example_id", "in", exampleIds));
      // What a batch still brings for them is then not kept.
      db.run(db.build.deleteFrom("batch_items").where("example_id", "in", exampleIds));
    }),
  },
  read: {},
  maintain: {
    compact: onCache((db): void => db.compact()),
  },
});
