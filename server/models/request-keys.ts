/** Under which keys the cache holds what is asked, and what an entry of it comes to. Pure: whoever plans asks it too. */
import type { Json } from "../../shared/canonical-json.ts";
import { hashOf } from "../../shared/ids.ts";
import type { PredictionError } from "../../shared/records/prediction.ts";
import type { CacheEntry } from "../store/cache.ts";
import type { PredictRequest, Prompt } from "./model.ts";
import type { Outcome } from "./outcome.ts";
import { readAnswer } from "./outcome.ts";

/** How often an answer that failed is bought altogether; `retryFailed` grants as many again. */
const maxAttempts = 3;

/** One sample of one request. */
export interface Wanted {
  readonly sample: number;
  readonly key: string;
}

/** Samples 0 to `samples` - 1 of one request. @param request its hash, by `requestHash` */
export function wantedOf(request: string, samples: number): Wanted[] {
  return Array.from({ length: samples }, (_, sample) => ({
    sample,
    key: hashOf({ request, sampleIndex: sample }),
  }));
}

/** Of what decides the answers. @param prompt of well-formed strings */
export function requestHash(identity: Json, prompt: Prompt): string {
  return hashOf({ model: identity, prompt: askedOf(prompt) });
}

/** What of a prompt is sent. Its version is only its name. */
function askedOf({ system, messages, maxOutputTokens, schema }: Prompt): Json {
  return {
    system,
    messages: messages.map(({ role, content }) => ({ role, content })),
    maxOutputTokens,
    ...(schema && { schema: { name: schema.name, schema: schema.schema } }),
  };
}

/** A lone surrogate has no form in UTF-8: it would be replaced on the wire, and cannot be hashed. */
export function wellFormed(prompt: Prompt): Prompt {
  return {
    ...prompt,
    system: prompt.system.toWellFormed(),
    messages: prompt.messages.map(({ role, content }) => ({ role, content: content.toWellFormed() })),
  };
}

/** `retryFailed` grants a further three from each full three on, so that a killed run grants no more than it had. */
export function attemptsLeft(failures: number, retryFailed: boolean): number {
  if (!retryFailed) return Math.max(0, maxAttempts - failures);
  return maxAttempts - (failures % maxAttempts);
}

/** What an entry comes to by the parser of today: what failed before may pass, and the other way round. */
export interface Known {
  /** Undefined where nothing came yet. */
  readonly outcome: Outcome | undefined;
  /** Answers that were bought and are none. */
  readonly failures: number;
  /** Why the stored answer is none, where it is not. */
  readonly demote: PredictionError | undefined;
  /** The attempt that is an answer after all. */
  readonly promote: number | undefined;
}

export function knownOf(entry: CacheEntry | undefined, request: Pick<PredictRequest, "parse">): Known {
  const current = entry?.answer && readAnswer(entry.answer, request);
  if (current?.kind === "answer") return { outcome: current, failures: 0, demote: undefined, promote: undefined };
  // Committed by a run that was killed before it had read it.
  const demote = current?.error;
  let last: Outcome | undefined;
  let failures = 0;
  for (const { attempt, answer } of entry?.attempts ?? []) {
    if (!answer) continue;
    const outcome = readAnswer(answer, request);
    if (outcome.kind === "answer") return { outcome, failures, demote, promote: attempt };
    failures++;
    last = outcome;
  }
  if (current) failures++;
  return { outcome: current ?? last, failures, demote, promote: undefined };
}
