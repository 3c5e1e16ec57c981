import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DocumentChange, TrackedDocument } from "../../../extension/capture/document.ts";
import { trackedDocument } from "../../../extension/capture/document.ts";
import type { EditOrigin } from "../../../extension/capture/edit-origin.ts";
import type { HistoryEntryOf } from "../../../extension/capture/history.ts";
import { createHistory } from "../../../extension/capture/history.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { historyEntry } from "../../../shared/records/snapshot.ts";
import { applyUnifiedDiff, unapplyUnifiedDiff } from "../../../shared/text/unified-diff.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { applyNaively, asContentChanges, placeChanges, positionIn, someEvent } from "./random-events.ts";

function open(path: string, text: string): TrackedDocument {
  return trackedDocument({
    uri: `file:///project/${path}`,
    path,
    folder: "file:///project",
    languageId: "typescript",
    eol: "lf",
    version: 1,
    text,
  });
}

/** A history with hands: replaces the first occurrence of a text, or puts text in front of it. */
function workshop() {
  const clock = manualClock(Date.parse("2026-03-01T10:00:00.000Z"));
  const history = createHistory({ clock });
  function apply(document: TrackedDocument, changes: DocumentChange["changes"], origin: EditOrigin) {
    const applied = document.apply({ version: document.version + 1, changes, reason: undefined });
    if (!applied.ok) throw new Error("the test's own edit does not fit");
    history.add(document, applied.edits, origin);
  }
  return {
    clock,
    history,
    apply,
    edit(document: TrackedDocument, old: string, fresh: string, origin: EditOrigin = "typed") {
      const text = document.text();
      const at = text.indexOf(old);
      if (at === -1) throw new Error("nothing to edit");
      const [start, end] = [positionIn(text, at), positionIn(text, at + old.length)];
      apply(document, [{ start, end, text: fresh }], origin);
    },
  };
}

/** `line 0`, `line 1`, … */
const numbered = (count: number) => [...Array(count).keys()].map((line) => `line ${line}\n`).join("");

describe("entries", () => {
  it("are unified diffs with three lines of context, against the text before their first edit", () => {
    const { history, edit, clock } = workshop();
    const document = open("src/a.ts", numbered(20));
    edit(document, "line 9", "lime 9");
    clock.advance(200);
    edit(document, "lime 9", "lime 9!");
    expect(history.newest(6)).toEqual([
      {
        uri: "file:///project/src/a.ts",
        path: "src/a.ts",
        diff: [
          "--- a/src/a.ts",
          "+++ b/src/a.ts",
          "@@ -7,7 +7,7 @@",
          " line 6",
          " line 7",
          " line 8",
          "-line 9",
          "+lime 9!",
          " line 10",
          " line 11",
          " line 12",
          "",
        ].join("\n"),
        startedAt: "2026-03-01T10:00:00.000Z",
        endedAt: "2026-03-01T10:00:00.200Z",
        origin: "typed",
      },
    ]);
  });

  it.each([
    ["1,000 ms later", 1_000, 1],
    ["1,001 ms later", 1_001, 2],
  ])("take an edit %s or not", (_, pauseMs, entries) => {
    const { history, edit, clock } = workshop();
    const document = open("a.ts", numbered(20));
    edit(document, "line 5", "five");
    clock.advance(pauseMs);
    edit(document, "line 6", "six");
    expect(history.newest(6)).toHaveLength(entries);
  });

  it("go by the monotonic clock: a clock that was set joins and parts nothing", () => {
    const { history, edit, clock } = workshop();
    const document = open("a.ts", numbered(20));
    edit(document, "line 5", "five");
    clock.jump(3_600_000);
    edit(document, "line 6", "six");
    expect(history.newest(6)).toHaveLength(1);
  });

  it.each([
    ["8 lines below", "line 28", 1],
    ["9 lines below", "line 29", 2],
    ["8 lines above", "line 12", 1],
    ["9 lines above", "line 11", 2],
  ])("take an edit %s the last or not", (_, target, entries) => {
    const { history, edit } = workshop();
    const document = open("a.ts", numbered(40));
    edit(document, "line 20", "line 20 is long now");
    edit(document, target, "x");
    expect(history.newest(6)).toHaveLength(entries);
  });

  it("measure from the last edit, not from the first, and in the lines as they are by then", () => {
    const { history, edit } = workshop();
    const document = open("a.ts", numbered(60));
    edit(document, "line 20", "a\n".repeat(30));
    edit(document, "line 25", "x");
    edit(document, "line 33", "y");
    expect(history.newest(6)).toHaveLength(1);
  });

  it("end with the origin, and with the document", () => {
    const { history, edit } = workshop();
    const [first, second] = [open("a.ts", numbered(9)), open("b.ts", numbered(9))];
    edit(first, "line 1", "one");
    edit(first, "line 2", "two", "prediction");
    edit(second, "line 1", "uno", "prediction");
    edit(first, "line 3", "three", "prediction");
    expect(history.newest(6).map(({ path, origin }) => `${path} ${origin}`)).toEqual([
      "a.ts typed",
      "a.ts prediction",
      "b.ts prediction",
      "a.ts prediction",
    ]);
  });

  it("go on at several cursors, each near its own last edit", () => {
    const { history, apply } = workshop();
    const document = open("a.ts", numbered(300));
    for (const [at, letter] of [..."abc"].entries()) {
      const changes = [250, 100, 3].map((line) => ({
        start: { line, character: 4 + at },
        end: { line, character: 4 + at },
        text: letter,
      }));
      apply(document, changes, "typed");
    }
    const [entry, ...others] = history.newest(6);
    expect(others).toEqual([]);
    expect(entry?.diff?.match(/^@@.*@@$/gmu)).toEqual(["@@ -1,7 +1,7 @@", "@@ -98,7 +98,7 @@", "@@ -248,7 +248,7 @@"]);
    expect(unapplyUnifiedDiff(document.text(), entry?.diff ?? "")).toEqual({ ok: true, text: numbered(300) });
  });

  it("are gone when everything they did was taken back", () => {
    const { history, edit } = workshop();
    const document = open("a.ts", "one\ntwo\n");
    edit(document, "one", "own");
    edit(document, "own", "one");
    expect(history.newest(6)).toEqual([]);
    edit(document, "two", "three", "pasted");
    expect(history.newest(6).map(({ origin }) => origin)).toEqual(["pasted"]);
  });

  it("stay, as two, when they are taken back by undo: that is another origin", () => {
    const { history, edit } = workshop();
    const document = open("a.ts", "one\ntwo\n");
    edit(document, "one", "own");
    edit(document, "own", "one", "undo");
    expect(history.newest(6).map(({ origin }) => origin)).toEqual(["typed", "undo"]);
  });

  it("begin and end with an empty document, and know a last line without a line end", () => {
    const { history, edit, clock } = workshop();
    const document = open("a.ts", "");
    edit(document, "", "a");
    clock.advance(5_000);
    edit(document, "a", "");
    expect(history.newest(6).map(({ diff }) => diff)).toEqual([
      "--- a/a.ts\n+++ b/a.ts\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n",
      "--- a/a.ts\n+++ b/a.ts\n@@ -1 +0,0 @@\n-a\n\\ No newline at end of file\n",
    ]);
  });

  it.each([
    ["6,144 bytes", 6_144 - 1, "typed"],
    ["one byte more", 6_144, "bulk"],
  ])("with %s on one side", (_, units, origin) => {
    const { history, edit } = workshop();
    const document = open("a.ts", "");
    edit(document, "", `${"x".repeat(units)}\n`, "typed");
    const [entry] = history.newest(6);
    expect(entry?.origin).toBe(origin);
    expect(entry?.diff === undefined).toBe(origin === "bulk");
  });

  it("that are too long swallow the rest of the same burst instead of falling to pieces", () => {
    const { history, edit } = workshop();
    const document = open("a.min.js", `${"x".repeat(100_000)}Y`);
    edit(document, "Y", "Ya");
    edit(document, "Ya", "Yab");
    expect(history.newest(6)).toEqual([
      {
        uri: "file:///project/a.min.js",
        path: "a.min.js",
        startedAt: "2026-03-01T10:00:00.000Z",
        endedAt: "2026-03-01T10:00:00.000Z",
        origin: "bulk",
      },
    ]);
  });

  it("are kept up to ten, and given newest last", () => {
    const { history, edit, clock } = workshop();
    const document = open("a.ts", numbered(40));
    for (let line = 10; line < 25; line++) {
      edit(document, `line ${line}`, `L${line}`);
      clock.advance(2_000);
    }
    const added = (entries: HistoryEntryOf[]) => entries.map(({ diff }) => /^\+(L.*)$/mu.exec(diff ?? "")?.[1]);
    expect(added(history.newest(99))).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24].map((line) => `L${line}`));
    expect(added(history.newest(2))).toEqual(["L23", "L24"]);
  });

  it("of a document that was reopened begin anew, and go with a document that is forgotten", () => {
    const { history, edit } = workshop();
    edit(open("a.ts", "one\n"), "one", "two");
    const again = open("a.ts", "two\n");
    edit(again, "two", "three");
    edit(open("b.ts", "x\n"), "x", "y");
    expect(history.newest(6).map(({ path }) => path)).toEqual(["a.ts", "a.ts", "b.ts"]);
    history.forget((uri) => uri === "file:///project/a.ts");
    expect(history.newest(6).map(({ path }) => path)).toEqual(["b.ts"]);
  });

  it("are made without a copy of the whole text", () => {
    const clock = manualClock();
    const history = createHistory({ clock });
    const document = open("a.ts", numbered(10_000));
    for (let version = 2; version < 50; version++) {
      const place = { line: 5_000, character: 0 };
      const applied = document.apply({
        version,
        changes: [{ start: place, end: place, text: "x\n" }],
        reason: undefined,
      });
      if (applied.ok) history.add(document, applied.edits, "typed");
    }
    expect(history.newest(6)).toHaveLength(1);
    expect(document.fullCopies).toBe(0);
  });
});

describe("after a mark", () => {
  it("comes nothing of a document that was forgotten, also of an entry that was in progress", () => {
    const { history, edit } = workshop();
    const document = open("a.ts", "one\n");
    edit(document, "one", "two");
    const mark = history.mark();
    edit(document, "two", "three");
    history.forget((uri) => uri === document.uri);
    expect(history.since(mark, 4)).toEqual([]);
    history.release(mark);
  });

  it("the entry in progress is parted, but only for who asks", () => {
    const { history, edit, clock } = workshop();
    const document = open("a.ts", numbered(12));
    edit(document, "line 5", "five");
    clock.advance(300);
    const mark = history.mark();
    clock.advance(300);
    edit(document, "five", "five!");
    edit(document, "line 7", "seven");
    expect(history.newest(6)).toHaveLength(1);
    const [rest, ...others] = history.since(mark, 4);
    expect(others).toEqual([]);
    expect(rest?.startedAt).toBe("2026-03-01T10:00:00.600Z");
    expect(rest?.diff?.match(/^[-+][^-+].*$/gmu)).toEqual(["-five", "+five!", "-line 7", "+seven"]);
  });

  it("nothing is nothing, also when it was typed and taken back", () => {
    const { history, edit } = workshop();
    const document = open("a.ts", "one\n");
    edit(document, "one", "two");
    const mark = history.mark();
    expect(history.since(mark, 4)).toEqual([]);
    edit(document, "two", "three");
    edit(document, "three", "two");
    expect(history.since(mark, 4)).toEqual([]);
  });

  it("the first four come, however many follow", () => {
    const { history, edit, clock } = workshop();
    const document = open("a.ts", numbered(60));
    const mark = history.mark();
    for (let line = 10; line < 40; line++) {
      edit(document, `line ${line}`, `L${line}`);
      clock.advance(2_000);
    }
    expect(history.since(mark, 9).map(({ diff }) => /^\+(L.*)$/mu.exec(diff ?? "")?.[1])).toEqual([
      "L10",
      "L11",
      "L12",
      "L13",
    ]);
  });

  it("a released mark knows nothing, and marks beyond 64 push the oldest out", () => {
    const { history, edit } = workshop();
    const document = open("a.ts", "one\n");
    const released = history.mark();
    const marks = [...Array(64).keys()].map(() => history.mark());
    edit(document, "one", "two");
    history.release(released);
    expect(history.since(released, 4)).toEqual([]);
    expect(history.since(marks[0] ?? 0, 4)).toHaveLength(1);
    history.mark();
    expect(history.since(marks[0] ?? 0, 4)).toEqual([]);
    expect(history.since(marks[1] ?? 0, 4)).toHaveLength(1);
  });
});

const someStep = fc.record({
  document: fc.nat({ max: 2 }),
  event: someEvent,
  pauseMs: fc.constantFrom(1, 1, 1, 400, 5_000),
  origin: fc.constantFrom<EditOrigin[]>("typed", "typed", "typed", "undo"),
});

describe("whatever is edited in three documents", () => {
  it("entries applied backwards restore every earlier text, and forwards from a mark what came after it", () => {
    let undone = 0;
    let redone = 0;
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("", "a", "b", "😀", "  c"), { maxLength: 60 }),
        fc.array(someStep, { minLength: 1, maxLength: 30 }),
        fc.nat(),
        (lines, steps, markPick) => {
          const clock = manualClock();
          const history = createHistory({ clock });
          const texts = ["a.ts", "b c.ts", "d.ts"].map((path) => ({ path, text: `${path}\n${lines.join("\n")}` }));
          const documents = texts.map(({ path, text }) => open(path, text));
          const record = () => new Map(texts.map(({ path, text }) => [path, text]));
          const before = new Map<string, string>();
          const after = new Map<string, Map<string, string>>();
          let mark = 0;
          let atMark = record();
          for (const [at, { document: which, event, pauseMs, origin }] of steps.entries()) {
            const document = documents[which];
            const known = texts[which];
            if (!document || !known) throw new Error("three documents");
            if (at === markPick % steps.length) {
              mark = history.mark();
              atMark = record();
            }
            const now = new Date(clock.now()).toISOString();
            before.set(now, known.text);
            const placed = placeChanges(known.text, event);
            const applied = document.apply({
              version: document.version + 1,
              changes: asContentChanges(known.text, placed),
              reason: undefined,
            });
            if (!applied.ok) throw new Error("the event fits");
            known.text = applyNaively(known.text, placed);
            after.set(now, record());
            history.add(document, applied.edits, origin);
            clock.advance(pauseMs);
          }

          const backwards = record();
          for (const entry of history.newest(10).toReversed()) {
            const { uri: _uri, ...asRecorded } = entry;
            expect(parseRecord(historyEntry, asRecorded).ok).toBe(true);
            if (entry.diff === undefined) break;
            const restored = unapplyUnifiedDiff(backwards.get(entry.path) ?? "", entry.diff);
            expect(restored).toEqual({ ok: true, text: before.get(entry.startedAt ?? "") });
            if (restored.ok) backwards.set(entry.path, restored.text);
            undone++;
          }

          const forwards = new Map(atMark);
          for (const entry of history.since(mark, 4)) {
            if (entry.diff === undefined) break;
            const next = applyUnifiedDiff(forwards.get(entry.path) ?? "", entry.diff);
            expect(next).toEqual({ ok: true, text: after.get(entry.endedAt ?? "")?.get(entry.path) });
            if (next.ok) forwards.set(entry.path, next.text);
            redone++;
          }
        },
      ),
      { numRuns: 400 },
    );
    expect(undone).toBeGreaterThan(500);
    expect(redone).toBeGreaterThan(300);
  });
});
