/** Contributors' pseudonyms: whoever lacks the key cannot tell whose they are, and one person has one. */
import { createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";
import { Failure } from "../errors.ts";
import { readIfThere } from "../jsonl/read-if-there.ts";
import { ownerOnly, writeOnce } from "../jsonl/whole-file.ts";

const keyBytes = 32;

/** HMAC-SHA256 (RFC 2104) of the e-mail address in lower case, in hexadecimal. */
export function contributorPseudonym(key: Uint8Array, email: string): string {
  return createHmac("sha256", key).update(email.trim().toLowerCase()).digest("hex");
}

/** A key that repeats everywhere, for runs that must: it hides nothing from whoever knows the seed and the address. */
export function pseudonymKeyOfSeed(seed: number): Uint8Array {
  return createHmac("sha256", "stillpoint contributor pseudonyms").update(String(seed)).digest();
}

/**
 * The data folder's own key, from `DATA/pseudonym-key`, made on first use and readable by its owner alone.
 * @param dataDir an existing folder, as an absolute path
 * @throws Failure for a file that holds no key.
 */
export async function readPseudonymKey(dataDir: string): Promise<Uint8Array> {
  const path = join(dataDir, "pseudonym-key");
  const existing = await readKey(path);
  if (existing !== null) return existing;
  await writeOnce(path, `${randomBytes(keyBytes).toString("hex")}\n`, ownerOnly);
  const key = await readKey(path);
  if (key === null) throw new Failure("the data folder's pseudonym-key was there and is gone");
  return key;
}

async function readKey(path: string): Promise<Uint8Array | null> {
  const key = (await readIfThere(path))?.trim();
  if (key === undefined) return null;
  if (!/^[0-9a-f]{64}$/u.test(key)) {
    throw new Failure(
      "the data folder's pseudonym-key holds no key of 64 hexadecimal digits; restore it, or remove it and contributors get new pseudonyms",
    );
  }
  return Buffer.from(key, "hex");
}
