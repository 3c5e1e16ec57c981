import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editBlocks } from "../../../server/stages/edit-blocks.ts";
import { snapshotOf, text } from "../metrics/texts.ts";

/** A region of lines a to j, with the cursor at the start of the line that is named. */
const lines = [..."abcdefghij"].map((name) => `${name}\n`);
const region = lines.join("");
const at = (name: string) => snapshotOf(region, { cursor: region.indexOf(name) });
const figures = (name: string, target: string) =>
  editBlocks(at(name), target).map(({ changed, distance }) => [changed, distance]);

describe("the blocks of an edit", () => {
  it.each<[string, string, string, number[][]]>([
    ["none where nothing changes", "a", region, []],
    ["the cursor's line", "d", region.replace("d\n", "D\n"), [[1, 0]]],
    ["the line below", "d", region.replace("e\n", "E\n"), [[1, 1]]],
    ["the line above", "d", region.replace("c\n", "C\n"), [[1, 1]]],
    ["a line further on", "d", region.replace("h\n", "H\n"), [[1, 4]]],
    ["lines that grow: the longer side counts", "d", region.replace("d\n", "1\n2\n3\n"), [[3, 0]]],
    ["lines that shrink, likewise", "d", region.replace("d\ne\nf\n", "D\n"), [[3, 0]]],
    ["a new line behind the cursor's", "d", region.replace("e\n", "new\ne\n"), [[1, 0]]],
    ["a new line before it", "d", region.replace("d\n", "new\nd\n"), [[1, 0]]],
    ["a new line beyond the next one", "d", region.replace("f\n", "new\nf\n"), [[1, 1]]],
    ["a new line at the region's end", "j", `${region}new\n`, [[1, 0]]],
    ["everything deleted", "d", "", [[10, 0]]],
    [
      "two, in order",
      "d",
      region.replace("b\n", "B\n").replace("i\n", ""),
      [
        [1, 2],
        [1, 5],
      ],
    ],
  ])("%s", (_what, cursor, target, expected) => {
    expect(figures(cursor, target)).toEqual(expected);
  });

  it("counts the cursor's line from the region, wherever that lies in the excerpt", () => {
    const snapshot = snapshotOf(region, { above: "x\ny\n", below: "z\n", cursor: region.indexOf("d") });
    expect(editBlocks(snapshot, region.replace("d\n", "D\n"))[0]?.distance).toBe(0);
    const above = { ...snapshot, cursor: 0 };
    expect(editBlocks(above, region.replace("a\n", "A\n"))[0]?.distance).toBe(2);
    const below = { ...snapshot, cursor: snapshot.excerpt.text.length - 2 };
    expect(editBlocks(below, region.replace("j\n", "J\n"))[0]?.distance).toBe(1);
  });

  it("is near the cursor where a repeated line could as well have been put there", () => {
    const blanks = "a\n\n\n\nb\n";
    const snapshot = (cursor: number) => snapshotOf(blanks, { cursor });
    for (let cursor = 2; cursor <= 4; cursor++) {
      expect(editBlocks(snapshot(cursor), "a\n\n\n\n\nb\n")).toMatchObject([{ changed: 1, distance: 0 }]);
      expect(editBlocks(snapshot(cursor), "a\n\n\nb\n")).toMatchObject([{ changed: 1, distance: 0 }]);
    }
  });

  it("is one where new lines were only cut in two by a line that was there before", () => {
    const before = "a()\n\nz()\n";
    const target = "a()\n\nb()\n\nc()\n\nz()\n";
    expect(editBlocks(snapshotOf(before, {}), target)).toMatchObject([{ changed: 4, distance: 0 }]);
    // The shortest difference keeps a blank line between what is new; moved up, or down, the new lines touch.
    expect(editBlocks(snapshotOf("b\n\nb\n", {}), "\n\n\nb\n\n")).toHaveLength(2);
    expect(editBlocks(snapshotOf("b\n\n", {}), "\nb\n\n\nb\n")).toHaveLength(2);
    const doubled = "f() {\n}\n";
    expect(editBlocks(snapshotOf(doubled, {}), "f() {\n}\ng() {\n}\nh() {\n}\n")).toHaveLength(1);
  });

  const anyEdit = fc.record({ before: text, target: text, cursor: fc.nat(40) });

  it("is there if and only if something changes, whatever the texts", () => {
    fc.assert(
      fc.property(anyEdit, ({ before, target, cursor }) => {
        const snapshot = snapshotOf(before, { cursor: Math.min(cursor, before.length) });
        const blocks = editBlocks(snapshot, target);
        expect(blocks.length > 0).toBe(before !== target);
        for (const block of blocks) {
          expect(block.changed).toBeGreaterThan(0);
          expect(block.distance).toBeGreaterThanOrEqual(0);
          for (const line of block.added) expect(target).toContain(line);
        }
      }),
    );
  });

  it("is at most as far as the edit is from the cursor, and its lines are those that changed", () => {
    fc.assert(
      fc.property(fc.array(text), fc.nat(30), text, (rest, line, added) => {
        const before = [...rest.map((entry) => `${entry.replaceAll("\n", "")}\n`), "last\n"];
        const place = line % before.length;
        const inserted = added.replaceAll("\n", "").concat("\n");
        const target = before.toSpliced(place, 0, inserted).join("");
        const cursor = before.slice(0, place).join("").length;
        const blocks = editBlocks(snapshotOf(before.join(""), { cursor }), target);
        expect(blocks).toEqual([{ added: [inserted], changed: 1, distance: 0 }]);
      }),
    );
  });
});
