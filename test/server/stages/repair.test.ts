import { describe, expect, it } from "vitest";
import { builtinModel } from "../../../server/models/builtin/index.ts";
import type { Model, PredictRequest } from "../../../server/models/model.ts";
import { KEEP, NO_EDIT, REGION_END, REGION_START } from "../../../server/prompts/markers.ts";
import { repairStage } from "../../../server/stages/repair.ts";
import { scoreAnswer } from "../../../server/stages/score.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import type { Prediction } from "../../../shared/records/prediction.ts";
import { CURSOR, snapshotOf } from "../models/builtin/editing.ts";
import { runStage } from "./running.ts";

/** The person renamed `total` to `sum` in one of two lines. */
const earlier = "const total = add(a, b)\nprint(total)\n";
const now = "const sum = add(a, b)\nprint(total)\n";
const finished = "const sum = add(a, b)\nprint(sum)\n";
const snapshot = snapshotOf({ states: [earlier, now.replace("sum", `sum${CURSOR}`)] });
const predictionId = (n: number) => n.toString(16).padStart(64, "0");

function answered(answer: Partial<Prediction>, n = 1): Prediction {
  return {
    id: predictionId(n),
    model: "anthropic:some-model",
    promptVersion: "teacher-1:00000000",
    raw: `${REGION_START}\n${answer.text ?? ""}${REGION_END}\n`,
    usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
    stopReason: "end",
    ...answer,
  };
}

function exampleOf(predictions: Prediction[], parts: Partial<Example> = {}): Example {
  const bare = exampleSchema.parse({
    schema: 1,
    id: "a".repeat(64),
    source: { kind: "file", source: "cases", name: "rename" },
    snapshot,
    redaction: { version: 1, counts: {} },
    teacher: { predictions },
    ...parts,
  });
  const scores = Object.fromEntries(predictions.map((answer) => [answer.id, scoreAnswer(bare, answer)]));
  return { ...bare, scores };
}

const reverting = answered({ text: earlier });

/** A language model that gives these answers in turn, and keeps what it was asked. */
function scripted(...answers: string[]): Model & { asked: PredictRequest[] } {
  const asked: PredictRequest[] = [];
  return {
    id: "anthropic:some-model",
    identity: { provider: "anthropic", model: "some-model" },
    staysHere: false,
    promptFormat: "teacher",
    counters: { requests: 0, cached: 0, failures: {}, usage: reverting.usage, saved: reverting.usage },
    asked,
    answer: () => Promise.reject(new Error("repair asks for edits")),
    predict: async (request) => {
      asked.push(request);
      const raw = answers[asked.length - 1] ?? "";
      const parsed = request.parse(raw);
      const id = predictionId(100 + asked.length);
      if (parsed.kind === "error") return [answered({ id, raw, error: parsed.error })];
      return [
        parsed.kind === "noEdit" ? answered({ id, raw, noEdit: true }) : answered({ id, raw, text: parsed.text }),
      ];
    },
  };
}

const region = (text: string) => `The rename goes on.\n\n${REGION_START}\n${text}${REGION_END}\n`;

async function repaired(example: Example, model: Model, options: Record<string, unknown> = {}) {
  const run = await runStage(repairStage, [example], options, model);
  const [out] = run.examples;
  if (!out) throw new Error("no example came out");
  exampleSchema.parse(out);
  return { ...run, out };
}

describe("an answer that passes", () => {
  it.each<[string, Prediction]>([
    ["an edit that goes on with what the person did", answered({ text: finished })],
    ["no edit", answered({ noEdit: true })],
  ])("is left alone: %s", async (_, answer) => {
    const model = scripted();
    const { out } = await repaired(exampleOf([answer]), model);
    expect(out.repair).toBeUndefined();
    expect(model.asked).toEqual([]);
  });

  it("includes one whose teacher only failed: there is nothing to repair", async () => {
    const example = exampleOf([answered({ error: "refusal" })]);
    expect((await repaired(example, scripted())).out).toEqual(example);
  });
});

describe("what is repaired", () => {
  const judged = (reverts: boolean, confidence: number, reasoning = ""): Partial<Example> => ({
    qa: { [predictionId(1)]: { reverts, confidence, reasoning, model: "anthropic:judge" } },
  });
  const fine = answered({ text: finished });

  it.each<[string, Prediction, Partial<Example>, Record<string, unknown>, string[] | undefined]>([
    ["an answer that takes the newest edit back", reverting, {}, {}, ["reversal"]],
    ["not above the threshold", reverting, {}, { reversalAbove: 1 }, undefined],
    ["what a judge calls a reversal", fine, judged(true, 5), {}, ["reverts"]],
    ["what a judge has no confidence in", fine, judged(false, 2), {}, ["lowConfidence"]],
    ["both", fine, judged(true, 1), {}, ["reverts", "lowConfidence"]],
    ["not what a judge approves of, whatever the figures", reverting, judged(false, 3), {}, undefined],
    ["by another threshold", fine, judged(false, 3), { confidenceAtMost: 3 }, ["lowConfidence"]],
    [
      "not a judge's word on another answer",
      fine,
      { qa: { [predictionId(7)]: { reverts: true, confidence: 1, reasoning: "", model: "anthropic:judge" } } },
      {},
      undefined,
    ],
  ])("%s", async (_, answer, parts, options, triggers) => {
    const { out } = await repaired(exampleOf([answer], parts), scripted(region(finished)), options);
    expect(out.repair?.triggers).toEqual(triggers);
  });

  it("is an answer that lost the lines at the region's edge", async () => {
    const states = ["a()\nb()\nc()\nd()\ne()\n", `a(1)${CURSOR}\nb()\nc()\nd()\ne()\n`];
    const example = exampleOf([answered({ text: "a(1)\nb()\n" })], { snapshot: snapshotOf({ states }) });
    const { out } = await repaired(example, scripted(NO_EDIT));
    expect(out.repair).toMatchObject({ triggers: ["outsideRegion"], prediction: { noEdit: true } });
    expect(out.dropped).toBeUndefined();
  });

  it("only in the splits that are named", async () => {
    const held = exampleOf([reverting], { split: { name: "test", group: "g" } });
    expect((await repaired(held, scripted())).out).toEqual(held);
    expect((await repaired(held, scripted(NO_EDIT), { splits: ["test"] })).out.repair).toBeDefined();
  });
});

describe("with a language model", () => {
  it("the conversation goes on: its answer, what is wrong, and its edit", async () => {
    const model = scripted(region(finished));
    const judged = {
      qa: {
        [predictionId(1)]: { reverts: true, confidence: 4, reasoning: "It renames back.", model: "anthropic:judge" },
      },
    };
    const { out } = await repaired(exampleOf([reverting], judged), model);
    const messages = model.asked[0]?.prompt.messages ?? [];
    expect(messages.map((message) => message.role)).toEqual(["user", "assistant", "user"]);
    expect(messages[1]?.content).toContain(earlier);
    expect(messages[2]?.content).toContain("It renames back.");
    expect(messages[2]?.content).toContain("[-sum-]");
    expect(out.repair?.prediction).toMatchObject({ text: finished });
    expect(out.scores?.[out.repair?.prediction?.id ?? ""]?.reversalRatio).toBe(0);
    expect(out.dropped).toBeUndefined();
  });

  it("it may stand by its answer, which is then not held against it", async () => {
    const { out, log } = await repaired(exampleOf([reverting]), scripted(`I am sure.\n${KEEP}`));
    expect(out.repair).toMatchObject({ kept: true, prediction: { text: earlier } });
    expect(out.dropped).toBeUndefined();
    expect(log).toContainEqual(expect.objectContaining({ reason: "kept" }));
  });

  it("an answer that fails again drops the example with both reasons, in figures and not in code", async () => {
    const { out } = await repaired(exampleOf([reverting]), scripted(region(earlier)));
    expect(out.dropped).toMatchObject({ stage: "repair", reason: "failedTwice" });
    expect(out.dropped?.detail).toBe("first: reversal ratio 1.00; then: reversal ratio 1.00");
    expect(out.scores?.[predictionId(101)]?.reversalRatio).toBe(1);
  });

  it("an answer that cannot be read drops the example too, and is kept for whoever asks why", async () => {
    const { out } = await repaired(exampleOf([reverting]), scripted("Sorry."));
    expect(out.dropped?.detail).toContain("then: unparsable");
    expect(out.repair?.prediction).toMatchObject({ raw: "Sorry.", error: "unparsable" });
  });

  it("nothing unredacted is sent, unless that is asked for", async () => {
    const { redaction: _redaction, ...example } = exampleOf([reverting]);
    await expect(repaired(example, scripted(NO_EDIT))).rejects.toThrow("was not redacted");
    expect((await repaired(example, scripted(NO_EDIT), { allowUnredacted: true })).out.repair).toBeDefined();
  });

  it("says once that it will spend, before it does, and nothing where nothing failed", async () => {
    const examples = [exampleOf([reverting]), exampleOf([reverting])];
    const { warnings } = await runStage(repairStage, examples, {}, scripted(NO_EDIT, NO_EDIT));
    expect(warnings).toEqual([
      expect.stringMatching(
        /^repair buys one answer from anthropic:some-model for every example whose answer failed /u,
      ),
    ]);
    const fine = await runStage(repairStage, [exampleOf([answered({ noEdit: true })])], {}, scripted());
    expect(fine.warnings).toEqual([]);
  });

  it("asks again where every attempt failed only when that is wanted, and names a failure in the log", async () => {
    const wanted: (boolean | undefined)[] = [];
    const failing: Model = {
      ...scripted(),
      predict: async (_request, { retryFailed }) => {
        wanted.push(retryFailed);
        return [answered({ error: "refusal" }, 5)];
      },
    };
    const { log } = await repaired(exampleOf([reverting]), failing);
    await repaired(exampleOf([reverting]), failing, { retryFailed: true });
    expect(wanted).toEqual([false, true]);
    expect(log).toContainEqual({ stage: "repair", exampleId: "a".repeat(64), reason: "refusal" });
  });

  it("says at the end how many were asked again, saved and lost", async () => {
    const examples = [exampleOf([reverting]), exampleOf([reverting]), exampleOf([answered({ noEdit: true })])];
    const { log } = await runStage(repairStage, examples, {}, scripted(region(finished), region(earlier)));
    expect(log.at(-1)).toEqual({
      stage: "repair",
      reason: "summary",
      detail:
        "2 asked again: 1 saved by a repair, 0 kept as they were, 1 lost; " +
        "2 examples, 0 requests to anthropic:some-model, 0 answers from the cache; failed: none",
    });
    expect(JSON.stringify(log)).not.toContain("print");
  });
});

describe("with the builtin model", () => {
  it("takes the next candidate that passes", async () => {
    const { out, warnings } = await repaired(exampleOf([reverting]), builtinModel());
    expect(out.repair).toMatchObject({ triggers: ["reversal"], prediction: { model: "builtin" } });
    expect(out.repair?.prediction?.text).not.toBe(earlier);
    expect(out.dropped).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining("Answers of anthropic:some-model are repaired by builtin")]);
  });

  it("drops the example when no other candidate passes", async () => {
    const model: Model = { ...builtinModel(), predict: async () => [answered({ text: earlier, model: "builtin" }, 5)] };
    const { out } = await repaired(exampleOf([reverting]), model);
    expect(out.dropped?.detail).toBe("first: reversal ratio 1.00; then: no other candidate passes");
    expect(out.repair).toEqual({ triggers: ["reversal"] });
  });

  it("needs no redaction, since nothing leaves", async () => {
    const { redaction: _redaction, ...example } = exampleOf([reverting]);
    expect((await repaired(example, builtinModel())).out.repair).toBeDefined();
  });
});

describe("running it", () => {
  it("before score is a fault that says what to do", async () => {
    const { scores: _scores, ...example } = exampleOf([reverting]);
    await expect(repaired(example, builtinModel())).rejects.toThrow("run score before repair");
  });

  it("again replaces what the earlier run left", async () => {
    const first = (await repaired(exampleOf([reverting]), scripted(NO_EDIT))).out;
    const second = (await repaired(first, scripted(region(finished)), { reversalAbove: 1 })).out;
    expect(second).toEqual(exampleOf([reverting]));
  });
});
