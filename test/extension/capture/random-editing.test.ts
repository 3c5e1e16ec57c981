/** Whatever a person types: snapshots are valid, and a settled text is what stands in the region's place. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GatheredDefinition } from "../../../extension/capture/gather.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { settlement as settlementSchema } from "../../../shared/records/settlement.ts";
import { regionBefore, snapshot as snapshotSchema } from "../../../shared/records/snapshot.ts";
import { captureHarness, uriOf } from "./harness.ts";
import type { PlacedChange, RawChange } from "./random-events.ts";
import { applyNaively, asContentChanges, placeChanges, someEvent } from "./random-events.ts";

/** Half of a character seldom: a text of many lines would hardly ever be without. */
const someLine = fc.oneof(
  {
    weight: 300,
    arbitrary: fc.constantFrom("", "a", "  b();", "😀", "const long = 1;", "x".repeat(90), "é".repeat(400)),
  },
  { weight: 1, arbitrary: fc.constant("\ud83d") },
);
const someText = fc.array(someLine, { maxLength: 80 }).map((lines) => lines.join("\n"));
const someCursor = fc.double({ min: 0, max: 1, noNaN: true });

/** Applies an event in VS Code's form and says what the text then is, by the simplest means. */
function change(h: ReturnType<typeof captureHarness>, text: string, raw: readonly RawChange[], version: number) {
  const placed = placeChanges(text, raw);
  const changes = asContentChanges(text, placed);
  const result = h.capture.changed(uriOf("a.ts"), { version, changes, reason: undefined });
  expect(result).toBe("applied");
  return { placed, after: applyNaively(text, placed) };
}

describe("random editing", () => {
  it("settles to the text that stands in the region's place, with the document around it as it then is", async () => {
    let settledOften = 0;
    await fc.assert(
      fc.asyncProperty(someText, someCursor, fc.array(someEvent, { maxLength: 6 }), async (text, at, events) => {
        const h = captureHarness({ cursor: null });
        const document = h.open("a.ts", text);
        const position = document.positionAt(Math.floor(at * text.length));
        const answer = await h.capture.requested({ uri: document.uri, position, trigger: "typing", predictionId: "p" });
        const [open] = h.capture.openCaptures();
        if (!answer.ok || !open) {
          expect(h.faults).toEqual([]);
          return;
        }
        const { start, end } = open.region;
        expect(text.slice(start, end)).toBe(regionBefore(answer.capture.snapshot));

        // What lies in front of the region and behind it, each followed by the edits that are wholly there.
        let now = text;
        let front = text.slice(0, start);
        let region = text.slice(start, end);
        let back = text.slice(end);
        let version = 1;
        for (const event of events) {
          const { placed, after } = change(h, now, event, ++version);
          const regionEnd = front.length + region.length;
          const inRegion = (each: PlacedChange) => each.start >= front.length && each.end <= regionEnd;
          const shifted = (by: number) => (each: PlacedChange) => ({
            ...each,
            start: each.start - by,
            end: each.end - by,
          });
          const others = placed.filter((each) => !inRegion(each));
          const isStill = others.every((each) => each.end <= front.length || each.start >= regionEnd);
          if (h.capture.openCaptures().length === 0) {
            expect(["straddled", "regionTooLong"]).toContain(h.gaveUp[0]?.reason);
            if (h.gaveUp[0]?.reason === "straddled") expect(isStill).toBe(false);
            return;
          }
          expect(isStill).toBe(true);
          const behind = others.filter((each) => each.start >= regionEnd);
          const inFront = others.filter((each) => each.end <= front.length && !behind.includes(each));
          const nextRegion = applyNaively(region, placed.filter(inRegion).map(shifted(front.length)));
          back = applyNaively(back, behind.map(shifted(regionEnd)));
          front = applyNaively(front, inFront);
          region = nextRegion;
          now = after;
          expect(front + region + back).toBe(now);
          await h.clock.advanceAsync(400);
        }
        await h.clock.advanceAsync(10_000);
        const [settled] = h.settled;
        if (!settled) {
          expect(h.reasons()).toEqual(["notValid"]);
          expect(region.isWellFormed()).toBe(false);
          return;
        }
        settledOften++;
        expect(front + settled.settlement.text + back).toBe(document.text());
        expect(parseRecord(settlementSchema, settled.settlement).ok).toBe(true);
        expect(parseRecord(snapshotSchema, settled.snapshot).ok).toBe(true);
        expect(h.capture.openCaptures()).toEqual([]);
        expect(h.clock.pendingTimers).toBe(0);
        h.capture.dispose();
      }),
      { numRuns: 150 },
    );
    expect(settledOften).toBeGreaterThan(20);
  });

  it("makes valid snapshots, also of context that is too much or not valid", async () => {
    const someDefinition: fc.Arbitrary<GatheredDefinition> = fc.record({
      uri: fc.constant("file:///work/b.ts"),
      record: fc.record({
        symbol: fc.constantFrom("", "two", "\ud83d"),
        kind: fc.constantFrom("definition", "typeDefinition"),
        path: fc.constantFrom("b.ts", "/b.ts", "../b.ts", "c\\b.ts", ""),
        startLine: fc.constantFrom(0, 3, -1),
        text: fc.constantFrom("", "one\n", "x".repeat(1_024), "é".repeat(600), "cr\r\n"),
        external: fc.boolean(),
      }),
      unclipped: fc.constant("around"),
    });
    const somePath = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom("a.ts", "src/ü.ts") },
      { weight: 1, arbitrary: fc.constantFrom("/a.ts", "../a.ts", "a\\b.ts") },
    );
    const someDiagnostic = fc.record({
      severity: fc.constantFrom(1 as const, 4 as const),
      message: fc.constantFrom("wrong", "\ud83d", ""),
      start: fc.constant({ line: 0, character: 0 }),
      end: fc.constant({ line: 0, character: 0 }),
    });
    let valid = 0;
    await fc.assert(
      fc.asyncProperty(
        someText,
        someCursor,
        somePath,
        fc.array(someEvent, { maxLength: 8 }),
        fc.array(someDefinition, { maxLength: 60 }),
        fc.array(someDiagnostic, { maxLength: 40 }),
        async (text, at, path, events, definitions, diagnostics) => {
          const h = captureHarness({
            cursor: null,
            diagnostics,
            gather: async () => ({ definitions, repo: { remote: "https://user@example.com/a" }, leftOut: {} }),
          });
          h.open("a.ts", text);
          let now = text;
          let version = 1;
          for (const event of events) {
            now = change(h, now, event, ++version).after;
            await h.clock.advanceAsync(1_100);
          }
          const shown = h.open(path, now);
          const position = shown.positionAt(Math.floor(at * now.length));
          const preview = await h.capture.preview(shown.uri, position);
          expect(h.faults).toEqual([]);
          h.capture.dispose();
          if (!preview.ok) return;
          const { snapshot, files } = preview.capture;
          expect(parseRecord(snapshotSchema, snapshot)).toMatchObject({ ok: true });
          const named = files.map((file) => `${file.role} ${file.path}`);
          for (const entry of snapshot.history) expect(named).toContain(`history ${entry.path}`);
          for (const definition of snapshot.definitions) expect(named).toContain(`definition ${definition.path}`);
          valid++;
        },
      ),
      { numRuns: 150 },
    );
    expect(valid).toBeGreaterThan(50);
  });
});
