/** Contributors' pseudonyms: whoever lacks the key cannot tell whose they are, and one person has one. */
import { createHmac, randomBytes } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../errors.ts";

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
  // Written whole under another name and then linked, so that of two that make one at once both read the same.
  const fresh = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    const file = await open(fresh, "wx", 0o600);
    try {
      await file.writeFile(`${randomBytes(keyBytes).toString("hex")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(fresh, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(fresh, { force: true });
  }
  const key = await readKey(path);
  if (key === null) throw new Failure("the data folder's pseudonym-key was there and is gone");
  return key;
}

async function readKey(path: string): Promise<Uint8Array | null> {
  let written: string;
  try {
    written = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const key = written.trim();
  if (!/^[0-9a-f]{64}$/u.test(key)) {
    throw new Failure(
      "the data folder's pseudonym-key holds no key of 64 hexadecimal digits; restore it, or remove it and contributors get new pseudonyms",
    );
  }
  return Buffer.from(key, "hex");
}
