/** Every administrative act and export: who, when, what, to what. Names nobody and holds nobody's code. */
import type { StoreDatabase } from "../family.ts";
import { defineFamily } from "../family.ts";

export interface AuditTables {
  audit: {
    number: number;
    at: string;
    actor: string;
    contributor: string | null;
    act: string;
    subject: string | null;
    details: string;
  };
}

export type AuditDetails = Readonly<Record<string, string | number | boolean | null>>;

/** Who acts, and when. */
export interface Actor {
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  /** A token's id; `command-line` or `server` where no token acted. */
  readonly actor: string;
  /** The pseudonym of the token's holder. */
  readonly contributor?: string | undefined;
}

export interface AuditEntry extends Actor {
  /** What was done, as `token.create`. */
  readonly act: string;
  /** The id of what it was done to. */
  readonly subject?: string | undefined;
  readonly details?: AuditDetails | undefined;
}

export interface StoredAuditEntry extends AuditEntry {
  /** In the order of the commits, from 1. */
  readonly number: number;
}

/** For methods of other families: the act and its entry are one transaction. */
export function recordAct(db: StoreDatabase, entry: AuditEntry): void {
  const { at, actor, contributor = null, act, subject = null, details = {} } = entry;
  db.run(
    db.build.insertInto("audit").values((set) => ({
      number: set
        .selectFrom("audit")
        .select((last) => last(last.fn.coalesce(last.fn.max("number"), last.lit(0)), "+", 1).as("next")),
      at,
      actor,
      contributor,
      act,
      subject,
      details: JSON.stringify(details),
    })),
  );
}

export const audit = defineFamily({
  write: {
    /** For acts that the store does not do itself, such as an export. */
    record(db, entry: AuditEntry): void {
      recordAct(db, entry);
    },
  },
  read: {
    /** Up to `limit` entries before number `before` (undefined: the newest), newest first. */
    page(db, { before, limit }: { before?: number | undefined; limit: number }): StoredAuditEntry[] {
      const newest = db.build.selectFrom("audit").selectAll().orderBy("number", "desc").limit(limit);
      const rows = db.all(before === undefined ? newest : newest.where("number", "<", before));
      return rows.map(({ contributor, subject, details, ...entry }) => ({
        ...entry,
        contributor: contributor ?? undefined,
        subject: subject ?? undefined,
        details: JSON.parse(details) as AuditDetails,
      }));
    },
  },
});
