/** What an answer is: an edit or none, or a failure with a name. */
import type { Prediction, PredictionError } from "../../shared/records/prediction.ts";
import { NO_USAGE } from "../../shared/records/prediction.ts";
import type { StoredAnswer } from "../store/cache.ts";
import type { ParsedAnswer, PredictRequest } from "./model.ts";

/** What a key came to: an answer that was read, or the failure that stands. */
export type Outcome =
  | { readonly kind: "answer"; readonly answer: StoredAnswer; readonly parsed: Parsed }
  | { readonly kind: "failure"; readonly error: PredictionError; readonly answer: StoredAnswer | undefined };

type Parsed = Exclude<ParsedAnswer, { kind: "error" }>;

/** What the answer is by its stop reason, then by its text. */
export function readAnswer(answer: StoredAnswer, request: Pick<PredictRequest, "parse">): Outcome {
  if (answer.stopReason === "refusal") return { kind: "failure", error: "refusal", answer };
  if (answer.stopReason === "maxTokens") return { kind: "failure", error: "truncated", answer };
  if (answer.raw.trim() === "") return { kind: "failure", error: "empty", answer };
  const parsed = request.parse(answer.raw);
  if (parsed.kind === "error") return { kind: "failure", error: parsed.error, answer };
  return { kind: "answer", answer, parsed };
}

export function predictionOf(outcome: Outcome): Omit<Prediction, "id" | "model" | "promptVersion"> {
  const { raw, usage, stopReason } = outcome.answer ?? { raw: "", usage: NO_USAGE, stopReason: "other" as const };
  const answer = { raw, usage, stopReason };
  if (outcome.kind === "failure") return { ...answer, error: outcome.error };
  if (outcome.parsed.kind === "noEdit") return { ...answer, noEdit: true };
  const { text, cursor } = outcome.parsed;
  return { ...answer, text, ...(cursor === undefined ? {} : { cursor }) };
}
