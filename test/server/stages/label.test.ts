import { describe, expect, it } from "vitest";
import { builtinModel } from "../../../server/models/builtin/index.ts";
import type { Model } from "../../../server/models/model.ts";
import { labelStage } from "../../../server/stages/label.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { startAnthropicDouble } from "../../doubles/anthropic.ts";
import type { Double } from "../../doubles/http-double.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { afterwards, dataFolder, modelsOf, withoutBackoff } from "../models/support.ts";
import { exampleOf } from "./examples.ts";
import { runStage } from "./running.ts";

const before = "const total = 1;\n";
const target = (text: string, n = 0) =>
  exampleOf(before, null, { redaction: { version: 1, counts: {} }, expected: { text, from: "settled" } }, n);
const changed = target("const total = 2;\n");
const silent = target(before, 1);
const answer = () => JSON.stringify({ reasoning: "It goes on.", intent: "infer-refactor" });

async function started(start = startAnthropicDouble): Promise<{ double: Double; model: () => Model }> {
  withoutBackoff();
  const double = await start({ answer });
  afterwards(() => double.close());
  const dataDir = dataFolder();
  const env = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: double.url, OPENAI_API_KEY: "k" };
  const spec = start === startAnthropicDouble ? "anthropic:claude-opus-5" : `openai:judge@${double.url}/v1`;
  return { double, model: () => modelsOf({ dataDir, env }).model(spec) };
}

describe("label", () => {
  it.each([
    ["Anthropic", startAnthropicDouble],
    ["OpenAI", startOpenAiDouble],
  ])("takes the intent from a model behind %s, and the rest from rules", async (_name, start) => {
    const { double, model } = await started(start);
    const { id } = model();
    const { examples } = await runStage(labelStage, [changed, silent], {}, model());
    expect(examples.map(({ labels }) => labels)).toEqual([
      { location: "local-edit", intent: "infer-refactor", difficulty: "simple", by: id },
      { location: "no-op", intent: "unknown", difficulty: "medium", by: "rules" },
    ]);
    for (const out of examples) exampleSchema.parse(out);
    expect(double.counts().bought).toBe(1);
  });

  it("labels every split, since labels say what an example is", async () => {
    const { model } = await started();
    const held = { ...changed, split: { name: "eval" as const, group: "g" } };
    expect((await runStage(labelStage, [held], {}, model())).examples[0]?.labels).toBeDefined();
    expect((await runStage(labelStage, [held], { splits: ["train"] }, model())).examples).toEqual([held]);
  });

  it("leaves an example without labels where the model failed, and takes away what an earlier run said", async () => {
    const { double, model } = await started();
    double.plan({ fault: { kind: "refusal" }, times: 3 });
    const labels = { location: "no-op", intent: "unknown", difficulty: "simple", by: "openai:old" } as const;
    const { examples, log } = await runStage(labelStage, [{ ...changed, labels }], {}, model());
    expect(examples).toEqual([changed]);
    expect(log).toContainEqual({ stage: "label", exampleId: changed.id, reason: "refusal" });
    const again = await runStage(labelStage, examples, { retryFailed: true }, model());
    expect(again.examples[0]?.labels?.intent).toBe("infer-refactor");
  });

  it("asks nobody with builtin, says so, and needs no redaction then", async () => {
    const { redaction: _redaction, ...unredacted } = changed;
    const { examples, warnings } = await runStage(labelStage, [unredacted], {}, builtinModel());
    expect(examples[0]?.labels).toEqual({
      location: "local-edit",
      intent: "unknown",
      difficulty: "simple",
      by: "rules",
    });
    expect(warnings).toEqual([expect.stringContaining("every intent is unknown; --model names one")]);
  });

  it("passes on what fell out, and refuses what has no target yet", async () => {
    const dropped = { ...exampleOf(before, null), dropped: { stage: "expect", reason: "noTarget" } };
    expect((await runStage(labelStage, [dropped], {}, builtinModel())).examples).toEqual([dropped]);
    const early = runStage(labelStage, [exampleOf(before, null)], {}, builtinModel());
    await expect(early).rejects.toThrow("run expect before label");
  });

  it("has a fingerprint of model and prompt", () => {
    const context = { model: builtinModel } as unknown as Parameters<NonNullable<typeof labelStage.fingerprint>>[1];
    expect(labelStage.fingerprint?.(labelStage.options.parse({}), context)).toMatchObject({
      model: { provider: "builtin" },
      prompt: expect.stringMatching(/^label-1:/u),
    });
  });
});
