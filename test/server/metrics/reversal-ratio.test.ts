import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fineChanges } from "../../../server/metrics/fine-changes.ts";
import { reversalRatio, textReversalRatio } from "../../../server/metrics/reversal-ratio.ts";
import { edits, PATH, snapshotOf } from "./texts.ts";

describe("the reversal ratio of three texts", () => {
  it.each([
    // earlier, before, predicted
    ["an unchanged prediction", "a\n", "b\n", "b\n", 0],
    ["a line taken out again", "a\nc\n", "a\nnew line\nc\n", "a\nc\n", 1],
    ["a line put back", "a\ndeleted\nb\n", "a\nb\n", "a\ndeleted\nb\n", 1],
    ["a replacement taken back", "keep\ndelete_me\nkeep2\n", "keep\nadded\nkeep2\n", "keep\ndelete_me\nkeep2\n", 1],
    ["words put back in a line", "hello beautiful world", "hello world", "hello beautiful world", 1],
    ["something else where a word was deleted", "foo", "", "bar", 0],
    ["an edit elsewhere", "line1\nline2\nline3\n", "LINE1\nline2\nline3\n", "LINE1\nline2\nLINE3\n", 0],
    // "intln!()" is inserted, nothing deleted.
    ["a half-typed word finished", "", "epr", "eprintln!()", 0],
    ["a half-typed word finished in its line", "f() {\n}\n", "f() {\n  pri\n}\n", "f() {\n  print\n}\n", 0],
    // Deleted: the 4 characters of "slow", which the person inserted; inserted: "fast".
    // "quick" and "fast" have no character in common.
    ["a changed word changed again", "the quick brown fox", "the slow brown fox", "the fast brown fox", 0.5],
    // The person deleted "nt"; the prediction inserts "nts", two of which are put back.
    ["a shortened word lengthened", "print", "pri", "prints", 2 / 3],
    ["a superfluous character removed, which the person had typed", "from", "ifrom", "from", 1],
    ["a superfluous character removed, which was there before", "ifrom a", "ifrom b", "from b", 0],
    // "x" was inserted by the person and is deleted (1), the new line "y\n" (2) is the model's own.
    ["half a reversal", "", "x\n", "y\n", 0.5],
    ["astral characters", "😀", "", "😀", 1],
    ["astral characters, half of them", "😀😁", "", "😀x", 0.5],
    ["a pure deletion of what was there before", "a\nb\n", "a\nb\nc\n", "a\nc\n", 0],
    // The same name on the next line: its deletion is the pattern, no reversal.
    [
      "a rename continued on the next line",
      "oldName();\noldName();\n",
      "newName();\noldName();\n",
      "newName();\nnewName();\n",
      0,
    ],
    ["a line put back below a blank line", "x = 1;\n\nb\n", "\nb\n", "\nx = 1;\nb\n", 1],
    ["a line put back above a blank line", "\nx = 1;\nb\n", "\nb\n", "x = 1;\n\nb\n", 1],
    ["a line put back in another place", "x = 1;\na\nb\n", "a\nb\n", "a\nx = 1;\nb\n", 0],
    ["an empty region filled", "", "", "a\n", 0],
  ])("%s", (_name, earlier, before, predicted, ratio) => {
    expect(textReversalRatio(earlier, before, predicted)).toBeCloseTo(ratio, 10);
  });

  it("is 1 for a pure insertion taken out and a pure deletion put back, wherever it was", () => {
    fc.assert(
      fc.property(edits, ({ before: here }) => {
        const cut = here.slice(0, here.indexOf("\n") + 1);
        fc.pre(cut !== "");
        const rest = here.slice(cut.length);
        expect(textReversalRatio(rest, here, rest)).toBe(1);
        expect(textReversalRatio(here, rest, here)).toBe(1);
      }),
    );
  });

  it("is 1 wherever the region is brought back to what it was, however the two edits might be aligned", () => {
    expect(textReversalRatio(")bazif)foo )(\n", ")ba zif))(\n", ")bazif)foo )(\n")).toBe(1);
    fc.assert(
      fc.property(edits, ({ before, reference: earlier }) => {
        fc.pre(before !== earlier);
        expect(textReversalRatio(earlier, before, earlier)).toBe(1);
      }),
      { numRuns: 1000 },
    );
  });

  it("lies between 0 and 1, and is 0 where the person or the model changed nothing", () => {
    fc.assert(
      fc.property(edits, ({ before, predicted, reference: earlier }) => {
        const ratio = textReversalRatio(earlier, before, predicted);
        expect(ratio).toBeGreaterThanOrEqual(0);
        expect(ratio).toBeLessThanOrEqual(1);
        expect(textReversalRatio(before, before, predicted)).toBe(0);
        expect(textReversalRatio(earlier, before, before)).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("fine changes", () => {
  it("turn the first text into the second", () => {
    fc.assert(
      fc.property(edits, ({ before, predicted }) => {
        let at = 0;
        let result = "";
        for (const { start, end, newStart, newEnd } of fineChanges(before, predicted)) {
          result += before.slice(at, start);
          expect(result.length).toBe(newStart);
          result += predicted.slice(newStart, newEnd);
          at = end;
        }
        expect(result + before.slice(at)).toBe(predicted);
      }),
      { numRuns: 1000 },
    );
  });

  it("take a word for what the word in its place became, where as many stand there as before", () => {
    expect(fineChanges("ab(", "abc[")).toEqual([
      { start: 2, end: 2, newStart: 2, newEnd: 3 },
      { start: 2, end: 3, newStart: 3, newEnd: 4 },
    ]);
  });

  it("compare blocks of more than 8 lines or 512 bytes by line alone", () => {
    const many = "a b\n".repeat(9);
    expect(fineChanges(many, many.replaceAll("b", "c"))).toHaveLength(1);
    const few = "a b\n".repeat(8);
    expect(fineChanges(few, few.replaceAll("b", "c"))).toHaveLength(8);
    const long = `${"a ".repeat(256)}b`;
    expect(fineChanges(long, `x${long}`)).toEqual([{ start: 0, end: 513, newStart: 0, newEnd: 514 }]);
  });
});

describe("the reversal ratio of a prediction", () => {
  const above = "import a;\n\n";
  const below = "}\n";

  it("goes by the newest edit of the cursor's file, read backwards from its diff", () => {
    const snapshot = snapshotOf("one\nnew\ntwo\n", {
      above,
      below,
      startLine: 7,
      earlier: `${above}one\ntwo\n${below}`,
    });
    expect(reversalRatio(snapshot, "one\ntwo\n")).toBe(1);
    expect(reversalRatio(snapshot, "one\nnew\ntwo\nthree\n")).toBe(0);
  });

  it("is 0 without an edit, and where the newest one was an accepted prediction", () => {
    expect(reversalRatio(snapshotOf("new\n"), "")).toBe(0);
    const snapshot = snapshotOf("new\n", { earlier: "" });
    const accepted = { ...snapshot, history: snapshot.history.map((e) => ({ ...e, origin: "prediction" as const })) };
    expect(reversalRatio(accepted, "")).toBe(0);
    expect(reversalRatio(snapshot, "")).toBe(1);
  });

  it("is null where the newest edit has no diff, or one that does not apply", () => {
    const bulk = { ...snapshotOf("new\n"), history: [{ path: PATH, origin: "bulk" as const }] };
    expect(reversalRatio(bulk, "")).toBeNull();
    const other = snapshotOf("something else\n");
    const { history } = snapshotOf("new\n", { earlier: "old\n" });
    expect(reversalRatio({ ...other, history }, "")).toBeNull();
  });

  it("does not look at edits of other files", () => {
    const snapshot = snapshotOf("new\n", { earlier: "" });
    const elsewhere = { path: "src/other.ts", origin: "bulk" as const };
    expect(reversalRatio({ ...snapshot, history: [...snapshot.history, elsewhere] }, "")).toBe(1);
  });

  it("leaves out what the person did outside the region", () => {
    const snapshot = snapshotOf("region\n", { above: "changed\n", below, earlier: `original\nregion\n${below}` });
    expect(reversalRatio(snapshot, "original\n")).toBe(0);
  });

  it("takes a hunk that begins above the excerpt as given where it cannot see it", () => {
    const snapshot = {
      ...snapshotOf("b\nc\n", { startLine: 1 }),
      history: [{ path: PATH, origin: "typed" as const, diff: "@@ -1,2 +1,3 @@\n a\n+b\n c\n" }],
    };
    expect(reversalRatio(snapshot, "c\n")).toBe(1);
  });

  it("finds a hunk whose line numbers another edit has shifted", () => {
    const snapshot = {
      ...snapshotOf("x\na\nb\nc\n"),
      history: [{ path: PATH, origin: "typed" as const, diff: "@@ -1,2 +1,3 @@\n a\n+b\n c\n" }],
    };
    expect(reversalRatio(snapshot, "x\na\nc\n")).toBe(1);
  });

  it("pairs lines from the inside where an edit crosses the region's edge", () => {
    const snapshot = snapshotOf("new 3\nend\n", { above: "new 1\nnew 2\n", earlier: "old 1\nold 2\nold 3\nend\n" });
    expect(reversalRatio(snapshot, "old 3\nend\n")).toBe(1);
  });
});
