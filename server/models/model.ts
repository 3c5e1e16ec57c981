/** The one interface to a model. Only this folder talks to one. */
import type { Json } from "../../shared/canonical-json.ts";
import type { Prediction, PredictionError, StopReason, Usage } from "../../shared/records/prediction.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import type { Prices } from "../configuration/prices.ts";

export interface Message {
  readonly role: "user" | "assistant";
  readonly content: string;
}

/** What is sent to a language model. */
export interface Prompt {
  /** Name, number and hash of the template, such as `teacher-1:3f9a2c1b`; goes into every prediction it leads to. */
  readonly version: string;
  readonly system: string;
  readonly messages: readonly Message[];
  readonly maxOutputTokens: number;
  /** The answer is JSON of this shape; absent where it is text. */
  readonly schema?: AnswerSchema;
}

/** The shape of an answer, which both vendors hold the model to. The prompt says it in words too: some servers do not. */
export interface AnswerSchema {
  /** Of a-z, A-Z, 0-9, _ and -, 64 characters at most. */
  readonly name: string;
  /**
   * A JSON Schema of one object: every property required, no other allowed, and nothing but types and enums, since that
   * is what both vendors take. A model writes the properties in their order, so what it is to think first stands first.
   */
  readonly schema: { readonly [key: string]: Json };
}

/** An answer, read. `text` is the new text of the editable region; `cursor` an offset in it. */
export type ParsedAnswer =
  | { readonly kind: "edit"; readonly text: string; readonly cursor?: number }
  | { readonly kind: "noEdit" }
  | { readonly kind: "error"; readonly error: "empty" | "unparsable" | "marker" };

export interface PredictRequest {
  readonly exampleId: string;
  /** Read by `builtin`, which needs no prompt. */
  readonly snapshot: Snapshot;
  readonly prompt: Prompt;
  /** Turns the whole answer into an edit. Pure: a cached answer is parsed again by whatever parser is current. */
  readonly parse: (answer: string) => ParsedAnswer;
}

/** Asks for one answer that is no edit. */
export interface AnswerRequest<Value> {
  readonly exampleId: string;
  readonly prompt: Prompt;
  /** What the whole answer says; undefined where it cannot be read. Pure, as `PredictRequest.parse` is. */
  readonly read: (answer: string) => Value | undefined;
}

export type ModelAnswer<Value> =
  | { readonly kind: "answer"; readonly value: Value }
  | { readonly kind: "failure"; readonly error: PredictionError };

export interface PredictOptions extends AnswerOptions {
  /** How many predictions are wanted, at least 1. */
  readonly samples: number;
}

export interface AnswerOptions {
  readonly signal: AbortSignal;
  /** Ask again where every attempt so far failed; otherwise a recorded failure is the answer. */
  readonly retryFailed?: boolean;
  /** Told of each request to a vendor as it ends, after its retries; what it throws ends the prediction. */
  readonly onRequest?: (end: RequestEnd) => void;
}

/** `lost`: nobody answered, or only that they cannot now; `reason` says why, without code. */
export type RequestEnd = { readonly kind: "answered" } | { readonly kind: "lost"; readonly reason: string };

export interface Model {
  /** `PROVIDER:MODEL`, with `@REVISION` where there is one; what records and reports call it. */
  readonly id: string;
  /** Everything that decides its answers besides the prompt: provider, model, revision, sampling, limits. No key, no address. */
  readonly identity: Json;
  /** True where examples that nobody redacted may go: `builtin` and loopback addresses. */
  readonly staysHere: boolean;
  /** Where requests go; without credentials, and for sentences only. Undefined of `builtin`. */
  readonly address?: string;
  /** Name of the prompt format it is asked in: `teacher`, or the student format it was trained on. See `server/prompts/`. */
  readonly promptFormat: string;
  /** As the configuration has them; undefined where nobody has said what it costs, and of `builtin`. See `cost.ts`. */
  readonly prices?: Prices | undefined;
  /**
   * Up to `samples` predictions: independent draws by sample index, failures included as predictions with `error`;
   * or, of the builtin model, distinct candidates from best to worst, at least one (no edit): see `builtin-id.ts`.
   * @throws ConfigurationError where no request can succeed (a bad key, an unknown model).
   * @throws the signal's reason when aborted.
   */
  predict(request: PredictRequest, options: PredictOptions): Promise<Prediction[]>;
  /**
   * One answer, bought, cached and retried as a prediction is. Never asked of the builtin model, which reads no prompt.
   * @throws as `predict`
   */
  answer<Value>(request: AnswerRequest<Value>, options: AnswerOptions): Promise<ModelAnswer<Value>>;
  /**
   * This command has bought an answer in a batch: it counts as bought, and once that the cache gives it not as saved.
   * Absent of a model that no batch is sent to.
   */
  noteBatched?(key: string, usage: Readonly<Usage>): void;
  /** Figures for reports and the run's log: live requests, answers from the cache, failures by kind, usage. */
  readonly counters: ModelCounters;
}

export interface ModelCounters {
  requests: number;
  cached: number;
  failures: Record<string, number>;
  /** Of the answers that were bought, but for those of batches. */
  usage: Usage;
  /** Of the answers that were bought in batches, at their price. */
  batched?: Usage;
  /** Of the answers that came from the cache, when they were bought. */
  saved: Usage;
}

/** One answer of a provider, as it came. */
export interface Answer {
  readonly raw: string;
  readonly usage: Usage;
  readonly stopReason: StopReason;
}
