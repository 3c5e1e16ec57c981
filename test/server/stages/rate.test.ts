import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { validate } from "../../../server/configuration/validate.ts";
import { ConfigurationError } from "../../../server/errors.ts";
import { builtinModel } from "../../../server/models/builtin/index.ts";
import type { Model } from "../../../server/models/model.ts";
import { rateStage } from "../../../server/stages/rate.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { startAnthropicDouble } from "../../doubles/anthropic.ts";
import type { Double, DoubleRequest } from "../../doubles/http-double.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { afterwards, dataFolder, modelsOf, withoutBackoff } from "../models/support.ts";
import { exampleOf } from "./examples.ts";
import { runStage } from "./running.ts";

const target = { text: "const total = 2;\n", from: "settled" } as const;
const example = exampleOf("const total = 1;\n", null, { redaction: { version: 1, counts: {} }, expected: target });
const shipped = /^training-value:[0-9a-f]{8}$/u;

/** Rates by whose rubric it is given. */
function answer({ system }: DoubleRequest): string {
  return JSON.stringify(
    system.includes("funny") ? { reason: "A joke.", score: 1 } : { reason: "It goes on.", score: 4 },
  );
}

async function started(start = startAnthropicDouble): Promise<{ double: Double; model: () => Model; dataDir: string }> {
  withoutBackoff();
  const double = await start({ answer });
  afterwards(() => double.close());
  const dataDir = dataFolder();
  const env = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: double.url, OPENAI_API_KEY: "k" };
  const spec = start === startAnthropicDouble ? "anthropic:claude-opus-5" : `openai:judge@${double.url}/v1`;
  return { double, model: () => modelsOf({ dataDir, env }).model(spec), dataDir };
}

const rate = (of: Example, model: Model, options: object = {}, dataDir = "unused") =>
  runStage(rateStage, [of], { ...options }, model, 1, undefined, undefined, dataDir);

function writeRubric(dataDir: string, name: string, text: string): void {
  mkdirSync(join(dataDir, "prompts"), { recursive: true });
  writeFileSync(join(dataDir, "prompts", `${name}.md`), text);
}

describe("rate", () => {
  it.each([
    ["Anthropic", startAnthropicDouble],
    ["OpenAI", startOpenAiDouble],
  ])("writes score, reason and rubric, asking %s once", async (_name, start) => {
    const { double, model } = await started(start);
    const { examples } = await rate(example, model());
    await rate(example, model());
    expect(examples[0]?.quality).toEqual({
      score: 4,
      reason: "It goes on.",
      rubric: expect.stringMatching(shipped),
    });
    exampleSchema.parse(examples[0]);
    expect(double.counts().bought).toBe(1);
  });

  it("goes by a rubric of one's own, and by that alone", async () => {
    const { double, model, dataDir } = await started();
    writeRubric(dataDir, "humour", "Rate how funny it is.\r\n");
    const { examples } = await rate(example, model(), { rubric: "humour" }, dataDir);
    expect(examples[0]?.quality).toMatchObject({ score: 1, rubric: expect.stringMatching(/^humour:/u) });
    writeRubric(dataDir, "training-value", "Is it funny?\n");
    const own = await rate(example, model(), {}, dataDir);
    expect(own.examples[0]?.quality?.rubric).toMatch(shipped);
    expect(own.examples[0]?.quality?.score).toBe(1);
    expect(double.counts().bought).toBe(2);
  });

  it("says what is wrong with a rubric before it asks anybody", async () => {
    const { model, dataDir } = await started();
    const fault = (rubric: string) => rate(example, model(), { rubric }, dataDir);
    await expect(fault("none")).rejects.toThrow(ConfigurationError);
    await expect(fault("none")).rejects.toThrow("no rubric none: training-value is the one that ships");
    writeRubric(dataDir, "empty", " \n");
    await expect(fault("empty")).rejects.toThrow("prompts/empty.md in the data folder is empty");
    writeRubric(dataDir, "long", "x".repeat(20_001));
    await expect(fault("long")).rejects.toThrow("longer than 20000 characters");
    mkdirSync(join(dataDir, "prompts", "folder.md"));
    await expect(fault("folder")).rejects.toThrow(ConfigurationError);
  });

  it.each(["../secrets", "/etc/hosts", "a/b", ".hidden", ""])("takes no path for a name: %s", (rubric) => {
    expect(validate(rateStage.options, { rubric }).ok).toBe(false);
  });

  it("leaves an example without a rating where the model failed, and takes away what an earlier run said", async () => {
    const { double, model } = await started();
    double.plan({ fault: { kind: "text", text: '{"reason":"Ten!","score":10}' }, times: 3 });
    const quality = { score: 1, reason: "Old.", rubric: "old:00000000" };
    const { examples, log } = await rate({ ...example, quality }, model());
    expect(examples).toEqual([example]);
    expect(log).toContainEqual({ stage: "rate", exampleId: example.id, reason: "unparsable" });
    const again = await rate(example, model(), { retryFailed: true });
    expect(again.examples[0]?.quality?.score).toBe(4);
  });

  it("rates every split, passes on what fell out, and refuses what has no target yet", async () => {
    const { model } = await started();
    const held = { ...example, split: { name: "test" as const, group: "g" } };
    expect((await rate(held, model())).examples[0]?.quality?.score).toBe(4);
    const dropped = { ...example, dropped: { stage: "settle", reason: "noise" } };
    expect((await rate(dropped, model())).examples).toEqual([dropped]);
    const { expected: _expected, ...early } = example;
    await expect(rate(early, model())).rejects.toThrow("run expect before rate");
  });

  it("refuses builtin", async () => {
    const context = { model: builtinModel } as unknown as Parameters<NonNullable<typeof rateStage.fingerprint>>[1];
    expect(() => rateStage.fingerprint?.(rateStage.options.parse({}), context)).toThrow(
      /rate needs a model .*builtin/u,
    );
  });

  it("has a fingerprint of model, prompt and rubric", async () => {
    const { model, dataDir } = await started();
    const context = { model, dataDir } as unknown as Parameters<NonNullable<typeof rateStage.fingerprint>>[1];
    const ofShipped = await rateStage.fingerprint?.(rateStage.options.parse({}), context);
    expect(ofShipped).toMatchObject({
      prompt: expect.stringMatching(/^rate-1:/u),
      rubric: expect.stringMatching(shipped),
    });
    writeRubric(dataDir, "training-value", "Another.\n");
    expect(await rateStage.fingerprint?.(rateStage.options.parse({}), context)).not.toEqual(ofShipped);
  });
});
