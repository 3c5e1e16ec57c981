/**
 * Deletions: which are in force, and their work in this database, in portions. What is deleted, and under which ids it
 * may be found elsewhere, is one transaction, so that a crash forgets neither.
 */
import type { RowCursor } from "../deletion-steps.ts";
import { addExamples, count, examplesOf, steps } from "../deletion-steps.ts";
import type { EventGuard } from "../event-hooks.ts";
import type { StoreDatabase } from "../family.ts";
import { defineFamily } from "../family.ts";
import { Refusal } from "../faults.ts";
import type { Actor } from "./audit.ts";
import { recordAct } from "./audit.ts";

export type DeletionState = "rows" | "files" | "compact" | "done";

export interface DeletionTables {
  deletions: {
    id: string;
    contributor: string;
    at: string;
    before: string | null;
    first_received_at: string | null;
    state: DeletionState;
    receipt: string | null;
  };
  deletion_counts: { deletion: string; kind: string; part: string; count: number };
  deletion_examples: { deletion: string; example_id: string };
  deletion_predictions: { deletion: string; prediction_id: string };
  expired_examples: { contributor: string; example_id: string };
}

export interface StoredDeletion {
  readonly id: string;
  readonly contributor: string;
  readonly at: string;
  readonly before: string | null;
  /** When the server got the first of what is theirs, their name included; undefined where that is not known. */
  readonly firstReceivedAt: string | undefined;
  readonly state: DeletionState;
  /** The signed receipt as JSON, once done. */
  readonly receipt: string | undefined;
}

export interface BeginArgs {
  readonly id: string;
  readonly contributor: string;
  readonly at: string;
  readonly before: string | null;
  readonly firstReceivedAt: string | undefined;
  readonly actor: Actor;
}

export interface Span {
  readonly since: string | undefined;
  readonly newest: string | undefined;
}

/** A part of the work outside of this database: noted before it is done, so that doing it again counts once. */
export interface PartArgs {
  readonly id: string;
  /** By kind and part. A count of 0 takes none away that was noted before. */
  readonly counts: readonly { readonly kind: string; readonly part: string; readonly count: number }[];
  /** Found on the way: theirs, and not made from an event. */
  readonly examples: readonly string[];
}

/** What a token is called whose holder's words were deleted. */
const noLabel = "label deleted";

/** Of events: from before their contributor's deletion, or of somebody whom an admin had forgotten. */
export const deletionGuard: EventGuard = (db, contributor) => {
  const found = db.all(db.build.selectFrom("deletions").select("before").where("contributor", "=", contributor));
  if (found.length === 0) return undefined;
  const all = found.some(({ before }) => before === null);
  const latest =
    found
      .map(({ before }) => before ?? "")
      .sort()
      .at(-1) ?? "";
  return ({ at }) => {
    if (all)
      return {
        code: "deleted",
        detail: "What this contributor sends is not stored any more: an admin had it deleted.",
      };
    if (at >= latest) return undefined;
    return { code: "deleted", detail: `It is from before ${latest}, when its contributor had everything deleted.` };
  };
};

function find(db: StoreDatabase, id: string): StoredDeletion | undefined {
  const [row] = db.all(db.build.selectFrom("deletions").selectAll().where("id", "=", id));
  return row && toDeletion(row);
}

function toDeletion({ first_received_at, receipt, ...rest }: DeletionTables["deletions"]): StoredDeletion {
  return { ...rest, firstReceivedAt: first_received_at ?? undefined, receipt: receipt ?? undefined };
}

function known(db: StoreDatabase, id: string): StoredDeletion {
  const found = find(db, id);
  if (found) return found;
  throw new Refusal({ code: "unknown-deletion", message: "There is no deletion of this id.", field: "id" });
}

/** What everybody is called by: the name, and the labels of devices. An admin's `forget` takes the tokens' force, too. */
function eraseIdentity(db: StoreDatabase, { id, contributor, at, before }: BeginArgs): void {
  const named = db.build.updateTable("contributors").set({ name: null }).where("id", "=", contributor);
  count(db, id, "names", db.run(named.where("name", "is not", null)));
  const theirs = db.build.updateTable("tokens").where("contributor", "=", contributor);
  db.run(theirs.set({ name: noLabel }));
  if (before !== null) return;
  count(db, id, "tokens.revoked", db.run(theirs.set({ revoked_at: at }).where("revoked_at", "is", null)));
}

export const deletion = defineFamily({
  write: {
    /** Puts a tombstone in force. A second time changes nothing. @returns whether it was new */
    begin(db, args: BeginArgs): boolean {
      const { id, contributor, at, before, firstReceivedAt, actor } = args;
      if (find(db, id)) return false;
      db.run(
        db.build.insertInto("deletions").values({
          id,
          contributor,
          at,
          before,
          first_received_at: firstReceivedAt ?? null,
          state: "rows",
          receipt: null,
        }),
      );
      eraseIdentity(db, args);
      recordAct(db, {
        ...actor,
        act: before === null ? "contributor.forget" : "me.delete",
        subject: contributor,
        details: { deletion: id },
      });
      return true;
    },

    /** One portion of what is in this database. @returns where to go on; undefined where it is through */
    eraseRows(
      db,
      { id, limit, cursor }: { readonly id: string; readonly limit: number; readonly cursor: RowCursor },
    ): RowCursor | undefined {
      const { contributor, before, state } = known(db, id);
      const step = steps[cursor.step];
      if (state !== "rows") return undefined;
      if (step === undefined) {
        db.run(db.build.updateTable("deletions").set({ state: "files" }).where("id", "=", id));
        return undefined;
      }
      const after = step(db, { deletion: id, contributor, before }, limit, cursor.after);
      return after === undefined ? { step: cursor.step + 1, after: "" } : { step: cursor.step, after };
    },

    /** Notes a part of the work elsewhere, about to be done. */
    part(db, { id, counts, examples }: PartArgs): void {
      addExamples(db, id, examples);
      for (const each of counts) {
        if (each.count === 0) continue;
        db.run(
          db.build
            .insertInto("deletion_counts")
            .values({ deletion: id, ...each })
            .onConflict((conflict) =>
              conflict.columns(["deletion", "kind", "part"]).doUpdateSet({ count: each.count }),
            ),
        );
      }
    },

    /** The files are done: the ids by which they were found are needed no longer. @returns whether there may be more */
    forgetIds(db, { id, limit }: { readonly id: string; readonly limit: number }): boolean {
      if (known(db, id).state !== "files") return false;
      let left = false;
      const examples = db.build
        .selectFrom("deletion_examples")
        .select("example_id")
        .where("deletion", "=", id)
        .limit(limit);
      left =
        db.run(
          db.build.deleteFrom("deletion_examples").where("deletion", "=", id).where("example_id", "in", examples),
        ) > 0;
      const predictions = db.build
        .selectFrom("deletion_predictions")
        .select("prediction_id")
        .where("deletion", "=", id)
        .limit(limit);
      left =
        db.run(
          db.build
            .deleteFrom("deletion_predictions")
            .where("deletion", "=", id)
            .where("prediction_id", "in", predictions),
        ) > 0 || left;
      if (!left) db.run(db.build.updateTable("deletions").set({ state: "compact" }).where("id", "=", id));
      return left;
    },

    finish(db, { id, receipt, actor }: { readonly id: string; readonly receipt: string; readonly actor: Actor }): void {
      const { state, contributor } = known(db, id);
      if (state === "done") return;
      db.run(db.build.updateTable("deletions").set({ state: "done", receipt }).where("id", "=", id));
      db.run(db.build.deleteFrom("deletion_counts").where("deletion", "=", id));
      recordAct(db, { ...actor, act: "deletion.finish", subject: contributor, details: { deletion: id } });
    },
  },
  read: {
    find: (db, { id }: { readonly id: string }): StoredDeletion | undefined => find(db, id),

    /** Oldest first; of one contributor where one is named. */
    list(db, { contributor }: { readonly contributor?: string }): StoredDeletion[] {
      const all = db.build.selectFrom("deletions").selectAll().orderBy("at").orderBy("id");
      return db.all(contributor === undefined ? all : all.where("contributor", "=", contributor)).map(toDeletion);
    },

    /** By kind and part. */
    counts(db, { id }: { readonly id: string }): { kind: string; part: string; count: number }[] {
      return db.all(
        db.build
          .selectFrom("deletion_counts")
          .select(["kind", "part", "count"])
          .where("deletion", "=", id)
          .orderBy("kind")
          .orderBy("part"),
      );
    },

    /** Ids of their examples behind `after` ("": from the first), in order, at most `limit`. */
    examples(
      db,
      { id, after, limit }: { readonly id: string; readonly after: string; readonly limit: number },
    ): string[] {
      return examplesOf(db, id, after, limit);
    },

    /**
     * Since when the server has something of theirs: from then on backups hold their name, and events that retention may
     * have deleted since. And when it got the newest of their events. Undefined where it has nothing, or none.
     */
    spanOf(db, { contributor }: { readonly contributor: string }): Span {
      const [row] = db.all(
        db.build
          .selectFrom("events")
          .select((get) => [get.fn.min("received_at").as("first"), get.fn.max("received_at").as("newest")])
          .where("contributor", "=", contributor),
      );
      const [known] = db.all(db.build.selectFrom("contributors").select("created_at").where("id", "=", contributor));
      const since = [known?.created_at, row?.first].filter((at) => typeof at === "string");
      return { since: since.sort()[0], newest: row?.newest ?? undefined };
    },
  },
});
