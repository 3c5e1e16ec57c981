import { describe, expect, it } from "vitest";
import { explainExample } from "../../../server/reports/explain.ts";
import { renderStats, statsCounter } from "../../../server/reports/stats.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { makeExample } from "../jsonl/examples.ts";
import { finishedExample, variedExamples } from "./cases.ts";

const page = { columns: 80, style: (_style: string, text: string) => text };

const fits = (text: string) => text.split("\n").every((line) => [...line].length <= 80);

describe("stats", () => {
  it("draws a page of 80 columns", async () => {
    const counter = statsCounter();
    for (const example of variedExamples()) counter.add(example);
    const text = renderStats(counter.result(), page);
    expect(fits(text)).toBe(true);
    await expect(`${text}\n`).toMatchFileSnapshot("golden/stats.txt");
  });
});

describe("explain", () => {
  it("says every stage's decision on a finished example in 80 columns", async () => {
    const example = finishedExample();
    expect(exampleSchema.safeParse(example).error).toBeUndefined();
    const text = explainExample(example, page, { full: false });
    expect(fits(text)).toBe(true);
    await expect(`${text}\n`).toMatchFileSnapshot("golden/explain-finished.txt");
  });

  it("says why an example fell out, first and last", () => {
    const dropped = { stage: "settle", reason: "noise", detail: "the closest sample is too far" };
    const lines = explainExample({ ...makeExample(1), dropped }, page, { full: false }).split("\n");
    expect(lines.slice(0, 5).join("\n")).toContain("Fell out at settle, noise: the closest sample is too far.");
    expect(lines.at(-1)).toContain("Not in a dataset: fell out at settle (noise).");
  });

  it("says of an example that nothing looked at that nothing has", () => {
    const text = explainExample(makeExample(1), page, { full: false });
    expect(text).toContain("redact  has not run: goes to no model but builtin or one on this machine");
    expect(text).toContain("No target yet: expect has not run.");
  });

  it("cuts a long change unless everything is asked for", () => {
    const example = makeExample(1, "new line\n".repeat(100));
    expect(explainExample(example, page, { full: false })).toContain("more lines; --full shows all");
    expect(explainExample(example, page, { full: true }).match(/\+new line/gu)).toHaveLength(100);
  });

  it("prints no control character that the example holds", () => {
    const text = explainExample(makeExample(1, "\u001b[2J\u0007 done\n"), page, { full: true });
    expect(text).toContain("+\\u001b[2J\\u0007 done");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/u);
  });
});
