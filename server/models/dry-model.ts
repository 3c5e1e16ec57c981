/**
 * A model that is asked nothing: it knows what would be asked and what the cache holds of that, and keeps what an
 * estimate needs. In the place of an answer that would have to be bought it gives the region as it is, so that the stages
 * behind find an answer to work on.
 */
import { predictionId, sha256Hex } from "../../shared/ids.ts";
import type { Prediction, PredictionError, Usage } from "../../shared/records/prediction.ts";
import { NO_USAGE } from "../../shared/records/prediction.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { utf8Length } from "../../shared/text/utf8.ts";
import type { Prices } from "../configuration/prices.ts";
import { maxOutputTokens } from "../prompts/tokens.ts";
import type { AnswerCache } from "../store/cache.ts";
import { addUsage } from "./cost.ts";
import type { Model, ModelCounters, ParsedAnswer, PredictRequest, Prompt } from "./model.ts";
import type { Outcome } from "./outcome.ts";
import { predictionOf } from "./outcome.ts";
import type { RemoteModel } from "./remote.ts";
import { attemptsLeft, knownOf, requestHash, wantedOf, wellFormed } from "./request-keys.ts";

/** Prompts that a vendor's counter is asked about: those with the smallest hashes, which is as good as at random. */
const countedPrompts = 16;
/** In the middle of the 3 to 4 that `prompts/tokens.ts` names. */
export const bytesPerToken = 3.5;
/** What the teacher thinks in a few sentences, as it is told to. */
const thinkingTokens = 100;
/** Reasons and a verdict. */
const judgementTokens = 150;

/** What one model was asked between two `take`s. */
export interface DryFigures {
  /** Answers that are wanted. */
  wanted: number;
  /** Of those, ones that the cache holds or would by then. */
  cached: number;
  /** The others. */
  toBuy: number;
  /** About how many examples those are. */
  examples: number;
  /** In how many requests they would be asked for. */
  requests: number;
  /** Bytes of all of these requests' prompts. */
  inputBytes: number;
  /** A first guess at what would be answered, by the regions' sizes. */
  guessedOutput: number;
  /** Some of those prompts, for the vendor's counter, by the hash of the request. */
  readonly prompts: Map<string, Prompt>;
  /** What the answers that the cache holds had taken, to learn from. */
  readonly known: {
    /** Requests whose prompt is on their bill. */
    requests: number;
    inputBytes: number;
    answers: number;
    guessedOutput: number;
    /** Of each answer's output over its guess, the sum and the sum of squares. */
    ratios: number;
    squaredRatios: number;
    readonly usage: Usage;
  };
}

export interface DryModel extends Model {
  /** What was asked since the last call. */
  take(): DryFigures;
  readonly choicesPerRequest: number;
}

export interface DryModelOptions {
  readonly remote: RemoteModel;
  readonly prices: Prices | undefined;
  readonly cache: Pick<AnswerCache, "peek">;
  /** Told of each example for which the answers are not known. */
  readonly onUnknown: (exampleId: string) => void;
  /** Told of what would be bought for one question of one example, all samples together. */
  readonly onMissing?: ((missing: readonly MissingAnswer[]) => void) | undefined;
}

/** An answer that would be bought. */
export interface MissingAnswer {
  readonly exampleId: string;
  readonly key: string;
  readonly sample: number;
  readonly prompt: Prompt;
  /** Why what the cache holds under this key is no answer, where it has not been noted yet. */
  readonly demote: PredictionError | undefined;
}

export function dryModel({ remote, prices, cache, onUnknown, onMissing }: DryModelOptions): DryModel {
  const { modelId, identity, choicesPerRequest } = remote;
  let figures = noFigures();
  /** Samples of each request that this dry run would have bought by now, by the first half of its hash. */
  const covered = new Map<string, number>();

  async function survey(
    exampleId: string,
    written: Prompt,
    parse: PredictRequest["parse"],
    samples: number,
    retryFailed: boolean,
    guess: number,
  ): Promise<{ readonly key: string; readonly outcome: Outcome | undefined }[]> {
    const prompt = wellFormed(written);
    const request = requestHash(identity, prompt);
    const wanted = wantedOf(request, samples);
    const entries = await cache.peek(wanted.map(({ key }) => key));
    const bytes = promptBytes(prompt);
    const before = covered.get(request.slice(0, 32)) ?? 0;
    const missing: MissingAnswer[] = [];
    let unknown = false;
    const outcomes = wanted.map(({ key, sample }) => {
      const { outcome, failures, demote } = knownOf(entries.get(key), { parse });
      if (outcome?.answer) learn(outcome.answer.usage, bytes, guess);
      const standing = outcome?.kind === "answer" || attemptsLeft(failures, retryFailed) === 0;
      if (!standing) {
        unknown = true;
        if (sample >= before) missing.push({ exampleId, key, sample, prompt, demote });
      }
      return { key, outcome: standing ? outcome : undefined };
    });
    if (unknown) onUnknown(exampleId);
    figures.wanted += samples;
    figures.cached += samples - missing.length;
    if (missing.length > 0) {
      onMissing?.(missing);
      covered.set(request.slice(0, 32), Math.max(before, samples));
      const requests = Math.ceil(missing.length / choicesPerRequest);
      figures.toBuy += missing.length;
      figures.examples++;
      figures.requests += requests;
      figures.inputBytes += requests * bytes;
      figures.guessedOutput += missing.length * guess;
      keepPrompt(figures.prompts, request, prompt);
    }
    return outcomes;
  }

  function learn(usage: Usage, bytes: number, guess: number): void {
    const { known } = figures;
    // Of several choices of one request, the first bears the prompt.
    if (usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens > 0) {
      known.requests++;
      known.inputBytes += bytes;
    }
    known.answers++;
    known.guessedOutput += guess;
    known.ratios += usage.outputTokens / guess;
    known.squaredRatios += (usage.outputTokens / guess) ** 2;
    addUsage(known.usage, usage);
  }

  return {
    id: modelId,
    identity,
    staysHere: remote.loopback,
    address: remote.baseUrl,
    promptFormat: remote.promptFormat,
    prices,
    choicesPerRequest,
    counters: noCounters(),
    async predict({ exampleId, snapshot, prompt, parse }, { samples, signal, retryFailed = false }) {
      signal.throwIfAborted();
      const outcomes = await survey(exampleId, prompt, parse, samples, retryFailed, guessOf(prompt, snapshot));
      return outcomes.map(({ key, outcome }, sample) => ({
        id: predictionId(exampleId, key, sample),
        model: modelId,
        promptVersion: prompt.version,
        ...(outcome === undefined ? unboughtEdit(snapshot) : predictionOf(outcome)),
      }));
    },
    async answer({ exampleId, prompt, read }, { signal, retryFailed = false }) {
      signal.throwIfAborted();
      const parse = (raw: string): ParsedAnswer =>
        read(raw) === undefined ? { kind: "error", error: "unparsable" } : { kind: "noEdit" };
      const guess = Math.min(judgementTokens, prompt.maxOutputTokens);
      const [only] = await survey(exampleId, prompt, parse, 1, retryFailed, guess);
      const value = only?.outcome?.kind === "answer" ? read(only.outcome.answer.raw) : undefined;
      if (value !== undefined) return { kind: "answer", value };
      return { kind: "failure", error: only?.outcome?.kind === "failure" ? only.outcome.error : "connection" };
    },
    take() {
      const taken = figures;
      figures = noFigures();
      return taken;
    },
  };
}

/** In the place of an answer: the region as it is. */
function unboughtEdit(snapshot: Snapshot): Omit<Prediction, "id" | "model" | "promptVersion"> {
  return { raw: "", usage: { ...NO_USAGE }, stopReason: "end", text: regionBefore(snapshot) };
}

/** The region again, and a few sentences where the prompt has room for them. */
function guessOf(prompt: Prompt, snapshot: Snapshot): number {
  const region = regionBefore(snapshot);
  const thinks = prompt.maxOutputTokens > maxOutputTokens(region, 0);
  const tokens = Math.ceil(utf8Length(region) / bytesPerToken) + (thinks ? thinkingTokens : 0);
  return Math.max(1, Math.min(tokens, prompt.maxOutputTokens));
}

/** Of all that is sent and counted. */
export function promptBytes({ system, messages, schema }: Prompt): number {
  const shape = schema === undefined ? 0 : utf8Length(JSON.stringify(schema.schema));
  return messages.reduce((sum, { content }) => sum + utf8Length(content), utf8Length(system)) + shape;
}

function keepPrompt(prompts: Map<string, Prompt>, request: string, prompt: Prompt): void {
  const rank = sha256Hex(request);
  if (prompts.size < countedPrompts) {
    prompts.set(rank, prompt);
    return;
  }
  const last = [...prompts.keys()].reduce((most, other) => (other > most ? other : most));
  if (rank >= last) return;
  prompts.delete(last);
  prompts.set(rank, prompt);
}

function noFigures(): DryFigures {
  return {
    ...{ wanted: 0, cached: 0, toBuy: 0, examples: 0, requests: 0, inputBytes: 0, guessedOutput: 0 },
    prompts: new Map(),
    known: {
      ...{ requests: 0, inputBytes: 0, answers: 0, guessedOutput: 0, ratios: 0, squaredRatios: 0 },
      usage: { ...NO_USAGE },
    },
  };
}

function noCounters(): ModelCounters {
  return { requests: 0, cached: 0, failures: {}, usage: { ...NO_USAGE }, saved: { ...NO_USAGE } };
}
