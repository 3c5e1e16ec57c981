/** What contributors are asked to capture. */

import type { Policy } from "../../../shared/wire/policy.ts";
import type { StoreDatabase } from "../family.ts";
import { defineFamily } from "../family.ts";
import { Refusal } from "../faults.ts";
import type { Actor } from "./audit.ts";
import { recordAct } from "./audit.ts";

export interface PolicyTables {
  policies: { version: number; at: string; body: string };
}

export interface PolicyVersion {
  /** From 1, by one each time. */
  readonly version: number;
  readonly at: string;
  readonly policy: Policy;
}

export interface SetPolicyArgs {
  readonly policy: Policy;
  /** The version that the new one was made from; undefined replaces whichever is in force. 0: none was set yet. */
  readonly replaces: number | undefined;
  readonly actor: Actor;
}

function newest(db: StoreDatabase): PolicyVersion | undefined {
  const [row] = db.all(db.build.selectFrom("policies").selectAll().orderBy("version", "desc").limit(1));
  return row && { version: row.version, at: row.at, policy: JSON.parse(row.body) as Policy };
}

export const policy = defineFamily({
  write: {
    /** @throws Refusal `policy-changed` where another was set in between */
    set(db, { policy: body, replaces, actor }: SetPolicyArgs): PolicyVersion {
      const current = newest(db)?.version ?? 0;
      if (replaces !== undefined && replaces !== current) {
        throw new Refusal({
          code: "policy-changed",
          message: "The policy has been changed since it was read. Read it again.",
        });
      }
      const version = current + 1;
      db.run(db.build.insertInto("policies").values({ version, at: actor.at, body: JSON.stringify(body) }));
      recordAct(db, { ...actor, act: "policy.set", subject: String(version) });
      return { version, at: actor.at, policy: body };
    },
  },
  read: {
    /** The one in force; undefined where none was ever set. */
    current(db): PolicyVersion | undefined {
      return newest(db);
    },
  },
});
