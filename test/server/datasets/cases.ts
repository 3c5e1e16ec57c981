/** Examples as they are when all stages are through, and a data folder that goes away. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ExportRequest } from "../../../server/datasets/export.ts";
import { DEFAULT_MAX_TOKENS } from "../../../server/datasets/export.ts";
import { DEFAULT_CONTEXT } from "../../../server/prompts/context-options.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import type { Example, SplitName } from "../../../shared/records/example.ts";
import type { Prediction } from "../../../shared/records/prediction.ts";
import { unifiedDiff } from "../../../shared/text/unified-diff.ts";

/** A function that was renamed; the call below it was not yet. `n` tells the examples apart. */
export function exampleOf(n: number, more: Partial<Example> = {}): Example {
  const path = `src/area${n}.ts`;
  const old = `export function size${n}(w: number, h: number) {\n  return w * h;\n}\n`;
  const above = old.replace(`size${n}`, `area${n}`);
  const before = `\nconst total = size${n}(3, 4);\n`;
  const text = above + before;
  return {
    schema: 1,
    id: sha256Hex(`example ${n}`),
    source: {
      kind: "git",
      contributor: "contributor-1",
      repo: "geometry",
      revision: "1".repeat(40),
      commit: "2".repeat(40),
      path,
      hunk: 1,
      k: 1,
      seed: 1,
      insertions: 2,
      deletions: 2,
      files: 1,
    },
    snapshot: {
      document: { path, languageId: "typescript", eol: "lf", lineCount: 6 },
      excerpt: { startLine: 0, text },
      cursor: above.length,
      editable: { start: above.length, end: text.length },
      history: [{ path, diff: unifiedDiff(old + before, text, { path }), origin: "unknown" }],
      diagnostics: [],
      definitions: [],
      repo: { licence: "MIT" },
      trigger: "import",
      capturedAt: "2026-01-02T03:04:05.678Z",
    },
    redaction: { version: 1, counts: {} },
    split: { name: "train", group: `geometry ${path}` },
    expected: { text: before.replace(`size${n}`, `area${n}`), from: "teacher" },
    teacher: { predictions: [predictionOf({ text: before.replace(`size${n}`, `area${n}`) })] },
    ...more,
  };
}

export function predictionOf(fields: Partial<Prediction>): Prediction {
  return {
    id: "a".repeat(64),
    model: "openai:teacher",
    promptVersion: "teacher-1:00000000",
    raw: "",
    usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
    stopReason: "end",
    ...fields,
  };
}

export function splitOf(name: SplitName, group: string) {
  return { split: { name, group } };
}

/** Removed when the test ends. */
export async function freshDataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "stillpoint-export-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export function requestOf(dataDir: string, examples: readonly Example[], more: Partial<ExportRequest> = {}) {
  return {
    dataDir,
    dataset: "tiny",
    examples: (async function* () {
      yield* examples;
    })(),
    formats: ["prompt-completion"],
    student: "zeta1",
    context: DEFAULT_CONTEXT,
    maxTokens: DEFAULT_MAX_TOKENS,
    dropLong: false,
    runRecord: () => ({ exportedAt: "2026-01-02T03:04:05.678Z" }),
    signal: new AbortController().signal,
    ...more,
  } satisfies ExportRequest;
}

/** Every file below `folder` with its text, in order. */
export async function filesBelow(folder: string): Promise<Record<string, string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: Record<string, string> = {};
  for (const entry of found) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(folder.length + 1)] = await readFile(path, "utf8");
  }
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}
