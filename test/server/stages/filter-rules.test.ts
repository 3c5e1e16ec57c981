import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REGION_END, REGION_START } from "../../../server/prompts/markers.ts";
import { filterStage } from "../../../server/stages/filter.ts";
import { brokenRules, RULE_NAMES } from "../../../server/stages/filter-rules.ts";
import type { Example, Expected } from "../../../shared/records/example.ts";
import type { HistoryEntry, Snapshot } from "../../../shared/records/snapshot.ts";
import { text } from "../metrics/texts.ts";
import { exampleOf, predictionOf } from "./examples.ts";

const region = "one();\ntwo();\nthree();\n";

function taught(target: string, from: Expected["from"] = "settled", parts: Partial<Example> = {}): Example {
  return exampleOf(region, null, { expected: { text: target, from }, ...parts });
}

function seen(more: Partial<Snapshot>, target = region): Example {
  const example = taught(target);
  return { ...example, snapshot: { ...example.snapshot, ...more } };
}

const reasons = (example: Example, options: object = {}) =>
  brokenRules(example, filterStage.options.parse(options)).map(({ reason }) => reason);

const edit = (path: string, body = "-a\n+b\n"): HistoryEntry => ({
  path,
  origin: "typed",
  diff: `--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n${body}`,
});

const lines = (n: number) => Array.from({ length: n }, (_, i) => `line${i}();\n`).join("");

it("nothing is wrong with an ordinary edit, or with none", () => {
  expect(reasons(taught(`${region}four();\n`))).toEqual([]);
  expect(reasons(taught(region))).toEqual([]);
  expect(reasons(taught(""), { maxDeletedLines: 3 })).toEqual([]);
});

describe("big", () => {
  const hunks = (n: number) => ({ ...edit("src/cart.ts"), diff: "@@ -1 +1 @@\n-a\n+b\n".repeat(n) });
  it.each([
    [[hunks(8)], []],
    [[hunks(9)], ["big"]],
    [[hunks(4), hunks(5)], ["big"]],
    [[hunks(8), { path: "src/cart.ts", origin: "bulk" as const }], ["big"]],
  ])("history %#", (history, expected) => {
    expect(reasons(seen({ history }))).toEqual(expected);
  });
  it("goes by its setting", () => expect(reasons(seen({ history: [hunks(2)] }), { maxHunks: 1 })).toEqual(["big"]));
});

describe("deletes", () => {
  const of = (before: string, target: string) =>
    exampleOf(before, null, { expected: { text: target, from: "settled" } });
  it("counts net lines: what is written in their place is no loss", () => {
    expect(reasons(of(lines(9), lines(4)))).toEqual([]);
    expect(reasons(of(lines(9), lines(3)))).toEqual(["deletes"]);
    expect(reasons(of(lines(9), "new();\n".concat(lines(3))))).toEqual([]);
    expect(reasons(of(lines(9), ""))).toEqual(["deletes"]);
    expect(reasons(of(lines(9), lines(3)), { maxDeletedLines: 6 })).toEqual([]);
  });
});

describe("repetition", () => {
  it.each<[string, string, string[]]>([
    ["three times", `${region}${"x();\n".repeat(3)}`, []],
    ["four times", `${region}${"x();\n".repeat(4)}`, ["repetition"]],
    ["however it is indented, and wherever it stands", `${"x();\n  x();\ny();\n".repeat(2)}${region}`, ["repetition"]],
    ["punctuation may", `${region}${"x() {\n}\n"}${"});\n".repeat(9)}`, []],
    ["blank lines may", `${region}${"\n".repeat(9)}`, []],
    ["words in another script count", `${region}${"项目\n".repeat(4)}`, ["repetition"]],
  ])("%s", (_what, target, expected) => {
    expect(reasons(taught(target))).toEqual(expected);
  });
  it("counts only what is added", () => {
    const before = "x();\n".repeat(9);
    expect(reasons(exampleOf(before, null, { expected: { text: `${before}y();\n`, from: "settled" } }))).toEqual([]);
  });
});

describe("incomplete", () => {
  const full = { stopReason: "maxTokens" } as const;
  const answer = { ...predictionOf({ text: "new();\n" }), ...full };
  it("is a target from an answer that stopped at the token limit", () => {
    expect(reasons(taught("new();\n", "teacher", { teacher: { predictions: [answer] } }))).toEqual(["incomplete"]);
    const repair = { triggers: ["reversal" as const], prediction: answer };
    expect(reasons(taught("new();\n", "repair", { repair }))).toEqual(["incomplete"]);
    expect(reasons(taught("new();\n", "settled", { teacher: { predictions: [answer] } }))).toEqual([]);
    expect(reasons(taught("else();\n", "teacher", { teacher: { predictions: [answer] } }))).toEqual([]);
  });
  it("is a placeholder that the target adds, not one that was there", () => {
    expect(reasons(taught(`${region}// ... rest of the code\n`))).toEqual(["incomplete"]);
    const before = "// your code here\n";
    expect(reasons(exampleOf(before, null, { expected: { text: `${before}x();\n`, from: "settled" } }))).toEqual([]);
  });
});

describe("refusal", () => {
  const answered = (raw: string) =>
    taught("new();\n", "teacher", { teacher: { predictions: [predictionOf({ text: "new();\n" }, { raw })] } });
  it("is one beside the region, of the answer that became the target", () => {
    const block = `${REGION_START}\nnew();\n${REGION_END}\n`;
    expect(reasons(answered(`I'm sorry, but I can't help with the rest.\n${block}`))).toEqual(["refusal"]);
    expect(reasons(answered(`${block}\nAs an AI language model I stop here.`))).toEqual(["refusal"]);
    expect(reasons(answered(`The programmer adds a call.\n${block}`))).toEqual([]);
    expect(reasons(answered(`Good.\n${REGION_START}\nsay("I'm sorry, but I can't help");\n${REGION_END}`))).toEqual([]);
  });
});

describe("marker", () => {
  it("is one that the target adds", () => {
    expect(reasons(taught(`${region}<|region_end|>\n`))).toEqual(["marker"]);
    expect(reasons(taught(`${region}NO_EDITS\n`))).toEqual(["marker"]);
    const before = "<|cursor|>\n";
    expect(reasons(exampleOf(before, null, { expected: { text: `${before}x\n`, from: "settled" } }))).toEqual([]);
  });
});

describe("language and length", () => {
  it("keep what is wanted", () => {
    expect(reasons(taught(region), { languages: ["python", "typescript"] })).toEqual([]);
    expect(reasons(taught(region), { languages: ["python"] })).toEqual(["language"]);
  });
  it("are bounds on the target's tokens, at three bytes each", () => {
    const of = (bytes: number, options: object) => reasons(taught("x".repeat(bytes)), options);
    expect(of(30, { minTokens: 10, maxTokens: 10, maxDeletedLines: 9 })).toEqual([]);
    expect(of(31, { maxTokens: 10 })).toEqual(["length"]);
    expect(of(27, { minTokens: 10 })).toEqual(["length"]);
  });
});

describe("unrelated", () => {
  const strangers = [edit("docs/faq.md"), edit("web/login.css")];
  it("is a history of more than one other file that nothing ties to the cursor's", () => {
    expect(reasons(seen({ history: strangers.slice(0, 1) }))).toEqual([]);
    expect(reasons(seen({ history: strangers }))).toEqual(["unrelated"]);
    expect(reasons(seen({ history: strangers }), { maxUnrelatedFiles: 2 })).toEqual([]);
    expect(reasons(seen({ history: [...strangers.slice(0, 1), ...strangers.slice(0, 1)] }))).toEqual([]);
    expect(reasons(seen({ history: [edit("src/cart.ts"), ...strangers.slice(0, 1)] }))).toEqual([]);
  });

  const tied = (entry: HistoryEntry, more: Partial<Snapshot> = {}, target = region) =>
    reasons(seen({ history: [...strangers.slice(0, 1), entry], ...more }, target));
  const withText = (extra: string): Partial<Snapshot> => ({ excerpt: { startLine: 0, text: region + extra } });
  const definition = { symbol: "x", kind: "definition" as const, startLine: 0, text: "x", external: false };

  it.each<[string, string[]]>([
    ["a test beside it", tied(edit("test/cart.test.ts"))],
    ["a test by Python's and Go's habit", tied(edit("test_cart.py"))],
    ["a file that its excerpt names", tied(edit("lib/prices.ts"), withText('import "./prices.ts";\n'))],
    ["a folder's own file, by the folder", tied(edit("lib/prices/index.ts"), withText('import "./prices";\n'))],
    ["a file that names it", tied(edit("web/shop.css", '-a\n+import "./cart.ts"\n'))],
    ["a file that a definition is from", tied(edit("a/b.ts"), { definitions: [{ ...definition, path: "a/b.ts" }] })],
    ["a rename that has not come here yet", tied(edit("a/b.ts", "-total()\n+amount()\n"), withText("total();\n"))],
    ["a name that is new there and used in the target", tied(edit("a/b.ts", "+openCart()\n"), {}, "openCart();\n")],
    [
      "a name that is new in both",
      reasons(
        seen({
          history: [...strangers.slice(0, 1), edit("a/b.ts", "+openCart()\n"), edit("src/cart.ts", "+openCart()\n")],
        }),
      ),
    ],
  ])("not: %s", (_what, found) => expect(found).toEqual([]));

  it.each<[string, string[]]>([
    ["a name within another", tied(edit("lib/price.ts"), withText("priceless();\n"))],
    ["a name that stays on both sides", tied(edit("a/b.ts", "-total(1)\n+total(2)\n"), withText("total();\n"))],
    ["keywords", tied(edit("a/b.ts", "-return function\n+x\n"), withText("return function\n"))],
    ["a bulk edit elsewhere", tied({ path: "package-lock.json", origin: "bulk" })],
  ])("still: %s", (_what, found) => expect(found).toEqual(["unrelated"]));
});

it("only the rules that are named are applied, each once and in one order", () => {
  const bad = seen({ history: [edit("a.md"), edit("b.css")] }, "x();\n".repeat(4).concat("<|cursor|>\n"));
  expect(reasons(bad)).toEqual(["unrelated", "repetition", "marker"]);
  expect(reasons(bad, { rules: ["marker", "repetition"] })).toEqual(["repetition", "marker"]);
});

it("without a target the rules about history and language are what there is to apply", () => {
  const early = exampleOf(region, null);
  expect(reasons(early)).toEqual([]);
  expect(reasons(early, { languages: ["go"], minTokens: 5 })).toEqual(["language"]);
});

it("whatever the texts, what is found is a rule, and a region that stays is never at fault by what it holds", () => {
  fc.assert(
    fc.property(text, text, (before, target) => {
      const expected = { text: target, from: "settled" as const };
      const found = brokenRules(exampleOf(before, null, { expected }), filterStage.options.parse({}));
      for (const { reason, detail } of found) {
        expect(RULE_NAMES).toContain(reason);
        expect(detail).not.toBe("");
      }
      const still = exampleOf(before, null, { expected: { text: before, from: "settled" } });
      expect(reasons(still)).toEqual([]);
    }),
  );
});
