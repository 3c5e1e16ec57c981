/** The small parts of a capture: provenance, what stands around a clip, ids, overlap. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trackedDocument } from "../../../extension/capture/document.ts";
import { uuidv7 } from "../../../extension/capture/envelope.ts";
import { regionsOverlap } from "../../../extension/capture/open-capture.ts";
import { provenanceOf } from "../../../extension/capture/provenance.ts";
import { createStillness, tickMs } from "../../../extension/capture/stillness.ts";
import { aroundHunks, aroundRange } from "../../../extension/capture/surroundings.ts";
import { uuidv7 as uuidv7Field } from "../../../shared/records/fields.ts";
import type { HistoryEntry } from "../../../shared/records/snapshot.ts";
import { unifiedDiff } from "../../../shared/text/unified-diff.ts";

describe("provenance", () => {
  it.each<[string, [HistoryEntry["origin"], number][], string]>([
    ["nothing", [], "unknown"],
    [
      "typing and undoing",
      [
        ["typed", 10],
        ["undo", 5],
      ],
      "human",
    ],
    ["a prediction taken over", [["prediction", 50]], "human"],
    [
      "a tenth pasted",
      [
        ["typed", 90],
        ["pasted", 10],
      ],
      "human",
    ],
    [
      "more than a tenth pasted",
      [
        ["typed", 80],
        ["pasted", 20],
      ],
      "mixed",
    ],
    [
      "nearly all in bulk",
      [
        ["typed", 10],
        ["bulk", 90],
      ],
      "likelyAutomated",
    ],
    [
      "more than half of unknown origin",
      [
        ["typed", 40],
        ["unknown", 60],
      ],
      "unknown",
    ],
    [
      "half of unknown origin, half typed",
      [
        ["typed", 50],
        ["unknown", 50],
      ],
      "human",
    ],
  ])("of %s", (_, units, expected) => {
    expect(provenanceOf(new Map(units))).toBe(expected);
  });
});

describe("stillness", () => {
  it("grows by what passed, but by no more than a tick at a look", () => {
    const stillness = createStillness(1_000);
    stillness.count(1_000 + tickMs / 2);
    expect(stillness.quietMs).toBe(tickMs / 2);
    stillness.count(1_000_000);
    expect(stillness.quietMs).toBe(tickMs / 2 + tickMs);
    stillness.restart(1_000_100);
    stillness.count(1_000_200);
    expect(stillness.quietMs).toBe(100);
  });
});

describe("what stands around a clip", () => {
  const lines = Array.from({ length: 400 }, (_, line) => `line ${line}\n`);
  const documentOf = (text: string) =>
    trackedDocument({ uri: "file:///a", path: "a", folder: "file:///", languageId: "x", eol: "lf", version: 1, text });

  it("is 64 lines on both sides of a range", () => {
    const document = documentOf(lines.join(""));
    const range = { start: document.lineStart(200), end: document.lineStart(201) - 1 };
    expect(aroundRange(document, range)).toBe(lines.slice(136, 265).join(""));
  });

  it("ends with the document", () => {
    const document = documentOf("one\ntwo");
    expect(aroundRange(document, { start: 0, end: 7 })).toBe("one\ntwo");
    expect(aroundRange(documentOf(""), { start: 0, end: 0 })).toBe("");
  });

  it("hold of a line without end what redaction reads of it, and no more", () => {
    const token = "kaleidoscope";
    const document = documentOf(`${token}${"x".repeat(1_000_000)}\nhere\n${"y".repeat(1_000_000)}${token}\n`);
    const at = document.offsetAt({ line: 1, character: 0 });
    const around = aroundRange(document, { start: at, end: at + 4 });
    expect(around.length).toBeLessThan(1_000);
    expect(around.startsWith(token) && around.endsWith(`${token}\n`)).toBe(true);
    expect(around).toContain("\nhere\n");
  });

  it("is 64 lines on both sides of each hunk", () => {
    const after = lines.with(100, "changed\n").toSpliced(300, 1);
    const diff = unifiedDiff(lines.join(""), after.join(""), { path: "a" });
    const [first, second] = aroundHunks(documentOf(after.join("")), diff);
    expect(first).toContain("line 97\n");
    expect(first?.startsWith("line 33\n")).toBe(true);
    expect(second?.startsWith("line 233\n")).toBe(true);
  });

  it("may meet lines that are no more", () => {
    const diff = unifiedDiff(lines.join(""), lines.with(399, "changed\n").join(""), { path: "a" });
    expect(aroundHunks(documentOf("one\n"), diff)).toEqual(["one\n"]);
  });
});

describe("a UUIDv7", () => {
  it("is one by its schema, whatever the bytes, and begins with the time", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), fc.nat(), (random, ms) => {
        const id = uuidv7(ms, random);
        expect(uuidv7Field.safeParse(id).success).toBe(true);
        expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(ms);
      }),
    );
  });

  it("is the RFC's example", () => {
    const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
    expect(uuidv7(0x017f22e279b0, random)).toBe("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  });
});

describe("two regions", () => {
  it.each([
    ["that share text overlap", { start: 0, end: 10 }, { start: 9, end: 20 }, true],
    ["that touch do not", { start: 0, end: 10 }, { start: 10, end: 20 }, false],
    ["of which one lies in the other overlap", { start: 0, end: 10 }, { start: 4, end: 5 }, true],
    ["at the place of an empty one overlap", { start: 5, end: 5 }, { start: 5, end: 20 }, true],
  ])("%s", (_, a, b, expected) => {
    expect(regionsOverlap(a, b)).toBe(expected);
    expect(regionsOverlap(b, a)).toBe(expected);
  });
});
