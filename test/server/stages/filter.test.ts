import { describe, expect, it } from "vitest";
import { applyStage } from "../../../server/runs/apply.ts";
import { filterCounter, filterStage } from "../../../server/stages/filter.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { exampleOf } from "./examples.ts";
import { runStage } from "./running.ts";

const region = "one();\n";
const taught = (target: string, n: number, parts: Partial<Example> = {}) =>
  exampleOf(region, null, { expected: { text: target, from: "settled" }, ...parts }, n);
const fine = taught("one();\ntwo();\n", 0);
const repeats = taught("x();\n".repeat(5), 1);
const both = taught("x();\n".repeat(5).concat("<|cursor|>\n"), 2);
const held = taught("x();\n".repeat(5), 3, { split: { name: "test", group: "g" } });
const gone = taught("x();\n".repeat(5), 4, { dropped: { stage: "settle", reason: "noise" } });
const all = [fine, repeats, both, held, gone];

describe("filter", () => {
  it("drops what a rule finds something wrong with, by the first, with figures and the others' names", async () => {
    const { examples, log } = await runStage(filterStage, all);
    expect(examples.map(({ dropped }) => dropped)).toEqual([
      undefined,
      { stage: "filter", reason: "repetition", detail: "5 times the same line, over 3" },
      { stage: "filter", reason: "repetition", detail: "5 times the same line, over 3; also marker" },
      { stage: "filter", reason: "repetition", detail: "5 times the same line, over 3" },
      gone.dropped,
    ]);
    expect(log).toEqual([
      { stage: "filter", reason: "summary", detail: "4 in all, 1 passed, 3 dropped: repetition 3" },
    ]);
  });

  it("with --flag marks instead, with everything that was found, and drops nothing", async () => {
    const { examples, log } = await runStage(filterStage, all, { flag: true });
    const repetition = { reason: "repetition", detail: "5 times the same line, over 3" };
    expect(examples.map(({ flags }) => flags)).toEqual([
      undefined,
      [repetition],
      [repetition, { reason: "marker", detail: "a prompt's marker in the target" }],
      [repetition],
      undefined,
    ]);
    expect(examples.filter(({ dropped }) => dropped)).toEqual([gone]);
    expect(log[0]?.detail).toBe("4 in all, 1 passed, 3 marked: repetition 3, marker 1");
    for (const out of examples) exampleSchema.parse(out);
  });

  it("works on the splits that are named, and on all where none is", async () => {
    const { examples } = await runStage(filterStage, [held, repeats], { splits: ["train"] });
    expect(examples.map(({ dropped }) => dropped?.reason)).toEqual([undefined, "repetition"]);
    expect(examples[0]).toEqual(held);
  });

  it("replaces what an earlier run of itself marked or dropped", async () => {
    const marked = (await runStage(filterStage, [repeats], { flag: true })).examples;
    expect((await runStage(filterStage, marked, { maxRepeats: 5 })).examples).toEqual([repeats]);
    const dropped = (await runStage(filterStage, [repeats])).examples;
    const lines: string[] = [];
    await applyStage({
      stage: filterStage,
      options: filterStage.options.parse({ maxRepeats: 5 }),
      context: { signal: new AbortController().signal, log: () => undefined } as never,
      inputs: (async function* () {
        yield* dropped;
      })(),
      output: {
        kept: async function* () {
          yield* [];
        },
        write: (line: string) => lines.push(line),
        commit: () => ({ lines: 1 }),
      } as never,
    });
    expect(lines.map((line) => JSON.parse(line))).toEqual([repeats]);
  });

  it("says once that what has no target was looked at in part", async () => {
    const early = [exampleOf(region, null, {}, 5), exampleOf(region, null, {}, 6)];
    const { examples, warnings } = await runStage(filterStage, early, { languages: ["go"] });
    expect(warnings).toEqual([expect.stringContaining("no target yet")]);
    expect(examples.map(({ dropped }) => dropped?.reason)).toEqual(["language", "language"]);
  });

  it("puts no code into a reason", async () => {
    const secret = taught("token = hunter2;\n".repeat(5), 7);
    const { examples, log } = await runStage(filterStage, [secret]);
    expect(JSON.stringify([examples[0]?.dropped, log])).not.toContain("hunter2");
  });
});

it("the counter leaves out what fell out before", () => {
  const counter = filterCounter(false);
  for (const example of [fine, gone]) counter.add(example);
  expect(counter.sentence()).toBe("1 in all, 1 passed, 0 dropped");
});
