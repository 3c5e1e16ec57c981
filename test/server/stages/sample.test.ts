import { describe, expect, it } from "vitest";
import { builtinModel } from "../../../server/models/builtin/index.ts";
import type { Model } from "../../../server/models/model.ts";
import { NO_EDIT, REGION_END, REGION_START } from "../../../server/prompts/markers.ts";
import { sampleStage } from "../../../server/stages/sample.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import type { Double } from "../../doubles/http-double.ts";
import { startOpenAiDouble } from "../../doubles/openai.ts";
import { snapshotOf } from "../models/requests.ts";
import { afterwards, dataFolder, modelsOf } from "../models/support.ts";
import { runStage } from "./running.ts";

const before = "const alpha = 1;\n";
const example: Example = exampleSchema.parse({
  schema: 1,
  id: sha256Hex("alpha"),
  source: { kind: "file", source: "cases", name: "alpha" },
  snapshot: snapshotOf(before),
});

const region = (text: string) => `${REGION_START}\n${text}${REGION_END}\n`;

/** A student that gives these answers in turn, from the first again when they are used up. */
async function student(...answers: string[]): Promise<{ double: Double; model: Model; fresh: () => Model }> {
  const double = await startOpenAiDouble({
    answer: ({ sample }) => answers[sample % answers.length] ?? "",
    wantsKey: false,
  });
  afterwards(() => double.close());
  const dataDir = dataFolder();
  const fresh = () => modelsOf({ dataDir }).model(`openai:student@${double.url}/v1`);
  return { double, model: fresh(), fresh };
}

describe("sample", () => {
  it("counts the distinct answers in the order in which each first came", async () => {
    const { double, model } = await student(region("b\n"), region("a\n"), NO_EDIT, region("b\n"));
    const { examples } = await runStage(sampleStage, [example], { model: "x", samples: 10 }, model);
    expect(exampleSchema.parse(examples[0]).samples).toEqual({
      model: "openai:student@unversioned",
      requested: 10,
      distinct: [
        { text: "b\n", count: 5 },
        { text: "a\n", count: 3 },
        { noEdit: true, count: 2 },
      ],
    });
    expect(double.counts()).toMatchObject({ requests: 1, bought: 10 });
  });

  it("counts an answer that repeats the region as no edit", async () => {
    const { model } = await student(NO_EDIT, region(before));
    const { examples } = await runStage(sampleStage, [example], { model: "x", samples: 4 }, model);
    expect(examples[0]?.samples?.distinct).toEqual([{ noEdit: true, count: 4 }]);
  });

  it("leaves failures out of the counts, and says of what kind they were", async () => {
    // The second sample fails, and both further attempts at it.
    const { double, model } = await student(region("a\n"), "nothing", "to", "read");
    const { examples, log } = await runStage(sampleStage, [example], { model: "x", samples: 2 }, model);
    expect(examples[0]?.samples).toMatchObject({ requested: 2, distinct: [{ text: "a\n", count: 1 }] });
    expect(log.filter(({ reason }) => reason === "unparsable")).toHaveLength(1);
    expect(double.counts().bought).toBe(4);
  });

  it("draws 50 where nothing else is said, and buys only the missing ones when more are wanted later", async () => {
    const { double, model, fresh } = await student(region("a\n"));
    expect(sampleStage.options.parse({}).samples).toBe(50);
    await runStage(sampleStage, [example], { model: "x", samples: 5 }, model);
    const { examples } = await runStage(sampleStage, [example], { model: "x", samples: 8 }, fresh());
    expect(examples[0]?.samples?.distinct).toEqual([{ text: "a\n", count: 8 }]);
    expect(double.counts().bought).toBe(8);
  });

  it("takes the builtin model's candidates, each once", async () => {
    const { examples, warnings } = await runStage(sampleStage, [example], {}, builtinModel());
    const samples = examples[0]?.samples;
    expect(samples?.model).toBe("builtin");
    expect(samples?.distinct.every(({ count }) => count === 1)).toBe(true);
    expect(warnings).toEqual([]);
  });
});
