/** The first token: without it nobody could make another. */
import { join } from "node:path";
import { makeContributorId, makeToken } from "../http/token-book.ts";
import { readIfThere } from "../jsonl/read-if-there.ts";
import { ownerOnly, writeWhole } from "../jsonl/whole-file.ts";
import type { Actor } from "../store/families/audit.ts";
import type { Store } from "../store/store.ts";

export const adminTokenName = "admin-token";

/**
 * Makes an admin's token in `DATA/admin-token`, readable by its owner alone, where no token was ever made.
 * @returns whether one was made
 */
export async function ensureFirstToken(
  store: Store,
  dataDir: string,
  randomBytes: (length: number) => Uint8Array,
  actor: Actor,
): Promise<boolean> {
  if ((await store.tokens.hashes()).length > 0) return false;
  const { token, id, hash } = makeToken(randomBytes);
  // The file first: a token that is stored but was never shown would lock everybody out.
  await writeWhole(join(dataDir, adminTokenName), `${token}\n`, ownerOnly);
  await store.tokens.create({
    id,
    hash,
    name: "first admin",
    role: "admin",
    contributor: { added: makeContributorId(randomBytes) },
    actor,
  });
  return true;
}

/** Undefined where the file is not there. */
export async function readAdminToken(dataDir: string): Promise<string | undefined> {
  return (await readIfThere(join(dataDir, adminTokenName)))?.trim();
}
