import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareExamples, renderComparison } from "../../../server/reports/compare.ts";
import type { Example } from "../../../shared/records/example.ts";
import { makeExample } from "../jsonl/examples.ts";

async function* stream(examples: readonly Example[]): AsyncGenerator<Example> {
  yield* examples;
}

const compare = (a: readonly Example[], b: readonly Example[], listed = 10) =>
  compareExamples(stream(a), stream(b), listed);

describe("comparing two files of examples", () => {
  it("names what was added, removed and changed, and the fields", async () => {
    const before = [0, 1, 2, 3].map((n) => makeExample(n));
    const [first, second, third, fourth] = before as [Example, Example, Example, Example];
    const scored: Example = { ...second, scores: {}, snapshot: { ...second.snapshot, cursor: 14 } };
    const result = await compare(before, [first, scored, fourth, makeExample(9)]);
    expect(result).toEqual({
      first: 4,
      second: 4,
      same: 2,
      changed: 1,
      added: 1,
      removed: 1,
      moved: 0,
      fields: { scores: 1, "snapshot.cursor": 1 },
      changedExamples: [{ id: second.id, fields: ["scores", "snapshot.cursor"] }],
      addedIds: [makeExample(9).id],
      removedIds: [third.id],
    });
  });

  it("counts all where it names only some", async () => {
    const result = await compare(
      [],
      Array.from({ length: 30 }, (_, n) => makeExample(n)),
      3,
    );
    expect(result).toMatchObject({ added: 30, addedIds: { length: 3 } });
    expect(renderComparison(result, { columns: 80, style: (_, text) => text })).toContain("and 27 more");
  });

  it("draws a page that names fields and examples", async () => {
    const [first, second, third] = [0, 1, 2].map((n) => makeExample(n)) as [Example, Example, Example];
    const scored: Example = { ...second, scores: {}, snapshot: { ...second.snapshot, cursor: 14 } };
    const changed = await compare([first, second, third], [scored, first, makeExample(9)]);
    const lines = renderComparison(changed, { columns: 80, style: (_, text) => text }).split("\n");
    expect(lines).toEqual([
      "3 examples in the first file, 3 in the second",
      "1 the same, 1 changed, 1 added, 1 removed",
      "1 of those in both stand elsewhere",
      "",
      "Changed fields",
      "  scores                            1",
      "  snapshot.cursor                   1",
      "",
      "Changed examples",
      `  ${second.id.slice(0, 12)}  scores, snapshot.cursor`,
      "",
      "Added",
      `  ${makeExample(9).id.slice(0, 12)}`,
      "",
      "Removed",
      `  ${third.id.slice(0, 12)}`,
    ]);
    const same = renderComparison(await compare([first], [first]), { columns: 80, style: (_, text) => text });
    expect(same.split("\n").slice(1)).toEqual([
      "1 the same, 0 changed, 0 added, 0 removed",
      "The files hold the same examples.",
    ]);
  });

  it("finds the same, whatever the order and whatever stands only in one", async () => {
    const picks = fc.uniqueArray(fc.nat(20), { maxLength: 15 });
    await fc.assert(
      fc.asyncProperty(picks, picks, async (a, b) => {
        const { same, changed, added, removed } = await compare(
          a.map((n) => makeExample(n)),
          b.map((n) => makeExample(n)),
        );
        const shared = a.filter((n) => b.includes(n)).length;
        expect({ same, changed, added, removed }).toEqual({
          same: shared,
          changed: 0,
          added: b.length - shared,
          removed: a.length - shared,
        });
      }),
    );
  });

  it("calls nothing moved that only others' coming and going has shifted", async () => {
    const numbers = fc.uniqueArray(fc.nat(20), { maxLength: 15 }).map((list) => list.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(numbers, numbers, async (a, b) => {
        const files = [a, b].map((list) => list.map((n) => makeExample(n))) as [Example[], Example[]];
        expect((await compare(...files)).moved).toBe(0);
      }),
    );
    expect((await compare([makeExample(1), makeExample(2)], [makeExample(2), makeExample(1)])).moved).toBe(1);
  });
});
