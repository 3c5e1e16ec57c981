/**
 * Buys what a stage will ask for in batches, before it asks. The stage is run over models that are asked nothing, which
 * shows what is missing; that is sent, and stored where the stage finds it. What came and is no answer is missing again,
 * so this goes in rounds, until nothing is: then the stage runs, and all it asks is there.
 */
import { join } from "node:path";
import { Writable } from "node:stream";
import { utf8Length } from "../../shared/text/utf8.ts";
import type { Configuration, ModelConfiguration } from "../configuration/configuration.ts";
import { ensureDataDir } from "../data-dir.ts";
import { BatchesWaiting, ConfigurationError } from "../errors.ts";
import { acquireLock } from "../jsonl/lock.ts";
import type { ExampleSource } from "../jsonl/read.ts";
import { streamOutput } from "../jsonl/write.ts";
import type { BatchBuyer, BatchesUnderWay, BatchWanted } from "../models/batch-buyer.ts";
import { createBatchBuyer } from "../models/batch-buyer.ts";
import type { MissingAnswer } from "../models/dry-model.ts";
import { createDryModels } from "../models/dry-models.ts";
import { openBatchProvider } from "../models/open-provider.ts";
import type { LimiterClock } from "../models/rate-limiter.ts";
import { createRateLimiter } from "../models/rate-limiter.ts";
import { resolveRemote } from "../models/remote.ts";
import { parseModelSpec } from "../models/spec.ts";
import { scoped } from "../scope.ts";
import type { Stage, StageContext } from "../stages/stage.ts";
import { openBatchIntents } from "../store/batch-intents.ts";
import type { AnswerCache } from "../store/cache.ts";
import { openCache } from "../store/cache.ts";
import type { Selection } from "./apply.ts";
import { applyStage } from "./apply.ts";
import { stageSession } from "./stage-session.ts";

/** The vendor's bound. */
const maxRequests = 100_000;
/** The vendor takes 256 MB; a batch is held in memory, its text twice. */
const maxBytes = 64_000_000;
/** Of a request besides its prompt. */
const requestBytes = 400;
/** Attempts at one answer in one command, as of live requests; where failures are asked again, one. */
const maxAttempts = 3;

export interface BatchStageOptions<Options> {
  readonly stage: Stage<Options>;
  readonly options: Options;
  /** Read once a round. */
  readonly inputs: ExampleSource;
  readonly selection: Selection;
  readonly configuration: Configuration;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly clock: LimiterClock;
  /** Until the batches have ended; otherwise `BatchesWaiting` is thrown where any are under way. */
  readonly wait: boolean;
  /** The models that the stage will ask: they count what was bought. */
  readonly model: StageContext["model"];
  readonly warn: (sentence: string) => void;
  readonly onProgress: (underWay: BatchesUnderWay) => void;
}

/**
 * @param spec the model whose answers are bought in batches; what others are asked is left to the stage
 * @throws ConfigurationError for a model that takes no batches
 * @throws BatchesWaiting where batches are under way that are not waited for
 */
export async function buyInBatches<Options>(spec: string, given: BatchStageOptions<Options>): Promise<void> {
  const { configuration, dataDir, env, signal, clock, warn, wait } = given;
  const settings = batchSettings(spec, configuration);
  ensureDataDir(dataDir);
  await scoped(async (defer) => {
    // One that has written down what it will send, and not sent it yet, must not be taken for one that was killed there.
    defer(await acquireLock(join(dataDir, "batches.lock"), "what is bought in batches"));
    const limiter = createRateLimiter(clock, settings.limits);
    const name = Object.hasOwn(configuration.models, spec) ? spec : undefined;
    const remote = resolveRemote(name, settings, { env, warn, observe: limiter.observe });
    const provider = await openBatchProvider(remote);
    if (provider === undefined) throw new Error("a model that takes batches has no provider of them");
    const file = join(dataDir, "cache.db");
    const now = () => new Date(clock.now());
    const cache = openCache({ file, now });
    defer(async () => cache.close());
    const intents = openBatchIntents({ file, now });
    defer(async () => intents.close());
    const model = given.model(spec);
    const bought = new Map<string, number>();
    const buyer = createBatchBuyer({
      ...{ provider, intents, limiter, clock, signal, warn },
      target: { model: remote.modelId, address: remote.baseUrl },
      onBought(key, { usage }) {
        bought.set(key, (bought.get(key) ?? 0) + 1);
        model.noteBatched?.(key, usage);
      },
      onProgress: given.onProgress,
    });
    const most = (given.options as { readonly retryFailed?: boolean }).retryFailed === true ? 1 : maxAttempts;
    const isWanted = (key: string) => (bought.get(key) ?? 0) < most && buyer.timesLeft(key) < maxAttempts;
    for (;;) {
      const underWay = await buyer.settle(wait);
      if (underWay.batches > 0) throw waiting(given.stage.name, underWay);
      const round = { spec, buyer, cache, isWanted, limits: settings.limits ?? {} };
      const { batches, requests, left } = await sendMissing(round, given);
      if (left > 0) {
        warn(
          `${given.stage.name}: ${left} requests were in ${maxAttempts} batches, or refused in one, and got no answer. They ` +
            `are asked one by one, at the price of that.`,
        );
      }
      if (batches === 0) return;
      if (!wait) throw waiting(given.stage.name, { batches, requests });
    }
  });
}

interface Round {
  readonly spec: string;
  readonly buyer: BatchBuyer;
  readonly cache: AnswerCache;
  readonly isWanted: (key: string) => boolean;
  readonly limits: NonNullable<ModelConfiguration["limits"]>;
}

interface Sent extends BatchesUnderWay {
  /** Missing still, and given up here. */
  readonly left: number;
}

/** Sends what the stage would ask and the cache does not hold, as batches that are full. */
async function sendMissing<Options>(round: Round, given: BatchStageOptions<Options>): Promise<Sent> {
  const { spec, buyer, cache, isWanted, limits } = round;
  const most = Math.min(maxRequests, limits.requestsPerBatch ?? maxRequests);
  const mostBytes = limits.bytesPerBatch ?? maxBytes;
  const pending: { wanted: BatchWanted; bytes: number }[] = [];
  let pendingBytes = 0;
  const demoted: MissingAnswer[] = [];
  /** Examples of which something is missing: what is asked of them further on depends on it, and is not known yet. */
  const incomplete = new Set<string>();
  /** Whether the question that is being looked at is the first of its example of which something is missing. */
  let isFirst = false;
  const sent = { batches: 0, requests: 0, left: 0 };

  function note(of: string, missing: readonly MissingAnswer[]): void {
    if (!isFirst || of !== spec) return;
    for (const answer of missing) {
      const { key, sample, exampleId, prompt, demote } = answer;
      if (!isWanted(key)) {
        sent.left++;
        continue;
      }
      if (demote !== undefined) demoted.push(answer);
      const bytes = utf8Length(JSON.stringify(prompt)) + requestBytes;
      pending.push({ wanted: { key, sample, exampleId, prompt }, bytes });
      pendingBytes += bytes;
    }
  }

  async function sendFull(least: number): Promise<void> {
    // What is bought instead would not be stored over what failed.
    for (const { key, demote } of demoted.splice(0)) if (demote !== undefined) await cache.demote(key, demote);
    while (pending.length > 0 && (pending.length >= least || pendingBytes >= mostBytes || least <= 1)) {
      let count = 0;
      let bytes = 0;
      for (const { bytes: more } of pending) {
        if (count === most || (count > 0 && bytes + more > mostBytes)) break;
        count++;
        bytes += more;
      }
      const batch = pending.splice(0, count).map(({ wanted }) => wanted);
      pendingBytes -= bytes;
      await buyer.send(batch);
      sent.batches++;
      sent.requests += batch.length;
    }
  }

  const models = createDryModels({ ...given, money: "none", onMissing: note }, (exampleId) => {
    isFirst = !incomplete.has(exampleId);
    incomplete.add(exampleId);
  });
  // What a stage says of itself is about requests, of which there are none.
  const silent = () => undefined;
  const session = stageSession({ ...given, models, log: silent, warn: silent });
  try {
    const written = (_chunk: unknown, _encoding: unknown, done: (error?: Error) => void): void => {
      sendFull(most).then(
        () => done(),
        (error: Error) => done(error),
      );
    };
    const output = streamOutput(new Writable({ write: written, highWaterMark: 1 }), "nowhere");
    await applyStage({ ...given, context: session.context, output });
    await sendFull(1);
  } finally {
    await session.close();
  }
  return sent;
}

/** Whether answers of the model that `spec` means can be bought in batches. @throws ConfigurationError as `parseModelSpec` */
export function takesBatches(spec: string, configuration: Configuration): boolean {
  const parsed = parseModelSpec(spec, configuration);
  return parsed.kind === "provider" && parsed.settings.provider === "anthropic";
}

/** @throws ConfigurationError for a model that takes no batches */
function batchSettings(spec: string, configuration: Configuration): ModelConfiguration {
  const parsed = parseModelSpec(spec, configuration);
  if (parsed.kind === "provider" && parsed.settings.provider === "anthropic") return parsed.settings;
  throw new ConfigurationError(
    `--batch buys from the provider anthropic, and ${spec} is none of its models. Leave out --batch, or name one by --model.`,
  );
}

function waiting(stage: string, { batches, requests }: BatchesUnderWay): BatchesWaiting {
  return new BatchesWaiting(
    `${stage}: ${batches === 1 ? "a batch" : `${batches} batches`} with ${requests} requests under way, within a day. The ` +
      `same command goes on later: it takes what has come, and buys nothing twice. With --wait it waits.`,
  );
}
