/** The policy in force, in memory: every uploaded event is held against it. */
import type { Policy } from "../../shared/wire/policy.ts";
import { defaultPolicy } from "../../shared/wire/policy.ts";
import type { PolicyVersion } from "../store/families/policy.ts";

export interface PolicyBook {
  /** Version 0 is the default, where none was ever set. */
  inForce(): { readonly version: number; readonly at?: string | undefined; readonly policy: Policy };
  /** One that the store has just put in force. Nothing is read again, which may fail where the writing did not. */
  set(version: PolicyVersion): void;
}

/** @param load the one in force; undefined where none was ever set */
export async function openPolicyBook(load: () => Promise<PolicyVersion | undefined>): Promise<PolicyBook> {
  let current = await load();
  return {
    inForce: () => current ?? { version: 0, policy: defaultPolicy },
    set(version) {
      // Of two that were set at once, the answers may come in either order.
      if (version.version > (current?.version ?? 0)) current = version;
    },
  };
}
