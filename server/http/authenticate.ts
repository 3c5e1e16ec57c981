/** Who asks, and whether they may: a token in `Authorization: Bearer …` (RFC 6750). */
import type { Role } from "../../shared/wire/roles.ts";
import { mayActAs } from "../../shared/wire/roles.ts";
import { Problem } from "./problem.ts";
import type { RateLimit } from "./rate-limit.ts";
import { addressKey } from "./rate-limit.ts";
import type { Caller, TokenBook, TokenCheck } from "./token-book.ts";

export interface Doorkeeper {
  readonly tokens: TokenBook;
  /** Per token. */
  readonly requests: RateLimit;
  /** Per address. */
  readonly failures: RateLimit;
}

type Refused = Extract<TokenCheck, { ok: false }>["why"] | "missing";

const refusals: Record<Refused, string> = {
  missing: "This needs a token: send Authorization: Bearer TOKEN. An admin makes one with stillpoint token create.",
  malformed: "What was sent is no whole token: one starts with stillpoint_ and is 88 characters long.",
  unknown: "This server does not know the token. Was it made by another server, or in another data folder?",
  revoked: "The token was revoked. An admin makes a new one with stillpoint token create.",
};

/**
 * @param authorization the header
 * @param address of the client
 * @throws Problem 401 without a token in force; 429 for a token that asks too often, and for an address that keeps
 *   coming without one
 */
export function authenticate(authorization: string | undefined, address: string | undefined, door: Doorkeeper): Caller {
  const checked = check(authorization, door.tokens);
  if (typeof checked === "string") {
    // Counted after the look: behind one address there may be a colleague whose token is in order.
    const seconds = door.failures.take(addressKey(address));
    if (seconds > 0) throw tooMany("Too many requests without a valid token came from this address.", seconds);
    throw new Problem({
      status: 401,
      code: `token-${checked}`,
      detail: refusals[checked],
      headers: { "www-authenticate": 'Bearer realm="stillpoint"' },
    });
  }
  const seconds = door.requests.take(checked.tokenId);
  if (seconds > 0) throw tooMany("Too many requests came with this token.", seconds);
  return checked;
}

function check(authorization: string | undefined, tokens: TokenBook): Caller | Refused {
  if (authorization === undefined) return "missing";
  const token = /^bearer +(?<token>\S+) *$/iu.exec(authorization)?.groups?.["token"];
  if (token === undefined) return "malformed";
  const checked = tokens.check(token);
  return checked.ok ? checked.caller : checked.why;
}

function tooMany(sentence: string, seconds: number): Problem {
  return new Problem({
    status: 429,
    code: "too-many-requests",
    detail: `${sentence} Come again in ${seconds} s.`,
    headers: { "retry-after": String(seconds) },
  });
}

/** @throws Problem 403 */
export function requireRole(needed: Role, caller: Caller): void {
  if (mayActAs(caller.role, needed)) return;
  throw new Problem({
    status: 403,
    code: "role",
    detail: `This needs a token with the role ${needed}; the one that was sent has the role ${caller.role}.`,
  });
}
