/**
 * The tokens in use, in memory: a check costs no call of the store, so that a locked disk or a long count keeps nobody
 * waiting at the door. The data folder is this process's alone, so what it has read stays right.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Role } from "../../shared/wire/roles.ts";

/** Who asks: a token's holder. */
export interface Caller {
  /** Of the token. */
  readonly tokenId: string;
  readonly role: Role;
  /** The pseudonym that what is sent with this token belongs to. */
  readonly contributor: string;
}

export interface KnownToken extends Caller {
  /** SHA-256 of the whole token, in lower-case hexadecimal. */
  readonly hash: string;
  readonly revokedAt: string | undefined;
}

export type TokenCheck =
  | { readonly ok: true; readonly caller: Caller }
  /** `revoked` only to who holds the whole token. */
  | { readonly ok: false; readonly why: "malformed" | "unknown" | "revoked" };

export interface TokenBook {
  check(token: string): TokenCheck;
  /** Reads all tokens from the store again. */
  reload(): Promise<void>;
}

/** `stillpoint_ID_SECRET`: who finds one knows what it is, and so do scanners for secrets. */
const tokenForm = /^stillpoint_(?<id>[0-9a-f]{12})_[0-9a-f]{64}$/u;
const idBytes = 6;
/** 256 bits: nobody guesses one, so its hash needs no salt and no slowness. */
const secretBytes = 32;

export interface NewToken {
  /** Shown once, then known to its holder alone. */
  readonly token: string;
  readonly id: string;
  readonly hash: string;
}

export function makeToken(randomBytes: (length: number) => Uint8Array): NewToken {
  const id = Buffer.from(randomBytes(idBytes)).toString("hex");
  const token = `stillpoint_${id}_${Buffer.from(randomBytes(secretBytes)).toString("hex")}`;
  return { token, id, hash: digest(token).toString("hex") };
}

/** @param load every token, the revoked ones too */
export async function openTokenBook(load: () => Promise<readonly KnownToken[]>): Promise<TokenBook> {
  let known = new Map<string, KnownToken>();
  const book: TokenBook = {
    check(token) {
      const id = tokenForm.exec(token)?.groups?.["id"];
      if (id === undefined) return { ok: false, why: "malformed" };
      const found = known.get(id);
      // An unknown id takes as long as a wrong secret.
      const same = timingSafeEqual(digest(token), found ? Buffer.from(found.hash, "hex") : noDigest);
      if (!found || !same) return { ok: false, why: "unknown" };
      if (found.revokedAt !== undefined) return { ok: false, why: "revoked" };
      return { ok: true, caller: { tokenId: found.tokenId, role: found.role, contributor: found.contributor } };
    },
    async reload() {
      known = new Map((await load()).map((each) => [each.tokenId, each]));
    },
  };
  await book.reload();
  return book;
}

const noDigest = Buffer.alloc(32);

function digest(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
