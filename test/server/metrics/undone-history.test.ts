import { describe, expect, it } from "vitest";
import { regionBeforeNewestEdit } from "../../../server/metrics/undone-history.ts";
import { PATH, snapshotOf } from "./texts.ts";

const earlier = (snapshot: ReturnType<typeof snapshotOf>, diff: string) =>
  regionBeforeNewestEdit({ ...snapshot, history: [{ path: PATH, origin: "typed", diff }] });

describe("the region before the newest edit", () => {
  it("has what was deleted at its edges", () => {
    const snapshot = snapshotOf("a\nb\n", { above: "above\n", below: "below\n" });
    const diff = "@@ -1,2 +1,1 @@\n above\n-first\n@@ -5,2 +4,1 @@\n-last\n below\n";
    expect(earlier(snapshot, diff)).toEqual({ kind: "text", text: "first\na\nb\nlast\n" });
  });

  it.each([
    [
      "the first",
      { above: "new 1\n" },
      "new 2\nb\n",
      "@@ -1,3 +1,3 @@\n-old 1\n-old 2\n+new 1\n+new 2\n b\n",
      "old 2\nb\n",
    ],
    [
      "the last",
      { below: "new 2\n" },
      "b\nnew 1\n",
      "@@ -1,3 +1,3 @@\n b\n-old 1\n-old 2\n+new 1\n+new 2\n",
      "b\nold 1\n",
    ],
    [
      "both",
      { above: "new 1\n", below: "new 3\n" },
      "new 2\n",
      "@@ -1,3 +1,3 @@\n-old 1\n-old 2\n-old 3\n+new 1\n+new 2\n+new 3\n",
      "old 2\n",
    ],
  ])("has its share of an edit that crosses %s of its edges", (_edge, around, region, diff, text) => {
    expect(earlier(snapshotOf(region, around), diff)).toEqual({ kind: "text", text });
  });

  it("has no line twice where two hunks can be found in one place only", () => {
    const hunk = (line: number) => `@@ -${line},3 +${line},3 @@\n a\n-old\n+new\n b\n`;
    const undone = earlier(snapshotOf("a\nnew\nb\n"), hunk(1) + hunk(2));
    expect(undone).toEqual({ kind: "text", text: "a\nold\nb\n" });
  });

  it("is unknown where the excerpt is not what the edit led to", () => {
    expect(earlier(snapshotOf("a\n"), "@@ -1 +1 @@\n-old\n+new\n")).toEqual({ kind: "unknown" });
    expect(earlier(snapshotOf("a\n"), "no diff")).toEqual({ kind: "unknown" });
  });
});
