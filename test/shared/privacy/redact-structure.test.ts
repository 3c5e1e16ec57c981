/** What redaction leaves true of a snapshot's parts to each other. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactSnapshot } from "../../../shared/privacy/redact.ts";
import { createValueIndex } from "../../../shared/privacy/value-index.ts";
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import { regionBefore } from "../../../shared/records/snapshot.ts";
import { unapplyUnifiedDiff, unifiedDiff } from "../../../shared/text/unified-diff.ts";
import { seededSecrets } from "../../fixtures/secrets/corpus.ts";
import { settlementOf, snapshotOf } from "./snapshots.ts";

const begins = "// region begins\n";
const here = "/* here */";
const ends = "// region ends\n";

/** Lines of code, some with a secret, some of a secret's many. */
const codeLines = fc
  .array(fc.oneof(fc.constantFrom("let a = 1;", "}", "", "call(b);"), fc.nat()), { maxLength: 6 })
  .chain((items) => fc.nat().map((seed) => ({ items, seed })))
  .map(({ items, seed }) => {
    const corpus = seededSecrets(seed, 1);
    return items.flatMap((item) =>
      typeof item === "string" ? [item] : (corpus[item % corpus.length]?.text.split("\n") ?? []),
    );
  });

const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

/** A document whose last edits changed, one after the other, what stands above, in and below the region. */
const edited = fc
  .tuple(
    fc.array(codeLines, { minLength: 3, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(2), codeLines), { maxLength: 4 }),
  )
  .map(([parts, edits]) => {
    const documentOf = ([above = [], region = [], below = []]: readonly string[][]) =>
      `${textOf(above)}${begins}${here}\n${textOf(region)}${ends}${textOf(below)}`;
    const versions = [parts];
    for (const [part, lines] of edits) versions.push((versions.at(-1) ?? parts).with(part, lines));
    const texts = versions.map(documentOf);
    const text = texts.at(-1) ?? "";
    const history = texts.slice(1).map((after, n) => ({
      path: "src/app.ts",
      origin: "typed" as const,
      diff: unifiedDiff(texts[n] ?? "", after, { path: "src/app.ts" }),
    }));
    const editable = { start: text.indexOf(begins), end: text.indexOf(ends) + ends.length };
    const snapshot = snapshotOf(text, { cursor: text.indexOf(here), editable, history });
    const settlement = settlementOf(`${textOf(parts[2] ?? [])}${here}\n`, {
      cursor: textOf(parts[2] ?? []).length,
    });
    return { snapshot, settlement };
  });

/** The texts before each entry of the history, newest first; undefined from the first that does not apply. */
function backwards({ excerpt, history }: Snapshot): (string | undefined)[] {
  let text: string | undefined = excerpt.text;
  return history.toReversed().map(({ diff }) => {
    const before = text === undefined || diff === undefined ? undefined : unapplyUnifiedDiff(text, diff);
    text = before?.ok ? before.text : undefined;
    return text;
  });
}

describe("after redaction, for any edits of any code with secrets", () => {
  it("history applied backwards to the excerpt gives texts of as many lines as before", () => {
    fc.assert(
      fc.property(edited, ({ snapshot }) => {
        const before = backwards(snapshot);
        expect(before).not.toContain(undefined);
        const result = redactSnapshot({ snapshot });
        if (!result.ok) throw new Error(result.reason);
        const lineCounts = (texts: readonly (string | undefined)[]) => texts.map((text) => text?.split("\n").length);
        expect(lineCounts(backwards(result.snapshot))).toEqual(lineCounts(before));
      }),
      { numRuns: 80 },
    );
  });

  it("offsets stand at the same code", () => {
    fc.assert(
      fc.property(edited, ({ snapshot, settlement }) => {
        const result = redactSnapshot({ snapshot, settlement });
        if (!result.ok) throw new Error(result.reason);
        const region = regionBefore(result.snapshot);
        expect(region.startsWith(begins) && region.endsWith(ends)).toBe(true);
        expect(result.snapshot.excerpt.text.slice(result.snapshot.cursor).startsWith(here)).toBe(true);
        expect(result.settlement?.text.slice(result.settlement.cursor ?? 0)).toBe(`${here}\n`);
      }),
      { numRuns: 80 },
    );
  });
});

describe("an index of values", () => {
  it("names each value where it stands", () => {
    const index = createValueIndex();
    for (const value of ["a", "bc", "value-1999-xxxx", "value-1999-y"]) index.add(value);
    const found = new Set<string>();
    const text = "a bc! value-1999-xxxx b";
    index.candidates(text, (value, start) => {
      if (text.startsWith(value, start)) found.add(`${start} ${value}`);
    });
    expect(found).toEqual(new Set(["0 a", "2 bc", "6 value-1999-xxxx", "7 a"]));
  });

  it("does work that grows with the text", () => {
    const index = createValueIndex();
    for (let n = 0; n < 2_000; n++) index.add(`${n}-secret`);
    const work = (size: number) => {
      let visits = 0;
      index.candidates("7-secret 77-secre ".repeat(size), () => visits++);
      return visits;
    };
    expect(work(1_000)).toBeGreaterThan(0);
    expect(work(2_000)).toBeLessThanOrEqual(2 * work(1_000) + 1);
  });
});
