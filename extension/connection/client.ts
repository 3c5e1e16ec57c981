/**
 * The companion server's HTTP interface, typed by `shared/wire`. Whatever goes wrong is a value: a server that is away,
 * lies or is none of ours must not cost the editor more than a line in the log.
 */
import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import type * as z from "zod/mini";
import type { Deletion } from "../../shared/wire/deletion.ts";
import { deletion, receiptKey } from "../../shared/wire/deletion.ts";
import { eventsAnswer } from "../../shared/wire/events.ts";
import { me } from "../../shared/wire/identity.ts";
import type { PolicyAnswer } from "../../shared/wire/policy.ts";
import { policyAnswer } from "../../shared/wire/policy.ts";
import type { Clock } from "../clock.ts";
import type { Translate } from "../translate.ts";
import { inEnglish } from "../translate.ts";
import type { Failure } from "./answer.ts";
import { foreign, isRedirect, offline, readAnswer, readFailure } from "./answer.ts";
import { parseOrigin } from "./origin.ts";
import type { Say } from "./sentences.ts";
import { sayIn } from "./sentences.ts";
import { tolerant } from "./tolerant.ts";

const gzip = promisify(gzipCallback);

const defaultTimeoutMs = 30_000;

/** Of a body, as the server takes it: packed, and once unpacked. */
export const maxPackedBytes = 1_048_576;
export const maxUnpackedBytes = 8 * 1_048_576;

/** What is read of a server that may be newer. */
const answers = {
  events: tolerant(eventsAnswer),
  policy: tolerant(policyAnswer),
  me: tolerant(me),
  deletion: tolerant(deletion),
  receiptKey: tolerant(receiptKey),
};

export type Me = z.infer<typeof me>;

/** An event as it waits in the outbox. */
export interface EventToSend {
  readonly id: string;
  readonly json: string;
}

/** What became of one event. */
export type EventVerdict =
  | { readonly id: string; readonly status: "stored" | "duplicate" }
  | {
      readonly id: string;
      readonly status: "refused";
      readonly code: string;
      readonly field?: string | undefined;
      readonly detail: string;
    };

/** `verdicts`: one for each event, in their order. */
export type SendResult = { readonly kind: "answer"; readonly verdicts: readonly EventVerdict[] } | Failure;

export type PolicyResult =
  | { readonly kind: "answer"; readonly answer: PolicyAnswer; readonly etag: string | undefined }
  | { readonly kind: "unchanged" }
  | Failure;

type Answered<Answer> = { readonly kind: "answer"; readonly answer: Answer } | Failure;

export interface Client {
  readonly origin: string;
  /** At most 100. @param signal gives up */
  sendEvents(events: readonly EventToSend[], signal?: AbortSignal): Promise<SendResult>;
  /** @param etag of the one that is known */
  policy(etag?: string): Promise<PolicyResult>;
  me(): Promise<Answered<Me>>;
  /** In force when it answers; its receipt may take longer: `deletion` then has it. */
  deleteMyData(): Promise<Answered<Deletion>>;
  deletion(id: string): Promise<Answered<Deletion>>;
  /** What receipts are verified by. */
  receiptKey(): Promise<Answered<z.infer<typeof receiptKey>>>;
}

export interface ClientOptions {
  /** As `parseOrigin` gives it. */
  readonly origin: string;
  /** The token that was entered for this origin. */
  readonly token: (origin: string) => Promise<string | undefined>;
  /** Of the extension. */
  readonly version: string;
  readonly clock: Pick<Clock, "now">;
  /** English where it is left out. */
  readonly translate?: Translate;
  readonly fetch?: typeof globalThis.fetch;
  readonly timeoutMs?: number;
}

interface Ask {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array;
  readonly isPublic?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** @throws TypeError for an origin that `parseOrigin` refuses */
export function createClient(options: ClientOptions): Client {
  const { version, clock, fetch = globalThis.fetch, timeoutMs = defaultTimeoutMs } = options;
  const parsed = parseOrigin(options.origin);
  if (!parsed.ok) throw new TypeError(parsed.sentence);
  const { origin } = parsed;
  const say = sayIn(options.translate ?? inEnglish);
  const failureOf = (response: Response) => readFailure(response, clock.now(), say);

  /** @param read gets every answer but a redirect */
  async function ask<Result>(asked: Ask, read: (response: Response) => Promise<Result>): Promise<Result | Failure> {
    const headers: Record<string, string> = {
      accept: "application/json",
      "user-agent": `stillpoint-vscode/${version}`,
      ...asked.headers,
    };
    if (!asked.isPublic) {
      const token = await options.token(origin);
      if (token === undefined) return unauthorised(say("noToken"));
      // What a header cannot hold would be thrown as a fault of ours.
      if (!/^[\x21-\x7e]+$/u.test(token)) return unauthorised(say("badToken"));
      headers["authorization"] = `Bearer ${token}`;
    }
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = asked.signal === undefined ? timeout : AbortSignal.any([timeout, asked.signal]);
    try {
      const response = await fetch(`${origin}${asked.path}`, {
        method: asked.method ?? "GET",
        headers,
        signal,
        // Followed, the token would go to whoever the answer names.
        redirect: "manual",
        cache: "no-store",
        credentials: "omit",
        ...(asked.body && { body: asked.body }),
      });
      return isRedirect(response) ? await failureOf(response) : await read(response);
    } catch (error) {
      return offline(error, say);
    }
  }

  function answerOf<Answer>(schema: z.ZodMiniType<Answer>) {
    return async (response: Response): Promise<Answered<Answer>> =>
      response.ok ? await readAnswer(response, schema, say) : await failureOf(response);
  }

  return {
    origin,

    async sendEvents(events, signal) {
      const text = `{"events":[${events.map(({ json }) => json).join(",")}]}`;
      const tooLarge = { kind: "tooLarge", sentence: say("tooLarge") } as const;
      if (Buffer.byteLength(text) > maxUnpackedBytes) return tooLarge;
      const body = await gzip(text);
      if (body.length > maxPackedBytes) return tooLarge;
      const headers = { "content-type": "application/json", "content-encoding": "gzip" };
      const asked: Ask = { method: "POST", path: "/v1/events", headers, body, signal };
      const result = await ask(asked, answerOf(answers.events));
      return result.kind === "answer" ? verdictsOf(events, result.answer, say) : result;
    },

    policy: (etag) =>
      ask<PolicyResult>(
        { path: "/v1/policy", ...(etag !== undefined && { headers: { "if-none-match": etag } }) },
        async (response) => {
          if (response.status === 304) {
            // Nobody asked for the change to what is not known.
            return etag === undefined ? foreign(say("unchangedNothing")) : { kind: "unchanged" };
          }
          const result = await answerOf(answers.policy)(response);
          return result.kind === "answer" ? { ...result, etag: response.headers.get("etag") ?? undefined } : result;
        },
      ),

    me: () => ask({ path: "/v1/me" }, answerOf(answers.me)),

    deleteMyData: () => ask({ method: "DELETE", path: "/v1/me/data" }, answerOf(answers.deletion)),
    deletion: (id) => ask({ path: `/v1/me/deletions/${encodeURIComponent(id)}` }, answerOf(answers.deletion)),
    receiptKey: () => ask({ path: "/v1/receipt-key", isPublic: true }, answerOf(answers.receiptKey)),
  };
}

function unauthorised(sentence: string): Failure {
  return { kind: "unauthorised", sentence };
}

/** A server that answers of other events than were sent is not to be believed of any. */
function verdictsOf(events: readonly EventToSend[], { results }: z.infer<typeof eventsAnswer>, say: Say): SendResult {
  const verdicts: EventVerdict[] = [];
  for (const [i, { id }] of events.entries()) {
    const result = results[i];
    // The id is left out where the server found none.
    if (result === undefined || (result.id ?? id) !== id) break;
    verdicts.push({ ...result, id });
  }
  if (verdicts.length === events.length && results.length === events.length) return { kind: "answer", verdicts };
  return foreign(say("otherEvents"));
}
