/**
 * Replays a session that was recorded in a real VS Code on capture, and keeps, independently and naively, what every
 * document held at every moment.
 */
import { createCapture } from "../../../extension/capture/capture.ts";
import type { Position } from "../../../extension/capture/document.ts";
import { trackedDocument } from "../../../extension/capture/document.ts";
import type { SettledCapture } from "../../../extension/capture/frozen-capture.ts";
import { normalizeLineEnds } from "../../../shared/text/line-ends.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import type { RecordedPosition, RecordedSession, RecordedStep } from "../../vscode/inside/recorded-session.ts";

/** The session's time 0. */
export const startedAt = Date.parse("2026-01-01T00:00:00.000Z");
const folder = "file:///project";

/** In the order in which they came; times in milliseconds since the session began. */
export type Outcome =
  | { readonly atMs: number; readonly settled: SettledCapture }
  | { readonly atMs: number; readonly gaveUp: string; readonly path: string };

export interface Replayed {
  readonly outcomes: readonly Outcome[];
  /** The LF text of a document at a moment, after everything that happened at it. */
  textAt(path: string, atMs: number): string;
  /** Regions that are followed still. */
  readonly open: number;
}

export async function replay(session: RecordedSession): Promise<Replayed> {
  const clock = manualClock(startedAt);
  const cursors = new Map<string, Position>();
  const outcomes: Outcome[] = [];
  const pathOf = (uri: string) => uri.slice(folder.length + 1);
  const capture = createCapture({
    clock,
    random: () => 0,
    view: { cursor: (uri) => cursors.get(pathOf(uri)) ?? null, enclosing: async () => [], diagnostics: () => [] },
    describe: () => [],
    gather: async () => ({ definitions: [], repo: undefined, leftOut: {} }),
    versions: { editor: "1.91.0", extension: "0.1.0" },
    rates: () => ({ captures: 1, unchanged: 1 }),
    mayOpen: () => true,
    settled: async (settled) => void outcomes.push({ atMs: clock.monotonicMs(), settled }),
    gaveUp: (reason, uri) => void outcomes.push({ atMs: clock.monotonicMs(), gaveUp: reason, path: pathOf(uri) }),
    fault(error) {
      throw error;
    },
  });
  const known = new Map<string, { atMs: number; text: string }[]>();
  for (const { text, path, languageId, eol, version } of session.documents) {
    const uri = `${folder}/${path}`;
    capture.documentOpened(trackedDocument({ uri, path, folder, languageId, eol, version, text }));
    known.set(path, [{ atMs: 0, text: normalizeLineEnds(text).text }]);
  }

  function happen(step: RecordedStep) {
    switch (step.kind) {
      case "change": {
        const changes = step.changes.map(({ start, end, text }) => ({ start: at(start), end: at(end), text }));
        const outcome = capture.changed(`${folder}/${step.path}`, {
          version: step.version,
          changes,
          reason: step.reason,
        });
        if (outcome !== "applied") throw new Error(`the change at ${step.atMs} ms: ${outcome}`);
        const texts = known.get(step.path);
        texts?.push({ atMs: step.atMs, text: editNaively(texts.at(-1)?.text ?? "", step.changes) });
        return;
      }
      case "cursor":
        cursors.set(step.path, at(step.at));
        return capture.cursorMoved(`${folder}/${step.path}`);
      case "close":
        return capture.closed(`${folder}/${step.path}`);
      case "branch":
        return capture.branchChanged(folder);
      case "save":
      case "end":
        return;
    }
  }
  for (const step of session.steps) {
    await clock.advanceAsync(step.atMs - clock.monotonicMs());
    happen(step);
  }
  await clock.advanceAsync(0);
  const open = capture.openCaptures().length;
  capture.dispose();
  return {
    outcomes,
    open,
    textAt(path, atMs) {
      const text = known.get(path)?.findLast((each) => each.atMs <= atMs)?.text;
      if (text === undefined) throw new Error(`${path} is in no session`);
      return text;
    },
  };
}

function at([line, character]: RecordedPosition): Position {
  return { line, character };
}

/** Line by line, as VS Code's own copy in the extension host does it: its changes in their order, one after the other. */
function editNaively(
  text: string,
  changes: readonly { start: RecordedPosition; end: RecordedPosition; text: string }[],
): string {
  let lines = text.split("\n");
  for (const { start, end, text: inserted } of changes) {
    const before = (lines[start[0]] ?? "").slice(0, start[1]);
    const behind = (lines[end[0]] ?? "").slice(end[1]);
    const middle = `${before}${inserted}${behind}`.split(/\r\n|\r|\n/u);
    lines = [...lines.slice(0, start[0]), ...middle, ...lines.slice(end[0] + 1)];
  }
  return lines.join("\n");
}
