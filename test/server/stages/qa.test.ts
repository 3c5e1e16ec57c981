import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../server/errors.ts";
import { builtinModel } from "../../../server/models/builtin/index.ts";
import type { Model } from "../../../server/models/model.ts";
import { qaStage } from "../../../server/stages/qa.ts";
import { repairStage } from "../../../server/stages/repair.ts";
import { scoreStage } from "../../../server/stages/score.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { startAnthropicDouble } from "../../doubles/anthropic.ts";
import type { Double, DoubleRequest } from "../../doubles/http-double.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { afterwards, dataFolder, modelsOf, withoutBackoff } from "../models/support.ts";
import { exampleOf, predictionOf } from "./examples.ts";
import { runStage } from "./running.ts";

const before = "const total = 1;\n";
const good = predictionOf({ text: "const total = 2;\n" }, { n: 1, raw: "good" });
const doubtful = predictionOf({ text: "const doubtful = 1;\n" }, { n: 2, raw: "doubtful" });
const silent = predictionOf({ noEdit: true }, { n: 3, raw: "silent" });
const failed = predictionOf({ error: "refusal" }, { n: 4 });

/** Judges by the edit that it is shown, and continues a conversation with no edit. */
function judge({ prompt, schema }: DoubleRequest): string {
  if (schema === undefined) return "<|no_edit|>\n";
  const confidence = prompt.includes("doubtful") ? 2 : 5;
  return JSON.stringify({ reasoning: `I give it a ${confidence}.`, reverts: false, confidence });
}

async function started(kind: "anthropic" | "openai"): Promise<{ double: Double; model: () => Model }> {
  withoutBackoff();
  const double = await (kind === "anthropic" ? startAnthropicDouble : startOpenAiDouble)({ answer: judge });
  afterwards(() => double.close());
  const dataDir = dataFolder();
  const env = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: double.url, OPENAI_API_KEY: "k" };
  const spec = kind === "anthropic" ? "anthropic:claude-opus-5" : `openai:judge@${double.url}/v1`;
  return { double, model: () => modelsOf({ dataDir, env }).model(spec) };
}

const redacted = { redaction: { version: 1, counts: {} } };
const answered = (n: number, ...predictions: (typeof good)[]) =>
  exampleOf(before, null, { ...redacted, teacher: { predictions } }, n);

describe.each(["anthropic", "openai"] as const)("qa, asking %s", (kind) => {
  it("writes an opinion of every answer that did not fail, by its id", async () => {
    const { double, model } = await started(kind);
    const { id } = model();
    const { examples } = await runStage(qaStage, [answered(0, good, failed), answered(1, silent)], {}, model());
    const opinion = { reasoning: "I give it a 5.", reverts: false, confidence: 5, model: id };
    expect(examples.map(({ qa }) => qa)).toEqual([{ [good.id]: opinion }, { [silent.id]: opinion }]);
    for (const out of examples) exampleSchema.parse(out);
    expect(double.counts().bought).toBe(2);
  });

  it("buys nothing twice, and the same opinion serves every example that asks the same", async () => {
    const { double, model } = await started(kind);
    const first = await runStage(qaStage, [answered(0, good), answered(1, good)], {}, model());
    const second = await runStage(qaStage, [answered(0, good), answered(1, good)], {}, model());
    expect(second.examples).toEqual(first.examples);
    expect(double.counts().requests).toBe(1);
  });

  it("leaves no opinion where the judge failed, names the failure, and asks again when that is wanted", async () => {
    const { double, model } = await started(kind);
    double.plan({ fault: { kind: "text", text: "Looks good to me!" }, times: 3 });
    const asked = [answered(0, good)];
    const { examples, log } = await runStage(qaStage, asked, {}, model());
    expect(examples[0]?.qa).toEqual({});
    expect(log).toContainEqual({ stage: "qa", exampleId: asked[0]?.id, reason: "unparsable" });
    expect(log.at(-1)?.detail).toMatch(/^1 examples, 3 requests .*failed: 1 unparsable$/u);
    const again = await runStage(qaStage, examples, { retryFailed: true }, model());
    expect(Object.keys(again.examples[0]?.qa ?? {})).toEqual([good.id]);
  });

  it("is what repair goes by: what the judge doubts is asked again, with the judge's reasons", async () => {
    const { double, model } = await started(kind);
    const scored = (await runStage(scoreStage, [answered(0, good), answered(1, doubtful)])).examples;
    const judged = (await runStage(qaStage, scored, {}, model())).examples;
    const { examples } = await runStage(repairStage, judged, {}, model());
    expect(examples.map(({ repair }) => repair?.triggers)).toEqual([undefined, ["lowConfidence"]]);
    expect(JSON.stringify(double.log.at(-1)?.body)).toContain("The reviewer's reasons: I give it a 2.");
    expect(examples[1]?.repair?.prediction?.noEdit).toBe(true);
  });
});

describe("qa", () => {
  it("passes on what other splits hold, and what fell out", async () => {
    const { double, model } = await started("anthropic");
    const held = { ...answered(0, good), split: { name: "eval" as const, group: "g" } };
    const dropped = { ...answered(1, good), dropped: { stage: "settle", reason: "noise" } };
    expect((await runStage(qaStage, [held, dropped], {}, model())).examples).toEqual([held, dropped]);
    expect(double.counts().requests).toBe(0);
    expect((await runStage(qaStage, [held], { splits: ["eval"] }, model())).examples[0]?.qa).toHaveProperty(good.id);
  });

  it("replaces what an earlier run left", async () => {
    const { model } = await started("anthropic");
    const stale = { reasoning: "", reverts: true, confidence: 1, model: "openai:old" };
    const { examples } = await runStage(qaStage, [{ ...answered(0), qa: { [good.id]: stale } }], {}, model());
    expect(examples[0]?.qa).toEqual({});
  });

  it("sends nothing that was not redacted, and says once what it will spend", async () => {
    const { double, model } = await started("anthropic");
    const elsewhere: Model = { ...model(), staysHere: false };
    const { redaction: _redaction, ...unredacted } = answered(0, good);
    await expect(runStage(qaStage, [unredacted], {}, elsewhere)).rejects.toThrow("was not redacted");
    expect(double.counts().requests).toBe(0);
    const { warnings } = await runStage(qaStage, [answered(0, good), answered(1, silent)], {}, elsewhere);
    expect(warnings).toEqual([expect.stringMatching(/^qa buys one answer from .* for every answer of the teacher /u)]);
  });

  it("refuses builtin, which can judge nothing, before it reads an example", async () => {
    const context = { model: builtinModel } as unknown as Parameters<NonNullable<typeof qaStage.fingerprint>>[1];
    const given = qaStage.options.parse({});
    expect(() => qaStage.fingerprint?.(given, context)).toThrow(ConfigurationError);
    expect(() => qaStage.fingerprint?.(given, context)).toThrow(/qa needs a model .* --model .*leave qa out/u);
  });

  it("has a fingerprint of model and prompt", async () => {
    const { model } = await started("anthropic");
    const context = { model } as unknown as Parameters<NonNullable<typeof qaStage.fingerprint>>[1];
    expect(qaStage.fingerprint?.(qaStage.options.parse({}), context)).toMatchObject({
      model: { model: "claude-opus-5" },
      prompt: expect.stringMatching(/^qa-1:/u),
    });
  });
});
