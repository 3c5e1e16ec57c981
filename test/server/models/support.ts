/** What the tests of models share: a data folder, a request, a format small enough to read in a test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, vi } from "vitest";
import type { Configuration, ModelConfiguration } from "../../../server/configuration/configuration.ts";
import type { ParsedAnswer, PredictRequest } from "../../../server/models/model.ts";
import type { Models } from "../../../server/models/models.ts";
import { createModels } from "../../../server/models/models.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import type { DoubleRequest } from "../../doubles/http-double.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

/** Runs after the test, the latest first. */
export function afterwards(step: () => unknown): void {
  cleanUp.push(step);
}

export function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-models-"));
  afterwards(() => rmSync(folder, { recursive: true }));
  return folder;
}

export interface TestModels extends Models {
  readonly warnings: string[];
}

export function modelsOf(options: {
  readonly dataDir?: string;
  readonly env?: Record<string, string>;
  readonly models?: Record<string, ModelConfiguration>;
}): TestModels {
  const configuration: Configuration = { concurrency: 4, seed: 1, models: options.models ?? {}, file: undefined };
  const warnings: string[] = [];
  const models = createModels({
    configuration,
    dataDir: options.dataDir ?? dataFolder(),
    env: options.env ?? {},
    warn: (sentence) => warnings.push(sentence),
  });
  afterwards(() => models.close());
  return Object.assign(models, { warnings });
}

/** The SDKs wait up to 8 s before they try again. Here they wait 1 ms; longer times (their timeouts) stay as they are. */
export function withoutBackoff(): void {
  const real = globalThis.setTimeout;
  const longestBackoffMs = 10_000;
  const hurried = ((work: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) =>
    real(work, ms !== undefined && ms <= longestBackoffMs ? Math.min(ms, 1) : ms, ...given)) as typeof setTimeout;
  vi.stubGlobal("setTimeout", hurried);
  afterwards(() => vi.unstubAllGlobals());
}

export function snapshotOf(text: string): Snapshot {
  return {
    document: { path: "src/a.ts", languageId: "typescript", eol: "lf", lineCount: text.split("\n").length },
    excerpt: { startLine: 0, text },
    cursor: 0,
    editable: { start: 0, end: text.length },
    history: [],
    diagnostics: [],
    definitions: [],
    trigger: "import",
    capturedAt: "2026-01-31T09:05:00.123Z",
  };
}

/** Asks for `text` in capitals, between brackets. */
export function requestOf(text: string, changes: Partial<PredictRequest> = {}): PredictRequest {
  return {
    exampleId: sha256Hex(`example ${text}`),
    snapshot: snapshotOf(text),
    prompt: {
      version: "test-1:00000000",
      system: "Write it in capitals.",
      messages: [{ role: "user", content: text }],
      maxOutputTokens: 1_000,
    },
    parse: parseBrackets,
    ...changes,
  };
}

/** The answer to `requestOf`; every sample is another one. */
export function answerBrackets({ prompt, sample }: DoubleRequest): string {
  return `[${prompt.toUpperCase()}${sample === 0 ? "" : ` ${sample}`}]`;
}

/** `[no edit]`, or the text between brackets; a bracket in it is a marker that was left. */
function parseBrackets(answer: string): ParsedAnswer {
  const inside = /^\[(.*)\]$/su.exec(answer)?.[1];
  if (inside === undefined) return { kind: "error", error: "unparsable" };
  if (inside === "no edit") return { kind: "noEdit" };
  if (/[[\]]/u.test(inside)) return { kind: "error", error: "marker" };
  return { kind: "edit", text: inside };
}
