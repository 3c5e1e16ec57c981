/** What routes need, handed to each when the app is made. */
import type { Registry } from "prom-client";
import type { WaitingClock } from "../clock.ts";
import { timestampOf } from "../clock.ts";
import type { Configuration } from "../configuration/configuration.ts";
import type { Deletions } from "../deletion/deletions.ts";
import type { Retention } from "../deletion/retention.ts";
import type { Log } from "../log.ts";
import type { RunQueue } from "../runs/run-queue.ts";
import type { Actor } from "../store/families/audit.ts";
import type { Store } from "../store/store.ts";
import type { EdgeSettings } from "./guards.ts";
import type { PolicyBook } from "./policy-book.ts";
import type { Caller, TokenBook } from "./token-book.ts";

/** Of one token. */
export interface RequestLimits {
  readonly perSecond: number;
  /** How many may come at once after a pause. */
  readonly burst: number;
}

export interface HttpContext {
  readonly store: Store;
  readonly configuration: Configuration;
  /** DATA as an absolute path. */
  readonly dataDir: string;
  /** The server's variables: where keys of models come from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: WaitingClock;
  /** Cryptographic randomness. */
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log: Log;
  /** Who may come in. Whoever changes tokens in the store tells it. */
  readonly tokens: TokenBook;
  /** What is to be captured. */
  readonly policy: PolicyBook;
  /** Runs that are started over HTTP. */
  readonly runs: RunQueue;
  readonly deletions: Deletions;
  readonly retention: Retention;
  readonly edge: EdgeSettings;
  readonly limits: RequestLimits;
  readonly metrics: Registry;
  /** Aborted when the server begins to stop: answers without an end (server-sent events) end then. */
  readonly stopping: AbortSignal;
}

/** Stands for a token where a command asks a server of its own. */
export const commandLine: Caller = { tokenId: "command-line", role: "admin", contributor: "command-line" };

/** Who acts, for the audit log. */
export function actorOf({ clock }: Pick<HttpContext, "clock">, { tokenId, contributor }: Caller): Actor {
  return { at: timestampOf(clock), actor: tokenId, ...(tokenId !== commandLine.tokenId && { contributor }) };
}
