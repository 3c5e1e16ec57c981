/**
 * A family is what the store can do with one kind of thing: a file `families/NAME.ts` that exports
 *
 *     export interface ThingTables { things: { id: string; name: string } }
 *
 *     export const things = defineFamily({
 *       write: {
 *         rename(db, { id, name }: { id: string; name: string }): { renamed: boolean } {
 *           if (name === "") throw new Refusal({ code: "no-name", message: "A thing needs a name.", field: "name" });
 *           const query = db.build.updateTable("things").set({ name }).where("id", "=", id);
 *           return { renamed: db.run(query) === 1 };
 *         },
 *       },
 *       read: {
 *         names(db): string[] {
 *           return db.all(db.build.selectFrom("things").select("name").orderBy("name")).map((row) => row.name);
 *         },
 *       },
 *     });
 *
 * To add one: its tables as SQL in `event-migrations/NNN-name.ts` (the last line in `event-migrations/index.ts`), their columns
 * as an interface of the family's file (a line in `tables.ts`), and the family itself (a line in `families/index.ts`).
 * The main thread then has `store.things.rename({ id, name }): Promise<{ renamed: boolean }>`.
 *
 * Rules. A method is synchronous and runs in a worker thread. It takes one argument of plain data (what structured clone
 * copies) or none, and returns plain data. It has no clock and no randomness: times and ids come in the argument.
 * - `write` methods run inside a transaction that calls arriving together share, each in a savepoint of its own: one that
 *   throws a `Refusal` is undone alone. The caller hears of its result after the commit, when it is on disk. They must be
 *   short, for all others wait: delete in portions.
 * - `read` methods run in a second thread on a read-only connection, in a transaction of their own. What is large is
 *   given in pages.
 * - `maintain` methods, which a family may have, run alone in the writing thread and in no transaction: for what SQLite
 *   allows in none (`db.compact()`). Everybody's writes wait meanwhile. Where the database is held they reject at once.
 * - `prepared(prepare, run)` is a method whose argument the calling thread makes smaller before it crosses.
 * - A method may call the functions of another family: they share its transaction.
 * - Who has to refuse events, or keep tables in step with them: `event-hooks.ts`.
 * Nothing of the dialect leaves `server/store`: no row ids, no SQL, no driver's errors.
 */
import type { Database } from "./database.ts";
import type { StoreTables } from "./tables.ts";

export type StoreDatabase = Database<StoreTables>;

// biome-ignore-start lint/suspicious/noExplicitAny: an argument's type is known where the method is, not here
/** Runs in a worker. */
type Run = (db: StoreDatabase, args: any) => unknown;

/** Whose argument is made ready by the thread that calls, so that less has to cross and the worker has less to do. */
export interface PreparedMethod {
  prepare(args: any): unknown;
  readonly run: Run;
}
// biome-ignore-end lint/suspicious/noExplicitAny: likewise

export type Method = Run | PreparedMethod;

export interface Family {
  readonly write: Readonly<Record<string, Method>>;
  readonly read: Readonly<Record<string, Method>>;
  readonly maintain?: Readonly<Record<string, Method>>;
}

export function defineFamily<const Methods extends Family>(methods: Methods): Methods {
  return methods;
}

/** @param prepare runs in the calling thread, and what it throws is the caller's to hear */
export function prepared<Args, Sent, Result>(
  prepare: (args: Args) => Sent,
  run: (db: StoreDatabase, sent: Sent) => Result,
) {
  return { prepare, run };
}

type Call<M extends Method> = M extends { prepare(args: infer Args): unknown; run: infer R extends Run }
  ? (args: Args) => Promise<ReturnType<R>>
  : M extends Run
    ? Parameters<M> extends [unknown, infer Args]
      ? (args: Args) => Promise<ReturnType<M>>
      : () => Promise<ReturnType<M>>
    : never;

/** A family as the main thread sees it. */
export type Calls<F extends Family> = {
  readonly [Name in keyof F["write"]]: Call<F["write"][Name]>;
} & {
  readonly [Name in keyof F["read"]]: Call<F["read"][Name]>;
} & (F extends { maintain: infer M extends Readonly<Record<string, Method>> }
    ? { readonly [Name in keyof M]: Call<M[Name]> }
    : unknown);
