import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { followRegion } from "../../../extension/capture/region.ts";
import type { TextRange } from "../../../shared/text/edits.ts";
import type { PlacedChange } from "./random-events.ts";
import { applyNaively, placeChanges, someEvent } from "./random-events.ts";

const region = { start: 10, end: 20 };

describe("following a region", () => {
  it.each([
    ["before it shifts it", { start: 0, end: 2, newText: "abcde" }, { start: 13, end: 23 }, false],
    ["up to its start shifts it", { start: 8, end: 10, newText: "" }, { start: 8, end: 18 }, false],
    ["inside grows it", { start: 12, end: 12, newText: "abc" }, { start: 10, end: 23 }, true],
    ["inside shrinks it", { start: 12, end: 15, newText: "" }, { start: 10, end: 17 }, true],
    ["of all of it stays in it", { start: 10, end: 20, newText: "" }, { start: 10, end: 10 }, true],
    ["that inserts at its start belongs to it", { start: 10, end: 10, newText: "ab" }, { start: 10, end: 22 }, true],
    ["that inserts at its end belongs to it", { start: 20, end: 20, newText: "ab" }, { start: 10, end: 22 }, true],
    ["from its end on leaves it", { start: 20, end: 22, newText: "x" }, { start: 10, end: 20 }, false],
    ["behind it leaves it", { start: 30, end: 31, newText: "" }, { start: 10, end: 20 }, false],
  ])("an edit %s", (_, edit, expected, touched) => {
    expect(followRegion(region, [edit])).toEqual({ ok: true, region: expected, touched });
  });

  it.each([
    ["its start", { start: 9, end: 11, newText: "" }],
    ["its end", { start: 19, end: 21, newText: "x" }],
    ["all of it and more", { start: 9, end: 21, newText: "" }],
  ])("an edit over %s ends it", (_, edit) => {
    expect(followRegion(region, [edit])).toEqual({ ok: false, reason: "straddled" });
  });

  it("an empty region takes what is inserted in it, and dies with what surrounds it", () => {
    const empty = { start: 5, end: 5 };
    expect(followRegion(empty, [{ start: 5, end: 5, newText: "x" }])).toMatchObject({ region: { start: 5, end: 6 } });
    expect(followRegion(empty, [{ start: 4, end: 6, newText: "x" }]).ok).toBe(false);
  });
});

/**
 * The same by brute force: a row of cells, one for each character and one for each of the region's two edges. A change
 * takes cells out; if an edge is among them with text on its other side, nobody can say where it went.
 */
type Cell = { readonly character: string } | "start" | "end";

function rowOf(text: string, { start, end }: TextRange): Cell[] {
  const row: Cell[] = [...Array(text.length).keys()].map((at) => ({ character: text[at] ?? "" }));
  row.splice(end, 0, "end");
  row.splice(start, 0, "start");
  return row;
}

/** False where an edge is lost. `start` and `end` count characters alone. */
function changeRow(row: Cell[], { start, end, newText }: PlacedChange): boolean {
  const places: number[] = [];
  row.forEach((cell, at) => {
    if (typeof cell !== "string") places.push(at);
  });
  const fresh: Cell[] = [...Array(newText.length).keys()].map((at) => ({ character: newText[at] ?? "" }));
  if (start === end) {
    // Between two characters there may be edges: what is inserted comes to stand within the region.
    const from = start === 0 ? 0 : (places[start - 1] ?? 0) + 1;
    const behindStart = row.indexOf("start", from);
    const limit = places[start] ?? row.length;
    row.splice(behindStart !== -1 && behindStart < limit ? behindStart + 1 : from, 0, ...fresh);
    return true;
  }
  const first = places[start] ?? 0;
  const last = places[end - 1] ?? 0;
  if (row.slice(first, last + 1).some((cell) => typeof cell === "string")) return false;
  row.splice(first, last + 1 - first, ...fresh);
  return true;
}

function readRow(row: readonly Cell[]): { text: string; region: TextRange } {
  const texts = (cells: readonly Cell[]) =>
    cells.map((cell) => (typeof cell === "string" ? "" : cell.character)).join("");
  const start = texts(row.slice(0, row.indexOf("start"))).length;
  const end = texts(row.slice(0, row.indexOf("end"))).length;
  return { text: texts(row), region: { start, end } };
}

describe("whatever is edited", () => {
  it("the region is the one found by brute force, at every step", () => {
    let followed = 0;
    let lost = 0;
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 120 }),
        fc.nat(),
        fc.nat(),
        fc.array(someEvent, { maxLength: 6 }),
        (opened, a, b, events) => {
          let text = opened;
          const edges = [a % (text.length + 1), b % (text.length + 1)].sort((x, y) => x - y);
          let range: TextRange = { start: edges[0] ?? 0, end: edges[1] ?? 0 };
          const row = rowOf(text, range);
          for (const raw of events) {
            const placed = placeChanges(text, raw);
            const outcome = followRegion(range, placed);
            const kept = placed.toReversed().every((change) => changeRow(row, change));
            expect(outcome.ok).toBe(kept);
            if (!outcome.ok) {
              lost++;
              return;
            }
            const untouched = text.slice(range.start, range.end);
            text = applyNaively(text, placed);
            range = outcome.region;
            expect(readRow(row)).toEqual({ text, region: range });
            if (!outcome.touched) expect(text.slice(range.start, range.end)).toBe(untouched);
            followed++;
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(followed).toBeGreaterThan(100);
    expect(lost).toBeGreaterThan(20);
  });
});
