import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SNAPSHOT_LIMITS } from "../../../shared/records/snapshot.ts";
import type { ExcerptRequest } from "../../../shared/snapshot/excerpt.ts";
import { cutExcerpt } from "../../../shared/snapshot/excerpt.ts";
import { lineStarts } from "../../../shared/text/lines.ts";
import { utf8Length } from "../../../shared/text/utf8.ts";

const { excerptBytes, editableMinBytes, editableMaxBytes } = SNAPSHOT_LIMITS;

/** A line of exactly that many bytes, line end included. */
const lineOf = (bytes: number, character = "x") => `${character.repeat(bytes - 1)}\n`;

function cut(request: ExcerptRequest) {
  const result = cutExcerpt(request);
  if (!result.ok) throw new Error(`refused: ${result.reason}`);
  return result;
}

/** The excerpt's parts as numbers of bytes around the cursor's line. */
function bytesAround(request: ExcerptRequest) {
  const { text, cursor } = cut(request);
  const lineStart = text.lastIndexOf("\n", cursor - 1) + 1;
  const lineEnd = text.indexOf("\n", cursor);
  return {
    above: utf8Length(text.slice(0, lineStart)),
    below: lineEnd === -1 ? 0 : utf8Length(text.slice(lineEnd + 1)),
  };
}

describe("a file that fits", () => {
  it("is the excerpt, and below the least it is the region too", () => {
    const text = "one\ntwo\nthree";
    expect(cut({ text, cursor: 5, enclosing: [] })).toEqual({
      ok: true,
      startLine: 0,
      text,
      cursor: 5,
      editable: { start: 0, end: text.length },
    });
  });

  it("may be empty", () => {
    const empty = { ok: true, startLine: 0, text: "", cursor: 0, editable: { start: 0, end: 0 } };
    expect(cut({ text: "", cursor: 0, enclosing: [{ start: 0, end: 0 }] })).toEqual(empty);
  });

  it("may have its cursor behind the last line end", () => {
    expect(cut({ text: "a\n", cursor: 2, enclosing: [] })).toMatchObject({ cursor: 2, editable: { start: 0, end: 2 } });
  });
});

describe("the editable region", () => {
  const text = lineOf(100).repeat(200);
  const cursor = 100 * 100 + 50;

  it("grows by whole lines around the cursor until it is large enough", () => {
    const { editable, text: excerpt, startLine } = cut({ text, cursor, enclosing: [] });
    const region = excerpt.slice(editable.start, editable.end);
    expect(utf8Length(region)).toBe(1_100);
    expect(startLine + excerpt.slice(0, editable.start).split("\n").length - 1).toBe(95);
  });

  it("is the smallest node that is large enough, widened to whole lines", () => {
    const node = (lines: number) => ({ start: cursor - 100 * lines - 20, end: cursor + 100 * lines + 20 });
    const { editable } = cut({ text, cursor, enclosing: [node(1), node(8), node(9)] });
    expect(editable.end - editable.start).toBe(1_700);
  });

  it("is no node that is too large once widened", () => {
    const tooLarge = { start: cursor - 2_100, end: cursor + 1_980 };
    const { editable } = cut({ text, cursor, enclosing: [tooLarge] });
    expect(editable.end - editable.start).toBe(1_100);
  });

  it("is no node that ends before the cursor's line", () => {
    const nodeAbove = { start: cursor - 2_050, end: cursor - 50 };
    const { editable, cursor: at } = cut({ text, cursor, enclosing: [nodeAbove] });
    expect(editable.start).toBeLessThanOrEqual(at);
    expect(editable.end).toBeGreaterThan(at);
  });

  it("leaves out a neighbour that would make it too large, and takes the other side's lines instead", () => {
    const crowded = lineOf(100).repeat(20) + lineOf(50) + lineOf(5_000) + lineOf(100);
    const { editable, text: excerpt } = cut({ text: crowded, cursor: 2_010, enclosing: [] });
    expect(utf8Length(excerpt.slice(editable.start, editable.end))).toBe(1_050);
    expect(excerpt.slice(editable.end)).toBe(lineOf(5_000) + lineOf(100));
  });

  it("counts bytes, not characters", () => {
    const { editable } = cut({ text: lineOf(41, "é").repeat(100), cursor: 41 * 50, enclosing: [] });
    // 40 characters of two bytes and a line end: 81 bytes a line, so 13 lines are needed.
    expect(editable.end - editable.start).toBe(13 * 41);
  });
});

describe("a line that is too long to be edited", () => {
  it.each([4_097, 30_000, 1_000_000])("of %i bytes is refused", (bytes) => {
    const text = `${lineOf(100)}${lineOf(bytes)}${lineOf(100)}`;
    expect(cutExcerpt({ text, cursor: 150, enclosing: [] })).toEqual({ ok: false, reason: "lineTooLong" });
  });

  it("of exactly the limit is not", () => {
    expect(cut({ text: lineOf(4_096), cursor: 7, enclosing: [] }).editable).toEqual({ start: 0, end: 4_096 });
  });
});

describe("the excerpt", () => {
  it("is balanced around the cursor", () => {
    const around = bytesAround({ text: lineOf(60).repeat(2_000), cursor: 60_010, enclosing: [] });
    expect(Math.abs(around.above - around.below)).toBeLessThanOrEqual(60);
  });

  it("gives one side what the other cannot use", () => {
    const around = bytesAround({ text: lineOf(60).repeat(2_000), cursor: 130, enclosing: [] });
    expect(around).toEqual({ above: 120, below: excerptBytes - (excerptBytes % 60) - 180 });
  });

  it("keeps the region whole beside a line that takes nearly everything", () => {
    const node = { start: 0, end: 3_900 };
    const text = lineOf(100).repeat(40) + lineOf(20_600) + lineOf(100).repeat(40);
    const result = cut({ text, cursor: 3_850, enclosing: [node] });
    expect(result.startLine).toBe(0);
    expect(result.editable).toEqual({ start: 0, end: 3_900 });
  });
});

describe("whatever the text, the cursor and the nodes", () => {
  const someLine = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.nat({ max: 90 }), fc.constantFrom("x", "é", "日", "😀")) },
    { weight: 1, arbitrary: fc.tuple(fc.nat({ max: 3_000 }), fc.constantFrom("x", "日")) },
    { weight: 1, arbitrary: fc.tuple(fc.nat({ max: 26_000 }), fc.constant("x")) },
  );
  const someRequest = fc
    .record({
      lines: fc.array(
        someLine.map(([n, character]) => character.repeat(n)),
        { minLength: 1, maxLength: 400 },
      ),
      endsWithLineEnd: fc.boolean(),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      nodes: fc.array(fc.tuple(fc.nat({ max: 3_000 }), fc.nat({ max: 3_000 })), { maxLength: 4 }),
    })
    .map(({ lines, endsWithLineEnd, at, nodes }) => {
      const text = lines.join("\n") + (endsWithLineEnd ? "\n" : "");
      const cursor = Math.round(at * text.length);
      const enclosing = nodes
        .map(([up, down]) => ({ start: Math.max(0, cursor - up), end: Math.min(text.length, cursor + down) }))
        .sort((a, b) => a.end - a.start - (b.end - b.start));
      return { text, cursor, enclosing };
    });

  it("keeps every limit, and leaves nothing out that would fit", () => {
    fc.assert(
      fc.property(someRequest, (request) => {
        const result = cutExcerpt(request);
        const { text, cursor } = request;
        const starts = lineStarts(text);
        if (!result.ok) {
          const line = starts.findLastIndex((start) => start <= cursor);
          const cursorLine = text.slice(starts[line], starts[line + 1] ?? text.length);
          expect(utf8Length(cursorLine)).toBeGreaterThan(editableMaxBytes);
          return;
        }
        const start = starts[result.startLine] ?? -1;
        const end = start + result.text.length;
        const region = result.text.slice(result.editable.start, result.editable.end);
        const isLineStart = (offset: number) => offset === text.length || starts.includes(offset);
        expect(text.slice(start, end)).toBe(result.text);
        expect(start + result.cursor).toBe(cursor);
        expect([start, end, start + result.editable.start, start + result.editable.end].every(isLineStart)).toBe(true);
        expect(result.editable.start).toBeLessThanOrEqual(result.cursor);
        expect(result.editable.end).toBeGreaterThanOrEqual(result.cursor);
        expect(utf8Length(result.text)).toBeLessThanOrEqual(excerptBytes);
        expect(utf8Length(region)).toBeLessThanOrEqual(editableMaxBytes);

        const room = (from: number, to: number, limit: number, used: string) =>
          utf8Length(text.slice(from, to)) + utf8Length(used) <= limit;
        const lineBefore = (offset: number) => starts.findLast((s) => s < offset) ?? 0;
        const lineAfter = (offset: number) => starts.find((s) => s > offset) ?? text.length;
        if (start > 0) expect(room(lineBefore(start), start, excerptBytes, result.text)).toBe(false);
        if (end < text.length) expect(room(end, lineAfter(end), excerptBytes, result.text)).toBe(false);
        if (utf8Length(region) < editableMinBytes) {
          const from = start + result.editable.start;
          const to = start + result.editable.end;
          if (from > 0) expect(room(lineBefore(from), from, editableMaxBytes, region)).toBe(false);
          if (to < text.length) expect(room(to, lineAfter(to), editableMaxBytes, region)).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("cuts the same with a line index that was made before", () => {
    fc.assert(
      fc.property(someRequest, (request) => {
        expect(cutExcerpt({ ...request, starts: lineStarts(request.text) })).toEqual(cutExcerpt(request));
      }),
      { numRuns: 30 },
    );
  });

  it("throws for a cursor outside the text", () => {
    expect(() => cutExcerpt({ text: "a", cursor: 2, enclosing: [] })).toThrow(RangeError);
  });
});
