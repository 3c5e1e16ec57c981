/** Capture with a clock that tests move, an editor that does what tests say, and everything that came out. */
import { createCapture } from "../../../extension/capture/capture.ts";
import type { Position, TrackedDocument } from "../../../extension/capture/document.ts";
import { trackedDocument } from "../../../extension/capture/document.ts";
import type { EditorDiagnostic, PositionRange } from "../../../extension/capture/editor-view.ts";
import type { SettledCapture } from "../../../extension/capture/frozen-capture.ts";
import type { GatherContext } from "../../../extension/capture/gather.ts";
import { manualClock } from "../../doubles/manual-clock.ts";

export const folder = "file:///work";
export const uriOf = (path: string) => `${folder}/${path}`;

export interface EditorState {
  cursor: Position | null;
  nodes: readonly PositionRange[];
  diagnostics: readonly EditorDiagnostic[];
  mayOpen: boolean;
  rates: { captures: number; unchanged: number };
  random: () => number;
  gather: GatherContext;
}

export function captureHarness(changes: Partial<EditorState> = {}) {
  const clock = manualClock();
  const state: EditorState = {
    cursor: { line: 0, character: 0 },
    nodes: [],
    diagnostics: [],
    mayOpen: true,
    rates: { captures: 1, unchanged: 1 },
    random: () => 0,
    gather: async () => ({ definitions: [], repo: undefined, leftOut: {} }),
    ...changes,
  };
  const settled: SettledCapture[] = [];
  const gaveUp: { reason: string; uri: string; predictionId: string | undefined }[] = [];
  const faults: unknown[] = [];
  const nodesAskedAt: number[] = [];
  /** What the laptop slept, where its monotonic clock goes on meanwhile. */
  let sleptMs = 0;
  const capture = createCapture({
    clock: { ...clock, monotonicMs: () => clock.monotonicMs() + sleptMs },
    random: () => state.random(),
    view: {
      cursor: () => state.cursor,
      enclosing: async () => {
        nodesAskedAt.push(clock.monotonicMs());
        return state.nodes;
      },
      diagnostics: () => state.diagnostics,
    },
    describe: (shown, document) =>
      shown.map(({ severity, message, start, end }) => ({
        severity,
        message,
        startLine: start.line,
        endLine: end.line,
        snippet: document.line(start.line),
      })),
    gather: (point, guard) => state.gather(point, guard),
    versions: { editor: "1.91.0", extension: "0.1.0" },
    rates: () => state.rates,
    mayOpen: () => state.mayOpen,
    settled: async (each) => void settled.push(each),
    gaveUp: (reason, uri, predictionId) => void gaveUp.push({ reason, uri, predictionId }),
    fault: (error) => void faults.push(error),
  });
  const documents = new Map<string, TrackedDocument>();

  return {
    clock,
    state,
    capture,
    settled,
    gaveUp,
    faults,
    nodesAskedAt,
    sleep(ms: number) {
      sleptMs += ms;
    },
    open(path: string, text: string, inFolder = folder): TrackedDocument {
      const document = trackedDocument({
        uri: `${inFolder}/${path}`,
        path,
        folder: inFolder,
        languageId: "typescript",
        eol: "lf",
        version: 1,
        text,
      });
      documents.set(path, document);
      capture.documentOpened(document);
      return document;
    },
    /** Puts `text` in place of what stands between two offsets, and the cursor behind it. */
    edit(path: string, start: number, end: number, text: string, reason?: "undo" | "redo") {
      const document = documents.get(path);
      if (!document) throw new Error(`${path} is not open`);
      const change = { start: document.positionAt(start), end: document.positionAt(end), text };
      const result = capture.changed(document.uri, { version: document.version + 1, changes: [change], reason });
      if (state.cursor) state.cursor = document.positionAt(start + text.length);
      return result;
    },
    reasons: () => gaveUp.map(({ reason }) => reason),
  };
}
export type Harness = ReturnType<typeof captureHarness>;

/** Numbered lines of 40 bytes each: 26 of them are a region. */
export function numberedLines(count: number): string {
  return Array.from(
    { length: count },
    (_, line) => `const line${String(line).padStart(4, "0")} = "${"x".repeat(19)}";\n`,
  ).join("");
}
