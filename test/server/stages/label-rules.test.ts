import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelsByRule } from "../../../server/stages/label-rules.ts";
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import { PATH, snapshotOf, text } from "../metrics/texts.ts";

const numbered = (n: number, prefix = "line") => Array.from({ length: n }, (_, i) => `${prefix}${i};\n`).join("");
const region = numbered(40);
const at = (line: string): Snapshot => snapshotOf(region, { cursor: region.indexOf(`${line};`) });
const replaced = (line: string, by: string) => region.replace(`${line};\n`, by);

describe("where and how hard", () => {
  it.each<[string, string, string, string, string]>([
    ["no edit has a place but no difficulty of its own", "line5", region, "no-op", "medium"],
    ["one line at the cursor", "line5", replaced("line5", "done();\n"), "local-edit", "simple"],
    ["two lines at the cursor", "line5", replaced("line5", "one();\ntwo();\n"), "local-edit", "simple"],
    ["three are more than simple", "line5", replaced("line5", "one();\ntwo();\nthree();\n"), "local-edit", "medium"],
    ["the line beside it", "line5", replaced("line6", "done();\n"), "local-edit", "simple"],
    ["a line elsewhere", "line5", replaced("line8", "done();\n"), "non-local-edit", "medium"],
    ["fifteen lines", "line5", replaced("line5", numbered(15, "new")), "local-edit", "medium"],
    ["sixteen lines", "line5", replaced("line5", numbered(16, "new")), "local-edit", "complex"],
    [
      "two places, one of them at the cursor",
      "line5",
      replaced("line5", "done();\n").replace("line9;", "too();"),
      "non-local-edit",
      "complex",
    ],
    [
      "two places beside the cursor",
      "line5",
      replaced("line4", "done();\n").replace("line6;", "too();"),
      "local-edit",
      "complex",
    ],
    ["a deletion", "line5", replaced("line5", ""), "local-edit", "simple"],
  ])("%s", (_what, cursor, target, location, difficulty) => {
    expect(labelsByRule(at(cursor), target)).toEqual({ location, difficulty });
  });
});

describe("a name from elsewhere", () => {
  const definition = (symbol: string, body: string) => ({
    symbol,
    kind: "definition" as const,
    path: "src/other.ts",
    startLine: 0,
    text: body,
    external: false,
  });
  const diff = (added: string) => `--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+${added}\n`;
  const difficulty = (target: string, more: Partial<Snapshot>) =>
    labelsByRule({ ...at("line5"), ...more }, replaced("line5", target)).difficulty;
  const known = { definitions: [definition("openCart", "export function openCart(id: number): Cart\n")] };

  it.each<[string, string, Partial<Snapshot>, string]>([
    ["of a definition", "openCart();\n", known, "complex"],
    ["in a definition's text", "const cart: Cart = null;\n", known, "complex"],
    [
      "in an edit of another file",
      "openCart();\n",
      { history: [{ path: "src/other.ts", origin: "typed", diff: diff("openCart") }] },
      "complex",
    ],
    [
      "is none where an edit of this file shows it too",
      "openCart();\n",
      { ...known, history: [{ path: PATH, origin: "typed", diff: diff("openCart") }] },
      "simple",
    ],
    ["is none where the excerpt shows it", "line9();\n", { definitions: [definition("line9", "line9")] }, "simple"],
    ["is none where nothing shows it", "somethingNew();\n", known, "simple"],
    ["is no keyword", "return;\n", { definitions: [definition("x", "return function")] }, "simple"],
    ["is no single letter", "i++;\n", { definitions: [definition("x", "for (i of all)")] }, "simple"],
    ["is no part of another name", "open();\n", known, "simple"],
    ["is not what is deleted", "", known, "simple"],
    [
      "is nothing that an entry without a diff shows",
      "openCart();\n",
      { history: [{ path: "b", origin: "bulk" }] },
      "simple",
    ],
  ])("%s", (_what, target, more, expected) => {
    expect(difficulty(target, more)).toBe(expected);
  });
});

it("any edit has exactly one of each, by what is in the region alone", () => {
  fc.assert(
    fc.property(text, text, text, text, fc.nat(), (before, target, above, below, cursor) => {
      const inRegion = cursor % (before.length + 1);
      // Whole lines.
      const frame = { above: `${above}\n`, below: before === "" || before.endsWith("\n") ? below : "" };
      const labels = labelsByRule(snapshotOf(before, { ...frame, cursor: inRegion }), target);
      expect(labels).toEqual(labelsByRule(snapshotOf(before, { cursor: inRegion }), target));
      expect(labels.location === "no-op").toBe(before === target);
      if (labels.difficulty === "simple") expect(labels.location).toBe("local-edit");
    }),
  );
});
