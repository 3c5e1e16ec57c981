/** Who may come in: tokens, by the hash of each. */
import type { Role } from "../../../shared/wire/roles.ts";
import type { StoreDatabase } from "../family.ts";
import { defineFamily } from "../family.ts";
import { Refusal } from "../faults.ts";
import type { Actor } from "./audit.ts";
import { recordAct } from "./audit.ts";
import { addContributor, isContributor, refuseForgotten } from "./contributors.ts";

export interface TokenTables {
  tokens: {
    id: string;
    name: string;
    role: Role;
    contributor: string;
    hash: string;
    created_at: string;
    last_used_at: string | null;
    revoked_at: string | null;
  };
}

export interface StoredToken {
  readonly id: string;
  /** What its holder calls it: a device. */
  readonly name: string;
  readonly role: Role;
  readonly contributor: string;
  readonly createdAt: string;
  /** To the minute. */
  readonly lastUsedAt?: string | undefined;
  readonly revokedAt?: string | undefined;
}

export interface CreateTokenArgs {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly hash: string;
  /** Whom it is for: somebody known, or somebody new. */
  readonly contributor: { readonly known: string } | { readonly added: string; readonly person?: string | undefined };
  readonly actor: Actor;
}

const shown = ["id", "name", "role", "contributor", "created_at", "last_used_at", "revoked_at"] as const;

function toToken(row: Omit<TokenTables["tokens"], "hash">): StoredToken {
  const { created_at, last_used_at, revoked_at, ...rest } = row;
  return { ...rest, createdAt: created_at, lastUsedAt: last_used_at ?? undefined, revokedAt: revoked_at ?? undefined };
}

function find(db: StoreDatabase, id: string): StoredToken {
  const [row] = db.all(db.build.selectFrom("tokens").select(shown).where("id", "=", id));
  if (row) return toToken(row);
  throw new Refusal({
    code: "unknown-token",
    message: "There is no token of this id; stillpoint token list shows them.",
    field: "id",
  });
}

export const tokens = defineFamily({
  write: {
    /** @throws Refusal `unknown-contributor` or `forgotten` */
    create(db, { id, name, role, hash, contributor, actor }: CreateTokenArgs): StoredToken {
      const owner = "known" in contributor ? contributor.known : contributor.added;
      if ("added" in contributor) addContributor(db, owner, contributor.person, actor);
      else if (!isContributor(db, owner)) {
        throw new Refusal({
          code: "unknown-contributor",
          message: "There is no contributor of this id; stillpoint contributors lists them.",
          field: "contributor",
        });
      } else refuseForgotten(db, owner);
      db.run(
        db.build.insertInto("tokens").values({
          id,
          name,
          role,
          contributor: owner,
          hash,
          created_at: actor.at,
          last_used_at: null,
          revoked_at: null,
        }),
      );
      recordAct(db, { ...actor, act: "token.create", subject: id, details: { role, for: owner } });
      return find(db, id);
    },
    /** A second time changes nothing. @throws Refusal `unknown-token` */
    revoke(db, { id, actor }: { id: string; actor: Actor }): StoredToken {
      const revoked = db.run(
        db.build
          .updateTable("tokens")
          .set({ revoked_at: actor.at })
          .where("id", "=", id)
          .where("revoked_at", "is", null),
      );
      if (revoked > 0) recordAct(db, { ...actor, act: "token.revoke", subject: id });
      return find(db, id);
    },
    used(db, { uses }: { uses: readonly { readonly id: string; readonly at: string }[] }): void {
      for (const { id, at } of uses) {
        db.run(db.build.updateTable("tokens").set({ last_used_at: at }).where("id", "=", id));
      }
    },
  },
  read: {
    list(db): StoredToken[] {
      return db
        .all(db.build.selectFrom("tokens").select(shown).orderBy("created_at").orderBy("id"))
        .map((row) => toToken(row));
    },
    /** For the door: what a presented token is held against. */
    hashes(db): Pick<TokenTables["tokens"], "id" | "role" | "contributor" | "hash" | "revoked_at">[] {
      return db.all(db.build.selectFrom("tokens").select(["id", "role", "contributor", "hash", "revoked_at"]));
    },
  },
});
