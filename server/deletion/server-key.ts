/** The key by which this server signs receipts: Ed25519 (RFC 8032), `DATA/server-key`, made on first use. */
import type { KeyObject } from "node:crypto";
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { join } from "node:path";
import { signedBytes } from "../../shared/receipt-signature.ts";
import type { Receipt, SignedReceipt } from "../../shared/wire/deletion.ts";
import { Failure } from "../errors.ts";
import { readIfThere } from "../jsonl/read-if-there.ts";
import { ownerOnly, writeOnce } from "../jsonl/whole-file.ts";

const fileName = "server-key";
const seedBytes = 32;
/** What PKCS #8 puts before the 32 bytes of an Ed25519 seed (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

export interface ServerKey {
  /** Base64url of its 32 bytes. */
  readonly publicKey: string;
  sign(receipt: Receipt): SignedReceipt;
}

/**
 * @param dataDir an existing folder
 * @throws Failure for a file that holds no key: receipts that it has signed could be verified no more
 */
export async function openServerKey(dataDir: string, randomBytes: (length: number) => Uint8Array): Promise<ServerKey> {
  const known = await readServerKey(dataDir);
  if (known) return known;
  await makeKey(dataDir, randomBytes);
  const made = await readServerKey(dataDir);
  if (made) return made;
  throw new Failure(`${join(dataDir, fileName)} was there and is gone.`);
}

/** Undefined where none was made yet. @throws Failure as `openServerKey` */
export async function readServerKey(dataDir: string): Promise<ServerKey | undefined> {
  const path = join(dataDir, fileName);
  const pem = await readIfThere(path);
  if (pem === undefined) return undefined;
  const key = privateKeyOf(pem);
  if (key?.asymmetricKeyType !== "ed25519") {
    throw new Failure(
      `${path} holds no Ed25519 key. Put it back from a copy; a new one could not vouch for old receipts.`,
    );
  }
  const publicKey = createPublicKey(key).export({ format: "jwk" }).x ?? "";
  return {
    publicKey,
    sign: (receipt) => ({
      receipt,
      signature: {
        algorithm: "Ed25519",
        publicKey,
        value: sign(null, signedBytes(receipt), key).toString("base64url"),
      },
    }),
  };
}

function privateKeyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

async function makeKey(dataDir: string, randomBytes: (length: number) => Uint8Array): Promise<void> {
  const der = Buffer.concat([pkcs8Prefix, randomBytes(seedBytes)]);
  const pem = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "pem", type: "pkcs8" });
  await writeOnce(join(dataDir, fileName), String(pem), ownerOnly);
}
