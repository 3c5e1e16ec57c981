/** The policy in force, in memory: every uploaded event is held against it. */
import type { Policy } from "../../shared/wire/policy.ts";
import { defaultPolicy } from "../../shared/wire/policy.ts";
import type { PolicyVersion } from "../store/families/policy.ts";

export interface PolicyBook {
  /** Version 0 is the default, where none was ever set. */
  inForce(): { readonly version: number; readonly at?: string | undefined; readonly policy: Policy };
  /** Reads it from the store again. */
  reload(): Promise<void>;
}

/** @param load the one in force; undefined where none was ever set */
export async function openPolicyBook(load: () => Promise<PolicyVersion | undefined>): Promise<PolicyBook> {
  let current: PolicyVersion | undefined;
  const book: PolicyBook = {
    inForce: () => current ?? { version: 0, policy: defaultPolicy },
    async reload() {
      current = await load();
    },
  };
  await book.reload();
  return book;
}
