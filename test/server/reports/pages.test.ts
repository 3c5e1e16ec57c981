import { describe, expect, it } from "vitest";
import { explainExample } from "../../../server/reports/explain.ts";
import { renderStats, statsCounter } from "../../../server/reports/stats.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { regionBefore } from "../../../shared/records/snapshot.ts";
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

describe("stats of many languages", () => {
  it("names twelve, or the eleven most frequent ones and how many there are besides", () => {
    const languages = (count: number) => {
      const counter = statsCounter();
      for (let n = 0; n < count; n++) {
        for (let times = 0; times <= n; times++) {
          const example = makeExample(n);
          const document = { ...example.snapshot.document, languageId: `language-${n}` };
          counter.add({ ...example, snapshot: { ...example.snapshot, document } });
        }
      }
      return renderStats(counter.result(), page).match(/^(?:language-| ?\d+ others).*?\d/gmu);
    };
    expect(languages(12)).toHaveLength(12);
    expect(languages(14)).toHaveLength(12);
    expect(languages(14)?.at(-1)).toMatch(/^3 others/u);
  });
});

describe("stats of what models and rules say of examples", () => {
  it("shows opinions, labels, ratings and marks, each where there are any", () => {
    const counter = statsCounter();
    const opinion = { reasoning: "It takes the rename back.", reverts: true, confidence: 2, model: "openai:judge" };
    for (let n = 0; n < 3; n++) {
      counter.add({
        ...makeExample(n),
        qa: { a: opinion, b: { ...opinion, reverts: false, confidence: 5 } },
        labels: { location: "non-local-edit", intent: "complete-implementation", difficulty: "complex", by: "rules" },
        quality: { score: 4, reason: "It follows.", rubric: "training-value:00000000" },
        flags: [{ reason: "big", detail: "9 hunks" }, { reason: "deletes" }],
      });
    }
    const text = renderStats(counter.result(), page);
    expect(fits(text)).toBe(true);
    for (const line of [
      /^3 of 6 answers called a reversal$/mu,
      /^non-local-edit +3 100%/mu,
      /^complete-implementation +3 100%/mu,
      /^complex +3 100%/mu,
      /^4 of 5 +3 100%/mu,
      /^deletes +3 +50%/mu,
    ]) {
      expect(text).toMatch(line);
    }
    const none = statsCounter();
    none.add(makeExample(1));
    for (const title of ["Judge", "Why it follows", "Worth", "Marked"]) {
      expect(renderStats(none.result(), page)).not.toContain(title);
    }
  });
});

describe("stats of examples that hold what they should not", () => {
  it("lets nothing steer the terminal or break a line", () => {
    const evil = "a\u001b[2J\u0007\nb";
    const example = makeExample(1);
    const snapshot = { ...example.snapshot, document: { ...example.snapshot.document, languageId: evil } };
    const counter = statsCounter();
    counter.add({ ...example, snapshot, redaction: { version: 1, counts: { [evil]: 1 } } });
    counter.add({ ...makeExample(2), dropped: { stage: evil, reason: evil } });
    const text = renderStats(counter.result(), page);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]|^b/mu);
    expect(text.match(/a\\u001b/gu)).toHaveLength(4);
    expect(fits(text)).toBe(true);
  });
});

describe("explain", () => {
  it("says what filter marked, and what a judge said of the teacher's answer", () => {
    const finished = finishedExample();
    const id = finished.teacher?.predictions[0]?.id ?? "";
    const text = explainExample(
      {
        ...finished,
        qa: { [id]: { reasoning: "It takes the rename back.", reverts: true, confidence: 1, model: "openai:judge" } },
        flags: [{ reason: "big", detail: "9 hunks in the history, over 8" }],
      },
      page,
      { full: false },
    );
    expect(text).toContain("filter  marked big: 9 hunks in the history, over 8");
    expect(text).toMatch(/qa: openai:judge says that it reverts the person's edit, confidence 1 of 5:/u);
  });

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

  it("says that an answer was not asked for again where the first one stood", () => {
    const { repair: _repair, ...stood } = finishedExample();
    expect(explainExample(stood, page, { full: false })).toContain("\nrepair  not asked again\n");
  });

  it("says of an example that nothing looked at that nothing has", () => {
    const text = explainExample(makeExample(1), page, { full: false });
    expect(text).toContain("redact  has not run: goes to no model but builtin or one on this machine");
    expect(text).toContain("No target yet: expect has not run.");
    for (const empty of ["Diagnostics", "Definitions", "distill", "sample", "settle"])
      expect(text).not.toContain(`\n${empty}  `);
  });

  it("says of a region that nobody changed that leaving it so is the target", () => {
    const example = makeExample(1);
    const text = regionBefore(example.snapshot);
    const settlement = { ...example.settlement, text, edits: 0, unchanged: true, provenance: "unknown" } as const;
    const samples = { model: "builtin", requested: 50, distinct: [{ noEdit: true as const, count: 1, distance: 0 }] };
    const selection = { closest: 0, farthest: 0, relative: null, hitRate: null, diagnosticsResolved: null } as const;
    const page80 = explainExample(
      { ...example, settlement, samples, selection: { ...selection, band: "learnable" } } as Example,
      page,
      { full: false },
    );
    expect(page80).toContain("What the person did next  0 edits, settled after 10.0 s\n    no change");
    expect(page80).toContain("sample  builtin: 1 of 50 that were asked for, 1 distinct");
    expect(page80).toContain("nothing changed: to leave it so is what there is to learn");
  });

  it("names a commit's author by the beginning of a hash, and how an edit was made only where that is known", () => {
    const whole = finishedExample();
    const source = { ...whole.source, contributor: "8198dfb7".repeat(8) };
    const [, entry] = whole.snapshot.history;
    const history = [{ ...entry, origin: "unknown" }];
    const text = explainExample({ ...whole, source, snapshot: { ...whole.snapshot, history } } as Example, page, {
      full: false,
    });
    expect(text).toContain("by contributor 8198dfb78198,");
    expect(text).toContain("newest last\n  src/a.ts\n    @@");
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
