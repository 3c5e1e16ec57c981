import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContentChange, Position } from "../../../extension/capture/document.ts";
import { trackedDocument } from "../../../extension/capture/document.ts";
import { applyNaively, asContentChanges, placeChanges, positionIn, someEvent } from "./random-events.ts";

function open(text: string) {
  return trackedDocument({
    uri: "file:///project/src/a.ts",
    path: "src/a.ts",
    folder: "file:///project",
    languageId: "typescript",
    eol: "lf",
    version: 1,
    text,
  });
}

function change(start: [number, number], end: [number, number], text: string): ContentChange {
  const [position, stop] = [start, end].map(([line, character]): Position => ({ line, character }));
  if (!position || !stop) throw new Error("two positions");
  return { start: position, end: stop, text };
}

describe("following a document", () => {
  it("says what an event removed, which VS Code does not", () => {
    const document = open("const a = 1;\nconst b = 2;\n");
    const applied = document.apply({ version: 2, changes: [change([0, 6], [0, 7], "total")], reason: undefined });
    expect(applied).toEqual({
      ok: true,
      edits: [{ start: 6, end: 7, newText: "total", removed: "a", position: { line: 0, character: 6 } }],
    });
    expect(document.text()).toBe("const total = 1;\nconst b = 2;\n");
    expect(document.version).toBe(2);
  });

  it("takes several cursors' changes as positions of the text before the event, the last one first", () => {
    const document = open("aa\nbb\ncc");
    const changes = [change([2, 0], [2, 1], "3"), change([1, 0], [1, 1], "two\n"), change([0, 0], [0, 1], "")];
    const applied = document.apply({ version: 2, changes, reason: undefined });
    expect(applied.ok && applied.edits.map(({ start, removed, newText }) => [start, removed, newText])).toEqual([
      [0, "a", ""],
      [3, "b", "two\n"],
      [6, "c", "3"],
    ]);
    expect(document.text()).toBe("a\ntwo\nb\n3c");
  });

  it("does not mind the order of changes that lie apart", () => {
    const document = open("aa\nbb\ncc");
    const changes = [change([0, 0], [0, 1], ""), change([2, 0], [2, 1], "3"), change([1, 0], [1, 1], "two\n")];
    document.apply({ version: 2, changes, reason: undefined });
    expect(document.text()).toBe("a\ntwo\nb\n3c");
  });

  it("puts the later of two insertions at one place in front, as VS Code does by applying its list in order", () => {
    const document = open("ab");
    document.apply({
      version: 2,
      changes: [change([0, 1], [0, 1], "2"), change([0, 1], [0, 1], "1")],
      reason: undefined,
    });
    expect(document.text()).toBe("a12b");
  });

  it("normalises CRLF and CR, in the text it is opened with and in what is typed", () => {
    const document = open("a\r\nb\rc\nd");
    expect(document.lineCount).toBe(4);
    document.apply({ version: 2, changes: [change([1, 1], [2, 0], "\r\n\r")], reason: undefined });
    expect(document.text()).toBe("a\nb\n\nc\nd");
  });

  it("counts an emoji as the two units that VS Code counts", () => {
    const document = open("x = '😀'");
    document.apply({ version: 2, changes: [change([0, 5], [0, 7], "🚀🚀")], reason: undefined });
    expect(document.text()).toBe("x = '🚀🚀'");
    expect(document.positionAt(9)).toEqual({ line: 0, character: 9 });
  });

  it("reports nothing for what changes nothing: a new line end, a bracket typed over itself, a document saved", () => {
    const document = open("f()\n");
    const newLineEnds = [change([0, 0], [1, 0], "f()\r\n")];
    expect(document.apply({ version: 2, changes: newLineEnds, reason: undefined, eol: "crlf" })).toEqual({
      ok: true,
      edits: [],
    });
    expect(document.eol).toBe("crlf");
    const overtyped = { version: 3, changes: [change([0, 2], [0, 3], ")")], reason: undefined };
    expect(document.apply(overtyped)).toEqual({ ok: true, edits: [] });
    expect(document.apply({ version: 3, changes: [], reason: undefined })).toEqual({ ok: true, edits: [] });
  });

  it.each([
    ["leaves a version out", 3, [change([0, 0], [0, 0], "x")]],
    ["comes a second time", 1, [change([0, 0], [0, 0], "x")]],
    ["names a line that is not there", 2, [change([7, 0], [7, 0], "x")]],
    ["names a place behind the end of a line", 2, [change([0, 3], [0, 9], "x")]],
    ["ends before it begins", 2, [change([0, 2], [0, 1], "x")]],
    ["overlaps itself", 2, [change([0, 1], [0, 3], "x"), change([0, 0], [0, 2], "y")]],
  ])("calls an event missed that %s, and stays as it was", (_, version, changes) => {
    const document = open("abc\nd");
    expect(document.apply({ version, changes, reason: undefined })).toEqual({ ok: false, reason: "missed" });
    expect(document.text()).toBe("abc\nd");
    expect(document.version).toBe(1);
  });

  it("counts lines right when a long text loses its start, its end or its middle", () => {
    const text = "const value = 1;\n".repeat(3_000);
    for (let at = 0; at < 3_000; at += 60) {
      for (const [first, last] of [
        [0, at],
        [at, 3_000],
        [at / 2, 3_000 - at / 2],
      ] as const) {
        const document = open(text);
        document.apply({ version: 2, changes: [change([first, 0], [last, 0], "")], reason: undefined });
        const left = 3_000 - (last - first);
        expect(document.lineCount).toBe(left + 1);
        expect(document.positionAt(document.length)).toEqual({ line: left, character: 0 });
      }
    }
  });

  it("counts copies of the whole text, also those that are called slices", () => {
    const document = open("abc");
    document.apply({ version: 2, changes: [change([0, 0], [0, 0], "x")], reason: undefined });
    expect(document.fullCopies).toBe(0);
    document.text();
    document.slice(0, 4);
    expect(document.fullCopies).toBe(2);
  });

  it("moves a position outside of the document inside, as VS Code does", () => {
    const document = open("ab\nc");
    expect(document.offsetAt({ line: -1, character: 5 })).toBe(0);
    expect(document.offsetAt({ line: 0, character: 9 })).toBe(2);
    expect(document.offsetAt({ line: 9, character: 0 })).toBe(4);
    expect(document.positionAt(99)).toEqual({ line: 1, character: 1 });
  });
});

/** Long enough for several chunks, with lines that are longer than one. */
const someLongText = fc
  .array(
    fc.tuple(
      fc.constantFrom("const value = 1;\n", "\n", "  return '😀';\n", "crlf\r\n", "no line end ", "x".repeat(5_000)),
      fc.integer({ min: 1, max: 60 }),
    ),
    { maxLength: 12 },
  )
  .map((runs) => runs.map(([line, times]) => line.repeat(line.length > 1_000 ? 2 : times * 5)).join(""));

/** The longest changes go over several chunks. */
const someLongEvent = someEvent.map((raw) =>
  raw.map((change) => ({ ...change, length: change.length > 100 ? change.length * 25 : change.length })),
);

describe("whatever is edited", () => {
  it("is what naive editing of one string gives, at every step", () => {
    fc.assert(
      fc.property(someLongText, fc.array(someLongEvent, { maxLength: 12 }), (opened, events) => {
        const document = open(opened);
        let text = opened.replace(/\r\n|\r/gu, "\n");
        for (const [at, raw] of events.entries()) {
          const placed = placeChanges(text, raw);
          const applied = document.apply({
            version: at + 2,
            changes: asContentChanges(text, placed),
            reason: undefined,
          });
          const effective = placed.filter(({ start, end, newText }) => text.slice(start, end) !== newText);
          expect(applied.ok && applied.edits).toEqual(
            effective.map(({ start, end, newText }) => ({
              start,
              end,
              newText,
              removed: text.slice(start, end),
              position: positionIn(text, start),
            })),
          );
          text = applyNaively(text, placed);
          expect(document.length).toBe(text.length);
          expect(document.lineCount).toBe(text.split("\n").length);
        }
        expect(document.fullCopies).toBe(0);
        expect(document.text()).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it("turns positions into offsets and back, and reads lines, as counting does", () => {
    fc.assert(
      fc.property(someLongText, someLongEvent, fc.array(fc.nat(), { maxLength: 8 }), (opened, raw, picks) => {
        const document = open(opened);
        const before = opened.replace(/\r\n|\r/gu, "\n");
        const placed = placeChanges(before, raw);
        document.apply({ version: 2, changes: asContentChanges(before, placed), reason: undefined });
        const text = applyNaively(before, placed);
        const lines = text.split("\n");
        for (const pick of picks) {
          const offset = pick % (text.length + 1);
          const position = positionIn(text, offset);
          expect(document.positionAt(offset)).toEqual(position);
          expect(document.offsetAt(position)).toBe(offset);
          expect(document.line(position.line)).toBe(lines[position.line]);
          const end = Math.min(text.length, offset + (pick % 9_999));
          expect(document.slice(offset, end)).toBe(text.slice(offset, end));
        }
      }),
      { numRuns: 100 },
    );
  });
});
