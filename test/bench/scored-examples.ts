/** Examples with a settlement and one prediction, as a benchmark needs them: the same ones every time. */
import { hashOf, seededShare } from "../../shared/ids.ts";
import type { Example } from "../../shared/records/example.ts";
import { unifiedDiff } from "../../shared/text/unified-diff.ts";

const PATH = "src/orders/handler.ts";
const NAMES = ["order", "customer", "total", "invoice", "items", "price", "index", "result", "session", "request"];
const VERBS = ["load", "store", "check", "render", "merge", "filter", "count", "parse", "send", "close"];

export interface ExampleShape {
  /** Of the editable region, at least. */
  readonly regionBytes: number;
  /** Above the region, and as many below. */
  readonly surroundingLines: number;
}

export function scoredExamples(count: number, shape: ExampleShape): Example[] {
  return Array.from({ length: count }, (_, n) => scoredExample(n, shape));
}

function scoredExample(n: number, { regionBytes, surroundingLines }: ExampleShape): Example {
  let drawn = 0;
  const pick = (below: number) => Math.floor(seededShare(n, String(drawn++)) * below);
  const line = () => codeLine(pick);
  const above = Array.from({ length: surroundingLines }, line).join("");
  const below = Array.from({ length: surroundingLines }, line).join("");
  const region: string[] = [];
  for (let bytes = 0; bytes < regionBytes; bytes += region.at(-1)?.length ?? 0) region.push(line());

  const settled = edited(region, 1 + pick(4), pick, line);
  const before = region.join("");
  const predicted = prediction(region, settled, pick, line).join("");
  const earlier = above + edited(region, 1, pick, line).join("") + below;
  const excerpt = above + before + below;
  return {
    schema: 1,
    id: hashOf({ bench: n }),
    source: { kind: "file", source: "bench", name: String(n) },
    snapshot: {
      document: { path: PATH, languageId: "typescript", eol: "lf", lineCount: excerpt.split("\n").length },
      excerpt: { startLine: 0, text: excerpt },
      cursor: above.length,
      editable: { start: above.length, end: above.length + before.length },
      history: [{ path: PATH, diff: unifiedDiff(earlier, excerpt, { path: PATH }), origin: "typed" }],
      diagnostics: [],
      definitions: [],
      trigger: "import",
      capturedAt: "2026-01-01T00:00:00.000Z",
    },
    settlement: {
      text: settled.join(""),
      cursor: null,
      settledAt: "2026-01-01T00:00:10.000Z",
      edits: 1,
      futureHistory: [],
      diagnosticsAfter: [],
      unchanged: false,
      provenance: "human",
    },
    teacher: {
      predictions: [
        {
          id: hashOf({ prediction: n }),
          model: "bench",
          promptVersion: "teacher-1:00000000",
          raw: `The next call follows.\n<|region_start|>\n${predicted}<|region_end|>\n`,
          ...(predicted === before ? { noEdit: true } : { text: predicted }),
          usage: { inputTokens: 2_000, outputTokens: 400, cacheReadTokens: 0, cacheWriteTokens: 0 },
          stopReason: "end",
        },
      ],
    },
  };
}

/** Of ten: one is right, two do nothing, six edit a few lines, one rewrites everything. */
function prediction(
  region: readonly string[],
  settled: readonly string[],
  pick: (below: number) => number,
  line: () => string,
): readonly string[] {
  const kind = pick(10);
  if (kind === 0) return settled;
  if (kind <= 2) return region;
  if (kind <= 6) return edited(settled, 1 + pick(2), pick, line);
  return kind < 9 ? edited(region, 1 + pick(4), pick, line) : region.map(line);
}

/** Lines replaced, put in, taken out, or with another name in them. */
function edited(
  lines: readonly string[],
  edits: number,
  pick: (below: number) => number,
  line: () => string,
): string[] {
  const result = [...lines];
  for (let i = 0; i < edits; i++) {
    const at = pick(result.length);
    const kind = pick(4);
    if (kind === 0) result.splice(at, 1, line());
    else if (kind === 1) result.splice(at, 0, line(), line());
    else if (kind === 2) result.splice(at, 1);
    else result[at] = (result[at] ?? line()).replace(/[a-z]+/u, "renamed");
  }
  return result;
}

function codeLine(pick: (below: number) => number): string {
  const name = () => NAMES[pick(NAMES.length)] as string;
  const verb = () => VERBS[pick(VERBS.length)] as string;
  const indent = "  ".repeat(1 + pick(3));
  switch (pick(5)) {
    case 0:
      return `${indent}const ${name()} = await ${verb()}(${name()}, ${name()}.${name()});\n`;
    case 1:
      return `${indent}if (${name()}.${name()} === undefined) return ${verb()}(${name()});\n`;
    case 2:
      return `${indent}${name()}.${name()} += ${name()}.length * ${pick(100)};\n`;
    case 3:
      return `${indent}for (const ${name()} of ${verb()}(${name()})) {\n`;
    default:
      return pick(2) === 0 ? "\n" : `${indent}}\n`;
  }
}
