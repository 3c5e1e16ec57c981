/**
 * The tokens in use, in memory: a check costs no call of the store, so that a locked disk or a long count keeps nobody
 * waiting at the door. The data folder is this process's alone, so what it has read stays right.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Role } from "../../shared/wire/roles.ts";
import type { Clock } from "../clock.ts";
import { timestampOf } from "../clock.ts";
import type { Log } from "../log.ts";
import { errorFacts } from "../log.ts";

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
  readonly revoked: boolean;
}

export type TokenCheck =
  | { readonly ok: true; readonly caller: Caller }
  /** `revoked` only to who holds the whole token. */
  | { readonly ok: false; readonly why: "malformed" | "unknown" | "revoked" };

export interface TokenBook {
  check(token: string): TokenCheck;
  /** One that the store has just taken. Nothing is read again, which may fail where the writing did not. */
  add(token: KnownToken): void;
  /** One that the store has just revoked: from here on it opens nothing. */
  revoke(id: string): void;
  /** Likewise all of one person's. */
  revokeAllOf(contributor: string): void;
  /** A token that is written nowhere, for as long as this process runs. */
  lend(token: NewToken, caller: Caller): void;
  /** Writes down when which token was used last. */
  saveUses(): Promise<void>;
}

export interface TokenBookOptions {
  /** Every token, the revoked ones too. */
  readonly load: () => Promise<readonly KnownToken[]>;
  readonly save: (uses: readonly { readonly id: string; readonly at: string }[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Uses are written down together, this often at most. */
const saveUsesMs = 60_000;

/** `stillpoint_ID_SECRET`: who finds one knows what it is, and so do scanners for secrets. */
const tokenForm = /^stillpoint_(?<id>[0-9a-f]{12})_[0-9a-f]{64}$/u;
const idBytes = 6;
/** 256 bits: nobody guesses one, so its hash needs no salt and no slowness. */
const secretBytes = 32;

const contributorBytes = 8;

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

/** A pseudonym that says nothing of whom it stands for. */
export function makeContributorId(randomBytes: (length: number) => Uint8Array): string {
  return `contributor-${Buffer.from(randomBytes(contributorBytes)).toString("hex")}`;
}

export async function openTokenBook({ load, save, clock, log }: TokenBookOptions): Promise<TokenBook> {
  const lent = new Map<string, KnownToken>();
  const known = new Map((await load()).map((each) => [each.tokenId, each]));
  let uses = new Map<string, string>();
  let savedMs = clock.monotonicMs();

  function noteUse(id: string): void {
    if (lent.has(id)) return;
    uses.set(id, timestampOf(clock));
    // Who asks is not kept waiting, and a use that could not be written down is told with the next.
    if (clock.monotonicMs() - savedMs >= saveUsesMs) void book.saveUses();
  }

  function revoke(id: string): void {
    const found = known.get(id);
    if (found) known.set(id, { ...found, revoked: true });
  }

  const book: TokenBook = {
    check(token) {
      const id = tokenForm.exec(token)?.groups?.["id"];
      if (id === undefined) return { ok: false, why: "malformed" };
      const found = known.get(id) ?? lent.get(id);
      // An unknown id takes as long as a wrong secret.
      const same = timingSafeEqual(digest(token), found ? Buffer.from(found.hash, "hex") : noDigest);
      if (!found || !same) return { ok: false, why: "unknown" };
      if (found.revoked) return { ok: false, why: "revoked" };
      noteUse(id);
      return { ok: true, caller: { tokenId: found.tokenId, role: found.role, contributor: found.contributor } };
    },
    add(token) {
      known.set(token.tokenId, token);
    },
    revoke,
    revokeAllOf(contributor) {
      for (const each of [...known.values()]) if (each.contributor === contributor) revoke(each.tokenId);
    },
    lend({ id, hash }, caller) {
      lent.set(id, { ...caller, hash, revoked: false });
    },
    async saveUses() {
      savedMs = clock.monotonicMs();
      if (uses.size === 0) return;
      const saving = uses;
      uses = new Map();
      try {
        await save([...saving].map(([id, at]) => ({ id, at })));
      } catch (error) {
        uses = new Map([...saving, ...uses]);
        log.warn(errorFacts(error), "when tokens were used last could not be written down; tried again later");
      }
    },
  };
  return book;
}

const noDigest = Buffer.alloc(32);

function digest(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
