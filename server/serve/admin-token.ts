/** The first token: without it nobody could make another. */
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeContributorId, makeToken } from "../http/token-book.ts";
import { isSystemError, writeFault } from "../jsonl/faults.ts";
import { syncFolder } from "../jsonl/whole-file.ts";
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
  await writeSecret(join(dataDir, adminTokenName), `${token}\n`);
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
  try {
    return (await readFile(join(dataDir, adminTokenName), "utf8")).trim();
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function writeSecret(path: string, text: string): Promise<void> {
  const made = `${path}.tmp`;
  try {
    await rm(made, { force: true });
    const handle = await open(made, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(made, path);
    await syncFolder(join(path, ".."));
  } catch (error) {
    throw writeFault(error, path);
  }
}
