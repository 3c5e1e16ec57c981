/** Settled snapshots for the pipeline, and how far each of its consumers has come. */

import { normalizeRemote } from "../../../shared/repository/remote.ts";
import { fitsRepository } from "../../../shared/wire/policy.ts";
import { unpacked } from "../body.ts";
import type { Erasure } from "../deletion-hooks.ts";
import type { StoreDatabase } from "../family.ts";
import { defineFamily } from "../family.ts";
import { Refusal } from "../faults.ts";

/** Rows looked at in one reading, whether they fit or not: other readers wait no longer. */
const pageRows = 2_000;
/** What one reading gives, in events and in bytes of JSON; it ends behind the event that fills it. */
const pageEvents = 200;
const pageBytes = 4 * 2 ** 20;

export interface PullTables {
  pull_positions: {
    name: string;
    position: number;
    choice: string;
    moved_at: string;
    pending_position: number | null;
    pending_file: string | null;
    pending_sha256: string | null;
  };
}

/** Which snapshots; what is empty or left out chooses all. */
export interface PullChoice {
  readonly contributors: readonly string[];
  /** `host/owner/name`, in which `*` stands for any characters. */
  readonly repos: readonly string[];
  readonly languages: readonly string[];
  /** RFC 3339 in UTC with milliseconds: settled at this instant or later, by the editor's clock. */
  readonly since?: string | undefined;
  /** Settled before this instant. */
  readonly until?: string | undefined;
}

export interface PullPageArgs extends PullChoice {
  /** Snapshots behind this position, up to the other one inclusive. */
  readonly after: number;
  readonly upTo: number;
}

export interface PulledEvent {
  readonly position: number;
  readonly contributor: string;
  /** The event as JSON. */
  readonly body: string;
}

export interface PullPage {
  readonly events: readonly PulledEvent[];
  /** The `after` of the next page; null where this was the last. */
  readonly next: number | null;
}

export interface PullPosition {
  readonly name: string;
  readonly position: number;
  readonly choice: string;
  readonly movedAt: string;
  readonly pending: PendingPull | undefined;
}

/** A file about to be put in its place. */
export interface PendingPull {
  readonly position: number;
  /** As an absolute path. */
  readonly file: string;
  readonly sha256: string;
}

export interface PullStep {
  readonly name: string;
  readonly choice: string;
  /** Where the consumer stood when it began. */
  readonly from: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
}

function find(db: StoreDatabase, name: string): PullPosition | undefined {
  const [row] = db.all(db.build.selectFrom("pull_positions").selectAll().where("name", "=", name));
  if (row === undefined) return undefined;
  const { pending_position: position, pending_file: file, pending_sha256: sha256 } = row;
  const pending = position === null || file === null || sha256 === null ? undefined : { position, file, sha256 };
  return { name, position: row.position, choice: row.choice, movedAt: row.moved_at, pending };
}

/** @throws Refusal where somebody else has moved it meanwhile */
function write(db: StoreDatabase, step: PullStep, position: number, pending: PendingPull | undefined): void {
  const known = find(db, step.name);
  if ((known?.position ?? 0) !== step.from) {
    throw new Refusal({
      code: "position-moved",
      message: `The position ${step.name} was moved by another pull meanwhile. Pull again: nothing is lost.`,
      field: "from",
    });
  }
  const row = {
    position,
    choice: step.choice,
    moved_at: step.at,
    pending_position: pending?.position ?? null,
    pending_file: pending?.file ?? null,
    pending_sha256: pending?.sha256 ?? null,
  };
  db.run(
    db.build
      .insertInto("pull_positions")
      .values({ name: step.name, ...row })
      .onConflict((conflict) => conflict.column("name").doUpdateSet(row)),
  );
}

export const pull = defineFamily({
  write: {
    /** The position stays; `pending` says what would move it. */
    announce(db, { pending, ...step }: PullStep & { readonly pending: PendingPull }): void {
      write(db, step, step.from, pending);
    },
    /** To where the file in place reaches. Nothing is pending then. */
    move(db, { to, ...step }: PullStep & { readonly to: number }): void {
      write(db, step, to, undefined);
    },
  },
  read: {
    /** Undefined where nobody has pulled under this name. */
    position: (db, { name }: { readonly name: string }): PullPosition | undefined => find(db, name),

    /** Settled snapshots in the order of their positions. A page may be empty and not the last. */
    page(db, args: PullPageArgs): PullPage {
      const { after, upTo, contributors, repos, languages, since, until } = args;
      let query = db.build
        .selectFrom("events")
        .select(["position", "contributor", "repo", "body_bytes", "body"])
        .where("type", "=", "snapshot.settled")
        .where("position", ">", after)
        .where("position", "<=", upTo)
        .orderBy("position")
        .limit(pageRows);
      if (contributors.length > 0) query = query.where("contributor", "in", contributors);
      if (languages.length > 0) query = query.where("language_id", "in", languages);
      if (since !== undefined) query = query.where("at", ">=", since);
      if (until !== undefined) query = query.where("at", "<", until);
      const events: PulledEvent[] = [];
      let bytes = 0;
      let rows = 0;
      for (const { position, contributor, repo, body_bytes, body } of db.each(query)) {
        rows += 1;
        if (fits(repos, repo)) {
          events.push({ position, contributor, body: unpacked(body) });
          bytes += body_bytes;
        }
        if (rows === pageRows || events.length === pageEvents || bytes >= pageBytes) return { events, next: position };
      }
      return { events, next: null };
    },
  },
});

/** A consumer of one person's snapshots alone names that person. */
export const pullErasure: Erasure = {
  kind: "pull.positions",
  erase(db, { contributor, before }, limit) {
    // Who only wants to be rid of what was stays a contributor, whose snapshots are still pulled.
    if (before !== null) return 0;
    const rows = db.all(db.build.selectFrom("pull_positions").select(["name", "choice"]).orderBy("name"));
    const theirs = rows.filter(({ choice }) => {
      const { contributors } = JSON.parse(choice) as Pick<PullChoice, "contributors">;
      return contributors.includes(contributor);
    });
    const names = theirs.slice(0, limit).map(({ name }) => name);
    return names.length === 0 ? 0 : db.run(db.build.deleteFrom("pull_positions").where("name", "in", names));
  },
};

function fits(repos: readonly string[], remote: string | null): boolean {
  if (repos.length === 0) return true;
  if (remote === null) return false;
  const name = normalizeRemote(remote) ?? remote;
  return repos.some((pattern) => fitsRepository(pattern, name));
}
