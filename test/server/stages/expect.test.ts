import { describe, expect, it } from "vitest";
import { expectStage } from "../../../server/stages/expect.ts";
import type { Example, ShownPrediction } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import type { Prediction } from "../../../shared/records/prediction.ts";
import type { Rating } from "../../../shared/records/rating.ts";
import { runStage } from "./running.ts";

const before = "one\n";
const id = (n: number) => `018f0000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
const at = (second: number) => `2026-01-31T09:05:${second.toString().padStart(2, "0")}.000Z`;

function exampleOf(parts: Partial<Example> = {}): Example {
  return exampleSchema.parse({
    schema: 1,
    id: "a".repeat(64),
    source: { kind: "capture", contributor: "contributor-1", eventId: id(1), consentVersion: 1 },
    snapshot: {
      document: { path: "a.ts", languageId: "typescript", eol: "lf", lineCount: 2 },
      excerpt: { startLine: 0, text: before },
      cursor: 3,
      editable: { start: 0, end: before.length },
      history: [],
      diagnostics: [],
      definitions: [],
      trigger: "typing",
      capturedAt: at(0),
    },
    ...parts,
  });
}

const settled = (text: string): Partial<Example> => ({
  settlement: {
    text,
    cursor: null,
    settledAt: at(30),
    edits: 1,
    futureHistory: [],
    diagnosticsAfter: [],
    unchanged: text === before,
    provenance: "human",
  },
});

function prediction(answer: Pick<Prediction, "text" | "noEdit" | "error">, n = 1): Prediction {
  return {
    id: n.toString(16).padStart(64, "0"),
    model: "anthropic:some-model",
    promptVersion: "teacher-1:00000000",
    raw: "",
    usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
    stopReason: "end",
    ...answer,
  };
}

const teacher = (...answers: Pick<Prediction, "text" | "noEdit" | "error">[]): Partial<Example> => ({
  teacher: { predictions: answers.map((answer, i) => prediction(answer, i + 1)) },
});

const repaired = (answer: Pick<Prediction, "text" | "noEdit" | "error">, kept = false): Partial<Example> => ({
  repair: { triggers: ["reversal"], prediction: prediction(answer, 99), ...(kept && { kept: true }) },
});

function sampled(band: "trivial" | "learnable" | "noise", ...answers: (string | null)[]): Partial<Example> {
  return {
    samples: {
      model: "openai:student",
      requested: answers.length,
      distinct: answers.map((text) => ({ ...(text === null ? { noEdit: true as const } : { text }), count: 1 })),
    },
    selection: {
      closest: 0,
      farthest: answers.length - 1,
      relative: 0.5,
      hitRate: 0.1,
      diagnosticsResolved: null,
      band,
    },
  };
}

function shown(
  n: number,
  answer: Pick<ShownPrediction, "text" | "noEdit" | "outcome">,
  ...ratings: Rating[]
): ShownPrediction {
  return { predictionId: id(n), model: "student", variant: "a", ratings, ...answer };
}

function rating(n: number, verdict: Rating["verdict"], more: Partial<Rating> = {}): Rating {
  const categories: Rating["categories"] = verdict === "bad" ? ["style"] : [];
  return {
    id: id(n),
    predictionId: id(1),
    reviewer: "contributor-1",
    verdict,
    categories,
    secondsSpent: 1,
    at: at(n),
    ...more,
  };
}

async function chosen(parts: Partial<Example>, options: Record<string, unknown> = {}) {
  const { examples } = await runStage(expectStage, [exampleOf(parts)], options);
  const [example] = examples;
  if (!example) throw new Error("no example came out");
  exampleSchema.parse(example);
  return { expected: example.expected, rejected: example.rejected, dropped: example.dropped };
}

const reviewer = { shown: [shown(1, { text: "shown\n" }, rating(2, "bad", { expectedText: "written\n" }))] };
const good = { shown: [shown(1, { text: "good\n" }, rating(2, "good"))] };

describe("the target of a training example", () => {
  it.each<[string, Partial<Example>, string, string]>([
    ["a reviewer's text", reviewer, "written\n", "reviewer"],
    ["a prediction rated good", good, "good\n", "rated"],
    ["no edit, rated good", { shown: [shown(1, { noEdit: true }, rating(2, "good"))] }, before, "rated"],
    ["the closest sample of a learnable example", sampled("learnable", "close\n", "far\n"), "close\n", "sample"],
    [
      "no edit, where that is the closest sample",
      { ...settled("two\n"), ...sampled("learnable", null, "far\n") },
      before,
      "sample",
    ],
    [
      "no edit, where nothing changed",
      { ...settled(before), ...sampled("learnable", "close\n", "far\n") },
      before,
      "sample",
    ],
    ["the closest sample of a trivial example that was kept", sampled("trivial", "exact\n"), "exact\n", "sample"],
    [
      "the repaired answer",
      { ...teacher({ text: "first\n" }), ...repaired({ text: "second\n" }) },
      "second\n",
      "repair",
    ],
    [
      "no edit, as a repaired answer",
      { ...teacher({ text: "first\n" }), ...repaired({ noEdit: true }) },
      before,
      "repair",
    ],
    ["the teacher's answer", teacher({ text: "taught\n" }), "taught\n", "teacher"],
    ["no edit, as the teacher's answer", teacher({ noEdit: true }), before, "teacher"],
    [
      "the teacher's first answer that did not fail",
      teacher({ error: "empty" }, { text: "taught\n" }),
      "taught\n",
      "teacher",
    ],
    [
      "the teacher's answer, asked about and kept",
      { ...teacher({ text: "first\n" }), ...repaired({ text: "first\n" }, true) },
      "first\n",
      "teacher",
    ],
  ])("can be %s", async (_, parts, text, from) => {
    expect((await chosen(parts)).expected).toEqual({ text, from });
  });

  it("is of the first source in the order that has one", async () => {
    const all = {
      ...teacher({ text: "first\n" }),
      ...repaired({ text: "second\n" }),
      ...sampled("learnable", "close\n"),
      shown: [...good.shown, shown(3, { text: "shown\n" }, rating(4, "bad", { expectedText: "written\n" }))],
    };
    const order = ["reviewer", "rated", "sample", "repair", "teacher"];
    const texts = ["written\n", "good\n", "close\n", "second\n"];
    for (const [i, text] of texts.entries()) {
      expect((await chosen(all, { order: order.slice(i) })).expected?.text).toBe(text);
    }
    expect((await chosen(all)).expected?.from).toBe("reviewer");
    expect((await chosen(all, { order: ["repair", "reviewer"] })).expected?.from).toBe("repair");
  });

  it("is never the answer that had to be repaired", async () => {
    const parts = { ...teacher({ text: "first\n" }), ...repaired({ text: "second\n" }) };
    const { expected, dropped } = await chosen(parts, { order: ["teacher"] });
    expect(expected).toBeUndefined();
    expect(dropped).toMatchObject({ stage: "expect", reason: "noTarget" });
  });

  it("is no sample of an example that is noise", async () => {
    const { dropped } = await chosen(sampled("noise", "close\n"));
    expect(dropped?.reason).toBe("noTarget");
  });

  it("is the settled text only where nobody trains on it", async () => {
    expect((await chosen(settled("two\n"))).dropped?.reason).toBe("noTarget");
  });

  it("is not there when the teacher only failed, and the example says so", async () => {
    const { dropped } = await chosen(teacher({ error: "refusal" }, { error: "truncated" }));
    expect(dropped).toEqual({
      stage: "expect",
      reason: "noTarget",
      detail: "nothing from reviewer, rated, sample, repair, teacher",
    });
  });

  it("comes from the next source where the first one holds a marker of a prompt", async () => {
    const parts = { ...sampled("learnable", "x <|region_end|>\n"), ...teacher({ text: "taught\n" }) };
    expect((await chosen(parts)).expected).toEqual({ text: "taught\n", from: "teacher" });
  });

  it("is not there when every source holds a marker", async () => {
    const { expected, dropped } = await chosen(teacher({ text: "<|cursor|>\n" }));
    expect(expected).toBeUndefined();
    expect(dropped).toMatchObject({ reason: "marker", detail: "a prompt's marker stands in the text of: teacher" });
  });
});

describe("ratings", () => {
  it("count no more once they are withdrawn", async () => {
    const parts = { shown: [shown(1, { text: "good\n" })], ...teacher({ text: "taught\n" }) };
    expect((await chosen(parts)).expected?.from).toBe("teacher");
  });

  it("that contradict each other leave a prediction neither good nor bad", async () => {
    const both = [rating(2, "good"), rating(3, "bad", { reviewer: "contributor-2" })];
    const { expected, rejected } = await chosen({
      shown: [shown(1, { text: "x\n" }, ...both)],
      ...teacher({ text: "y\n" }),
    });
    expect(expected?.from).toBe("teacher");
    expect(rejected).toBeUndefined();
  });

  it("of one reviewer: the newest stands, wherever it is in the list", async () => {
    const ratings = [rating(3, "good"), rating(2, "bad")];
    expect((await chosen({ shown: [shown(1, { text: "x\n" }, ...ratings)] })).expected).toEqual({
      text: "x\n",
      from: "rated",
    });
  });

  it("that both give a text: the newest text is the target", async () => {
    const ratings = [
      rating(5, "bad", { expectedText: "newer\n", reviewer: "contributor-2" }),
      rating(4, "bad", { expectedText: "older\n" }),
    ];
    expect((await chosen({ shown: [shown(1, { text: "x\n" }, ...ratings)] })).expected?.text).toBe("newer\n");
  });
});

describe("the rejected answer", () => {
  const target = teacher({ text: "taught\n" });
  const refused = shown(1, { text: "refused\n", outcome: "rejected" });
  it.each<[string, Partial<Example>, string, string]>([
    ["a prediction rated bad", { ...target, shown: [shown(1, { text: "bad\n" }, rating(2, "bad"))] }, "bad\n", "rated"],
    ["a prediction rejected when shown", { ...target, shown: [refused] }, "refused\n", "shown"],
    ["no edit, rated bad", { ...target, shown: [shown(1, { noEdit: true }, rating(2, "bad"))] }, before, "rated"],
    [
      "the answer that had to be repaired",
      { ...teacher({ text: "first\n" }), ...repaired({ text: "second\n" }) },
      "first\n",
      "teacher",
    ],
    ["the farthest sample", sampled("learnable", "close\n", "middle\n", "far\n"), "far\n", "sample"],
    [
      "rated bad before all others",
      {
        ...sampled("learnable", "close\n", "far\n"),
        shown: [refused, shown(3, { text: "bad\n" }, rating(4, "bad"))],
      },
      "bad\n",
      "rated",
    ],
    [
      "the next one where the first is the target",
      { ...sampled("learnable", "close\n", "far\n"), shown: [shown(1, { text: "close\n" }, rating(2, "bad"))] },
      "far\n",
      "sample",
    ],
    [
      "the next one where the first holds a marker",
      { ...sampled("learnable", "close\n", "far\n"), shown: [shown(1, { text: "<|cursor|>" }, rating(2, "bad"))] },
      "far\n",
      "sample",
    ],
  ])("can be %s", async (_, parts, text, from) => {
    expect((await chosen(parts)).rejected).toEqual({ text, from });
  });

  it.each<[string, Partial<Example>]>([
    ["the only sample is the target", sampled("learnable", "close\n")],
    ["the teacher kept its answer", { ...teacher({ text: "first\n" }), ...repaired({ text: "first\n" }, true) }],
    [
      "a prediction was rejected when shown, but rated good",
      { shown: [shown(1, { text: "x\n", outcome: "rejected" }, rating(2, "good"))] },
    ],
    ["a prediction was only ignored", { ...target, shown: [shown(1, { text: "x\n", outcome: "ignored" })] }],
  ])("is not there when %s", async (_, parts) => {
    const { expected, rejected } = await chosen(parts);
    expect(expected).toBeDefined();
    expect(rejected).toBeUndefined();
  });
});

describe("in eval and test", () => {
  const test = { split: { name: "test" as const, group: "g" } };

  it("the target is the settled text, whatever a model said", async () => {
    const parts = { ...test, ...settled("two\n"), ...teacher({ text: "taught\n" }), ...good };
    expect((await chosen(parts)).expected).toEqual({ text: "two\n", from: "settled" });
  });

  it("a reviewer's text goes before it", async () => {
    expect((await chosen({ ...test, ...settled("two\n"), ...reviewer })).expected?.from).toBe("reviewer");
  });

  it("an example that nobody settled is dropped", async () => {
    expect((await chosen({ ...test, ...teacher({ text: "taught\n" }) })).dropped?.reason).toBe("noTarget");
  });
});

describe("running it again", () => {
  it("replaces what the earlier run chose", async () => {
    const parts: Partial<Example> = {
      ...teacher({ text: "taught\n" }),
      expected: { text: "written, but withdrawn since\n", from: "reviewer" },
      rejected: { text: "old\n", from: "rated" },
    };
    expect(await chosen(parts)).toEqual({ expected: { text: "taught\n", from: "teacher" } });
  });

  it("keeps what a case written by hand expects and rejects", async () => {
    const parts: Partial<Example> = {
      source: { kind: "file", source: "cases", name: "rename" },
      split: { name: "eval", group: "cases" },
      ...settled("two\n"),
      expected: { text: "by hand\n", from: "reviewer" },
      rejected: { text: "not this\n", from: "reviewer" },
    };
    expect(await chosen(parts)).toEqual({ expected: parts.expected, rejected: parts.rejected });
  });

  it("leaves a dropped example as it is", async () => {
    const dropped = exampleOf({ ...teacher({ text: "taught\n" }), dropped: { stage: "settle", reason: "noise" } });
    expect((await runStage(expectStage, [dropped])).examples).toEqual([dropped]);
  });
});
