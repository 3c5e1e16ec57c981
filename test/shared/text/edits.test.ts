import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TextEdit } from "../../../shared/text/edits.ts";
import { applyEdits, composeEdits, invertEdits, mapOffset, mapRange } from "../../../shared/text/edits.ts";
import { someEdits, someTextAndEdits } from "./generators.ts";

describe("applying edits", () => {
  it("counts every edit from the base text", () => {
    const edits = [
      { start: 0, end: 1, newText: "AAA" },
      { start: 2, end: 2, newText: "+" },
    ];
    expect(applyEdits("abc", edits)).toBe("AAAb+c");
  });

  it("lets edits touch, and insertions at one place happen in order", () => {
    const edits = [
      { start: 1, end: 1, newText: "x" },
      { start: 1, end: 1, newText: "y" },
      { start: 1, end: 2, newText: "B" },
      { start: 2, end: 2, newText: "z" },
    ];
    expect(applyEdits("abc", edits)).toBe("axyBzc");
  });

  it.each([
    [
      "overlaps",
      [
        { start: 0, end: 2, newText: "" },
        { start: 1, end: 3, newText: "" },
      ],
    ],
    [
      "is unsorted",
      [
        { start: 2, end: 2, newText: "x" },
        { start: 0, end: 1, newText: "" },
      ],
    ],
    ["ends before it begins", [{ start: 2, end: 1, newText: "" }]],
    ["reaches behind the end", [{ start: 2, end: 9, newText: "" }]],
  ])("throws for a list that %s", (_, edits: TextEdit[]) => {
    expect(() => applyEdits("abc", edits)).toThrow(RangeError);
  });
});

describe("inverting edits", () => {
  it("leads back to the text, whatever the edits", () => {
    fc.assert(
      fc.property(someTextAndEdits, ({ text, edits }) => {
        expect(applyEdits(applyEdits(text, edits), invertEdits(text, edits))).toBe(text);
      }),
    );
  });
});

describe("composing edits", () => {
  const twoLists = someTextAndEdits.chain(({ text, edits }) =>
    someEdits(applyEdits(text, edits).length).map((second) => ({ text, first: edits, second })),
  );

  it("does in one list what two lists do one after the other", () => {
    fc.assert(
      fc.property(twoLists, ({ text, first, second }) => {
        const inTwoSteps = applyEdits(applyEdits(text, first), second);
        expect(applyEdits(text, composeEdits(first, second))).toBe(inTwoSteps);
      }),
      { numRuns: 500 },
    );
  });

  it("leaves no trace of text that is inserted and deleted again", () => {
    const typed = [{ start: 3, end: 3, newText: "oops" }];
    const deleted = [{ start: 3, end: 7, newText: "" }];
    expect(composeEdits(typed, deleted)).toEqual([]);
  });

  it("joins keystrokes to one insertion", () => {
    const composed = [..."word"].reduce<TextEdit[]>(
      (edits, character, i) => composeEdits(edits, [{ start: 5 + i, end: 5 + i, newText: character }]),
      [],
    );
    expect(composed).toEqual([{ start: 5, end: 5, newText: "word" }]);
  });
});

describe("following a range through edits", () => {
  const range = { start: 4, end: 8 };
  it.each<[string, TextEdit, { start: number; end: number } | null]>([
    ["an insertion inside grows it", { start: 6, end: 6, newText: "xy" }, { start: 4, end: 10 }],
    ["a deletion inside shrinks it", { start: 5, end: 7, newText: "" }, { start: 4, end: 6 }],
    ["a replacement of all of it is inside", { start: 4, end: 8, newText: "z" }, { start: 4, end: 5 }],
    ["an insertion at its start belongs to it", { start: 4, end: 4, newText: "xy" }, { start: 4, end: 10 }],
    ["an insertion at its end belongs to it", { start: 8, end: 8, newText: "xy" }, { start: 4, end: 10 }],
    ["an insertion before shifts it", { start: 3, end: 3, newText: "xy" }, { start: 6, end: 10 }],
    ["a replacement that ends at its start shifts it", { start: 2, end: 4, newText: "x" }, { start: 3, end: 7 }],
    ["a replacement that begins at its end leaves it", { start: 8, end: 9, newText: "x" }, { start: 4, end: 8 }],
    ["a replacement across its start ends it", { start: 3, end: 5, newText: "x" }, null],
    ["a deletion across its end ends it", { start: 7, end: 9, newText: "" }, null],
    ["a replacement of more than all of it ends it", { start: 3, end: 9, newText: "x" }, null],
  ])("%s", (_, edit, expected) => {
    expect(mapRange(range, [edit])).toEqual(expected);
  });

  it("agrees with a model that marks every character with where it came from", () => {
    const cases = fc
      .record({ length: fc.nat({ max: 12 }), a: fc.nat({ max: 12 }), b: fc.nat({ max: 12 }) })
      .map(({ length, a, b }) => ({
        length,
        start: Math.min(a, b, length),
        end: Math.min(Math.max(a, b), length),
      }))
      .chain(({ length, ...range }) => someEdits(length).map((edits) => ({ length, range, edits })));
    fc.assert(
      fc.property(cases, ({ length, range, edits }) => {
        // Base characters are U+1000 and up, the text of edit i is U+2000 + i: so the result says where it came from.
        const base = Array.from({ length }, (_, i) => String.fromCharCode(0x1000 + i)).join("");
        const marked = edits.map((edit, i) => ({
          ...edit,
          newText: String.fromCharCode(0x2000 + i).repeat(edit.newText.length),
        }));
        const deletes = (edit: TextEdit, offset: number) => edit.start <= offset && offset < edit.end;
        const isWithin = (offset: number) => range.start <= offset && offset < range.end;
        const offsets = Array.from({ length }, (_, i) => i);
        const straddles = (edit: TextEdit) =>
          (offsets.some((o) => deletes(edit, o) && isWithin(o)) &&
            offsets.some((o) => deletes(edit, o) && !isWithin(o))) ||
          (edit.start < range.start && edit.end > range.end);
        const mapped = mapRange(range, marked);
        if (edits.some(straddles)) {
          expect(mapped).toBeNull();
          return;
        }
        const belongs = (edit: TextEdit) => edit.start >= range.start && edit.end <= range.end;
        const local = marked
          .filter(belongs)
          .map((edit) => ({ ...edit, start: edit.start - range.start, end: edit.end - range.start }));
        const before = marked.filter((edit) => edit.start < range.start);
        const text = applyEdits(base, marked);
        expect(mapped).not.toBeNull();
        expect(text.slice(mapped?.start, mapped?.end)).toBe(applyEdits(base.slice(range.start, range.end), local));
        expect(text.slice(0, mapped?.start)).toBe(applyEdits(base.slice(0, range.start), before));
      }),
      { numRuns: 500 },
    );
  });
});

describe("following an offset through edits", () => {
  it.each<[string, TextEdit, number, number]>([
    ["text inserted right there", { start: 4, end: 4, newText: "xy" }, 4, 6],
    ["a replacement around it", { start: 2, end: 6, newText: "xyz" }, 2, 5],
    ["a replacement that begins there", { start: 4, end: 6, newText: "xyz" }, 4, 4],
    ["a replacement that ends there", { start: 2, end: 4, newText: "xyz" }, 5, 5],
    ["an edit before", { start: 0, end: 2, newText: "" }, 2, 2],
    ["an edit behind", { start: 5, end: 6, newText: "xyz" }, 4, 4],
  ])("%s", (_, edit, before, after) => {
    expect(mapOffset(4, [edit], "before")).toBe(before);
    expect(mapOffset(4, [edit], "after")).toBe(after);
  });

  it("keeps the text on both sides apart", () => {
    const cases = someTextAndEdits.chain(({ text, edits }) =>
      fc.nat({ max: text.length }).map((offset) => ({ text, edits, offset })),
    );
    fc.assert(
      fc.property(cases, ({ text, edits, offset }) => {
        // Cutting the list at the offset and applying only what lies left of it gives the text left of the mapped offset.
        fc.pre(!edits.some((edit) => edit.start < offset && offset < edit.end));
        const left = edits.filter((edit) => (edit.start === edit.end ? edit.start < offset : edit.end <= offset));
        const mapped = mapOffset(offset, edits, "before");
        const leftText = applyEdits(text.slice(0, offset), left);
        expect(applyEdits(text, edits).slice(0, mapped)).toBe(leftText);
      }),
    );
  });
});
