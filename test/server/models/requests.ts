/** Requests in a format that is small enough to read in a test. */
import type { ParsedAnswer, PredictRequest } from "../../../server/models/model.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import type { Snapshot } from "../../../shared/records/snapshot.ts";
import type { DoubleRequest } from "../../doubles/http-double.ts";

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
