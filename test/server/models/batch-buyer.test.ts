/** Batches over the vendor's wire format: what the double has sold is what was wanted, whatever happens in between. */
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { BatchBuyer } from "../../../server/models/batch-buyer.ts";
import { createBatchBuyer } from "../../../server/models/batch-buyer.ts";
import type { BatchProvider } from "../../../server/models/batch-provider.ts";
import { openBatchProvider } from "../../../server/models/open-provider.ts";
import type { LimiterClock } from "../../../server/models/rate-limiter.ts";
import { createRateLimiter } from "../../../server/models/rate-limiter.ts";
import type { RemoteModel } from "../../../server/models/remote.ts";
import { resolveRemote } from "../../../server/models/remote.ts";
import { requestHash, wantedOf } from "../../../server/models/request-keys.ts";
import type { BatchIntents } from "../../../server/store/batch-intents.ts";
import { openBatchIntents } from "../../../server/store/batch-intents.ts";
import type { AnswerCache } from "../../../server/store/cache.ts";
import { openCache } from "../../../server/store/cache.ts";
import { badKey, startBatchesDouble } from "../../doubles/anthropic.ts";
import { answerBrackets, requestOf } from "./requests.ts";
import { afterwards, dataFolder, withoutBackoff } from "./support.ts";

let double: Awaited<ReturnType<typeof startBatchesDouble>>;
let dataDir: string;
let nowMs: number;
let slept: number[];
/** Done whenever somebody sleeps. */
let onSleep: () => void;

const never = new AbortController().signal;
const clock: LimiterClock = {
  now: () => nowMs,
  sleep: async (ms) => {
    slept.push(ms);
    nowMs += ms;
    onSleep();
  },
};

beforeEach(async () => {
  nowMs = Date.parse("2026-01-31T09:00:00.000Z");
  slept = [];
  onSleep = () => undefined;
  double = await startBatchesDouble({ answer: answerBrackets }, () => new Date(nowMs));
  afterwards(() => double.close());
  dataDir = dataFolder();
  withoutBackoff();
});

const limiter = createRateLimiter(clock);

function remoteOf(key = "sk-good"): RemoteModel {
  const settings = { provider: "anthropic" as const, model: "claude-opus-5", baseUrl: double.url };
  const surroundings = { env: { ANTHROPIC_API_KEY: key }, warn: () => undefined, observe: limiter.observe };
  return resolveRemote("teacher", settings, surroundings);
}

/** Whatever one command has open. `kill` makes step n of it the last: before it is done, or right after. */
interface Kill {
  readonly step: number;
  readonly when: "before" | "after";
}
class Killed extends Error {}

interface Command {
  readonly buyer: BatchBuyer;
  readonly cache: AnswerCache;
  readonly steps: () => number;
  readonly warnings: string[];
}

async function command(kill?: Kill, key?: string): Promise<Command> {
  const remote = remoteOf(key);
  const file = join(dataDir, "cache.db");
  const now = () => new Date(nowMs);
  const cache = openCache({ file, now });
  const intents = openBatchIntents({ file, now });
  afterwards(() => cache.close());
  afterwards(() => intents.close());
  const provider = await openBatchProvider(remote);
  if (provider === undefined) throw new Error("no provider");
  let steps = 0;
  const step = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const dies = kill?.step === ++steps;
    if (dies && kill.when === "before") throw new Killed();
    const result = await work();
    if (dies) throw new Killed();
    return result;
  };
  const stepped: BatchProvider = {
    create: (...given) => step(() => provider.create(...given)),
    retrieve: (...given) => step(() => provider.retrieve(...given)),
    async *list(...given) {
      for await (const state of provider.list(...given)) yield await step(async () => state);
    },
    async *results(...given) {
      for await (const result of provider.results(...given)) yield await step(async () => result);
    },
  };
  const steppedIntents: BatchIntents = {
    ...intents,
    begin: (...given) => step(() => intents.begin(...given)),
    recognise: (...given) => step(() => intents.recognise(...given)),
    store: (...given) => step(() => intents.store(...given)),
    end: (...given) => step(() => intents.end(...given)),
    forget: (...given) => step(() => intents.forget(...given)),
  };
  const warnings: string[] = [];
  const buyer = createBatchBuyer({
    ...{ provider: stepped, intents: steppedIntents, limiter, clock, signal: never },
    target: { model: remote.modelId, address: remote.baseUrl },
    onBought: () => undefined,
    onProgress: () => undefined,
    warn: (sentence) => warnings.push(sentence),
  });
  return { buyer, cache, steps: () => steps, warnings };
}

const texts = Array.from({ length: 7 }, (_, i) => `let x${i}`);
const wanted = () =>
  texts.flatMap((text) => {
    const { prompt, exampleId } = requestOf(text);
    return wantedOf(requestHash(remoteOf().identity, prompt), 1).map((one) => ({ ...one, prompt, exampleId }));
  });

async function missing(cache: AnswerCache) {
  const all = wanted();
  const entries = await cache.peek(all.map(({ key }) => key));
  return all.filter(({ key }) => entries.get(key)?.answer === undefined);
}

/** What `--batch --wait` does, in batches of `most`. */
async function buyAll({ buyer, cache }: Command, most = 3): Promise<void> {
  for (;;) {
    await buyer.settle(true);
    const rest = (await missing(cache)).filter(({ key }) => buyer.timesLeft(key) < 3);
    if (rest.length === 0) return;
    for (let i = 0; i < rest.length; i += most) await buyer.send(rest.slice(i, i + most));
  }
}

async function answers(): Promise<(string | undefined)[]> {
  const { cache } = await command();
  const entries = await cache.peek(wanted().map(({ key }) => key));
  return wanted().map(({ key }) => entries.get(key)?.answer?.raw);
}

const all = texts.map((text) => `[${text.toUpperCase()}]`);

describe("what is bought in batches", () => {
  it("is sent as batches of requests that are called by their keys, and stored under them", async () => {
    await buyAll(await command());
    expect(await answers()).toEqual(all);
    expect(double.batches.made.map(({ requests }) => requests.length)).toEqual([3, 3, 1]);
    expect(double.batches.bill()).toEqual({ bought: 7, distinct: 7 });
    expect(double.batches.made[0]?.requests[0]).toEqual({
      custom_id: wanted()[0]?.key,
      params: {
        model: "claude-opus-5",
        max_tokens: 1_000,
        system: [{ type: "text", text: "Write it in capitals.", cache_control: { type: "ephemeral", ttl: "1h" } }],
        messages: [{ role: "user", content: "let x0" }],
      },
    });
  });

  it("is not sent again where it is under way, and is taken once it has come", async () => {
    double.batches.held = true;
    const first = await command();
    await first.buyer.send(wanted());
    expect(await (await command()).buyer.settle(false)).toEqual({ batches: 1, requests: 7 });
    double.batches.held = false;
    expect(await (await command()).buyer.settle(false)).toEqual({ batches: 0, requests: 0 });
    expect(await answers()).toEqual(all);
  });

  it("is waited for", async () => {
    double.batches.held = true;
    onSleep = () => {
      if (slept.length === 3) double.batches.held = false;
    };
    await buyAll(await command());
    expect(slept.length).toBe(3);
    expect(await answers()).toEqual(all);
    expect(double.batches.bill()).toEqual({ bought: 7, distinct: 7 });
  });

  it.each(["expired", "canceled", "errored", "missing"] as const)(
    "is sent again alone where it is %s",
    async (fault) => {
      double.batches.failItem(fault, 1, "let x4");
      await buyAll(await command(), 100);
      expect(double.batches.made.map(({ requests }) => requests.length)).toEqual([7, 1]);
      expect(await answers()).toEqual(all);
      expect(double.batches.bill()).toEqual({ bought: 7, distinct: 7 });
    },
  );

  it("is given up where it is left out three times, or refused once, which is noted", async () => {
    double.batches.failItem("expired", 99, "let x4");
    double.batches.failItem("invalid", 99, "let x5");
    const { buyer, cache } = await command();
    await buyAll({ buyer, cache, steps: () => 0, warnings: [] }, 100);
    expect(double.batches.made.map(({ requests }) => requests.length)).toEqual([7, 1, 1]);
    const key = wanted()[5]?.key ?? "";
    expect((await cache.peek([key])).get(key)?.attempts).toMatchObject([{ error: "rejected", answer: undefined }]);
  });

  it("may come twice and in another order", async () => {
    double.batches.reversed = true;
    double.batches.failItem("duplicated", 4);
    await buyAll(await command(), 100);
    expect(await answers()).toEqual(all);
    const { cache } = await command();
    for (const { key } of wanted()) expect((await cache.peek([key])).get(key)?.attempts).toEqual([]);
    expect(double.batches.made.length).toBe(1);
  });

  it("is read again from the start where the connection breaks in the middle", async () => {
    double.batches.cutResults = 2;
    await buyAll(await command(), 100);
    expect(await answers()).toEqual(all);
    expect(double.batches.bill()).toEqual({ bought: 7, distinct: 7 });
  });

  it("is asked for at the address that was given, whatever the vendor calls the results' address", async () => {
    await buyAll(await command());
    // The double calls it results.invalid, which nobody can reach.
    expect(await answers()).toEqual(all);
  });
});

describe("a batch of which nobody knows whether it was made", () => {
  it("is found in the list, awaited, and recognised by its results", async () => {
    double.batches.failCreate("lost");
    double.batches.held = true;
    double.batches.addForeign(7);
    await (await command()).buyer.send(wanted());
    onSleep = () => {
      double.batches.held = false;
    };
    await buyAll(await command(), 100);
    // The other one's and this one.
    expect(double.batches.made.length).toBe(2);
    expect(await answers()).toEqual(all);
    expect(double.batches.bill()).toEqual({ bought: 7, distinct: 7 });
  });

  it("is taken for never made once it would stand in the list, and not sooner", async () => {
    double.batches.failCreate("reset");
    double.batches.addForeign(7);
    await buyAll(await command(), 100);
    expect(slept).toEqual([60_000]);
    expect(double.batches.made.length).toBe(2);
    expect(await answers()).toEqual(all);
  });

  it("is looked for behind the first page of the list", async () => {
    double.batches.failCreate("lost");
    double.batches.held = true;
    const { buyer } = await command();
    await buyer.send(wanted());
    for (let i = 0; i < 120; i++) double.batches.addForeign(2);
    double.batches.held = false;
    await buyAll(await command(), 100);
    expect(double.batches.bill()).toEqual({ bought: 7, distinct: 7 });
    expect(await answers()).toEqual(all);
  });

  it("was made once where the vendor had no room for it at first", async () => {
    double.batches.failCreate("rateLimit", "overloaded");
    await buyAll(await command(), 100);
    expect(double.batches.made.length).toBe(1);
    expect(await answers()).toEqual(all);
  });

  it("ends the command where it is refused for good, with nothing bought", async () => {
    await expect(buyAll(await command(undefined, badKey))).rejects.toThrow("refused the key");
    double.batches.failCreate(...Array.from({ length: 99 }, () => "rateLimit" as const));
    await expect(buyAll(await command())).rejects.toThrow("No batch could be made");
    expect(double.batches.bill().bought).toBe(0);
  });
});

describe("a command that is killed", () => {
  /** Kills at a step, then goes on as the next command would. False where there is no such step. */
  async function killedAt(kill: Kill, lost: boolean): Promise<boolean> {
    dataDir = dataFolder();
    // Of its own: the double counts how often the same was asked.
    double = await startBatchesDouble({ answer: answerBrackets }, () => new Date(nowMs));
    afterwards(() => double.close());
    double.batches.failItem("expired", 1, "let x2");
    if (lost) double.batches.failCreate("lost");
    const first = await command(kill);
    try {
      await buyAll(first);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    await buyAll(await command());
    expect(await answers(), JSON.stringify(kill)).toEqual(all);
    expect(double.batches.bill(), JSON.stringify(kill)).toEqual({ bought: 7, distinct: 7 });
    return first.steps() >= kill.step;
  }

  it.each([false, true])(
    "before or after any of its steps buys nothing twice (first answer lost: %s)",
    async (lost) => {
      let kills = 0;
      for (const when of ["before", "after"] as const) {
        for (let step = 1; await killedAt({ step, when }, lost); step++) kills++;
      }
      expect(kills).toBeGreaterThan(60);
    },
  );
});
