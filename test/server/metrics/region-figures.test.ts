import { describe, expect, it } from "vitest";
import { braceImbalance } from "../../../server/metrics/brace-imbalance.ts";
import { cursorDistance } from "../../../server/metrics/cursor-distance.ts";
import { diagnosticsResolved } from "../../../server/metrics/diagnostics-resolved.ts";
import { isolatedWhitespace } from "../../../server/metrics/isolated-whitespace.ts";
import { lineDiff } from "../../../server/metrics/lines.ts";
import { outsideRegion } from "../../../server/metrics/outside-region.ts";
import { answerSurroundings } from "../../../server/prompts/answer-surroundings.ts";
import type { Settlement } from "../../../shared/records/settlement.ts";
import type { Diagnostic } from "../../../shared/records/snapshot.ts";
import { snapshotOf } from "./texts.ts";

describe("brace imbalance", () => {
  it.each([
    ["f() {", "f() {\n}", 0],
    ["f()", "f() {", 1],
    ["f()", "f([{", 3],
    ["", "}{", 0],
    // Less than before is no negative growth.
    ["(((", "", 0],
    // Each kind is counted by itself: a closing brace does not make up for an opening parenthesis.
    ["", "(}", 2],
  ])("grows from %j to %j by %i", (before, predicted, growth) => {
    expect(braceImbalance(before, predicted)).toBe(growth);
  });
});

describe("isolated white space", () => {
  const isIsolated = (before: string, predicted: string, cursorLine: number | null = null) =>
    isolatedWhitespace(lineDiff(before, predicted), cursorLine);

  it.each([
    ["an unchanged prediction", "a\n", "a\n", false],
    ["an added blank line", "a\nb\n", "a\n\nb\n", true],
    ["a deleted blank line", "a\n\nb\n", "a\nb\n", true],
    ["spaces added to a blank line", "a\n\nb\n", "a\n  \nb\n", true],
    ["a blank line added with code", "a\nb\n", "a\n\nc\nb\n", false],
    ["a blank line and code far from each other", "a\nb\nc\nd\n", "a\n\nb\nc\nd\ne\n", true],
    ["re-indented code", "a\nb\n", "  a\nb\n", false],
    ["code replaced by a blank line", "a\nb\n", "a\n\n", false],
  ])("%s", (_name, before, predicted, isolated) => {
    expect(isIsolated(before, predicted)).toBe(isolated);
  });

  it("excuses a blank line added under the predicted cursor, and that one only", () => {
    expect(isIsolated("a\nb\n", "a\n\nb\n", 1)).toBe(false);
    expect(isIsolated("a\nb\n", "a\n\n\nb\n", 1)).toBe(true);
    expect(isIsolated("a\nb\n", "a\n\nb\n", 0)).toBe(true);
  });

  it("never excuses a deletion", () => {
    expect(isIsolated("a\n\nb\n", "a\n  \nb\n", 1)).toBe(true);
    expect(isIsolated("a\n\nb\n", "a\nb\n", 1)).toBe(true);
  });
});

describe("leaving the region", () => {
  const region = "a\nb\nc\nd\ne\n";
  const snapshot = snapshotOf(region, { above: "above 1\nabove 2\n", below: "below 1\nbelow 2\n" });
  const leaves = (predicted: string, raw = "") =>
    outsideRegion(lineDiff(region, predicted), snapshot, answerSurroundings(raw));

  it.each([
    ["an unchanged prediction", region, false],
    ["two lines gone at the beginning", "c\nd\ne\n", false],
    ["three lines gone at the beginning", "d\ne\n", true],
    ["three lines gone at the end", "a\nb\n", true],
    ["three lines gone in the middle", "a\ne\n", false],
    ["everything gone", "", true],
    ["the first three lines rewritten", "A\nB\nC\nd\ne\n", false],
    ["three lines gone at the beginning and the next rewritten", "D\ne\n", true],
  ])("%s", (_name, predicted, left) => {
    expect(leaves(predicted)).toBe(left);
  });

  const answer = (above: string, below: string) =>
    `I continue.\n\`\`\`ts\n${above}<|region_start|>\na\n<|region_end|>\n${below}\`\`\`\n`;

  it.each([
    ["only the region", "", "", false],
    ["the whole excerpt, unchanged", "above 1\nabove 2\n", "below 1\nbelow 2\n", false],
    ["the lines next to the region", "above 2\n", "below 1\n", false],
    ["lost white space at line ends", "above 2  \n", "below 1\n\n", false],
    ["a line above rewritten", "above two\n", "", true],
    ["a line below rewritten", "", "below one\n", true],
    ["a line put in between", "above 2\nnew\n", "", true],
    ["more than the excerpt has", "", "below 1\nbelow 2\nbelow 3\n", true],
  ])("an answer that shows %s", (_name, above, below, left) => {
    expect(leaves(region, answer(above, below))).toBe(left);
  });

  it("takes talk around an unfenced region for talk", () => {
    expect(leaves(region, "The loop is next.\n<|region_start|>\na\n<|region_end|>\nThat is all.")).toBe(false);
  });
});

describe("cursor distance", () => {
  const at = (text: string, offset: number) => ({ text, offset });

  it("counts characters, not UTF-16 units", () => {
    expect(cursorDistance(at("😀ab", 4), at("😀ab", 2))).toBe(2);
    expect(cursorDistance(at("😀", 2), at("a", 1))).toBe(0);
  });

  it("is null where neither is known and a miss where one is", () => {
    expect(cursorDistance(null, null)).toBeNull();
    expect(cursorDistance(at("a", 1), null)).toBe("miss");
    expect(cursorDistance(null, at("a", 1))).toBe("miss");
  });
});

describe("resolved diagnostics", () => {
  const diagnostic = (line: number, message: string): Diagnostic => ({
    severity: 1,
    message,
    source: "ts",
    startLine: line,
    endLine: line,
    snippet: "",
  });
  const settled = (text: string, diagnosticsAfter: Diagnostic[]): Settlement => ({
    text,
    cursor: null,
    settledAt: "2026-01-01T00:00:10.000Z",
    edits: 1,
    futureHistory: [],
    diagnosticsAfter,
    unchanged: false,
    provenance: "human",
  });
  // The region's lines are 12 and 13 of the document.
  const snapshot = (...diagnostics: Diagnostic[]) => ({
    ...snapshotOf("a\nb\n", { above: "x\ny\n", below: "z\n", startLine: 10 }),
    diagnostics,
  });

  it("is the share of the region's own that are gone", () => {
    const before = snapshot(diagnostic(12, "one"), diagnostic(13, "two"), diagnostic(11, "outside"));
    expect(diagnosticsResolved(before, settled("a\nb\n", [diagnostic(12, "one")]))).toBe(0.5);
    expect(diagnosticsResolved(before, settled("a\nb\n", []))).toBe(1);
  });

  it("is null where the region had none", () => {
    expect(diagnosticsResolved(snapshot(diagnostic(11, "outside")), settled("a\n", []))).toBeNull();
  });

  it("lets each that is left stand for one, also where it has moved within the region", () => {
    const before = snapshot(diagnostic(12, "same"), diagnostic(13, "same"));
    expect(diagnosticsResolved(before, settled("n\na\nb\n", [diagnostic(14, "same")]))).toBe(0.5);
    expect(diagnosticsResolved(before, settled("a\nb\n", [diagnostic(14, "same")]))).toBe(1);
  });
});
