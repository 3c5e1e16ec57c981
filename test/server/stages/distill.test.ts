import { beforeEach, describe, expect, it } from "vitest";
import { ConfigurationError, Failure } from "../../../server/errors.ts";
import { builtinModel } from "../../../server/models/builtin/index.ts";
import type { Model } from "../../../server/models/model.ts";
import { distillStage } from "../../../server/stages/distill.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { startAnthropicDouble } from "../../doubles/anthropic.ts";
import type { Double } from "../../doubles/http-double.ts";
import { answer } from "../../doubles/teacher-answer.ts";
import { snapshotOf } from "../models/requests.ts";
import { afterwards, dataFolder, modelsOf, withoutBackoff } from "../models/support.ts";
import { runStage } from "./running.ts";

let double: Double;
let dataDir: string;
beforeEach(async () => {
  double = await startAnthropicDouble({ answer });
  afterwards(() => double.close());
  dataDir = dataFolder();
  withoutBackoff();
});

function teacher(): Model {
  const env = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: double.url };
  return modelsOf({ dataDir, env }).model("anthropic:claude-opus-5");
}

function exampleOf(name: string, parts: Partial<Example> = {}): Example {
  return exampleSchema.parse({
    schema: 1,
    id: sha256Hex(name),
    source: { kind: "file", source: "cases", name },
    snapshot: snapshotOf(`const ${name} = 1;\nuse(${name});\n`),
    redaction: { version: 1, counts: {} },
    split: { name: "train", group: name },
    ...parts,
  });
}

/** A server that is there, and answers every request with this status. */
async function failingServer(status = 503): Promise<{ model: Model; requests: () => number }> {
  const failing = await startAnthropicDouble({ answer });
  afterwards(() => failing.close());
  failing.plan({ fault: { kind: "status", status, type: "api_error", message: "loading" }, times: 1_000 });
  const settings = { provider: "anthropic", model: "m", limits: { maxRetries: 0 }, baseUrl: failing.url } as const;
  const model = modelsOf({ dataDir, models: { local: settings }, env: { ANTHROPIC_API_KEY: "k" } }).model("local");
  return { model, requests: () => failing.counts().requests };
}

const names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"];

describe("distill", () => {
  it("writes the teacher's prediction into every example that trains, in order", async () => {
    const examples = names.map((name) => exampleOf(name));
    const { examples: out, log } = await runStage(distillStage, examples, { model: "x" }, teacher());
    expect(out.map(({ id }) => id)).toEqual(examples.map(({ id }) => id));
    for (const one of out) {
      expect(exampleSchema.parse(one).teacher?.predictions).toHaveLength(1);
      const [prediction] = one.teacher?.predictions ?? [];
      expect(prediction?.error).toBeUndefined();
      expect(prediction?.promptVersion).toMatch(/^teacher-/u);
    }
    expect(double.counts()).toMatchObject({ requests: 6, bought: 6, distinctBought: 6 });
    expect(log).toEqual([
      {
        stage: "distill",
        reason: "summary",
        detail: "6 examples, 6 requests to anthropic:claude-opus-5, 0 answers from the cache; failed: none",
      },
    ]);
  });

  it("ends in the same output from the cache as from the model, and buys nothing", async () => {
    const examples = names.map((name) => exampleOf(name));
    const first = await runStage(distillStage, examples, { model: "x" }, teacher());
    const again = await runStage(distillStage, first.examples, { model: "x" }, teacher());
    expect(again.examples).toEqual(first.examples);
    expect(double.counts().bought).toBe(6);
  });

  it("buys one answer for examples whose snapshots are the same", async () => {
    const twins = [exampleOf("alpha"), exampleOf("alpha", { id: sha256Hex("twin") })];
    const { examples } = await runStage(distillStage, twins, { model: "x" }, teacher());
    expect(double.counts().bought).toBe(1);
    const [one, other] = examples.map(({ teacher: written }) => written?.predictions[0]);
    expect(other?.raw).toBe(one?.raw);
    expect(other?.id).not.toBe(one?.id);
  });

  it("passes through what was dropped, and splits that it was not asked for", async () => {
    const others = [
      exampleOf("alpha", { dropped: { stage: "dedup", reason: "duplicate" } }),
      exampleOf("beta", { split: { name: "eval", group: "g" } }),
    ];
    expect((await runStage(distillStage, others, { model: "x" }, teacher())).examples).toEqual(others);
    expect(double.counts().requests).toBe(0);
    await runStage(distillStage, others, { model: "x", splits: ["eval"] }, teacher());
    expect(double.counts().requests).toBe(1);
  });

  it("keeps a failure in the example with its kind, and names it in the log without code", async () => {
    double.plan({ fault: { kind: "text", text: "I would rather not say secretName." }, times: 3, matching: "alpha" });
    const { examples, log } = await runStage(
      distillStage,
      [exampleOf("alpha"), exampleOf("beta")],
      { model: "x" },
      teacher(),
    );
    expect(examples[0]?.teacher?.predictions).toMatchObject([{ error: "unparsable" }]);
    expect(examples[1]?.teacher?.predictions[0]?.error).toBeUndefined();
    expect(log[0]).toEqual({ stage: "distill", exampleId: sha256Hex("alpha"), reason: "unparsable" });
    expect(log[1]?.detail).toContain("failed: 1 unparsable");
    expect(JSON.stringify(log)).not.toContain("secretName");
  });

  it("sends nothing that nobody redacted to a model elsewhere, unless told to", async () => {
    const { redaction: _redaction, ...unredacted } = exampleOf("alpha");
    const elsewhere: Model = { ...teacher(), staysHere: false };
    const asking = runStage(distillStage, [unredacted], { model: "x" }, elsewhere);
    await expect(asking).rejects.toThrow(ConfigurationError);
    await expect(asking).rejects.toThrow(/--allow-unredacted/u);
    expect(double.counts().requests).toBe(0);
    await runStage(distillStage, [unredacted], { model: "x", allowUnredacted: true }, elsewhere);
    await runStage(distillStage, [unredacted], { model: "x" }, teacher());
    expect(double.counts().requests).toBe(1);
  });

  it("says once that it will spend, before it does, and nothing where it costs nothing", async () => {
    const examples = names.map((name) => exampleOf(name));
    const elsewhere: Model = { ...teacher(), staysHere: false };
    const { warnings } = await runStage(distillStage, examples, { model: "x" }, elsewhere);
    expect(warnings).toEqual([
      expect.stringMatching(/^distill buys one answer from anthropic:claude-opus-5 .* Cost unknown/u),
    ]);
    expect((await runStage(distillStage, examples, {}, builtinModel())).warnings).toEqual([]);
  });

  it("stops where the first eight requests are all lost, names the address and writes none of them", async () => {
    const { model, requests } = await failingServer();
    const many = Array.from({ length: 100 }, (_, i) => exampleOf(`name${i}`));
    const written: Example[] = [];
    const stopped = runStage(distillStage, many, { model: "x" }, model, 1, (example) => written.push(example));
    await expect(stopped).rejects.toThrow(Failure);
    await expect(stopped).rejects.toThrow(
      `the first 8 requests to anthropic:m at ${model.address} all failed, the last one by overloaded: 503, loading.`,
    );
    expect(requests()).toBeLessThan(8 + 4);
    expect(written).toEqual([]);
  });

  it("goes on where eight requests are lost behind one that was answered", async () => {
    const many = Array.from({ length: 20 }, (_, i) => exampleOf(`name${i}`));
    double.plan({ fault: { kind: "overloaded", retryAfterMs: 1 }, times: 1_000, matching: "name1" });
    const fresh = many.toSpliced(0, 1, exampleOf("other"));
    const { examples } = await runStage(distillStage, fresh, { model: "x" }, teacher());
    const lost = examples.filter(({ teacher: written }) => written?.predictions[0]?.error === "overloaded");
    expect(lost).toHaveLength(11);
    expect(examples.map(({ id }) => id)).toEqual(fresh.map(({ id }) => id));
  });

  it("counts a refused prompt as an answer: the server is there", async () => {
    const { model } = await failingServer(400);
    const many = Array.from({ length: 20 }, (_, i) => exampleOf(`name${i}`));
    const { examples } = await runStage(distillStage, many, { model: "x" }, model);
    expect(new Set(examples.map(({ teacher: written }) => written?.predictions[0]?.error))).toEqual(
      new Set(["rejected"]),
    );
  });

  it("calls nothing bought where the server is on this machine", async () => {
    const { model } = await failingServer();
    const { warnings } = await runStage(distillStage, [exampleOf("alpha")], { model: "x" }, model);
    expect(warnings.filter((warning) => warning.startsWith("distill"))).toEqual([
      expect.stringMatching(/^distill asks for one answer from anthropic:m .* on this machine: nobody is paid/u),
    ]);
  });

  it("shows the model what the switches leave, so that a variant is another request", async () => {
    const before = "const alpha = 0;\n";
    const diff = `--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,2 +1,2 @@\n-${before}+const alpha = 1;\n use(alpha);\n`;
    const example = exampleOf("alpha");
    const edited: Example = {
      ...example,
      snapshot: { ...example.snapshot, history: [{ path: "src/a.ts", origin: "typed", diff }] },
    };
    await runStage(distillStage, [edited], { model: "x" }, teacher());
    await runStage(distillStage, [edited], { model: "x", historyLength: 0 }, teacher());
    const [whole, without] = double.log.map(({ body }) => JSON.stringify(body));
    expect(whole).toContain("const alpha = 0;");
    expect(without).not.toContain("const alpha = 0;");
  });

  it("has a fingerprint of what decides the answers: model and prompt, and no key", () => {
    const context = { model: () => teacher() } as unknown as Parameters<
      NonNullable<typeof distillStage.fingerprint>
    >[1];
    const fingerprint = distillStage.fingerprint?.(distillStage.options.parse({}), context);
    expect(fingerprint).toMatchObject({
      model: { provider: "anthropic", model: "claude-opus-5" },
      prompt: expect.stringMatching(/^teacher-/u),
    });
  });
});
