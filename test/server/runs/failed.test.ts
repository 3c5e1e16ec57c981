import { describe, expect, it } from "vitest";
import { failedIn } from "../../../server/runs/failed.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import type { Example } from "../../../shared/records/example.ts";
import type { Prediction } from "../../../shared/records/prediction.ts";
import { makeExample } from "../jsonl/examples.ts";

const answer: Prediction = {
  id: sha256Hex("prediction"),
  model: "openai:some",
  promptVersion: "teacher-1:00000000",
  raw: "",
  noEdit: true,
  usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
  stopReason: "end",
};
const { noEdit: _noEdit, ...unread } = answer;
const failure: Prediction = { ...unread, error: "timeout" };
const opinion = { reasoning: "It follows.", reverts: false, confidence: 5, model: "openai:judge" };
const expected = { text: "x\n", from: "settled" as const };
const labels = { location: "no-op", intent: "unknown", difficulty: "medium", by: "rules" } as const;
const samples = (model: string, count: number) => ({
  model,
  requested: 3,
  distinct: [{ noEdit: true as const, count }],
});

describe("examples that failed", () => {
  it.each<[string, string, Partial<Example>, boolean]>([
    ["distill", "a teacher's failure", { teacher: { predictions: [failure] } }, true],
    ["distill", "a teacher's answer", { teacher: { predictions: [answer] } }, false],
    ["distill", "no teacher yet", {}, false],
    ["qa", "an answer that the judge failed at", { teacher: { predictions: [answer] }, qa: {} }, true],
    ["qa", "a judged one", { teacher: { predictions: [answer] }, qa: { [answer.id]: opinion } }, false],
    ["qa", "nothing to judge", { teacher: { predictions: [failure] }, qa: {} }, false],
    ["qa", "no judge yet", { teacher: { predictions: [answer] } }, false],
    ["label", "a target without labels", { expected }, true],
    ["label", "a labelled one", { expected, labels }, false],
    ["label", "no target", {}, false],
    ["rate", "a target without a rating", { expected }, true],
    ["rate", "a rated one", { expected, quality: { score: 3, reason: "So.", rubric: "r" } }, false],
    ["repair", "a failed second answer", { repair: { triggers: ["reversal"], prediction: failure } }, true],
    ["repair", "a second answer", { repair: { triggers: ["reversal"], prediction: answer } }, false],
    ["sample", "fewer samples than were asked for", { samples: samples("openai:some", 2) }, true],
    ["sample", "all of them", { samples: samples("openai:some", 3) }, false],
    ["sample", "the builtin model's few candidates", { samples: samples("builtin", 1) }, false],
    ["score", "another stage's failure", { teacher: { predictions: [failure] } }, false],
  ])("in %s: %s", (stage, _what, fields, failed) => {
    expect(failedIn(stage)({ ...makeExample(0), ...fields })).toBe(failed);
  });
});
