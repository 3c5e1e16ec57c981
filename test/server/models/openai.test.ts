import { describe, expect, it } from "vitest";
import type { ModelConfiguration } from "../../../server/configuration/configuration.ts";
import { ConfigurationError } from "../../../server/errors.ts";
import type { Model } from "../../../server/models/model.ts";
import { prediction } from "../../../shared/records/prediction.ts";
import type { Double, FaultPlan } from "../../doubles/http-double.ts";
import type { OpenAiDoubleOptions } from "../../doubles/openai.ts";
import { badKey, startOpenAiDouble, unknownModel } from "../../doubles/openai.ts";
import { answerBrackets, requestOf } from "./requests.ts";
import { afterwards, dataFolder, modelsOf, withoutBackoff } from "./support.ts";

const signal = new AbortController().signal;

async function doubleOf(options: Partial<OpenAiDoubleOptions> = {}): Promise<Double> {
  const double = await startOpenAiDouble({ answer: answerBrackets, wantsKey: false, ...options });
  afterwards(() => double.close());
  withoutBackoff();
  return double;
}

function local(double: Double, more: Partial<ModelConfiguration> = {}, dataDir = dataFolder()): Model {
  const settings = {
    provider: "openai",
    model: "coder",
    revision: "r1",
    baseUrl: `${double.url}/v1`,
    ...more,
  } as const;
  return modelsOf({ dataDir, models: { local: settings } }).model("local");
}

function bodies(double: Double): Record<string, unknown>[] {
  return double.log.map(({ body }) => body as Record<string, unknown>);
}

describe("a model behind an OpenAI-compatible address", () => {
  it("is sampled as students are, with every sample as a choice of one request", async () => {
    const double = await doubleOf();
    const predictions = await local(double).predict(requestOf("let x"), { samples: 5, signal });
    expect(predictions.map(({ text }) => text)).toEqual(["LET X", "LET X 1", "LET X 2", "LET X 3", "LET X 4"]);
    for (const one of predictions) prediction.parse(one);
    expect(new Set(predictions.map(({ id }) => id)).size).toBe(5);
    expect(bodies(double)).toEqual([
      {
        model: "coder",
        messages: [
          { role: "system", content: "Write it in capitals." },
          { role: "user", content: "let x" },
        ],
        max_tokens: 1_000,
        n: 5,
        temperature: 0.8,
        top_p: 0.95,
      },
    ]);
  });

  it("divides one request's usage over its choices, so that sums are right", async () => {
    const double = await doubleOf();
    const model = local(double);
    const predictions = await model.predict(requestOf("let x"), { samples: 3, signal });
    const sum = predictions.reduce((total, { usage }) => total + usage.inputTokens, 0);
    expect(model.counters.usage.inputTokens).toBe(sum);
    expect(predictions.map(({ usage }) => usage.inputTokens > 0)).toEqual([true, false, false]);
  });

  it.each(["ignored", "refused"] as const)("is asked for the missing samples where `n` is %s", async (choices) => {
    const double = await doubleOf({ choices });
    const predictions = await local(double).predict(requestOf("let x"), { samples: 4, signal });
    expect(predictions.map(({ text }) => text)).toEqual(["LET X", "LET X 1", "LET X 2", "LET X 3"]);
    expect(double.counts().bought).toBe(4);
  });

  it("is asked for more samples later without buying the first ones again", async () => {
    const [double, dataDir] = [await doubleOf(), dataFolder()];
    await local(double, {}, dataDir).predict(requestOf("let x"), { samples: 2, signal });
    await local(double, {}, dataDir).predict(requestOf("let x"), { samples: 5, signal });
    expect(bodies(double).map(({ n }) => n)).toEqual([2, 3]);
  });

  it("asks again only for the choices that were no answer", async () => {
    const double = await doubleOf({
      answer: (request) => (request.sample === 1 ? "no brackets" : answerBrackets(request)),
    });
    const predictions = await local(double).predict(requestOf("let x"), { samples: 3, signal });
    expect(predictions.map(({ text }) => text)).toEqual(["LET X", "LET X 3", "LET X 2"]);
    expect(bodies(double).map(({ n }) => n)).toEqual([3, undefined]);
  });

  it("has the sampling that its configuration says, or none", async () => {
    const [double, dataDir] = [await doubleOf(), dataFolder()];
    await local(double, { sampling: { temperature: 0.2, topP: null } }, dataDir).predict(requestOf("x"), {
      samples: 1,
      signal,
    });
    await local(double, { sampling: { temperature: null, topP: null } }, dataDir).predict(requestOf("x"), {
      samples: 1,
      signal,
    });
    expect(bodies(double).map(({ temperature, top_p }) => [temperature, top_p])).toEqual([
      [0.2, undefined],
      [undefined, undefined],
    ]);
  });

  it("is another model with another checkpoint, but not at another address", async () => {
    const [double, elsewhere, dataDir] = [await doubleOf(), await doubleOf(), dataFolder()];
    await local(double, {}, dataDir).predict(requestOf("x"), { samples: 1, signal });
    await local(elsewhere, {}, dataDir).predict(requestOf("x"), { samples: 1, signal });
    expect(elsewhere.counts().requests).toBe(0);
    const newer = local(double, { revision: "r2" }, dataDir);
    expect(newer.id).toBe("openai:coder@r2");
    await newer.predict(requestOf("x"), { samples: 1, signal });
    expect(double.counts().bought).toBe(2);
  });

  it("names refusals and truncation whichever way the server says them", async () => {
    const double = await doubleOf();
    const plan = (fault: FaultPlan["fault"]) => double.plan({ fault, times: 3 });
    const model = local(double);
    plan({ kind: "refusal" });
    expect(await model.predict(requestOf("a"), { samples: 1, signal })).toMatchObject([{ error: "refusal" }]);
    plan({ kind: "truncated" });
    expect(await model.predict(requestOf("b"), { samples: 1, signal })).toMatchObject([{ error: "truncated" }]);
    plan({ kind: "empty" });
    expect(await model.predict(requestOf("c"), { samples: 1, signal })).toMatchObject([{ error: "empty" }]);
    expect(model.counters).toMatchObject({ requests: 9, failures: { refusal: 1, truncated: 1, empty: 1 } });
  });

  it("survives 429, 503 and a reset in the middle of the answer", async () => {
    const double = await doubleOf();
    double.plan({ fault: { kind: "rateLimit", retryAfterMs: 1 }, times: 1 });
    double.plan({ fault: { kind: "overloaded", retryAfterMs: 1 }, times: 1 });
    double.plan({ fault: { kind: "reset", when: "middle" }, times: 1 });
    expect(await local(double).predict(requestOf("x"), { samples: 2, signal })).toMatchObject([
      { text: "X" },
      { text: "X 1" },
    ]);
    expect(double.counts()).toMatchObject({ requests: 4, bought: 2 });
  });
});

describe("a gateway that says with status 200 what failed behind it", () => {
  it.each([
    [429, "rateLimited"],
    [undefined, "overloaded"],
  ])("code %s: is the failure %s, and the others go on", async (code, error) => {
    const double = await doubleOf();
    double.plan({ fault: { kind: "garbage", body: { error: { message: "upstream failed", code } } }, times: 1 });
    const model = local(double);
    expect(await model.predict(requestOf("a"), { samples: 1, signal })).toMatchObject([{ error }]);
    expect(await model.predict(requestOf("b"), { samples: 1, signal })).toMatchObject([{ text: "B" }]);
  });
});

describe("what stands in between", () => {
  const html = { contentType: "text/html", body: "<html>nginx</html>" };
  it.each<[string, Partial<FaultPlan["fault"]>, string]>([
    ["a page with status 502", { status: 502, ...html }, "overloaded"],
    ["a page with status 413", { status: 413, ...html }, "rejected"],
    ["an error that is a sentence", { status: 400, body: { error: "too long" } }, "rejected"],
  ])("%s: is this prediction's failure", async (_name, fault, error) => {
    const double = await doubleOf();
    double.plan({ fault: { kind: "garbage", ...fault } as FaultPlan["fault"], times: 6 });
    expect(await local(double).predict(requestOf("x"), { samples: 1, signal })).toMatchObject([{ error }]);
  });

  it.each<[string, Partial<FaultPlan["fault"]>, RegExp]>([
    ["a page with status 200", html, /not as the OpenAI chat completions API does/u],
    ["an empty body", { body: "" }, /not as the OpenAI chat completions API does/u],
    ["status 204", { status: 204, body: "" }, /not as the OpenAI chat completions API does/u],
    ["half a body", { body: '{"choices": [' }, /not as the OpenAI chat completions API does/u],
    [
      "an unknown model, said as a sentence",
      { status: 404, body: { error: "try pulling it" } },
      /It said: try pulling it/u,
    ],
  ])("%s: is a configuration that cannot work", async (_name, fault, sentence) => {
    const double = await doubleOf();
    double.plan({ fault: { kind: "garbage", ...fault } as FaultPlan["fault"], times: 1 });
    const asking = local(double).predict(requestOf("x"), { samples: 1, signal });
    await expect(asking).rejects.toThrow(ConfigurationError);
    await expect(asking).rejects.toThrow(sentence);
  });
});

describe("the key", () => {
  it("comes from the variable that is named, and goes into its header only", async () => {
    const double = await doubleOf({ wantsKey: true });
    const models = modelsOf({
      env: { MY_KEY: "sk-mine", OPENAI_API_KEY: "sk-other" },
      models: {
        local: { provider: "openai", model: "m", revision: "1", baseUrl: `${double.url}/v1`, apiKeyEnv: "MY_KEY" },
      },
    });
    const model = models.model("local");
    await model.predict(requestOf("x"), { samples: 1, signal });
    expect(double.log[0]?.headers["authorization"]).toBe("Bearer sk-mine");
    expect(JSON.stringify([model.identity, model.id, double.log[0]?.body])).not.toContain("sk-mine");
  });

  it("that is refused or missing is named by its variable", async () => {
    const double = await doubleOf({ wantsKey: true });
    const spec = `openai:m@${double.url}/v1`;
    const bad = modelsOf({ env: { OPENAI_API_KEY: badKey } })
      .model(spec)
      .predict(requestOf("x"), { samples: 1, signal });
    await expect(bad).rejects.toThrow(/refused the key in OPENAI_API_KEY/u);
  });
});

describe("a configuration that cannot work", () => {
  it("an unknown model, and a parameter that the model refuses: says what to do", async () => {
    const double = await doubleOf({ refusesTemperature: true });
    const asking = local(double).predict(requestOf("x"), { samples: 1, signal });
    await expect(asking).rejects.toThrow(ConfigurationError);
    await expect(asking).rejects.toThrow(/takes no temperature .* temperature: null/u);
    const unknown = local(double, { model: unknownModel, sampling: { temperature: null } });
    await expect(unknown.predict(requestOf("x"), { samples: 1, signal })).rejects.toThrow(/knows no model/u);
  });

  it("an address that sends on to another: says which, and sends nothing there", async () => {
    const [double, elsewhere] = [await doubleOf(), await doubleOf()];
    const to = `${elsewhere.url}/v1/chat/completions`;
    double.plan({ fault: { kind: "redirect", to }, times: 1 });
    const asking = local(double).predict(requestOf("x"), { samples: 2, signal });
    await expect(asking).rejects.toThrow(`redirects to ${to} (307)`);
    expect(elsewhere.log).toEqual([]);
  });

  it("an answer that is no text: says that this is another protocol", async () => {
    const double = await doubleOf();
    const message = { role: "assistant", content: [{ type: "text", text: "x" }] };
    const body = { choices: [{ index: 0, message, finish_reason: "stop" }] };
    double.plan({ fault: { kind: "garbage", body }, times: 1 });
    const asking = local(double).predict(requestOf("x"), { samples: 1, signal });
    await expect(asking).rejects.toThrow(/not as the OpenAI chat completions API does/u);
  });

  it("an address without /v1: says that it usually ends so", async () => {
    const double = await doubleOf();
    const asking = local(double, { baseUrl: double.url }).predict(requestOf("x"), { samples: 1, signal });
    await expect(asking).rejects.toThrow(/usually ends in \/v1/u);
  });

  it.each([501, 405, 404])(
    "a server that takes no POST and says so by %i: says which, and asks no second time",
    async (status) => {
      const double = await doubleOf();
      const body = "<p>Unsupported method ('POST').</p>";
      double.plan({ fault: { kind: "garbage", status, contentType: "text/html", body }, times: 9 });
      const asking = local(double).predict(requestOf("x"), { samples: 1, signal });
      await expect(asking).rejects.toThrow(ConfigurationError);
      await expect(asking).rejects.toThrow(`${double.url}/v1`);
      expect(double.counts().requests).toBe(1);
    },
  );

  it("a port that fetch blocks: says so", async () => {
    withoutBackoff();
    const asking = modelsOf({})
      .model("openai:m@http://127.0.0.1:6000/v1")
      .predict(requestOf("x"), { samples: 1, signal });
    await expect(asking).rejects.toThrow(ConfigurationError);
    await expect(asking).rejects.toThrow(
      /the port of http:\/\/127\.0\.0\.1:6000\/v1, which the Fetch standard blocks/u,
    );
  });
});
