import { describe, expect, it } from "vitest";
import { scoreStage } from "../../../server/stages/score.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { exampleOf, predictionOf } from "./examples.ts";
import { runStage } from "./running.ts";

async function scored(example: Example): Promise<Example> {
  const [out] = (await runStage(scoreStage, [example])).examples;
  return exampleSchema.parse(out);
}

const shownId = "018f0000-0000-7000-8000-000000000002";

describe("score", () => {
  it("gives figures for every prediction present: the teacher's, the repaired one, those that were shown", async () => {
    const teacher = [predictionOf({ text: "b\n" }, { n: 1 }), predictionOf({ noEdit: true }, { n: 2 })];
    const repaired = predictionOf({ text: "c\n" }, { n: 3 });
    const shown = { predictionId: shownId, model: "m", variant: "v", text: "b\n", ratings: [] };
    const { scores } = await scored(
      exampleOf("a\n", "b\n", {
        teacher: { predictions: teacher },
        repair: { triggers: ["reversal"], prediction: repaired },
        shown: [shown],
      }),
    );
    expect(Object.entries(scores ?? {}).map(([id, { exactMatch }]) => [id, exactMatch])).toEqual([
      [teacher[0]?.id, true],
      [teacher[1]?.id, false],
      [repaired.id, false],
      [shownId, true],
    ]);
  });

  it("scores a failed prediction as no edit", async () => {
    const failed = predictionOf({ error: "unparsable" }, { n: 1, raw: "I cannot say." });
    const nothing = predictionOf({ noEdit: true }, { n: 2 });
    const { scores } = await scored(exampleOf("a\n", "b\n", { teacher: { predictions: [failed, nothing] } }));
    expect(scores?.[failed.id]).toEqual(scores?.[nothing.id]);
    expect(scores?.[failed.id]?.deltaChrf).toBe(0);
  });

  it("replaces what an earlier run of itself left", async () => {
    const first = await scored(exampleOf("a\n", "b\n", { teacher: { predictions: [predictionOf({ text: "b\n" })] } }));
    const second = await scored({ ...first, teacher: { predictions: [predictionOf({ text: "c\n" }, { n: 9 })] } });
    expect(Object.keys(second.scores ?? {})).toEqual([predictionOf({ noEdit: true }, { n: 9 }).id]);
    expect(await scored(first)).toEqual(first);
  });

  it("passes a dropped example through untouched", async () => {
    const dropped = exampleOf("a\n", "b\n", { dropped: { stage: "redact", reason: "secret" } });
    expect(await scored(dropped)).toEqual(dropped);
  });

  it("holds against the reviewer's text, never against a model's own", async () => {
    const teacher = { predictions: [predictionOf({ text: "own\n" })] };
    const judge = async (expected: Example["expected"], source?: Example["source"]) => {
      const example = exampleOf("a\n", "settled\n", {
        teacher,
        ...(expected && { expected }),
        ...(source && { source }),
      });
      return Object.values((await scored(example)).scores ?? {})[0]?.exactMatch;
    };
    const byHand = { kind: "file", source: "cases", name: "one" } as const;
    expect(await judge({ text: "own\n", from: "reviewer" })).toBe(true);
    expect(await judge({ text: "own\n", from: "settled" }, byHand)).toBe(true);
    expect(await judge({ text: "own\n", from: "settled" })).toBe(false);
    for (const from of ["sample", "repair", "teacher", "rated"] as const) {
      expect(await judge({ text: "own\n", from })).toBe(false);
      expect(await judge({ text: "own\n", from }, byHand)).toBe(false);
    }
  });

  it("leaves figures that need a reference null where there is none", async () => {
    const { scores } = await scored(
      exampleOf("a\n", null, { teacher: { predictions: [predictionOf({ text: "b {\n" })] } }),
    );
    expect(Object.values(scores ?? {})[0]).toMatchObject({ deltaChrf: null, exactMatch: null, braceImbalance: 1 });
  });

  it("sees that an answer rewrote what lies around the region", async () => {
    const raw = "```\n<|region_start|>\nb\n<|region_end|>\nnot in the file\n```\n";
    const prediction = predictionOf({ text: "b\n" }, { raw });
    const of = async (model: string) => {
      const { scores } = await scored(
        exampleOf("a\n", "b\n", { teacher: { predictions: [{ ...prediction, model }] } }),
      );
      return scores?.[prediction.id]?.outsideRegion;
    };
    expect(await of("openai:teacher")).toBe(true);
    // Its raw answer is the region's text, which may well be about markers.
    expect(await of("builtin")).toBe(false);
  });
});
