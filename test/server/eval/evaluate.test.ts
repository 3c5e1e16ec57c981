import { describe, expect, it } from "vitest";
import { evaluate, evaluationOptions } from "../../../server/eval/evaluate.ts";
import { FIGURES } from "../../../server/eval/figures.ts";
import { evaluationTable } from "../../../server/eval/table.ts";
import { shareEstimate } from "../../../server/metrics/statistics.ts";
import type { Model, PredictRequest } from "../../../server/models/model.ts";
import type { StageContext } from "../../../server/stages/stage.ts";
import type { Example, SplitName } from "../../../shared/records/example.ts";
import type { Prediction } from "../../../shared/records/prediction.ts";
import { exampleOf, predictionOf } from "../stages/examples.ts";

type Answer = Pick<Prediction, "text" | "noEdit" | "cursor" | "error">;

/** A model that answers by a rule, later for earlier examples, so that answers come in another order than questions. */
function ruled(id: string, rule: (request: PredictRequest) => Answer, staysHere = true): Model & { asked: number } {
  const model = {
    id,
    asked: 0,
    identity: id,
    staysHere,
    answer: () => Promise.reject(new Error("eval asks for edits")),
    ranked: true,
    promptFormat: "teacher",
    counters: {
      requests: 0,
      cached: 0,
      failures: {},
      usage: predictionOf({ noEdit: true }).usage,
      saved: predictionOf({ noEdit: true }).usage,
    },
    async predict(request: PredictRequest) {
      const turns = 5 - (model.asked++ % 5);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      return [{ ...predictionOf(rule(request)), model: id }];
    },
  };
  return model;
}

function contextOf(...models: Model[]): StageContext {
  return {
    seed: 1,
    concurrency: 4,
    signal: new AbortController().signal,
    dataDir: "unused",
    model: (spec) => {
      const model = models.find(({ id }) => id === spec);
      if (model === undefined) throw new Error(`no model ${spec}`);
      return model;
    },
    store: () => Promise.reject(new Error("no store is asked")),
    log: () => undefined,
    warn: () => undefined,
  };
}

async function* stream(examples: readonly Example[]): AsyncGenerator<Example> {
  yield* examples;
}

/** In example n the person turned "a" into "bn"; every fourth left it as it was. */
function examples(count: number, split: SplitName = "eval"): Example[] {
  return Array.from({ length: count }, (_, n) =>
    exampleOf("a\n", n % 4 === 3 ? "a\n" : `b${n}\n`, { split: { name: split, group: "g" } }, n),
  );
}

const settledById = new Map(examples(200).map(({ id, settlement }) => [id, settlement?.text ?? ""]));
const perfect = () => ruled("perfect", ({ exampleId }) => ({ text: settledById.get(exampleId) ?? "" }));
const failing = () => ruled("failing", () => ({ error: "unparsable" }));

const options = (given: Record<string, unknown> = {}) => evaluationOptions.parse(given);

describe("an evaluation", () => {
  it("holds each model's answers against what the person did, and compares it with no edit", async () => {
    const result = await evaluate(stream(examples(40)), ["perfect"], options(), contextOf(perfect()));
    expect(result).toMatchObject({ examples: 40, withoutReference: 0 });
    const [own, none] = result.models;
    expect([own?.model, none?.model]).toEqual(["perfect", "no-edit"]);
    expect(own?.figures.exactMatch).toMatchObject({ value: 1, count: 40, high: 1 });
    expect(own?.figures.deltaChrf).toEqual({ value: 100, low: 100, high: 100, count: 40 });
    expect(own?.lines).toEqual({ tp: 60, fp: 0, fn: 0, precision: 1, recall: 1, f1: 1 });
    expect(none?.figures.exactMatch).toEqual(shareEstimate(10, 40));
    expect(none?.lines).toMatchObject({ tp: 0, fp: 0, fn: 60, precision: 0, recall: 0 });
    expect(result.comparisons).toHaveLength(1);
    expect(result.comparisons[0]).toMatchObject({ model: "perfect", against: "no-edit" });
    expect(result.comparisons[0]?.differences.exactMatch).toMatchObject({ value: 0.75, count: 40 });
  });

  it("counts failures apart and scores them as no edit", async () => {
    const { models, comparisons } = await evaluate(stream(examples(40)), ["failing"], options(), contextOf(failing()));
    expect(models[0]).toMatchObject({ failures: { unparsable: 40 }, edits: 0 });
    expect(models[0]?.figures).toEqual(models[1]?.figures);
    expect(comparisons[0]?.differences.deltaChrf).toMatchObject({ value: 0, low: 0, high: 0 });
  });

  it("asks every model for the same examples, and compares each with the baseline and with the first", async () => {
    const one = perfect();
    const two = failing();
    const result = await evaluate(stream(examples(8)), ["perfect", "failing"], options(), contextOf(one, two));
    expect([one.asked, two.asked]).toEqual([8, 8]);
    expect(result.comparisons.map(({ model, against }) => `${model}>${against}`)).toEqual([
      "perfect>no-edit",
      "failing>no-edit",
      "failing>perfect",
    ]);
    expect(result.models.map(({ figures }) => figures.exactMatch?.value)).toEqual([1, 0.25, 0.25]);
  });

  it("takes a model as the baseline", async () => {
    const context = contextOf(perfect(), failing());
    const { models, comparisons } = await evaluate(
      stream(examples(8)),
      ["perfect"],
      options({ against: "failing" }),
      context,
    );
    expect(models.map(({ model }) => model)).toEqual(["perfect", "failing"]);
    expect(comparisons).toHaveLength(1);
  });

  it("refuses to compare a model with itself alone", async () => {
    for (const against of ["perfect", "no-edit"]) {
      const attempt = evaluate(stream(examples(4)), [against], options({ against }), contextOf(perfect()));
      await expect(attempt).rejects.toThrow(/names no other model/);
    }
  });

  it("leaves out other splits and dropped examples, and says how many", async () => {
    const dropped = { stage: "expect", reason: "noTarget" };
    const mixed = [
      ...examples(4, "train"),
      ...examples(3, "eval"),
      ...examples(2, "test"),
      ...examples(1, "eval").map((example) => ({ ...example, dropped })),
    ];
    const result = await evaluate(stream(mixed), ["perfect"], options(), contextOf(perfect()));
    expect(result).toMatchObject({ examples: 5, leftOut: { dropped: 1, otherSplits: 4 } });
    const test = await evaluate(stream(mixed), ["perfect"], options({ splits: ["test"] }), contextOf(perfect()));
    expect(test.examples).toBe(2);
  });

  it("does not judge by answers that the example already carries", async () => {
    const carrying = examples(4).map((example) => ({
      ...example,
      teacher: { predictions: [predictionOf({ noEdit: true })] },
    }));
    const { models } = await evaluate(stream(carrying), ["perfect"], options(), contextOf(perfect()));
    expect(models[0]?.figures.exactMatch?.value).toBe(1);
  });

  it("sends nothing unredacted to a model elsewhere", async () => {
    const elsewhere = ruled("elsewhere", () => ({ noEdit: true }), false);
    const attempt = evaluate(stream(examples(4)), ["elsewhere"], options(), contextOf(elsewhere));
    await expect(attempt).rejects.toThrow(/not redacted/);
    expect(elsewhere.asked).toBe(0);
  });

  it("has no figure where there is nothing to hold an answer against, but those that need nothing", async () => {
    const unsettled = [exampleOf("a\n", null, { split: { name: "eval", group: "g" } })];
    const { models, withoutReference } = await evaluate(
      stream(unsettled),
      ["failing"],
      options(),
      contextOf(failing()),
    );
    expect(withoutReference).toBe(1);
    expect(models[0]?.figures).toMatchObject({
      deltaChrf: null,
      exactMatch: null,
      braceImbalance: { value: 0, count: 1 },
    });
  });
});

describe("the table of an evaluation", () => {
  const tableOf = async (count: number, unicode = true) => {
    const context = contextOf(perfect(), failing());
    return evaluationTable(await evaluate(stream(examples(count)), ["perfect", "failing"], options(), context), {
      unicode,
    });
  };

  it("says what is behind it, which way is better, and what every figure means", async () => {
    const table = await tableOf(40);
    expect(table).toContain("Evaluation on eval, test: 40 examples");
    expect(table).toContain("failing failed on 40 of 40 (unparsable 40); each scores as no edit");
    expect(table).toMatch(/^↑ delta chrF +100\.0 \[100\.0, 100\.0\] +25\.0 +\+75\.0 \[\+\S+, \+\S+\] +40$/m);
    expect(table).toMatch(/^↑ line recall, % +100\.0 of 60 +0\.0 +\+100\.0$/m);
    expect(table).toMatch(/^ {2}delta chrF +likeness of what was changed/m);
    expect(table).not.toContain("fewer than 30");
    expect(table).not.toContain("cursor distance");
  });

  it("fits 80 columns, with every figure in its legend", async () => {
    for (const row of (await tableOf(40)).split("\n")) expect(row.length).toBeLessThanOrEqual(80);
    const labels = Object.values(FIGURES).map(({ label }) => label.length);
    for (const { meaning } of Object.values(FIGURES)) {
      expect(2 + Math.max(...labels) + 2 + meaning.length).toBeLessThanOrEqual(80);
    }
  });

  it("tells of missed cursors where a model gives any, and not of one that gives none", async () => {
    const settled = examples(4).map((example, n) => ({
      ...example,
      ...(example.settlement && { settlement: { ...example.settlement, cursor: n === 0 ? null : 0 } }),
    }));
    const pointing = ruled("pointing", () => ({ text: "b\n", cursor: 0 }));
    const result = await evaluate(stream(settled), ["pointing", "failing"], options(), contextOf(pointing, failing()));
    expect(result.models.map(({ cursors, cursorMisses }) => [cursors, cursorMisses])).toEqual([
      [4, 1],
      [0, 3],
      [0, 3],
    ]);
    const table = evaluationTable(result, { unicode: true });
    expect(table.match(/only one of predicted and settled cursor known.*/gu)).toEqual([
      "only one of predicted and settled cursor known in 1 of 4",
    ]);
  });

  it("marks figures with fewer than 30 examples behind them", async () => {
    const table = await tableOf(29);
    expect(table).toMatch(/^↑ delta chrF .* 29\*$/m);
    expect(table).toContain("*: fewer than 30 examples");
  });

  it("can do without other characters than ASCII", async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what the test is about.
    for (const row of (await tableOf(8, false)).split("\n")) expect(row).toMatch(/^[\x00-\x7f]*$/);
  });

  it("says so where there was nothing to evaluate", async () => {
    expect(await tableOf(0)).toContain("There is nothing to evaluate");
  });
});
