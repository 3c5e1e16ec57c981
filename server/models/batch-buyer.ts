/**
 * Buys answers in batches, each of them once. What is about to be sent is written down first; what became of it is found
 * out before anything else is sent. A process may be killed anywhere in between:
 *
 * - before the batch was made: the vendor's list holds none that could be it, and the intent is forgotten;
 * - after it, before its name was written down: it is in the list, newer than the intent and of its size, and unknown. It
 *   is awaited, and recognised by what its results are called;
 * - later: its name is known. Its results are read again, and those that are stored already are left out.
 */
import { Failure } from "../errors.ts";
import type { BatchBrought, BatchIntent, BatchIntents, BatchItem, BatchTarget } from "../store/batch-intents.ts";
import type { StoredAnswer } from "../store/cache.ts";
import type { BatchProvider, BatchRequest, BatchState } from "./batch-provider.ts";
import { ProviderFault } from "./provider.ts";
import type { LimiterClock, RateLimiter } from "./rate-limiter.ts";

/** The vendor's clock and this machine's may differ by so much. A batch that is too old to be ours is only read in vain. */
const clockSkewMs = 600_000;
/** A batch whose making was asked for stands in the vendor's list by then, or was never made. */
const arrivalMs = 60_000;
/** Batches take minutes to hours. */
const pollMs = 20_000;
/** How often a batch is tried to be made that the vendor has no room for now. */
const maxCreates = 6;
/** How often in a row the vendor may fail to say how a batch is while it is waited for. */
const maxFaults = 30;
/** Answers that are stored at once. */
const linesPerStore = 100;

/** An answer to be bought. */
export interface BatchWanted extends BatchItem, Pick<BatchRequest, "prompt"> {}

/** Of all batches that have not ended. */
export interface BatchesUnderWay {
  readonly batches: number;
  readonly requests: number;
}

export interface BatchBuyerOptions {
  readonly provider: BatchProvider;
  readonly target: BatchTarget;
  readonly intents: BatchIntents;
  readonly limiter: Pick<RateLimiter, "enter">;
  readonly clock: LimiterClock;
  readonly signal: AbortSignal;
  /** Told of every answer that was stored. */
  readonly onBought: (key: string, answer: StoredAnswer) => void;
  /** Told whenever it has looked at what is under way. */
  readonly onProgress: (underWay: BatchesUnderWay) => void;
  /** A sentence for the person. */
  readonly warn: (sentence: string) => void;
}

export interface BatchBuyer {
  /** Finds out what became of all that was sent, and stores what came. With `wait`, until nothing is under way. */
  settle(wait: boolean): Promise<BatchesUnderWay>;
  /** Sends one batch. @throws Failure, or as `BatchProvider.create`, where none was made: then nothing was bought */
  send(wanted: readonly BatchWanted[]): Promise<void>;
  /** How often this command was left without an answer to it; infinitely where it would be refused again. */
  timesLeft(key: string): number;
}

type Settled =
  | { readonly kind: "ended" }
  | { readonly kind: "neverMade" }
  | { readonly kind: "underWay"; readonly requests: number };

export function createBatchBuyer(options: BatchBuyerOptions): BatchBuyer {
  const { provider, target, intents, limiter, clock, signal, warn } = options;
  const left = new Map<string, number>();
  /** Batches of the vendor's list that turned out to be somebody else's. */
  const foreign = new Set<string>();

  /** Stores what an ended batch brought. False where it is not the intent's: then nothing was. */
  async function collect(intent: BatchIntent, { batchId }: BatchState): Promise<boolean> {
    let recognised = intent.batchId !== undefined;
    let brought: BatchBrought[] = [];
    const store = async (): Promise<boolean> => {
      const keys = brought.map(({ key }) => key);
      if (!recognised && brought.length > 0) {
        if (!(await intents.awaits(intent, keys))) return false;
        await intents.recognise(intent, batchId);
        recognised = true;
      }
      for (const stored of await intents.store(intent, brought, target.model)) {
        if ("answer" in stored) options.onBought(stored.key, stored.answer);
        else left.set(stored.key, Number.POSITIVE_INFINITY);
      }
      brought = [];
      return true;
    };
    /** Neither answered nor refused: nothing is stored of it, but it tells whose batch it is. */
    const unanswered: string[] = [];
    for await (const result of provider.results(batchId, signal)) {
      if (result.kind === "answer") brought.push({ key: result.id, answer: result.answer });
      else if (result.rejected) brought.push({ key: result.id, error: "rejected" });
      else if (!recognised && unanswered.length < linesPerStore) unanswered.push(result.id);
      if (brought.length >= linesPerStore && !(await store())) return false;
    }
    signal.throwIfAborted();
    if (!(await store())) return false;
    if (!recognised) {
      if (!(await intents.awaits(intent, unanswered))) return false;
      await intents.recognise(intent, batchId);
    }
    return true;
  }

  async function end(intent: BatchIntent): Promise<Settled> {
    for (const key of await intents.end(intent)) left.set(key, (left.get(key) ?? 0) + 1);
    return { kind: "ended" };
  }

  async function settleOne(intent: BatchIntent): Promise<Settled> {
    if (intent.batchId === undefined) return settleUnnamed(intent);
    const state = await provider.retrieve(intent.batchId, signal);
    if (state === undefined || state.archived) {
      warn(
        `The results of the batch ${intent.batchId} of ${target.model} are gone; what it was to bring is asked for again.`,
      );
      return end(intent);
    }
    if (!state.ended) return { kind: "underWay", requests: state.underWay };
    await collect(intent, state);
    return end(intent);
  }

  /** Of an intent of which nobody knows whether a batch was made. @param sure that one would be in the list by now */
  async function settleUnnamed(intent: BatchIntent, sure = false): Promise<Settled> {
    // Before it looks, so that what arrives meanwhile is waited for.
    const age = clock.now() - intent.begunAt.getTime();
    let underWay = 0;
    for await (const state of provider.list(signal)) {
      if (state.createdAt.getTime() < intent.begunAt.getTime() - clockSkewMs) break;
      if (state.size !== intent.size || state.archived || foreign.has(state.batchId)) continue;
      if (await intents.isKnown(state.batchId)) continue;
      if (!state.ended) underWay = Math.max(underWay, state.underWay);
      else if (await collect(intent, state)) return end(intent);
      else foreign.add(state.batchId);
    }
    if (underWay > 0) return { kind: "underWay", requests: underWay };
    if (!sure && age < arrivalMs) {
      // A clock that was set back says nothing of the age.
      await clock.sleep(arrivalMs - Math.max(0, age), signal);
      return settleUnnamed(intent, true);
    }
    await intents.forget(intent);
    return { kind: "neverMade" };
  }

  async function settle(wait: boolean): Promise<BatchesUnderWay> {
    let faults = 0;
    for (;;) {
      const open: number[] = [];
      for (const intent of await intents.open(target)) {
        try {
          const settled = await settleOne(intent);
          if (settled.kind === "underWay") open.push(settled.requests);
          faults = 0;
        } catch (error) {
          if (!(error instanceof ProviderFault)) throw error;
          if (!wait || ++faults === maxFaults) throw unsettled(error);
          open.push(intent.size);
        }
      }
      const underWay = { batches: open.length, requests: open.reduce((sum, n) => sum + n, 0) };
      options.onProgress(underWay);
      if (underWay.batches === 0 || !wait) return underWay;
      await clock.sleep(pollMs, signal);
    }
  }

  /** True where the fault leaves a batch that was made, or may have been; false where none was. */
  async function wasMade(intent: BatchIntent, fault: ProviderFault): Promise<boolean> {
    if (fault.kind === "rateLimited" || fault.kind === "rejected") {
      await intents.forget(intent);
      return false;
    }
    try {
      return (await settleOne(intent)).kind !== "neverMade";
    } catch (error) {
      if (error instanceof ProviderFault) throw unsettled(error);
      throw error;
    }
  }

  function unsettled(fault: ProviderFault): Failure {
    return new Failure(
      `${target.address} does not say what became of the batches that were sent (${fault.message}). The same command asks ` +
        `again; until it is known nothing more is sent.`,
    );
  }

  return {
    settle,
    timesLeft: (key) => left.get(key) ?? 0,
    async send(wanted) {
      for (let tries = 1; ; tries++) {
        await limiter.enter(0, signal);
        const intent = await intents.begin(wanted, target);
        try {
          const requests = wanted.map(({ key, prompt }) => ({ id: key, prompt }));
          const { batchId } = await provider.create(requests, signal);
          await intents.recognise(intent, batchId);
          return;
        } catch (error) {
          // The intent stays: whatever happened may have happened after the batch was made.
          if (!(error instanceof ProviderFault)) throw error;
          if (await wasMade(intent, error)) return;
          if (error.kind === "rejected" || tries === maxCreates) {
            throw new Failure(
              `No batch could be made at ${target.address} (${error.message}), and nothing was bought.`,
            );
          }
        }
      }
    },
  };
}
