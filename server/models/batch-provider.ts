/** The inner side of batches: what a vendor does that takes many requests at once, for less, and answers within a day. */
import type { Answer, Prompt } from "./model.ts";

export interface BatchRequest {
  /** Of a-z, A-Z, 0-9, _ and -, 64 characters at most: what its result is known by. */
  readonly id: string;
  readonly prompt: Prompt;
}

/** What the vendor says of one batch. */
export interface BatchState {
  readonly batchId: string;
  readonly createdAt: Date;
  /** How many requests it was made of. */
  readonly size: number;
  /** Of those, the ones under way. Some vendors count none as done before all are. */
  readonly underWay: number;
  readonly ended: boolean;
  /** Its results are gone. */
  readonly archived: boolean;
}

export type BatchResult =
  | { readonly id: string; readonly kind: "answer"; readonly answer: Answer }
  /** `rejected`: it would be refused again. Otherwise it was not worked on, for a reason that passes. */
  | { readonly id: string; readonly kind: "none"; readonly rejected: boolean };

export interface BatchProvider {
  /**
   * Makes a batch, and tries once: of a second try nobody would know whether the first had made one too.
   * @throws ProviderFault of the kind `rateLimited` or `rejected` where none was made; of another, where one may have been
   * @throws ConfigurationError where none can be made
   */
  create(requests: readonly BatchRequest[], signal: AbortSignal): Promise<BatchState>;
  /** Newest first. @throws as `Provider.ask`, as do the others */
  list(signal: AbortSignal): AsyncIterable<BatchState>;
  /** Undefined where there is none of this name. */
  retrieve(batchId: string, signal: AbortSignal): Promise<BatchState | undefined>;
  /** Of one that has ended: each request's, in any order; a line may be missing, or be there twice. */
  results(batchId: string, signal: AbortSignal): AsyncIterable<BatchResult>;
}
