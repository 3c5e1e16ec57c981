/** Reads what came back over the wire, whoever sent it: the companion server, a proxy, a hotel's login page. */
import type * as z from "zod/mini";
import { parseEnvelope } from "../../shared/records/parse.ts";
import type { ProblemDocument } from "../../shared/wire/problem.ts";
import { problemDocument } from "../../shared/wire/problem.ts";
import { parseRetryAfter } from "./retry.ts";
import type { Say } from "./sentences.ts";

/** Of what is read whole. The longest is the answer to 100 events that are all refused. */
const maxAnswerBytes = 1_048_576;

const problemType = "urn:stillpoint:problem:";

/**
 * Why there is no answer; `sentence` is for a person.
 * - `unauthorised`: the server does not take the token, or there is none. No other try helps until there is another.
 * - `offline`: nobody answered, or not to the end.
 * - `busy`: come again, after `retryAfterMs` where the server says so.
 * - `tooLarge`: send less at once.
 * - `refused`: the server understood, and will not; `code` is as in its problem document.
 * - `foreign`: what answered is no Stillpoint server, or one of another time.
 */
export type Failure =
  | { readonly kind: "unauthorised"; readonly sentence: string }
  | { readonly kind: "offline"; readonly sentence: string }
  | { readonly kind: "busy"; readonly sentence: string; readonly retryAfterMs: number | undefined }
  | { readonly kind: "tooLarge"; readonly sentence: string }
  | { readonly kind: "refused"; readonly sentence: string; readonly status: number; readonly code: string }
  | { readonly kind: "foreign"; readonly sentence: string };

/** @param thrown by `fetch`, or by reading a body */
export function offline(thrown: unknown, say: Say): Failure {
  if (thrown instanceof Error && thrown.name === "TimeoutError") {
    return { kind: "offline", sentence: say("timeout") };
  }
  const code = codeOf(thrown) ?? codeOf(thrown instanceof Error ? thrown.cause : undefined);
  return { kind: "offline", sentence: code === undefined ? say("unreachable") : say("unreachableWhy", { code }) };
}

function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" && /^[A-Z][A-Z0-9_]{1,40}$/u.test(thrown.code) ? thrown.code : undefined;
}

export function foreign(sentence: string): Failure {
  return { kind: "foreign", sentence };
}

/** Where a request was sent on to another address. A `fetch` may hide the status of such an answer. */
export function isRedirect(response: Response): boolean {
  return (
    response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400 && response.status !== 304)
  );
}

/** @throws what `fetch` throws when the connection breaks. @returns undefined for more than is ever sent */
async function readText(response: Response): Promise<string | undefined> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > maxAnswerBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws what `fetch` throws when the connection breaks */
export async function readAnswer<Answer>(
  response: Response,
  schema: z.ZodMiniType<Answer>,
  say: Say,
): Promise<{ readonly kind: "answer"; readonly answer: Answer } | Failure> {
  const text = await readText(response);
  const parsed = text === undefined ? undefined : parseEnvelope(schema, parseJson(text));
  if (parsed?.ok) return { kind: "answer", answer: parsed.value };
  const [issue] = parsed?.issues ?? [];
  if (issue === undefined) return foreign(say("longAnswer"));
  return foreign(say("foreignAnswer", { reason: `${issue.path} ${issue.message}`.trimStart() }));
}

/**
 * For every status that is no success.
 * @param nowMs the wall clock
 * @throws what `fetch` throws when the connection breaks
 */
export async function readFailure(response: Response, nowMs: number, say: Say): Promise<Failure> {
  const { status, headers } = response;
  if (isRedirect(response)) {
    await response.body?.cancel();
    return foreign(say("redirect"));
  }
  const problem = await readProblem(response);
  const sentence = problem?.detail ?? say("status", { status });
  if (status === 413) return { kind: "tooLarge", sentence };
  if (status === 429 || status === 408 || status >= 500) {
    return {
      kind: "busy",
      sentence,
      retryAfterMs: parseRetryAfter(headers.get("retry-after"), headers.get("date"), nowMs),
    };
  }
  if (problem === undefined) return foreign(say("foreignStatus", { status }));
  if (status === 401 || status === 403) return { kind: "unauthorised", sentence };
  return { kind: "refused", sentence, status, code: problem.code };
}

/** Undefined where it is not one of Stillpoint's. */
async function readProblem(response: Response): Promise<ProblemDocument | undefined> {
  const text = await readText(response);
  const parsed = text === undefined ? undefined : parseEnvelope(problemDocument, parseJson(text));
  return parsed?.ok && parsed.value.type.startsWith(problemType) ? parsed.value : undefined;
}
