/**
 * The edit history of one workspace folder, across its files: the last edits as people would tell them, several
 * keystrokes one entry. An entry's diff is made when somebody asks for it, never while a person types.
 */
import type { HistoryEntry } from "../../shared/records/snapshot.ts";
import type { Clock } from "../clock.ts";
import { timestampOf } from "../clock.ts";
import type { ChangedWindow } from "./changed-windows.ts";
import { diffOfWindows, unchangedWindows, widenWindows, windowsSince } from "./changed-windows.ts";
import type { AppliedEdit, TrackedDocument } from "./document.ts";
import { lineEndsOf } from "./document.ts";
import type { EditOrigin } from "./edit-origin.ts";
import { aroundHunks } from "./surroundings.ts";

const joinWithinMs = 1_000;
const joinWithinLines = 8;
const maxClosedEntries = 9;
/** How many entries are kept for each mark: a settlement takes no more. */
const maxEntriesSince = 4;
/** More than there may be open captures. The oldest mark goes first. */
const maxMarks = 64;

/** As in a record, and what no record holds. */
export interface HistoryEntryOf extends HistoryEntry {
  /** The file's, by which the gate judges it. */
  readonly uri: string;
  /** Texts around its hunks, where its document was closed since; for redaction's margin. */
  readonly around?: readonly string[];
}

export interface EditHistory {
  /** The edits of one event, after `document` has applied them. */
  add(document: TrackedDocument, edits: readonly AppliedEdit[], origin: EditOrigin): void;
  /** The newest entries, oldest first; what was typed and taken back within one entry is none. */
  newest(limit: number): HistoryEntryOf[];
  /** Remembers this moment for `since`. The entry in progress goes on undisturbed. */
  mark(): number;
  /** The first entries (4 at most) after the mark, oldest first; none for a mark that was released or forgotten. */
  since(mark: number, limit: number): HistoryEntryOf[];
  release(mark: number): void;
  /** The document is there no more to be asked what stands around its entries' diffs. */
  closed(document: TrackedDocument): void;
  /** Drops documents' entries: they were renamed, or an event was missed and their lines fit nothing any more. */
  forget(isGone: (uri: string) => boolean): void;
}

interface Entry {
  readonly uri: string;
  readonly path: string;
  readonly origin: EditOrigin;
  readonly startedAtMs: number;
  endedAtMs: number;
  /** Monotonic. */
  lastEditMs: number;
  /** The lines of the last event's edits, as the document has them after it. Sorted. */
  lastLines: readonly LineSpan[];
  /** Null where the entry holds too much. */
  windows: readonly ChangedWindow[] | null;
  around: readonly string[] | undefined;
  /** Marks that were set while it was open. */
  readonly moments: Moment[];
  /** The finished record, once it was asked for. */
  made: HistoryEntryOf | null;
}

/** An entry in progress at a mark. */
interface Moment {
  readonly windows: readonly ChangedWindow[] | null;
  /** The first edit after the mark. */
  startedAtMs: number | null;
}

interface LineSpan {
  readonly first: number;
  readonly last: number;
}

interface Mark {
  inProgress: { readonly entry: Entry; readonly moment: Moment } | null;
  entries: Entry[];
}

export function createHistory({ clock }: { readonly clock: Clock }): EditHistory {
  /** Closed ones, and the open one behind them. */
  let entries: Entry[] = [];
  let open: Entry | null = null;
  /** The open entry's: opened anew, a document is another. The closed entries hold none, whose whole text would live on. */
  let openIn: TrackedDocument | null = null;
  /** Sorted by when they were set. */
  const marks = new Map<number, Mark>();
  let marksSet = 0;

  function drop(gone: (entry: Entry) => boolean) {
    entries = entries.filter((entry) => !gone(entry));
    for (const mark of marks.values()) mark.entries = mark.entries.filter((entry) => !gone(entry));
  }
  function close() {
    const closed = open;
    open = null;
    openIn = null;
    if (closed?.windows && unchangedWindows(closed.windows)) drop((entry) => entry === closed);
    if (entries.length > maxClosedEntries) entries = entries.slice(-maxClosedEntries);
  }
  function begin(document: TrackedDocument, origin: EditOrigin): Entry {
    close();
    const entry: Entry = {
      uri: document.uri,
      path: document.path,
      origin,
      startedAtMs: clock.now(),
      endedAtMs: 0,
      lastEditMs: 0,
      lastLines: [],
      windows: [],
      around: undefined,
      moments: [],
      made: null,
    };
    entries.push(entry);
    for (const mark of marks.values()) if (mark.entries.length < maxEntriesSince) mark.entries.push(entry);
    return entry;
  }
  function joins(entry: Entry, document: TrackedDocument, edits: readonly AppliedEdit[], origin: EditOrigin): boolean {
    return (
      openIn === document &&
      entry.origin === origin &&
      clock.monotonicMs() - entry.lastEditMs <= joinWithinMs &&
      nearby(entry.lastLines, linesBefore(edits))
    );
  }

  return {
    add(document, edits, origin) {
      if (edits.length === 0) return;
      if (!open || !joins(open, document, edits, origin)) {
        open = begin(document, origin);
        openIn = document;
      }
      for (const moment of open.moments) moment.startedAtMs ??= clock.now();
      open.windows = open.windows && widenWindows(open.windows, document, edits);
      open.lastLines = linesAfter(edits);
      open.lastEditMs = clock.monotonicMs();
      open.endedAtMs = clock.now();
      open.made = null;
    },
    newest(limit) {
      const newest: HistoryEntryOf[] = [];
      for (let at = entries.length - 1; at >= 0 && newest.length < limit; at--) {
        const entry = entries[at];
        if (!entry) break;
        entry.made ??= recordOf(entry, entry.windows, entry.startedAtMs);
        if (entry.made !== null) newest.unshift(entry.made);
      }
      return newest;
    },
    mark() {
      const id = ++marksSet;
      const moment: Moment = { windows: open?.windows ?? null, startedAtMs: null };
      open?.moments.push(moment);
      marks.set(id, { inProgress: open && { entry: open, moment }, entries: [] });
      const [oldest] = marks.keys();
      if (marks.size > maxMarks && oldest !== undefined) marks.delete(oldest);
      return id;
    },
    since(id, limit) {
      const mark = marks.get(id);
      if (!mark) return [];
      const records = mark.entries.map((entry) => recordOf(entry, entry.windows, entry.startedAtMs));
      return [restOf(mark), ...records].filter((record) => record !== null).slice(0, Math.min(limit, maxEntriesSince));
    },
    release(id) {
      const inProgress = marks.get(id)?.inProgress;
      if (inProgress) inProgress.entry.moments.splice(inProgress.entry.moments.indexOf(inProgress.moment), 1);
      marks.delete(id);
    },
    closed(document) {
      if (openIn === document) close();
      const all = new Set(entries);
      for (const mark of marks.values()) for (const entry of mark.entries) all.add(entry);
      for (const entry of all) {
        // What stood there at the first time is nearest to the edit.
        if (entry.uri !== document.uri || entry.around !== undefined) continue;
        const diff = entry.windows && diffOfWindows(entry.windows, entry.path);
        entry.around = diff ? aroundHunks(document, diff) : [];
        entry.made = null;
      }
    },
    forget(isGone) {
      if (open && isGone(open.uri)) {
        open = null;
        openIn = null;
      }
      drop((entry) => isGone(entry.uri));
      for (const mark of marks.values())
        if (mark.inProgress && isGone(mark.inProgress.entry.uri)) mark.inProgress = null;
    },
  };
}

/** What came after the mark of the entry that was in progress; null where nothing did. */
function restOf({ inProgress }: Mark): HistoryEntryOf | null {
  if (!inProgress) return null;
  const { entry, moment } = inProgress;
  if (moment.startedAtMs === null) return null;
  const windows = entry.windows && moment.windows && windowsSince(moment.windows, entry.windows);
  return recordOf(entry, windows, moment.startedAtMs);
}

/** Null where the entry took everything back. */
function recordOf(
  { uri, path, around, origin, endedAtMs }: Entry,
  windows: readonly ChangedWindow[] | null,
  startedAtMs: number,
): HistoryEntryOf | null {
  const diff = windows && diffOfWindows(windows, path);
  if (diff === "") return null;
  const times = { startedAt: timestampOf(startedAtMs), endedAt: timestampOf(endedAtMs) };
  const of = { uri, path, ...(around === undefined ? {} : { around }), ...times };
  return diff === null ? { ...of, origin: "bulk" } : { ...of, diff, origin };
}

/** The lines that edits stand on before their event. */
function linesBefore(edits: readonly AppliedEdit[]): LineSpan[] {
  return edits.map((edit) => ({ first: edit.position.line, last: edit.position.line + lineEndsOf(edit).removed }));
}

/** The lines that edits stand on after their event. */
function linesAfter(edits: readonly AppliedEdit[]): LineSpan[] {
  let shift = 0;
  return edits.map((edit) => {
    const { removed, inserted } = lineEndsOf(edit);
    const first = edit.position.line + shift;
    shift += inserted - removed;
    return { first, last: first + inserted };
  });
}

/** Whether each of `spans` is near one of `last`; both sorted. With several cursors, each goes on at its own place. */
function nearby(last: readonly LineSpan[], spans: readonly LineSpan[]): boolean {
  let at = 0;
  return spans.every((span) => {
    while (at < last.length - 1 && (last[at]?.last ?? 0) + joinWithinLines < span.first) at++;
    const beside = last[at];
    if (!beside) return false;
    return Math.max(span.first - beside.last, beside.first - span.last) <= joinWithinLines;
  });
}
