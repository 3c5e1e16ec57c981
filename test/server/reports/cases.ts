/** Examples in every state in which a pipeline leaves them. */
import { sha256Hex } from "../../../shared/ids.ts";
import type { Example } from "../../../shared/records/example.ts";
import type { Prediction } from "../../../shared/records/prediction.ts";
import type { Scores } from "../../../shared/records/scores.ts";
import { makeExample } from "../jsonl/examples.ts";

function predictionOf(n: number, text: string | undefined, error?: "truncated"): Prediction {
  return {
    id: sha256Hex(`prediction ${n}`),
    model: "anthropic:teacher",
    promptVersion: "teacher-1:3f9a2c1b",
    raw: text ?? "",
    ...(error === undefined ? (text === undefined ? { noEdit: true as const } : { text }) : { error }),
    usage: { inputTokens: 1234, outputTokens: 56, cacheReadTokens: 0, cacheWriteTokens: 0 },
    stopReason: "end",
  };
}

const scores: Scores = {
  deltaChrf: 83.25,
  exactLines: { tp: 1, fp: 0, fn: 1, precision: 1, recall: 0.5, f1: 0.6667 },
  exactMatch: false,
  exactMatchIgnoringWhitespace: false,
  editSimilarity: 0.9231,
  reversalRatio: 0,
  keptRate: 0.75,
  recallRate: 0.5,
  braceImbalance: 1,
  isolatedWhitespace: false,
  outsideRegion: false,
  tokensInserted: 3,
  tokensDeleted: 1,
  cursorDistance: "miss",
};

/** One that went all the way, with everything that a page can show. */
export function finishedExample(n = 1): Example {
  const settled = `const b = ${n};\nconst c = 2;\n`;
  const first = predictionOf(n, `const b = ${n};\n`);
  const second = predictionOf(n + 1000, settled);
  const base = makeExample(n, settled);
  const diff = "--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1 +1,2 @@\n-const z = 0;\n+const a = 1;\n+const b = 0;\n";
  return {
    ...base,
    source: {
      kind: "git",
      contributor: "contributor-1",
      repo: "git.example/team/site",
      commit: "ab12".repeat(10),
      path: "src/a.ts",
      hunk: 1,
      k: 1,
      seed: 1,
      insertions: 4,
      deletions: 1,
      files: 1,
      at: "2026-01-30T08:00:00.000Z",
    },
    snapshot: {
      ...base.snapshot,
      history: [
        { path: "src/generated.ts", origin: "bulk" },
        { path: "src/a.ts", diff, origin: "typed" },
      ],
      diagnostics: [{ severity: 1, message: "b is never read", startLine: 1, endLine: 1, snippet: "const b = 0;" }],
      definitions: [
        { symbol: "c", kind: "definition", path: "src/c.ts", startLine: 4, text: "let c;", external: false },
      ],
    },
    redaction: { version: 1, counts: { password: 2, email: 1 } },
    split: { name: "train", group: "repo:git.example/team/site path:src/a.ts" },
    teacher: { predictions: [first] },
    scores: { [first.id]: scores, [second.id]: { ...scores, exactMatch: true, deltaChrf: 100 } },
    repair: { triggers: ["reversal"], prediction: second },
    samples: {
      model: "builtin",
      requested: 10,
      distinct: [
        { noEdit: true, count: 1, distance: 14, relative: 1 },
        { text: settled, count: 1, distance: 0, relative: 0 },
      ],
    },
    selection: { closest: 1, farthest: 0, relative: 0, hitRate: null, diagnosticsResolved: 0.5, band: "learnable" },
    expected: { text: settled, from: "sample" },
    rejected: { text: `const b = ${n};\n`, from: "teacher" },
  };
}

/** Sixty of all fates. */
export function variedExamples(): Example[] {
  return Array.from({ length: 60 }, (_, n) => {
    const whole = finishedExample(n);
    const { expected: _expected, rejected: _rejected, ...unfinished } = whole;
    const { selection: _selection, samples: _samples, repair: _repair, scores: _scores, ...answered } = unfinished;
    const { teacher: _teacher, split: _split, redaction: _redaction, ...imported } = answered;
    const language = ["typescript", "typescript", "typescript", "python", "go"][n % 5] ?? "";
    const snapshot = { ...whole.snapshot, document: { ...whole.snapshot.document, languageId: language } };
    if (n === 7) return { ...imported, snapshot, dropped: { stage: "redact", reason: "secretPath" } };
    if (n % 15 === 4) {
      const failed = { predictions: [predictionOf(n, undefined, "truncated")] };
      return { ...answered, snapshot, teacher: failed, dropped: { stage: "expect", reason: "noTarget" } };
    }
    const far = { ...unfinished, snapshot, selection: { ...unfinished.selection, relative: (n % 13) / 10 } } as Example;
    if (n % 13 > 6) {
      const selection = { ...far.selection, band: "noise" } as NonNullable<Example["selection"]>;
      return { ...far, selection, dropped: { stage: "settle", reason: "noise" } };
    }
    const name = n % 20 === 0 ? "test" : n % 20 === 1 ? "eval" : "train";
    const split = { name, group: `repo:git.example/team/site path:src/${n}.ts` } as const;
    return { ...whole, ...far, split, expected: { text: "x\n", from: n % 3 === 0 ? "repair" : "sample" } };
  });
}
