/** Whether a receipt is what a server signed: Ed25519 (RFC 8032) over its canonical JSON (RFC 8785). */
import { createPublicKey, verify } from "node:crypto";
import type { Json } from "./canonical-json.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Receipt, SignedReceipt } from "./wire/deletion.ts";

/** What is signed. */
export function signedBytes(receipt: Receipt): Buffer {
  return Buffer.from(canonicalJson(receipt satisfies Json));
}

/**
 * Whether the receipt is as the holder of this public key signed it.
 * @param publicKey as `publicKey` in `wire/deletion.ts`
 */
export function isSignedBy({ receipt, signature }: SignedReceipt, publicKey: string): boolean {
  const key = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x: publicKey } });
  return verify(null, signedBytes(receipt), key, Buffer.from(signature.value, "base64url"));
}
