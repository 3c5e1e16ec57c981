import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../server/errors.ts";
import { anthropicProvider } from "../../../server/models/anthropic.ts";
import type { Model } from "../../../server/models/model.ts";
import { resolveRemote } from "../../../server/models/remote.ts";
import { prediction } from "../../../shared/records/prediction.ts";
import { badKey, startAnthropicDouble, unknownModel } from "../../doubles/anthropic.ts";
import type { Double, FaultPlan } from "../../doubles/http-double.ts";
import { answerBrackets, requestOf } from "./requests.ts";
import { afterwards, dataFolder, modelsOf, withoutBackoff } from "./support.ts";

let double: Double;
let dataDir: string;
const never = new AbortController().signal;
const once = { samples: 1, signal: never };

beforeEach(async () => {
  double = await startAnthropicDouble({ answer: answerBrackets });
  afterwards(() => double.close());
  dataDir = dataFolder();
  withoutBackoff();
});

/** As a run of its own would have it: the same cache, nothing in memory. */
function freshModel(spec = "anthropic:claude-opus-5", key = "sk-good"): Model {
  return modelsOf({ dataDir, env: { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: double.url } }).model(spec);
}

const times = (fault: FaultPlan["fault"], n = 1): FaultPlan => ({ fault, times: n });

describe("a Claude model", () => {
  it("answers with a prediction that is a whole record", async () => {
    const request = requestOf("let x");
    const [answer] = await freshModel().predict(request, once);
    expect(prediction.parse(answer)).toMatchObject({
      model: "anthropic:claude-opus-5",
      promptVersion: "test-1:00000000",
      raw: "[LET X]",
      text: "LET X",
      stopReason: "end",
    });
    expect(answer?.usage.inputTokens).toBeGreaterThan(0);
  });

  it("is sent what current models take: no sampling, no thinking, no prefill, and the key in its header only", async () => {
    await freshModel().predict(requestOf("let x"), once);
    const [request] = double.log;
    expect(request?.body).toEqual({
      model: "claude-opus-5",
      max_tokens: 1_000,
      system: "Write it in capitals.",
      messages: [{ role: "user", content: "let x" }],
    });
    expect(request?.headers["authorization"]).toBe("Bearer sk-good");
    expect(JSON.stringify(request?.body)).not.toContain("sk-good");
  });

  it("is asked once for the same request, in this run and in later ones, whatever the key", async () => {
    const model = freshModel();
    const [first] = await model.predict(requestOf("let x"), once);
    expect(await model.predict(requestOf("let x"), once)).toEqual([first]);
    expect(await freshModel("anthropic:claude-opus-5", "sk-other").predict(requestOf("let x"), once)).toEqual([first]);
    expect(double.counts()).toMatchObject({ requests: 1, bought: 1 });
  });

  it("is asked again where anything that decides the answer differs", async () => {
    const request = requestOf("let x");
    const { prompt } = request;
    await freshModel().predict(request, once);
    await freshModel("anthropic:claude-sonnet-5").predict(request, once);
    await freshModel().predict({ ...request, prompt: { ...prompt, maxOutputTokens: 999 } }, once);
    await freshModel().predict({ ...request, prompt: { ...prompt, system: "Shout." } }, once);
    // The name of a template is not sent, so it decides nothing.
    await freshModel().predict({ ...request, prompt: { ...prompt, version: "test-2:11111111" } }, once);
    expect(double.counts()).toMatchObject({ requests: 4, bought: 4, distinctBought: 4 });
  });
});

describe("the vendor's counter", () => {
  it("counts what a message would be sent as, and buys nothing", async () => {
    const env = { ANTHROPIC_API_KEY: "sk-good", ANTHROPIC_BASE_URL: double.url };
    const settings = { provider: "anthropic", model: "claude-opus-5" } as const;
    const remote = resolveRemote(undefined, settings, { env, warn: () => undefined, observe: () => undefined });
    const { ask, countTokens } = await anthropicProvider(remote);
    const { prompt } = requestOf("let x");
    const counted = await countTokens?.(prompt, never);
    expect(double.counts().requests).toBe(0);
    const [answer] = await ask(prompt, 1, never);
    const { max_tokens: _limit, ...sent } = (double.log[0]?.body ?? {}) as Record<string, unknown>;
    expect(double.counted).toEqual([sent]);
    // The double counts characters, and the answer's limit is eight more of them.
    expect(Math.abs((counted ?? 0) - (answer?.usage.inputTokens ?? 0))).toBeLessThanOrEqual(5);
  });

  it("says why it cannot where it cannot, as a request does", async () => {
    const env = { ANTHROPIC_API_KEY: badKey, ANTHROPIC_BASE_URL: double.url };
    const settings = { provider: "anthropic", model: "claude-opus-5" } as const;
    const remote = resolveRemote(undefined, settings, { env, warn: () => undefined, observe: () => undefined });
    const { countTokens } = await anthropicProvider(remote);
    await expect(countTokens?.(requestOf("let x").prompt, never)).rejects.toThrow(/refused the key/u);
  });
});

describe("a fault on the way", () => {
  it.each([
    ["429 with retry-after", times({ kind: "rateLimit", retryAfterMs: 1 }, 2)],
    ["529", times({ kind: "overloaded", retryAfterMs: 1 }, 2)],
    ["a connection reset before the answer", times({ kind: "reset", when: "before" })],
    ["a connection reset in the middle of the answer", times({ kind: "reset", when: "middle" }, 2)],
  ])("%s: is waited out, and ends in one answer that is paid for once", async (_name, plan) => {
    double.plan(plan);
    const [answer] = await freshModel().predict(requestOf("let x"), once);
    expect(answer).toMatchObject({ text: "LET X" });
    expect(double.counts()).toMatchObject({ requests: plan.times + 1, bought: 1 });
  });

  it.each([
    ["rateLimited", { kind: "rateLimit", retryAfterMs: 1 }],
    ["overloaded", { kind: "overloaded", retryAfterMs: 1 }],
    ["connection", { kind: "reset", when: "middle" }],
  ] as const)("that does not pass is the failure %s, and is asked again by the next run", async (error, fault) => {
    double.plan(times(fault, 6));
    const [failed] = await freshModel().predict(requestOf("let x"), once);
    expect(prediction.parse(failed)).toMatchObject({ error, raw: "" });
    expect(double.counts()).toMatchObject({ requests: 6, bought: 0 });
    const [answer] = await freshModel().predict(requestOf("let x"), once);
    expect(answer).toMatchObject({ text: "LET X" });
    expect(double.counts()).toMatchObject({ requests: 7, bought: 1 });
  });

  it("400 for one prompt is that prediction's failure, and the others go on", async () => {
    const tooLong = {
      kind: "status",
      status: 400,
      type: "invalid_request_error",
      message: "prompt is too long",
    } as const;
    double.plan({ fault: tooLong, times: 1, matching: "long" });
    const model = freshModel();
    expect(await model.predict(requestOf("long"), once)).toMatchObject([{ error: "rejected" }]);
    expect(await model.predict(requestOf("short"), once)).toMatchObject([{ text: "SHORT" }]);
  });

  it("is told of once for each kind, with what the server said, since nobody can act on a count", async () => {
    const models = modelsOf({ dataDir, env: { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: double.url } });
    const model = models.model("anthropic:claude-opus-5");
    const message = "max_tokens: 64000 > 8192,\nwhich is the most for this model";
    double.plan(times({ kind: "status", status: 400, type: "invalid_request_error", message }, 2));
    double.plan(times({ kind: "overloaded", retryAfterMs: 1 }, 6));
    for (const text of ["a", "b", "c", "d"]) await model.predict(requestOf(text), once);
    expect(models.warnings).toEqual([
      expect.stringContaining("(rejected: 400, max_tokens: 64000 > 8192, which is the most for this model)"),
      expect.stringContaining("(overloaded: 529, Overloaded)"),
    ]);
  });

  it.each([
    ["as it was", (text: string) => `cannot read ${text}`],
    ["as a JSON string", (text: string) => `cannot read ${JSON.stringify({ content: text })}`],
  ])("is told of without the prompt where the server repeats it %s", async (_name, repeat) => {
    const models = modelsOf({ dataDir, env: { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: double.url } });
    const code = 'if (x) {\n  send("a secret of somebody");\n}\n';
    const fault = { kind: "status", status: 400, type: "invalid_request_error", message: repeat(code) } as const;
    double.plan(times(fault));
    await models.model("anthropic:claude-opus-5").predict(requestOf(code), once);
    expect(models.warnings).toEqual([expect.stringContaining("(rejected: 400)")]);
  });

  it("a body that is no answer, from an address that gave answers before: the others go on", async () => {
    const model = freshModel();
    await model.predict(requestOf("a"), once);
    double.plan(times({ kind: "garbage" }));
    expect(await model.predict(requestOf("b"), once)).toMatchObject([{ error: "connection" }]);
    expect(await model.predict(requestOf("c"), once)).toMatchObject([{ text: "C" }]);
  });
});

describe("an answer that is none", () => {
  const kinds = [
    ["truncated", { kind: "truncated" }],
    ["empty", { kind: "empty" }],
    ["refusal", { kind: "refusal" }],
    ["unparsable", { kind: "text", text: "LET X" }],
    ["marker", { kind: "text", text: "[LET [cursor] X]" }],
  ] as const;

  it.each(kinds)("%s: is asked for again, up to two times", async (_error, fault) => {
    double.plan(times(fault, 2));
    const [answer] = await freshModel().predict(requestOf("let x"), once);
    expect(answer).toMatchObject({ raw: expect.stringMatching(/^\[LET X/u) });
    expect(answer?.error).toBeUndefined();
    expect(double.counts().bought).toBe(3);
  });

  it.each(kinds)(
    "%s three times: is the prediction's failure, and no later run buys it again",
    async (error, fault) => {
      double.plan(times(fault, 3));
      const [failed] = await freshModel().predict(requestOf("let x"), once);
      expect(prediction.parse(failed)).toMatchObject({ error });
      expect(await freshModel().predict(requestOf("let x"), once)).toEqual([failed]);
      expect(double.counts()).toMatchObject({ requests: 3, bought: 3 });
    },
  );

  it("is bought again where `retryFailed` asks for it", async () => {
    double.plan(times({ kind: "empty" }, 3));
    await freshModel().predict(requestOf("let x"), once);
    const [answer] = await freshModel().predict(requestOf("let x"), { ...once, retryFailed: true });
    expect(answer?.error).toBeUndefined();
    expect(double.counts().bought).toBe(4);
  });

  it("and was bought by a run that was killed counts: the next run goes on at the next attempt", async () => {
    double.plan(times({ kind: "empty" }, 1), times({ kind: "overloaded", retryAfterMs: 1 }, 6));
    // The second attempt never comes to an answer, as if the run had ended there.
    expect(await freshModel().predict(requestOf("let x"), once)).toMatchObject([{ error: "overloaded" }]);
    double.plan(times({ kind: "empty" }, 5));
    expect(await freshModel().predict(requestOf("let x"), once)).toMatchObject([{ error: "empty" }]);
    expect(double.counts().bought).toBe(3);
  });

  it("is read again by a better parser, and then is one: nothing is bought for it", async () => {
    double.plan(times({ kind: "text", text: "LET X" }, 3));
    await freshModel().predict(requestOf("let x"), once);
    const better = requestOf("let x", { parse: (answer) => ({ kind: "edit", text: answer.toLowerCase() }) });
    expect(await freshModel().predict(better, once)).toMatchObject([{ text: "let x" }]);
    expect(double.counts().bought).toBe(3);
  });

  it("is read again by a stricter parser, and then is none: the next attempt is bought", async () => {
    await freshModel().predict(requestOf("let x"), once);
    const stricter = requestOf("let x", {
      parse: (answer) =>
        answer === "[LET X]" ? { kind: "error", error: "unparsable" } : { kind: "edit", text: answer },
    });
    expect(await freshModel().predict(stricter, once)).toMatchObject([{ text: "[LET X 1]" }]);
    expect(double.counts().bought).toBe(2);
  });
});

describe("a configuration that cannot work", () => {
  it("a bad key: says which variable to set, and never shows the key", async () => {
    const asking = freshModel("anthropic:claude-opus-5", badKey).predict(requestOf("let x"), once);
    await expect(asking).rejects.toThrow(ConfigurationError);
    await expect(asking).rejects.toThrow(/Set ANTHROPIC_API_KEY to a valid key/u);
    await expect(asking).rejects.not.toThrow(new RegExp(badKey, "u"));
    expect(double.counts().requests).toBe(1);
  });

  it("an unknown model: says so", async () => {
    const asking = freshModel(`anthropic:${unknownModel}`).predict(requestOf("let x"), once);
    await expect(asking).rejects.toThrow(/knows no model "claude-unknown"/u);
  });

  it.each([
    [402, "billing_error"],
    [400, "invalid_request_error"],
  ])("an account without credit, said by %i: says so", async (status, type) => {
    const message = "Your credit balance is too low to access the Anthropic API.";
    double.plan(times({ kind: "status", status, type, message }));
    await expect(freshModel().predict(requestOf("let x"), once)).rejects.toThrow(/cannot pay/u);
  });

  it("an address that sends on to another: says which, and sends nothing there", async () => {
    const elsewhere = await startAnthropicDouble({ answer: answerBrackets });
    afterwards(() => elsewhere.close());
    const to = `${elsewhere.url.replace("//", "//user:secret@")}/v1/messages?token=secret`;
    double.plan(times({ kind: "redirect", to }));
    const asking = freshModel().predict(requestOf("let x"), once);
    await expect(asking).rejects.toThrow(ConfigurationError);
    await expect(asking).rejects.toThrow(`redirects to ${elsewhere.url}/v1/messages (307)`);
    expect(elsewhere.log).toEqual([]);
  });

  it("nothing at the address: says so", async () => {
    await double.close();
    await expect(freshModel().predict(requestOf("let x"), once)).rejects.toThrow(
      /nothing answers at http:.*ECONNREFUSED/u,
    );
  });

  it("no TLS where the address says https: says so", async () => {
    const env = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: double.url.replace("http:", "https:") };
    const asking = modelsOf({ dataDir, env }).model("anthropic:claude-opus-5").predict(requestOf("let x"), once);
    await expect(asking).rejects.toThrow(/no secure connection to https:.* Does the server speak https there/u);
  });

  it("something else at the address: says so", async () => {
    double.plan(times({ kind: "garbage" }));
    await expect(freshModel().predict(requestOf("let x"), once)).rejects.toThrow(
      /not as the Anthropic Messages API does/u,
    );
  });
});

describe("the same request at the same time", () => {
  it("is bought once for any number of examples, whatever fails on the way", async () => {
    const faults: FaultPlan["fault"][] = [
      { kind: "rateLimit", retryAfterMs: 1 },
      { kind: "empty" },
      { kind: "text", text: "no brackets" },
      { kind: "reset", when: "middle" },
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 3 })), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.array(fc.constantFrom(...faults), { maxLength: 4 }),
        async (asked, planned) => {
          double = await startAnthropicDouble({ answer: answerBrackets });
          dataDir = dataFolder();
          const model = freshModel();
          double.plan(...planned.map((fault) => times(fault)));
          const all = await Promise.all(
            asked.map(([text, samples], i) =>
              model.predict(requestOf(text, { exampleId: i.toString(16).padStart(64, "0") }), {
                samples,
                signal: never,
              }),
            ),
          );
          await double.close();
          const { bought } = double.counts();
          const distinct = new Map<string, number>();
          for (const [text, samples] of asked) distinct.set(text, Math.max(samples, distinct.get(text) ?? 0));
          const needed = [...distinct.values()].reduce((sum, n) => sum + n, 0);
          const paidFailures = planned.filter(({ kind }) => kind === "empty" || kind === "text").length;
          expect(bought).toBeGreaterThanOrEqual(needed);
          expect(bought).toBeLessThanOrEqual(needed + paidFailures);
          for (const [i, [text, samples]] of asked.entries()) {
            expect(all[i]).toHaveLength(samples);
            const same = asked.findIndex(([other]) => other === text);
            expect(all[i]?.[0]?.raw).toBe(all[same]?.[0]?.raw);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("from two processes ends in one answer for both, whoever stored first", async () => {
    let answers = 0;
    double = await startAnthropicDouble({ answer: () => `[answer ${answers++}]` });
    afterwards(() => double.close());
    double.plan(times({ kind: "held" }, 2));
    const both = [freshModel(), freshModel()].map((model) => model.predict(requestOf("let x"), once));
    await until(() => double.log.length === 2);
    double.release();
    const [[one], [other]] = (await Promise.all(both)) as [[unknown], [unknown]];
    expect(other).toEqual(one);
  });

  it("is begun by the one who waits where the one who had begun it is aborted", async () => {
    double.plan(times({ kind: "held" }));
    const model = freshModel();
    const stop = new AbortController();
    const first = model.predict(requestOf("let x"), { samples: 1, signal: stop.signal });
    const second = model.predict(requestOf("let x"), once);
    const aborted = expect(first).rejects.toThrow("stop");
    await until(() => double.log.length === 1);
    stop.abort(new Error("stop"));
    await aborted;
    double.release();
    const [answer] = await second;
    expect(answer?.error).toBeUndefined();
    expect(double.log).toHaveLength(2);
  });

  it("does not hold up the one who waits when that one is aborted", async () => {
    double.plan(times({ kind: "held" }));
    const model = freshModel();
    const stop = new AbortController();
    const first = model.predict(requestOf("let x"), once);
    const second = model.predict(requestOf("let x"), { samples: 1, signal: stop.signal });
    await until(() => double.log.length === 1);
    stop.abort(new Error("stop"));
    await expect(second).rejects.toThrow("stop");
    double.release();
    expect(await first).toMatchObject([{ text: "LET X" }]);
  });

  it("is read by each as it reads answers, as one from the cache would be", async () => {
    const model = freshModel();
    const small = requestOf("let x", { parse: (answer) => ({ kind: "edit", text: answer.toLowerCase() }) });
    const strict = requestOf("let x", {
      parse: (answer) =>
        answer === "[LET X]" ? { kind: "error", error: "unparsable" } : { kind: "edit", text: answer },
    });
    const answers = await Promise.all(
      [requestOf("let x"), small, strict].map((request) => model.predict(request, once)),
    );
    expect(answers).toMatchObject([[{ text: "LET X" }], [{ text: "[let x]" }], [{ text: "[LET X 1]" }]]);
    expect(double.counts().bought).toBe(2);
  });

  it("under two names of one model is bought once", async () => {
    const claude = { provider: "anthropic", model: "claude-opus-5", baseUrl: double.url } as const;
    const models = modelsOf({ dataDir, env: { ANTHROPIC_API_KEY: "k" }, models: { one: claude, other: claude } });
    const both = ["one", "other"].map((name) => models.model(name).predict(requestOf("let x"), once));
    const [one, other] = await Promise.all(both);
    expect(other).toEqual(one);
    expect(double.counts().bought).toBe(1);
  });

  it("commits an answer that arrived whole although it was aborted meanwhile", async () => {
    const stop = new AbortController();
    const model = freshModel();
    const asking = model.predict(
      requestOf("let x", {
        parse: () => {
          stop.abort(new Error("stop"));
          return { kind: "noEdit" };
        },
      }),
      { samples: 1, signal: stop.signal },
    );
    expect(await asking).toMatchObject([{ noEdit: true }]);
    await freshModel().predict(requestOf("let x"), once);
    expect(double.counts().bought).toBe(1);
  });
});

/** Lets the sockets do what they do until something can be seen. */
async function until(seen: () => boolean): Promise<void> {
  while (!seen()) await new Promise((resolve) => setImmediate(resolve));
}
