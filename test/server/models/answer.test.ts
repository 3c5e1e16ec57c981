/** Answers of a shape: what a judge is asked, against both vendors' wire formats. */
import { describe, expect, it } from "vitest";
import { builtinModel } from "../../../server/models/builtin/index.ts";
import type { AnswerRequest, AnswerSchema, Model } from "../../../server/models/model.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import { startAnthropicDouble } from "../../doubles/anthropic.ts";
import type { Double, DoubleRequest } from "../../doubles/http-double.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { afterwards, dataFolder, modelsOf, withoutBackoff } from "./support.ts";

const lengthSchema: AnswerSchema = {
  name: "length",
  schema: {
    type: "object",
    properties: { reasoning: { type: "string" }, length: { type: "integer", enum: [1, 2, 3, 4, 5] } },
    required: ["reasoning", "length"],
    additionalProperties: false,
  },
};

function requestOf(text: string, schema: AnswerSchema | null = lengthSchema): AnswerRequest<number> {
  return {
    exampleId: sha256Hex(text),
    prompt: {
      version: "length-1:00000000",
      system: "How long is it?",
      messages: [{ role: "user", content: text }],
      maxOutputTokens: 100,
      ...(schema && { schema }),
    },
    read: (answer) => {
      const length = /"length":(\d+)/u.exec(answer)?.[1];
      return length === undefined ? undefined : Number(length);
    },
  };
}

const measure = ({ prompt, schema }: DoubleRequest) =>
  schema === undefined ? "About three." : JSON.stringify({ reasoning: "I count.", length: prompt.length });

interface Vendor {
  readonly double: Double;
  model(): Model;
}

async function anthropic(): Promise<Vendor> {
  const double = await startAnthropicDouble({ answer: measure });
  const dataDir = dataFolder();
  const env = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: double.url };
  return { double, model: () => modelsOf({ dataDir, env }).model("anthropic:claude-opus-5") };
}

async function openai(): Promise<Vendor> {
  const double = await startOpenAiDouble({ answer: measure });
  const dataDir = dataFolder();
  const env = { OPENAI_API_KEY: "k" };
  return { double, model: () => modelsOf({ dataDir, env }).model(`openai:judge@${double.url}/v1`) };
}

describe.each<[string, () => Promise<Vendor>]>([
  ["a Claude model", anthropic],
  ["a model behind chat completions", openai],
])("%s", (_name, start) => {
  const asking = { signal: new AbortController().signal };
  async function started(): Promise<Vendor> {
    withoutBackoff();
    const vendor = await start();
    afterwards(() => vendor.double.close());
    return vendor;
  }

  it("answers in the shape that was asked for, and is asked once", async () => {
    const { double, model } = await started();
    expect(await model().answer(requestOf("abc"), asking)).toEqual({ kind: "answer", value: 3 });
    expect(await model().answer(requestOf("abc"), asking)).toEqual({ kind: "answer", value: 3 });
    expect(double.counts()).toMatchObject({ requests: 1, bought: 1 });
  });

  it("is asked again where only the shape differs: the shape is part of what was asked", async () => {
    const { double, model } = await started();
    await model().answer(requestOf("abc"), asking);
    const { properties, ...rest } = lengthSchema.schema;
    const wider = { ...(properties as object), sure: { type: "boolean" } };
    const schema = { ...rest, properties: wider, required: ["reasoning", "length", "sure"] };
    await model().answer(requestOf("abc", { name: "length", schema }), asking);
    expect(double.counts()).toMatchObject({ requests: 2, bought: 2 });
  });

  it("fails by name where nothing can be read, after two further attempts, and is not asked a fourth time", async () => {
    const { double, model } = await started();
    const failed = { kind: "failure", error: "unparsable" };
    expect(await model().answer(requestOf("abc", null), asking)).toEqual(failed);
    expect(await model().answer(requestOf("abc", null), asking)).toEqual(failed);
    expect(double.counts().requests).toBe(3);
  });

  it.each(["refusal", "truncated", "empty"] as const)("names an answer that is a %s", async (kind) => {
    const { double, model } = await started();
    double.plan({ fault: { kind }, times: 3 });
    const judge = model();
    expect(await judge.answer(requestOf("abc"), asking)).toEqual({ kind: "failure", error: kind });
    expect(judge.counters.failures).toEqual({ [kind]: 1 });
    expect(await judge.answer(requestOf("abc"), { ...asking, retryFailed: true })).toMatchObject({ value: 3 });
  });

  it("is refused by the vendor where the shape leaves something open, which is a fault of ours", async () => {
    const { model } = await started();
    const schema = { ...lengthSchema.schema, additionalProperties: true };
    expect(await model().answer(requestOf("abc", { name: "length", schema }), asking)).toEqual({
      kind: "failure",
      error: "rejected",
    });
  });
});

describe("on the wire", () => {
  it("Anthropic gets the schema as output_config, and no sampling, prefill or forced tool", async () => {
    const { double, model } = await anthropic();
    afterwards(() => double.close());
    await model().answer(requestOf("abc"), { signal: new AbortController().signal });
    expect(double.log[0]?.body).toEqual({
      model: "claude-opus-5",
      max_tokens: 100,
      system: "How long is it?",
      messages: [{ role: "user", content: "abc" }],
      output_config: { format: { type: "json_schema", schema: lengthSchema.schema } },
    });
  });

  it("OpenAI gets it as a strict response_format, with its properties in their order", async () => {
    const { double, model } = await openai();
    afterwards(() => double.close());
    await model().answer(requestOf("abc"), { signal: new AbortController().signal });
    const format = (double.log[0]?.body as { response_format?: unknown } | undefined)?.response_format;
    expect(format).toEqual({
      type: "json_schema",
      json_schema: { name: "length", strict: true, schema: lengthSchema.schema },
    });
    expect(JSON.stringify(format)).toMatch(/"properties":\{"reasoning":.*"length":/u);
  });
});

it("the builtin model is never asked: it reads no prompt", () => {
  const asked = () => builtinModel().answer(requestOf("abc"), { signal: new AbortController().signal });
  expect(asked).toThrow("builtin");
});
