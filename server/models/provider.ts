/** The inner side of a model: what asks a vendor once, without a cache. */
import type { PredictionError } from "../../shared/records/prediction.ts";
import type { Answer, Prompt } from "./model.ts";

export interface Provider {
  /** Choices it is worth asking for in one request. 1: each sample is a request. */
  readonly choicesPerRequest: number;
  /**
   * Asks once; the SDK's retries for transient faults are inside. From 1 to `choices` answers, whole.
   * @throws ProviderFault where this request failed and another may not
   * @throws ConfigurationError where no request can succeed
   * @throws the signal's reason when aborted before an answer arrived whole
   */
  ask(prompt: Prompt, choices: number, signal: AbortSignal): Promise<Answer[]>;
  /** Tokens of the prompt by the vendor's own counter, which costs nothing; left out where there is none. @throws as `ask` */
  countTokens?(prompt: Prompt, signal: AbortSignal): Promise<number>;
}

export type FaultKind = Extract<PredictionError, "rateLimited" | "overloaded" | "connection" | "timeout" | "rejected">;

/**
 * A request that failed for good, after its retries: nothing came and nothing was paid. Its message says of what kind it
 * is and what was said of it, such as `rejected: 400, prompt is too long`, without code.
 */
export class ProviderFault extends Error {
  override readonly name = "ProviderFault";
  readonly kind: FaultKind;

  constructor(kind: FaultKind, said: string, options?: ErrorOptions) {
    super(`${kind}: ${said}`, options);
    this.kind = kind;
  }
}
