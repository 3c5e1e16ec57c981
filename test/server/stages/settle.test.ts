import { describe, expect, it } from "vitest";
import { settleStage } from "../../../server/stages/settle.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { exampleOf, samplesOf } from "./examples.ts";
import { runStage } from "./running.ts";

async function settled(example: Example, options: Record<string, unknown> = { keepTrivial: 0 }): Promise<Example> {
  const [out] = (await runStage(settleStage, [example], options)).examples;
  return exampleSchema.parse(out);
}

describe("settle", () => {
  it("measures each distinct sample against the settled region, and against doing nothing", async () => {
    // before→settled: 4 characters.
    const { samples, selection } = await settled(exampleOf("", "abcd", samplesOf({ ab: 1, abcd: 1, abcdefgh: 1 }, 1)));
    expect(samples?.distinct.map(({ distance, relative }) => [distance, relative])).toEqual([
      [2, 0.5],
      [0, 0],
      [4, 1],
      [4, 1],
    ]);
    expect(selection).toEqual({
      closest: 1,
      farthest: 2,
      relative: 0,
      hitRate: 0.25,
      diagnosticsResolved: null,
      band: "learnable",
    });
  });

  it("takes the first of equally close and equally far samples", async () => {
    const { selection } = await settled(exampleOf("", "abcd", samplesOf({ abc: 1, bcd: 1, a: 1, d: 1 })));
    expect(selection).toMatchObject({ closest: 0, farthest: 2 });
  });

  it.each([
    // Samples as text → how many of them; the settled text is "abcde", before is "".
    ["what almost everybody guesses", { abcde: 9, x: 1 }, "trivial", "trivial"],
    ["just not too many exact ones", { abcde: 8, x: 2 }, "learnable", undefined],
    ["what nobody comes near", { xxxxx: 50 }, "noise", "noise"],
    ["just near enough", { ab: 50 }, "learnable", undefined],
    ["just too far", { a: 50 }, "noise", "noise"],
  ])("places %s", async (_name, texts, band, dropped) => {
    const out = await settled(exampleOf("", "abcde", samplesOf(texts as Record<string, number>)));
    expect(out.selection?.band).toBe(band);
    expect(out.dropped?.reason).toBe(dropped);
    if (dropped) expect(out.dropped?.stage).toBe("settle");
  });

  it("lets its bounds be set", async () => {
    const near = exampleOf("", "abcde", samplesOf({ ab: 50 }));
    expect((await settled(near, { noiseAbove: 0.5 })).dropped?.reason).toBe("noise");
    const exact = exampleOf("", "abcde", samplesOf({ abcde: 1, x: 1 }));
    expect((await settled(exact, { trivialAbove: 0.4, keepTrivial: 0 })).dropped?.reason).toBe("trivial");
  });

  describe("where nothing changed", () => {
    it("goes by the hit rate alone", async () => {
      const rarely = await settled(exampleOf("a\n", "a\n", samplesOf({ "far away\n": 45 }, 5)));
      expect(rarely.selection).toMatchObject({ band: "learnable", relative: null, hitRate: 0.1, closest: 1 });
      expect(rarely.samples?.distinct[0]).toMatchObject({ distance: 7, relative: null });
      const always = await settled(exampleOf("a\n", "a\n", samplesOf({}, 50)));
      expect(always.dropped?.reason).toBe("trivial");
    });

    it("is learnable with no edit, also where no sample says so", async () => {
      const out = await settled(exampleOf("a\n", "a\n", samplesOf({ "b\n": 50 })));
      expect(out.selection).toMatchObject({ band: "learnable", hitRate: 0 });
      expect(out.dropped).toBeUndefined();
    });
  });

  it("knows no hit rate of a model that ranks distinct candidates, so nothing of its is trivial", async () => {
    const { selection, dropped } = await settled(exampleOf("", "abc", samplesOf({ abc: 1 }, 0, "builtin")));
    expect(selection).toMatchObject({ hitRate: null, band: "learnable", relative: 0 });
    expect(dropped).toBeUndefined();
  });

  it("keeps a seeded share of the trivial ones, and says of each what it is", async () => {
    const trivial = Array.from({ length: 400 }, (_, n) => exampleOf("", "abc", samplesOf({ abc: 50 }), n));
    const run = async (options: Record<string, unknown>) =>
      (await runStage(settleStage, trivial, options)).examples.filter((example) => !example.dropped);
    const kept = await run({});
    expect(kept.length).toBeGreaterThan(5);
    expect(kept.length).toBeLessThan(40);
    expect(kept.every(({ selection }) => selection?.band === "trivial")).toBe(true);
    expect((await run({})).map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
    expect(await run({ keepTrivial: 0 })).toHaveLength(0);
    expect(await run({ keepTrivial: 1 })).toHaveLength(400);
  });

  it("drops what it cannot place, with why", async () => {
    expect((await settled(exampleOf("a\n", null, samplesOf({ "b\n": 1 })))).dropped?.reason).toBe("noSettlement");
    expect((await settled(exampleOf("a\n", "b\n"))).dropped?.reason).toBe("noSamples");
    const failed = exampleOf("a\n", "b\n", samplesOf({}));
    expect((await settled(failed)).dropped).toMatchObject({ reason: "noSamples", detail: "every sample failed" });
  });

  it("lets eval, test and dropped examples pass, unless asked for their split", async () => {
    const held = exampleOf("", "abc", { ...samplesOf({ xyz: 1 }), split: { name: "eval", group: "g" } });
    expect(await settled(held)).toEqual(held);
    expect((await settled(held, { splits: ["eval"] })).dropped?.reason).toBe("noise");
    const dropped = {
      ...exampleOf("", "abc", samplesOf({ xyz: 1 })),
      dropped: { stage: "repair", reason: "failedTwice" },
    };
    expect(await settled(dropped)).toEqual(dropped);
  });

  it("replaces what an earlier run of itself left", async () => {
    const once = await settled(exampleOf("", "abcd", samplesOf({ ab: 1 })));
    expect(await settled(once)).toEqual(once);
    const { samples: _samples, ...without } = once;
    expect((await settled(without)).selection).toBeUndefined();
  });
});
