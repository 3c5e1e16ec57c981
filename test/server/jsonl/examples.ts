/** Small examples that are whole by the schema. */
import { sha256Hex } from "../../../shared/ids.ts";
import type { Example } from "../../../shared/records/example.ts";

/** The n-th example: a file of two lines, of which the second is settled as `after`. */
export function makeExample(n: number, after = `const b = ${n};\n`): Example {
  const text = "const a = 1;\nconst b = 0;\n";
  return {
    schema: 1,
    id: sha256Hex(`example ${n}`),
    source: { kind: "file", source: "test", name: `case-${n}` },
    snapshot: {
      document: { path: "src/a.ts", languageId: "typescript", eol: "lf", lineCount: 3, sha256: sha256Hex(text) },
      excerpt: { startLine: 0, text },
      cursor: 13,
      editable: { start: 13, end: text.length },
      history: [],
      diagnostics: [],
      definitions: [],
      trigger: "typing",
      capturedAt: "2026-01-31T09:05:00.123Z",
    },
    settlement: {
      text: after,
      cursor: null,
      settledAt: "2026-01-31T09:05:10.123Z",
      waitedMs: 10_000,
      quietMs: 10_000,
      edits: 1,
      futureHistory: [],
      diagnosticsAfter: [],
      unchanged: after === "const b = 0;\n",
      provenance: "human",
    },
  };
}

/** Examples 0 to count - 1 as JSONL. */
export function exampleLines(count: number): string {
  let lines = "";
  for (let n = 0; n < count; n++) lines += `${JSON.stringify(makeExample(n))}\n`;
  return lines;
}
