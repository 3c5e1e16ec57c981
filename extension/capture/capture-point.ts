/**
 * The state at a capture point, frozen: everything that a later edit could change is copied here and now. Context
 * (definitions, the repository's facts) comes later and is added by `snapshot.ts`.
 */
import { sha256Hex } from "../../shared/ids.ts";
import { parseRecord } from "../../shared/records/parse.ts";
import type { Diagnostic, Snapshot } from "../../shared/records/snapshot.ts";
import {
  diagnostic,
  historyEntry,
  SNAPSHOT_LIMITS,
  snapshot as snapshotSchema,
} from "../../shared/records/snapshot.ts";
import { cutExcerpt } from "../../shared/snapshot/excerpt.ts";
import type { TextRange } from "../../shared/text/edits.ts";
import { timestampOf } from "../clock.ts";
import { ownCopy } from "./chunked-text.ts";
import type { Position, TrackedDocument } from "./document.ts";
import type { PositionRange } from "./editor-view.ts";
import type { TouchedFile } from "./frozen-capture.ts";
import type { HistoryEntryOf } from "./history.ts";
import { aroundHunks, aroundRange, aroundSnippets } from "./surroundings.ts";

/** Written into every snapshot. */
export interface Versions {
  readonly editor: string;
  readonly extension: string;
}

export interface PointRequest {
  readonly document: TrackedDocument;
  readonly cursor: Position;
  readonly enclosing: readonly PositionRange[];
  /** Oldest first. */
  readonly history: readonly HistoryEntryOf[];
  /** As shown now, nearest to the cursor first. */
  readonly diagnostics: readonly Diagnostic[];
  readonly trigger: Snapshot["trigger"];
  readonly versions: Versions;
  /** Wall clock. */
  readonly nowMs: number;
  /** Other documents that are open, for what stands around the history's diffs. */
  readonly documentOf: (uri: string) => TrackedDocument | undefined;
}

export interface CapturePoint {
  readonly uri: string;
  readonly folder: string;
  /** The whole text as it was: definitions within the document itself are read from here, never from what came later. */
  readonly text: string;
  readonly version: number;
  readonly cursor: Position;
  /** Offsets in `text`. */
  readonly region: TextRange;
  /** Valid by its schema; without definitions and repository, which the context brings. */
  readonly snapshot: Snapshot;
  readonly surroundings: readonly string[];
  readonly files: readonly TouchedFile[];
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * Why nothing can be captured here: the cursor's line alone is too long for a region, or the record would not be valid
 * (half of a surrogate pair, a file name that cannot be written as a relative path).
 */
export type NoPoint = "lineTooLong" | "notValid";

export type PointResult =
  | { readonly ok: true; readonly point: CapturePoint }
  | { readonly ok: false; readonly reason: NoPoint };

export function freezePoint(request: PointRequest): PointResult {
  const { document, cursor, trigger, versions, nowMs } = request;
  const text = document.text();
  const enclosing = request.enclosing.map(({ start, end }) => ({
    start: document.offsetAt(start),
    end: document.offsetAt(end),
  }));
  const cut = cutExcerpt({ text, cursor: document.offsetAt(cursor), enclosing });
  if (!cut.ok) return cut;

  const newest = request.history.slice(-SNAPSHOT_LIMITS.historyEntries);
  const history = newest.filter((entry) => parseRecord(historyEntry, recordOf(entry)).ok);
  const diagnostics = validDiagnostics(request.diagnostics);
  const parsed = parseRecord(snapshotSchema, {
    document: {
      path: document.path,
      languageId: document.languageId,
      eol: document.eol,
      lineCount: document.lineCount,
      sha256: sha256Hex(text),
    },
    // Cut out of the whole text, it would keep all of that alive for as long as the capture is.
    excerpt: { startLine: cut.startLine, text: ownCopy(cut.text) },
    cursor: cut.cursor,
    editable: cut.editable,
    history: history.map(recordOf),
    diagnostics: diagnostics.slice(0, SNAPSHOT_LIMITS.diagnostics),
    definitions: [],
    trigger,
    capturedAt: timestampOf(nowMs),
    editorVersion: versions.editor,
    extensionVersion: versions.extension,
  });
  if (!parsed.ok) return { ok: false, reason: "notValid" };

  const excerptStart = document.offsetAt({ line: cut.startLine, character: 0 });
  const excerpt = { start: excerptStart, end: excerptStart + cut.text.length };
  return {
    ok: true,
    point: {
      uri: document.uri,
      folder: document.folder,
      text,
      version: document.version,
      cursor,
      region: { start: excerptStart + cut.editable.start, end: excerptStart + cut.editable.end },
      snapshot: parsed.value,
      surroundings: [
        aroundRange(document, excerpt),
        ...aroundSnippets(document, parsed.value.diagnostics, excerpt),
        ...aroundHistory(history, request.documentOf),
      ],
      files: [
        { uri: document.uri, path: document.path, role: "document", external: false },
        ...filesOfHistory(history),
      ],
      leftOut: {
        history: newest.length - history.length,
        diagnostics: Math.max(0, request.diagnostics.length - SNAPSHOT_LIMITS.diagnostics),
      },
    },
  };
}

/** Without those whose message holds half of a character. */
export function validDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter((each) => parseRecord(diagnostic, each).ok);
}

/** As the record has it: without the file's URI, which is an absolute path, and without what stands around. */
export function recordOf({ uri: _uri, around: _around, ...entry }: HistoryEntryOf) {
  return entry;
}

export function filesOfHistory(history: readonly HistoryEntryOf[]): TouchedFile[] {
  return history.map(({ uri, path }) => ({ uri, path, role: "history", external: false }));
}

export function aroundHistory(
  history: readonly HistoryEntryOf[],
  documentOf: (uri: string) => TrackedDocument | undefined,
): string[] {
  return history.flatMap(({ uri, diff, around = [] }) => {
    const document = documentOf(uri);
    return [...around, ...(diff === undefined || !document ? [] : aroundHunks(document, diff))];
  });
}
