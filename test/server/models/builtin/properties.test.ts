import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { levenshtein } from "../../../../server/metrics/levenshtein.ts";
import { builtinCandidates, builtinModel } from "../../../../server/models/builtin/index.ts";
import { isBuiltin } from "../../../../server/models/builtin-id.ts";
import { prediction } from "../../../../shared/records/prediction.ts";
import type { Snapshot } from "../../../../shared/records/snapshot.ts";
import { regionBefore, snapshot as snapshotSchema } from "../../../../shared/records/snapshot.ts";
import { CURSOR, snapshotOf } from "./editing.ts";

const fragments = [
  "user",
  "userName",
  "load",
  "const ",
  "if (",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  '"',
  "'",
  "`",
  ",",
  ";",
  " ",
  "  ",
  "\n",
  "\n",
  "1",
  "2",
  "10",
  ".",
  " = ",
  "=>",
  "𝒳",
  "é",
  "日本",
  "-",
  "+",
  "@@",
  "\\",
  "\t",
  "await ",
];
const text = fc.array(fc.constantFrom(...fragments), { maxLength: 60 }).map((parts) => parts.join(""));

/** Files that go through a few states, at random or by a small change, and a region of whole lines around the cursor. */
const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    states: fc.array(text, { minLength: 1, maxLength: 5 }),
    small: fc.boolean(),
    word: fc.constantFrom("user", "1", "(", "load", " "),
    by: fc.constantFrom("account", "2", "", "user user", "𝒳"),
    at: fc.nat(),
    from: fc.nat(4),
    length: fc.integer({ min: 1, max: 12 }),
    garbage: fc.option(fc.string()),
  })
  .map(({ states, small, word, by, at, from, length, garbage }) => {
    const all = small ? [states[0] ?? "", (states[0] ?? "").replace(word, by)] : states;
    const last = all.at(-1) ?? "";
    const lineCount = last.split("\n").length;
    const start = Math.min(from, lineCount - 1);
    const lines = last.split("\n");
    const first = lines.slice(0, start).join("\n").length + (start > 0 ? 1 : 0);
    const region = lines.slice(start, start + length).join("\n");
    let cursor = first + (at % (region.length + 1));
    if (/[\ud800-\udbff]/.test(last[cursor - 1] ?? "")) cursor++;
    const marked = last.slice(0, cursor) + CURSOR + last.slice(cursor);
    const made = snapshotOf({ states: [...all.slice(0, -1), marked], region: { start, end: start + length } });
    if (garbage !== null)
      made.history.splice(3, made.history.length, { path: "src/a.ts", diff: garbage, origin: "typed" });
    return made;
  })
  .filter((made) => snapshotSchema.safeParse(made).success);

describe("candidates, whatever the snapshot", () => {
  it("are 1 to n, distinct, ranked by confidence, and change something unless they are no edit", () => {
    fc.assert(
      fc.property(snapshots, fc.integer({ min: 1, max: 10 }), (snapshot, n) => {
        const before = regionBefore(snapshot);
        const candidates = builtinCandidates(snapshot, n);
        expect(candidates.length).toBeGreaterThanOrEqual(1);
        expect(candidates.length).toBeLessThanOrEqual(n);
        const texts = candidates.map((candidate) => ("text" in candidate ? candidate.text : before));
        expect(new Set(texts).size).toBe(texts.length);
        const confidences = candidates.map((candidate) => candidate.confidence);
        expect(confidences).toEqual([...confidences].sort((a, b) => b - a));
        for (const confidence of confidences) expect(confidence).toBeGreaterThanOrEqual(0);
        for (const confidence of confidences) expect(confidence).toBeLessThanOrEqual(1);
        for (const candidate of candidates) if ("text" in candidate) expect(candidate.text).not.toBe(before);
      }),
    );
  });

  it("are the same each time, and hold no carriage return and no half of a surrogate pair", () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const candidates = builtinCandidates(snapshot, 10);
        expect(builtinCandidates(structuredClone(snapshot), 10)).toEqual(candidates);
        for (const candidate of candidates) {
          if (!("text" in candidate)) continue;
          expect(candidate.text).not.toContain("\r");
          expect(candidate.text.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  it("are the first of a longer list when fewer are asked for", () => {
    fc.assert(
      fc.property(snapshots, fc.integer({ min: 1, max: 9 }), (snapshot, n) => {
        expect(builtinCandidates(snapshot, n)).toEqual(builtinCandidates(snapshot, 10).slice(0, n));
      }),
    );
  });

  it("never lead back towards what the newest edit of the file replaced", () => {
    fc.assert(
      fc.property(text, fc.constantFrom("user", "load", "1"), (state, word) => {
        const later = `${state.replace(word, "account")}\n`;
        const earlier = `${state}\n`;
        const snapshot = snapshotOf({ states: [earlier, `${later}${CURSOR}`] });
        for (const candidate of builtinCandidates(snapshot, 10)) {
          if (!("text" in candidate) || earlier === later) continue;
          expect(levenshtein(candidate.text, earlier)).toBeGreaterThanOrEqual(levenshtein(later, earlier));
        }
      }),
    );
  });

  it("come from hostile input too", () => {
    const hostile = [
      "(".repeat(4_000),
      "a ".repeat(2_000),
      "\n".repeat(4_000),
      "'\"`".repeat(1_300),
      "ab,".repeat(1_300),
    ];
    for (const region of hostile) {
      const longLine = "x=y;".repeat(1_500);
      const snapshot = snapshotOf({
        elsewhere: Array.from({ length: 5 }, (_, i) => ({
          path: `src/${i}.ts`,
          before: `${longLine}\n${"x = y\n".repeat(900)}`,
          after: `${longLine}z\n${`x${i} = y\n`.repeat(900)}`,
        })),
        states: [region.replace("a", "b"), region + CURSOR],
      });
      expect(builtinCandidates(snapshot, 10).length).toBeGreaterThanOrEqual(1);
    }
  });
});

describe("the builtin model", () => {
  const snapshot = snapshotOf({ states: ["a(left)\nb(left)\n", `a(right)${CURSOR}\nb(left)\n`] });
  const request = {
    exampleId: "0".repeat(64),
    snapshot,
    prompt: { version: "none", system: "", messages: [], maxOutputTokens: 1 },
    parse: () => ({ kind: "noEdit" }) as const,
  };

  it("gives ranked predictions that are records, with ids of their own and no usage", async () => {
    const signal = new AbortController().signal;
    const predictions = await builtinModel().predict(request, { samples: 5, signal });
    expect(predictions.map((p) => prediction.parse(p))).toEqual(predictions);
    expect(new Set(predictions.map((p) => p.id)).size).toBe(predictions.length);
    expect(predictions.find((p) => p.text !== undefined)).toMatchObject({
      model: "builtin",
      text: "a(right)\nb(right)\n",
      raw: "a(right)\nb(right)\n",
      usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
    });
  });

  it("needs no network, and is known by its id", () => {
    expect(builtinModel().staysHere).toBe(true);
    expect(isBuiltin(builtinModel().id)).toBe(true);
  });

  it("stops when it is told to", async () => {
    const stopped = builtinModel().predict(request, { samples: 1, signal: AbortSignal.abort(new Error("enough")) });
    await expect(stopped).rejects.toThrow("enough");
  });
});
