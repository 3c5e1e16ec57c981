import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkExample } from "../../../server/formats/check.ts";
import type { Example } from "../../../shared/records/example.ts";
import type { HistoryEntry, Snapshot } from "../../../shared/records/snapshot.ts";
import { applyEdits } from "../../../shared/text/edits.ts";
import { splitLines } from "../../../shared/text/lines.ts";
import { unifiedDiff } from "../../../shared/text/unified-diff.ts";
import { validExample } from "../../shared/records/valid.ts";
import { someEdits, someText } from "../../shared/text/generators.ts";

const path = "src/a.ts";

/** Twenty numbered lines, as they were and with edits at lines 4 and 12 on top. */
const first = Array.from({ length: 20 }, (_, i) => `line ${i}\n`);
const second = first.with(3, "edited 3\n");
const third = second.toSpliced(11, 0, "added\n");

const entry = (before: readonly string[], after: readonly string[], of = path): HistoryEntry => ({
  path: of,
  diff: unifiedDiff(before.join(""), after.join(""), { path: of }),
  origin: "typed",
});

/** The valid example at lines `from` to `to` of a document, all of it editable, with that history. */
function exampleOf(lines: readonly string[], from: number, to: number, history: HistoryEntry[]): Example {
  const text = lines.slice(from, to).join("");
  const snapshot: Snapshot = {
    ...validExample.snapshot,
    document: { path, languageId: "typescript", eol: "lf", lineCount: lines.length + 1 },
    excerpt: { startLine: from, text },
    cursor: 0,
    editable: { start: 0, end: text.length },
    history,
  };
  const { source, schema, id } = validExample;
  return { schema, id, source, snapshot };
}

const faultsOf = (example: Example) => checkExample(example).map(({ field, message }) => `${field}: ${message}`);
const good = exampleOf(third, 0, 21, [entry(first, second), entry(second, third)]);

describe("history that leads to the excerpt", () => {
  it("has no fault, wherever the excerpt was cut", () => {
    for (let from = 0; from <= 20; from++) {
      for (let to = from; to <= 21; to++) {
        const { history } = good.snapshot;
        expect(faultsOf(exampleOf(third, from, to, history))).toEqual([]);
      }
    }
  });

  it("may go on in other files, where nothing can be compared", () => {
    const other = entry(["x\n"], ["y\n"], "src/b.ts");
    expect(faultsOf(exampleOf(second, 0, 20, [other, entry(first, second), other]))).toEqual([]);
  });

  it("is not known before an edit without a diff", () => {
    const bulk: HistoryEntry = { path, origin: "bulk" };
    expect(faultsOf(exampleOf(third, 0, 21, [entry(["x\n"], ["y\n"]), bulk, entry(second, third)]))).toEqual([]);
  });

  it("is found right for any edits and any window", () => {
    const cases = someText.chain((start) =>
      fc
        .tuple(someEdits(start.length), fc.nat({ max: 40 }), fc.nat({ max: 40 }), fc.constantFrom(0, 1, 3))
        .chain(([edits, a, b, context]) => {
          const middle = applyEdits(start, edits);
          return someEdits(middle.length).map((more) => ({
            start,
            middle,
            end: applyEdits(middle, more),
            a,
            b,
            context,
          }));
        }),
    );
    fc.assert(
      fc.property(cases, ({ start, middle, end, a, b, context }) => {
        const history = [
          { path, diff: unifiedDiff(start, middle, { path, context }), origin: "typed" as const },
          { path, diff: unifiedDiff(middle, end, { path, context }), origin: "typed" as const },
        ];
        const lines = splitLines(end);
        const example = exampleOf(lines, Math.min(a, b, lines.length), Math.min(Math.max(a, b), lines.length), history);
        expect(faultsOf(example)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("history that does not lead to the excerpt", () => {
  it("is told with entry, hunk and line", () => {
    const wrong = entry(second, third.with(11, "something else\n"));
    expect(faultsOf(exampleOf(third, 0, 21, [entry(first, second), wrong]))).toEqual([
      "snapshot.history[1].diff: does not lead to the excerpt: hunk 1 differs at line 12 of the document",
    ]);
  });

  it("is found below the edits that came after it", () => {
    const wrong = entry(first, second.with(3, "something else\n"));
    expect(faultsOf(exampleOf(third, 0, 21, [wrong, entry(second, third)]))).toEqual([
      "snapshot.history[0].diff: does not lead to the excerpt: hunk 1 differs at line 4 of the document",
    ]);
  });

  it("is found where edits above have moved the lines", () => {
    const moved = ["new\n", "new\n", ...third];
    const history = [entry(second, third.with(11, "something else\n")), entry(third, moved)];
    expect(faultsOf(exampleOf(moved, 12, 16, history))).toEqual([
      "snapshot.history[0].diff: does not lead to the excerpt: hunk 1 differs at line 12 of the document",
    ]);
  });

  it("is not told of lines that the excerpt does not show", () => {
    const wrong = entry(second, third.with(11, "something else\n"));
    expect(faultsOf(exampleOf(third, 0, 6, [entry(first, second), wrong]))).toEqual([]);
  });

  it("is not told of lines that redaction has changed", () => {
    const redacted = third.with(11, "added ‹email-1›\n");
    expect(faultsOf(exampleOf(redacted, 0, 21, [entry(first, second), entry(second, third)]))).toEqual([]);
  });

  it("is not told of a case from a file, which need not know its lines", () => {
    const source = { kind: "file", source: "cases", name: "case-1" } as const;
    expect(faultsOf({ ...exampleOf(first, 0, 20, [entry(first, third)]), source })).toEqual([]);
  });
});

describe("a diff that cannot be read", () => {
  it("is a fault in any file's entry, and in what came after", () => {
    const broken: HistoryEntry = { path: "src/b.ts", diff: "@@ -1 +1 @@\n-a\n", origin: "typed" };
    const settlement = {
      ...validExample.settlement,
      text: "x\n",
      futureHistory: [broken],
    } as NonNullable<Example["settlement"]>;
    const reason = "cannot be read: line 1 of the diff counts more lines than the diff has";
    expect(faultsOf({ ...exampleOf(first, 0, 20, [broken]), settlement })).toEqual([
      `snapshot.history[0].diff: ${reason}`,
      `settlement.futureHistory[0].diff: ${reason}`,
    ]);
  });
});

describe("fields that contradict each other", () => {
  const settlement = validExample.settlement as NonNullable<Example["settlement"]>;
  const region = good.snapshot.excerpt.text;
  const withSnapshot = (change: Partial<Snapshot>): Example => ({ ...good, snapshot: { ...good.snapshot, ...change } });
  const predictions = [{ text: "ab", cursor: 3 }].map((change) => ({
    ...(validExample.teacher?.predictions[0] as NonNullable<Example["teacher"]>["predictions"][number]),
    ...change,
  }));

  it.each<[string, Example, string[]]>([
    ["nothing", good, []],
    [
      "a region that begins within a line",
      withSnapshot({ editable: { start: 2, end: 7 }, cursor: 2 }),
      ["snapshot.editable.start: is not the start of a line"],
    ],
    [
      "a region that ends within a line",
      withSnapshot({ editable: { start: 0, end: 9 } }),
      ["snapshot.editable.end: is not the end of a line"],
    ],
    [
      "an excerpt longer than the document",
      withSnapshot({ document: { ...good.snapshot.document, lineCount: 20 } }),
      ["snapshot.excerpt: has more lines than the document"],
    ],
    [
      "unchanged, but changed",
      { ...good, settlement: { ...settlement, unchanged: true } },
      ["settlement.unchanged: is true, but the text is not what stood in the region"],
    ],
    [
      "changed, but unchanged",
      { ...good, settlement: { ...settlement, text: region } },
      ["settlement.unchanged: is false, but the text is what stood in the region"],
    ],
    [
      "a hash of what is no longer the text",
      {
        ...good,
        redaction: { version: 1, counts: { email: 1 } },
        snapshot: { ...good.snapshot, document: { ...good.snapshot.document, sha256: validExample.id } },
      },
      ["snapshot.document.sha256: is of a text that redaction has changed"],
    ],
    [
      "a predicted cursor outside its text",
      { ...good, teacher: { predictions } },
      ["teacher.predictions[0].cursor: lies behind the end of the text"],
    ],
    [
      "more samples than were requested",
      { ...good, samples: { model: "m", requested: 1, distinct: [{ noEdit: true, count: 2 }] } },
      ["samples.distinct: counts 2 samples, but 1 were requested"],
    ],
    [
      "a choice that is not among the samples",
      {
        ...good,
        selection: {
          closest: 0,
          farthest: null,
          relative: 0,
          hitRate: 0,
          diagnosticsResolved: null,
          band: "learnable",
        },
      },
      ["selection.closest: names a sample that is not there"],
    ],
    [
      "a target that is rejected as well",
      { ...good, expected: { text: "x\n", from: "teacher" }, rejected: { text: "x\n", from: "sample" } },
      ["rejected.text: equals the target"],
    ],
  ])("%s", (_, example, faults) => {
    expect(faultsOf(example)).toEqual(faults);
  });
});

describe("a marker in a target", () => {
  it("is a fault, in the text to prefer as in the text to reject", () => {
    const expected = { text: "a<|cursor|>b\n", from: "teacher" } as const;
    const rejected = { text: "<|im_end|>\n", from: "sample" } as const;
    expect(faultsOf({ ...good, expected, rejected })).toEqual([
      "expected.text: holds the marker <|cursor|>",
      "rejected.text: holds the marker <|im_end|>",
    ]);
  });

  it("is none in a file about markers, unless it is another one", () => {
    const lines = ['const cursor = "<|cursor|>";\n'];
    const example = exampleOf(lines, 0, 1, []);
    const moved = { text: '\nconst cursor = "<|cursor|>";\n', from: "teacher" } as const;
    expect(faultsOf({ ...example, expected: moved })).toEqual([]);
    const other = { ...moved, text: `${moved.text}<|im_end|>\n` };
    expect(faultsOf({ ...example, expected: other })).toEqual(["expected.text: holds the marker <|im_end|>"]);
  });
});

describe("the records' own valid example", () => {
  it("has no fault but the history that it only stands for", () => {
    expect(faultsOf({ ...validExample, snapshot: { ...validExample.snapshot, history: [] } })).toEqual([]);
  });
});
