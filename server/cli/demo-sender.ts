/** Sends a recording to a server as editors do: in batches, gzipped, each person's with a token of their own. */
import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import type * as z from "zod/mini";
import type { Event } from "../../shared/records/event.ts";
import { eventsAnswer } from "../../shared/wire/events.ts";
import { newToken, tokenList } from "../../shared/wire/identity.ts";
import type { Role } from "../../shared/wire/roles.ts";
import { Failure } from "../errors.ts";

type NewToken = z.infer<typeof newToken>;

const gzip = promisify(gzipCallback);

/** Fewer than the server takes at once: what an editor has gathered in a few minutes. */
const batchEvents = 25;
/** Of the server in the same process. */
const revokeMs = 10_000;

export interface Sent {
  /** By type, by session, and by what the server answered. */
  readonly types: Record<string, number>;
  readonly sessions: Record<string, number>;
  readonly results: Record<string, number>;
  readonly requests: number;
  readonly bytes: number;
  readonly gzipped: number;
}

interface SenderOptions {
  readonly url: string;
  /** An admin's token, to make the others with. */
  readonly admin: string;
  readonly signal: AbortSignal;
}

export function eventSender({ url, admin, signal }: SenderOptions) {
  /** By role. */
  const tokens = new Map<Role, Promise<NewToken>>();

  async function ask(path: string, init: RequestInit, token?: string): Promise<Response> {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return fetch(`${url}${path}`, { signal, ...init, headers: { ...init.headers, ...authorization } });
  }

  async function makeToken(role: Role): Promise<NewToken> {
    const name = `demo ${role}`;
    // An earlier demo's: what it has sent is theirs.
    const { tokens: made } = tokenList.parse(await answered(await ask("/v1/tokens", {}, admin)));
    const contributor = made.find((token) => token.name === name)?.contributor;
    const body = JSON.stringify({ name, role, contributor });
    const response = await ask("/v1/tokens", { method: "POST", headers: json, body }, admin);
    return newToken.parse(await answered(response));
  }

  function tokenOf(role: Role): Promise<NewToken> {
    const known = tokens.get(role) ?? makeToken(role);
    tokens.set(role, known);
    return known;
  }

  return {
    /** @param recording events as JSON, in the order of their times */
    async send(recording: readonly string[]): Promise<Sent> {
      const sent = { types: {}, sessions: {}, results: {}, requests: 0, bytes: 0, gzipped: 0 };
      const events = recording.map((line) => JSON.parse(line) as Event);
      for (const { type, sessionId } of events) {
        raise(sent.types, type, 1);
        raise(sent.sessions, sessionId, 1);
      }
      // Each session is somebody's editor.
      for (const session of Map.groupBy(events, ({ sessionId }) => sessionId).values()) {
        const role = session.some(({ type }) => type === "rating.given") ? "reviewer" : "contributor";
        const { secret } = await tokenOf(role);
        for (let at = 0; at < session.length; at += batchEvents) {
          const text = JSON.stringify({ events: session.slice(at, at + batchEvents) });
          const body = await gzip(text);
          const headers = { ...json, "content-encoding": "gzip" };
          const response = await ask("/v1/events", { method: "POST", headers, body }, secret);
          const { stored, duplicate, refused } = eventsAnswer.parse(await answered(response));
          raise(sent.results, "stored", stored);
          raise(sent.results, "duplicate", duplicate);
          raise(sent.results, "refused", refused);
          sent.requests += 1;
          sent.bytes += Buffer.byteLength(text);
          sent.gzipped += body.length;
        }
      }
      return sent;
    },

    /** @returns what the server says to who has no token */
    async withoutToken(recording: readonly string[]): Promise<string> {
      const body = `{"events":[${recording[0]}]}`;
      const { status, statusText } = await ask("/v1/events", { method: "POST", headers: json, body });
      return `${status} ${statusText}`;
    },

    /** The tokens of the demo are of no use behind it, however it ended. */
    async revoke(): Promise<void> {
      for (const made of await Promise.allSettled(tokens.values())) {
        if (made.status === "rejected") continue;
        await ask(`/v1/tokens/${made.value.id}`, { method: "DELETE", signal: AbortSignal.timeout(revokeMs) }, admin);
      }
    },
  };
}

const json = { "content-type": "application/json" };

async function answered(response: Response): Promise<unknown> {
  if (response.ok) return response.json();
  throw new Failure(`the demo's server answered ${response.status}: ${await response.text()}`);
}

function raise(counts: Record<string, number>, key: string, by: number): void {
  if (by > 0) counts[key] = (counts[key] ?? 0) + by;
}
