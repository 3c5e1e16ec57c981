/**
 * A provider behind the cache: what a stage asks. Each sample of each request is bought once, whoever asks for it, in
 * this run or a later one. An answer is committed before it is read; one that is none is a failure with a name, and is
 * asked for again up to two times, counted over all runs.
 */
import type { Json } from "../../shared/canonical-json.ts";
import { predictionId } from "../../shared/ids.ts";
import type { Prediction } from "../../shared/records/prediction.ts";
import { NO_USAGE } from "../../shared/records/prediction.ts";
import type { Prices } from "../configuration/prices.ts";
import type { AnswerCache, CacheEntry, StoredAnswer } from "../store/cache.ts";
import type { Budget } from "./budget.ts";
import { addUsage, costUsd } from "./cost.ts";
import type { InFlight } from "./in-flight.ts";
import type {
  AnswerOptions,
  AnswerRequest,
  Model,
  ModelAnswer,
  ModelCounters,
  ParsedAnswer,
  PredictOptions,
  PredictRequest,
  Prompt,
} from "./model.ts";
import type { Outcome } from "./outcome.ts";
import { predictionOf, readAnswer } from "./outcome.ts";
import type { Provider } from "./provider.ts";
import { ProviderFault } from "./provider.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import type { Known, Wanted } from "./request-keys.ts";
import { attemptsLeft, knownOf, requestHash, wantedOf, wellFormed } from "./request-keys.ts";

/** A rough average over code; it only decides when to wait for a rate limit. */
const charsPerToken = 4;

export interface CachedModelOptions {
  readonly id: string;
  readonly identity: Json;
  readonly staysHere: boolean;
  readonly address: string;
  readonly promptFormat: string;
  readonly prices: Prices | undefined;
  /** What this model and others may cost together; where there is one, there are prices. */
  readonly budget: Budget | undefined;
  /** Asked for on the first request that the cache does not answer. */
  readonly provider: () => Promise<Provider>;
  readonly cache: AnswerCache;
  /** Of everybody who uses the same cache. */
  readonly inFlight: InFlight<Outcome>;
  readonly limiter: RateLimiter;
  /** Milliseconds, monotonic: for the latency in the cache's rows. */
  readonly now: () => number;
  /** A sentence for the person. */
  readonly warn: (sentence: string) => void;
}

/** What is asked, and how the answer is read. */
type Asked = Pick<PredictRequest, "exampleId" | "prompt" | "parse">;

/** What came of one request: answers as they are stored, or the reason why none came. */
type Bought =
  | {
      readonly kind: "answers";
      readonly answers: readonly { readonly wanted: Wanted; readonly answer: StoredAnswer }[];
    }
  | { readonly kind: "fault"; readonly error: ProviderFault };

export function cachedModel(options: CachedModelOptions): Model {
  const { cache, limiter, inFlight, budget, prices } = options;
  const counters: ModelCounters = {
    requests: 0,
    cached: 0,
    failures: {},
    usage: { ...NO_USAGE },
    saved: { ...NO_USAGE },
  };
  const toldKinds = new Set<string>();
  /** Bought in batches by this command, and not asked for since. */
  const batchedKeys = new Set<string>();
  let provider: Promise<Provider> | undefined;

  async function predict(request: PredictRequest, predictOptions: PredictOptions): Promise<Prediction[]> {
    const outcomes = await ask(request, predictOptions.samples, predictOptions);
    return outcomes.map(({ wanted: { sample, key }, outcome }) => ({
      id: predictionId(request.exampleId, key, sample),
      model: options.id,
      promptVersion: request.prompt.version,
      ...predictionOf(outcome),
    }));
  }

  async function answer<Value>(
    { exampleId, prompt, read }: AnswerRequest<Value>,
    answerOptions: AnswerOptions,
  ): Promise<ModelAnswer<Value>> {
    // Here it matters only whether it can be read: what was read is no edit, and is read again below.
    const parse = (raw: string): ParsedAnswer =>
      read(raw) === undefined ? { kind: "error", error: "unparsable" } : { kind: "noEdit" };
    const [only] = await ask({ exampleId, prompt, parse }, 1, answerOptions);
    const outcome = only?.outcome;
    if (outcome?.kind === "failure") return { kind: "failure", error: outcome.error };
    const value = outcome && read(outcome.answer.raw);
    if (value === undefined) throw new Error("an answer that was read cannot be read");
    return { kind: "answer", value };
  }

  /** What each sample came to, in their order; failures are counted. */
  async function ask(
    request: Asked,
    samples: number,
    asking: AnswerOptions,
  ): Promise<{ wanted: Wanted; outcome: Outcome }[]> {
    const prompt = wellFormed(request.prompt);
    const all = wantedOf(requestHash(options.identity, prompt), samples);
    const outcomes = await outcomesOf(all, { ...request, prompt }, asking);
    return all.map((wanted) => {
      const outcome = outcomes.get(wanted.key);
      if (!outcome) throw new Error("a sample has no outcome");
      if (outcome.kind === "failure") counters.failures[outcome.error] = (counters.failures[outcome.error] ?? 0) + 1;
      return { wanted, outcome };
    });
  }

  async function outcomesOf(
    wanted: readonly Wanted[],
    request: Asked,
    predictOptions: AnswerOptions,
  ): Promise<Map<string, Outcome>> {
    const { signal } = predictOptions;
    const outcomes = new Map<string, Outcome>();
    let open = wanted;
    // More than once only where what somebody else had under way was aborted, or is read in another way here.
    while (open.length > 0) {
      signal.throwIfAborted();
      const others = open.flatMap(({ key }) => {
        const promise = inFlight.get(key);
        return promise === undefined ? [] : [{ key, promise }];
      });
      const own = open.filter(({ key }) => inFlight.get(key) === undefined);
      const keys = own.map(({ key }) => key);
      const begun = await inFlight.begin(keys, signal, (done) => resolveAll(own, request, predictOptions, done));
      for (const [key, outcome] of begun) outcomes.set(key, outcome);
      for (const { key, promise } of others) {
        const theirs = await inFlight.awaited(promise, signal);
        const outcome = theirs && (await adopted(key, theirs, request));
        if (outcome) outcomes.set(key, outcome);
      }
      open = wanted.filter(({ key }) => !outcomes.has(key));
    }
    return outcomes;
  }

  /**
   * What another example's request came to, as this one reads it. Undefined where it is an answer to the one and none to
   * the other: then the cache is asked, which knows it by now.
   */
  async function adopted(key: string, theirs: Outcome, request: Asked): Promise<Outcome | undefined> {
    const outcome = theirs.answer === undefined ? theirs : readAnswer(theirs.answer, request);
    if (outcome.kind !== theirs.kind) return undefined;
    // The cache is told that this example uses it too.
    await cache.lookup([key], request.exampleId);
    if (outcome.answer !== undefined) countCached(key, outcome);
    return outcome;
  }

  async function resolveAll(
    own: readonly Wanted[],
    request: Asked,
    predictOptions: AnswerOptions,
    done: (key: string, outcome: Outcome) => void,
  ): Promise<void> {
    if (own.length === 0) return;
    const entries = await cache.lookup(
      own.map(({ key }) => key),
      request.exampleId,
    );
    /** Attempts that may still be bought, by key. */
    const missing = new Map<Wanted, number>();
    for (const wanted of own) {
      const known = await readEntry(wanted.key, entries.get(wanted.key), request);
      if (known.outcome?.kind === "answer") {
        countCached(wanted.key, known.outcome);
        done(wanted.key, known.outcome);
        continue;
      }
      const left = attemptsLeft(known.failures, predictOptions.retryFailed ?? false);
      if (left > 0) missing.set(wanted, left);
      else if (known.outcome) {
        countCached(wanted.key, known.outcome);
        done(wanted.key, known.outcome);
      }
    }
    while (missing.size > 0) await askFor(missing, request, predictOptions, done);
  }

  function countCached(key: string, { answer: stored }: Outcome): void {
    if (batchedKeys.delete(key)) return;
    counters.cached++;
    addUsage(counters.saved, stored?.usage ?? NO_USAGE);
  }

  /** Reads what the cache holds, and puts it right where the parser of today reads it otherwise. */
  async function readEntry(key: string, entry: CacheEntry | undefined, request: Asked): Promise<Known> {
    const known = knownOf(entry, request);
    if (known.demote !== undefined) await cache.demote(key, known.demote);
    if (known.promote !== undefined) await cache.promote(key, known.promote);
    return known;
  }

  /** One request for as many of the missing samples as the provider gives at once. */
  async function askFor(
    missing: Map<Wanted, number>,
    request: Asked,
    { signal, onRequest }: AnswerOptions,
    done: (key: string, outcome: Outcome) => void,
  ): Promise<void> {
    provider ??= options.provider();
    const { choicesPerRequest, ask: buy } = await provider;
    const batch = [...missing.keys()].slice(0, choicesPerRequest);
    await limiter.enter(Math.ceil(lengthOf(request.prompt) / charsPerToken), signal);
    // Not sooner: others may have spent the rest while this one waited.
    await budget?.open();
    const bought = await boughtOf(batch, request, () => buy(request.prompt, batch.length, signal));
    if (bought.kind === "fault") {
      const { error } = bought;
      // A server that refuses one prompt is there for the next.
      onRequest?.(error.kind === "rejected" ? { kind: "answered" } : { kind: "lost", reason: error.message });
      for (const wanted of batch) {
        missing.delete(wanted);
        done(wanted.key, { kind: "failure", error: error.kind, answer: undefined });
      }
      return;
    }
    onRequest?.({ kind: "answered" });
    for (const { wanted, answer: stored } of bought.answers) {
      const outcome = readAnswer(stored, request);
      if (outcome.kind === "failure") await cache.demote(wanted.key, outcome.error);
      const left = outcome.kind === "failure" ? (missing.get(wanted) ?? 0) - 1 : 0;
      if (left > 0) {
        missing.set(wanted, left);
      } else {
        missing.delete(wanted);
        done(wanted.key, outcome);
      }
    }
  }

  /** Sends one request, stores what came, and counts what it cost. The budget has let it through. */
  async function boughtOf(
    batch: readonly Wanted[],
    { exampleId }: Asked,
    buy: () => Promise<readonly StoredAnswer[]>,
  ): Promise<Bought> {
    const startedAt = options.now();
    const from = { model: options.id, exampleId };
    let spentUsd = 0;
    try {
      counters.requests++;
      const answers = await buy();
      const latencyMs = options.now() - startedAt;
      for (const { usage } of answers) {
        addUsage(counters.usage, usage);
        if (prices !== undefined) spentUsd += costUsd(usage, prices);
      }
      const came = answers.flatMap((stored, i) => {
        const wanted = batch[i];
        return wanted === undefined ? [] : [{ wanted, answer: stored }];
      });
      const inEffect = await cache.storeAnswers(
        came.map(({ wanted, answer: stored }) => ({ ...wanted, answer: stored, latencyMs })),
        from,
      );
      return {
        kind: "answers",
        answers: came.map(({ wanted, answer: stored }) => ({ wanted, answer: inEffect.get(wanted.key) ?? stored })),
      };
    } catch (error) {
      if (!(error instanceof ProviderFault)) throw error;
      const latencyMs = options.now() - startedAt;
      sayOnce(error);
      await cache.storeFaults(
        batch.map(({ key, sample }) => ({ key, sample, error: error.kind, latencyMs })),
        from,
      );
      return { kind: "fault", error };
    } finally {
      budget?.close(spentUsd);
    }
  }

  /** Of each kind the first one: the others are counted. */
  function sayOnce(fault: ProviderFault): void {
    if (toldKinds.has(fault.kind)) return;
    toldKinds.add(fault.kind);
    options.warn(
      `${options.id}: a request failed (${fault.message}). Its example goes without this answer, and the others go on; ` +
        `further failures of this kind are only counted. A later run asks again.`,
    );
  }

  return {
    id: options.id,
    identity: options.identity,
    staysHere: options.staysHere,
    address: options.address,
    promptFormat: options.promptFormat,
    prices,
    predict,
    answer,
    noteBatched(key, usage) {
      batchedKeys.add(key);
      counters.requests++;
      counters.batched ??= { ...NO_USAGE };
      addUsage(counters.batched, usage);
    },
    counters,
  };
}

function lengthOf(prompt: Prompt): number {
  return prompt.messages.reduce((sum, { content }) => sum + content.length, prompt.system.length);
}
