import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyEdits } from "../../../shared/text/edits.ts";
import { parseUnifiedDiff } from "../../../shared/text/parse-diff.ts";
import {
  applyUnifiedDiff,
  editsFromUnifiedDiff,
  unapplyUnifiedDiff,
  unifiedDiff,
  unifiedDiffFromEdits,
} from "../../../shared/text/unified-diff.ts";
import { someText, someTextAndEdits } from "./generators.ts";

const path = "src/a.ts";
const lines = (...of: string[]) => of.map((line) => `${line}\n`).join("");

describe("making a unified diff", () => {
  it("writes it as git does", () => {
    const before = lines("one", "two", "three", "four", "five");
    const after = lines("one", "two", "3", "three and a half", "four", "five");
    expect(unifiedDiff(before, after, { path, context: 1 })).toBe(
      lines(
        "--- a/src/a.ts",
        "+++ b/src/a.ts",
        "@@ -2,3 +2,4 @@",
        " two",
        "-three",
        "+3",
        "+three and a half",
        " four",
      ),
    );
  });

  it("is empty where nothing changed", () => {
    expect(unifiedDiff("a\n", "a\n", { path })).toBe("");
    expect(unifiedDiffFromEdits("a\n", [{ start: 0, end: 1, newText: "a" }], { path })).toBe("");
  });

  it("says that a last line has no line end, on either side", () => {
    expect(unifiedDiff("a\nb", "a\nb\n", { path })).toBe(
      lines("--- a/src/a.ts", "+++ b/src/a.ts", "@@ -1,2 +1,2 @@", " a", "-b", "\\ No newline at end of file", "+b"),
    );
    expect(unifiedDiff("", "a", { path })).toBe(
      lines("--- a/src/a.ts", "+++ b/src/a.ts", "@@ -0,0 +1 @@", "+a", "\\ No newline at end of file"),
    );
  });

  it("joins hunks whose contexts meet, and no others", () => {
    const before = lines(..."abcdefghij");
    const far = lines(..."AbcdefghiJ");
    expect(unifiedDiff(before, far, { path, context: 4 }).match(/^@@.*$/gmu)).toEqual(["@@ -1,10 +1,10 @@"]);
    expect(unifiedDiff(before, far, { path, context: 3 }).match(/^@@.*$/gmu)).toEqual([
      "@@ -1,4 +1,4 @@",
      "@@ -7,4 +7,4 @@",
    ]);
  });

  it("names the line before a side without lines, as git diff -U0 does", () => {
    expect(unifiedDiff("a\nb\n", "a\nx\nb\n", { path, context: 0 })).toContain("@@ -1,0 +2 @@\n+x\n");
    expect(unifiedDiff("a\nx\nb\n", "a\nb\n", { path, context: 0 })).toContain("@@ -2 +1,0 @@\n-x\n");
  });

  it.each([
    ["a name with a space.ts", "--- a/a name with a space.ts\t"],
    ["naïve/日本.ts", "--- a/naïve/日本.ts"],
    ['a "quoted"\tname', '--- "a/a \\"quoted\\"\\tname"'],
  ])("writes the name %j so that it can be read again", (name, header) => {
    const diff = unifiedDiff("", "x\n", { path: name });
    expect(diff.split("\n", 1)[0]).toBe(header);
    expect(parseUnifiedDiff(diff)).toMatchObject({ ok: true, oldPath: name, newPath: name });
  });
});

describe("reading what git wrote", () => {
  it("takes a deleted line that looks like a file header for what it is", () => {
    const diff = lines("--- a/q.sql", "+++ b/q.sql", "@@ -1,2 +1 @@", "--- x", " y");
    expect(applyUnifiedDiff("-- x\ny\n", diff)).toEqual({ ok: true, text: "y\n" });
  });

  it("takes git's extended headers, quoted bytes and section headings", () => {
    const diff = lines(
      'diff --git "a/na\\303\\257ve.ts" "b/na\\303\\257ve.ts"',
      "index 9daeafb..180cf83 100644",
      '--- "a/na\\303\\257ve.ts"',
      '+++ "b/na\\303\\257ve.ts"',
      "@@ -1 +1 @@ function f() {",
      "-a",
      "+b",
    );
    expect(parseUnifiedDiff(diff)).toMatchObject({ oldPath: "naïve.ts", newPath: "naïve.ts" });
    expect(applyUnifiedDiff("a\n", diff)).toEqual({ ok: true, text: "b\n" });
  });

  it("takes hunks without context", () => {
    const diff = lines("@@ -1,0 +2,2 @@", "+x", "+y", "@@ -3 +4,0 @@", "-c");
    expect(applyUnifiedDiff("a\nb\nc\n", diff)).toEqual({ ok: true, text: "a\nx\ny\nb\n" });
    expect(unapplyUnifiedDiff("a\nx\ny\nb\n", diff)).toEqual({ ok: true, text: "a\nb\nc\n" });
  });

  it("knows a created file", () => {
    const diff = lines("--- /dev/null", "+++ b/new.ts", "@@ -0,0 +1 @@", "+a");
    expect(parseUnifiedDiff(diff)).toMatchObject({ ok: true, newPath: "new.ts" });
    expect(parseUnifiedDiff(diff)).not.toHaveProperty("oldPath");
  });
});

describe("a diff that does not fit", () => {
  it.each<[string, string, string, string]>([
    [
      "other context",
      "a\nb\n",
      lines("@@ -1,2 +1,3 @@", " x", "+n", " b"),
      "hunk 1: its context differs from the text at line 1",
    ],
    [
      "another deleted line",
      "a\n",
      lines("@@ -1 +1 @@", "-b", "+c"),
      "hunk 1: the line it deletes differs from the text at line 1",
    ],
    [
      "the right lines at another place",
      "x\na\n",
      lines("@@ -1 +1 @@", "-a", "+c"),
      "hunk 1: the line it deletes differs from the text at line 1",
    ],
    ["a place behind the end", "a\n", lines("@@ -9 +9 @@", "-a", "+b"), "hunk 1: begins behind the end of the text"],
    [
      "overlapping hunks",
      "a\nb\n",
      lines("@@ -1,2 +1 @@", "-a", " b", "@@ -1 +1 @@", "-a", "+b"),
      "hunk 2: begins before the hunk above it ends",
    ],
    [
      "sides that disagree",
      "a\nb\n",
      lines("@@ -2 +1 @@", "-b", "+c"),
      "hunk 1: its two line numbers do not fit the hunks above it",
    ],
    [
      "a line end that is not there",
      "a",
      lines("@@ -1 +1 @@", "-a", "+b"),
      "hunk 1: the line it deletes differs from the text at line 1",
    ],
    [
      "a missing line end that is there",
      "a\n",
      lines("@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+b"),
      "hunk 1: the line it deletes differs from the text at line 1",
    ],
    [
      "a line behind one without line end",
      "a",
      lines("@@ -1,0 +2 @@", "+b"),
      "hunk 1: adds a line behind one that has no line end",
    ],
    [
      "an open line in the middle",
      "a\nb\n",
      lines("@@ -1 +1 @@", "-a", "+x", "\\ No newline at end of file"),
      "hunk 1: adds a line without a line end that is not the last",
    ],
  ])("with %s is refused with the reason", (_, text, diff, reason) => {
    expect(applyUnifiedDiff(text, diff)).toEqual({ ok: false, reason });
  });

  it.each<[string, string, string]>([
    ["text that is no diff", "hello\n", "line 1 of the diff is neither a file header nor a hunk"],
    [
      "a hunk that is cut off",
      lines("@@ -1,2 +1,2 @@", " a"),
      "line 1 of the diff counts more lines than the diff has",
    ],
    [
      "a last line that is cut off",
      "@@ -1 +1 @@\n-a\n+b",
      "line 3 of the diff is cut short: the diff ends without a line end",
    ],
    [
      "more lines than counted",
      lines("@@ -1 +1 @@", "-a", "-b", "+c"),
      "line 3 of the diff is more than the hunk's header counts",
    ],
    ["another file", lines("@@ -1 +1 @@", "-a", "+b", "--- a/x", "+++ b/x"), "line 4 of the diff begins another file"],
    ["a line without a sign", lines("@@ -1 +1 @@", "a"), "line 2 of the diff is no line of a hunk"],
    ["line 0", lines("@@ -0,1 +1 @@", "-a", "+b"), "line 1 of the diff names line 0, but lines count from 1"],
    [
      "a huge number",
      lines("@@ -99999999999999999999 +1 @@", "-a", "+b"),
      "line 1 of the diff holds a number that is too large",
    ],
    [
      "a mark in the middle",
      lines("@@ -1,2 +1 @@", "-a", "\\ No newline at end of file", "-b", "+c"),
      "line 3 of the diff speaks of a line that is not the last",
    ],
  ])("with %s is not read", (_, diff, reason) => {
    expect(parseUnifiedDiff(diff)).toEqual({ ok: false, reason });
    expect(applyUnifiedDiff("a\n", diff)).toEqual({ ok: false, reason });
  });

  it("never throws, and what applies can be taken back", () => {
    const hostileLine = fc.oneof(
      fc.constantFrom(
        "@@ -1 +1 @@",
        "@@ -1,2 +1,2 @@",
        "@@ -0,0 +1 @@",
        "@@ -2 +2,0 @@",
        "\\ No newline at end of file",
      ),
      fc.constantFrom("-a", "+a", " a", "-b", "+b", " b", "-", "+", " ", "", "--- a/x", "+++ b/x"),
    );
    const hostile = fc.array(hostileLine, { maxLength: 8 }).map((of) => lines(...of));
    fc.assert(
      fc.property(fc.constantFrom("", "a", "a\n", "a\nb", "a\nb\n", "\n"), hostile, (text, diff) => {
        const applied = applyUnifiedDiff(text, diff);
        if (applied.ok) expect(unapplyUnifiedDiff(applied.text, diff)).toEqual({ ok: true, text });
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("round trips", () => {
  const someContext = fc.constantFrom(0, 1, 3, 5);

  it("leads from any text to any other and back", () => {
    fc.assert(
      fc.property(someText, someText, someContext, (before, after, context) => {
        const diff = unifiedDiff(before, after, { path, context });
        expect(applyUnifiedDiff(before, diff)).toEqual({ ok: true, text: after });
        expect(unapplyUnifiedDiff(after, diff)).toEqual({ ok: true, text: before });
      }),
      { numRuns: 1_000 },
    );
  });

  it("says in lines what edits do in characters", () => {
    fc.assert(
      fc.property(someTextAndEdits, someContext, ({ text, edits }, context) => {
        const diff = unifiedDiffFromEdits(text, edits, { path, context });
        const after = applyEdits(text, edits);
        expect(applyUnifiedDiff(text, diff)).toEqual({ ok: true, text: after });
        expect(unapplyUnifiedDiff(after, diff)).toEqual({ ok: true, text });
        expect(diff === "").toBe(text === after);
      }),
      { numRuns: 1_000 },
    );
  });

  it("holds a hunk of any size", () => {
    const before = "old\n".repeat(200_000);
    const diff = unifiedDiff(before, "new\n", { path });
    expect(applyUnifiedDiff(before, diff)).toEqual({ ok: true, text: "new\n" });
  });

  it("comes back from a diff as edits that do the same", () => {
    fc.assert(
      fc.property(someText, someText, someContext, (before, after, context) => {
        const result = editsFromUnifiedDiff(before, unifiedDiff(before, after, { path, context }));
        expect(result.ok && applyEdits(before, result.edits)).toBe(after);
      }),
    );
  });
});
