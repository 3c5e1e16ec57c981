/**
 * Capture as a whole: the editor's events go in, settled captures come out. All of it is synchronous but the context of
 * a capture point, and an event of typing costs what it changes.
 */
import { SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";
import type { TextRange } from "../../shared/text/edits.ts";
import type { Clock, Disposable } from "../clock.ts";
import type { CapturePoint, NoPoint, PointResult, Versions } from "./capture-point.ts";
import { freezePoint } from "./capture-point.ts";
import type { DocumentChange, Position, TrackedDocument } from "./document.ts";
import { originOf } from "./edit-origin.ts";
import type { DescribeDiagnostics, EditorView } from "./editor-view.ts";
import { createFollowing } from "./following.ts";
import type { FrozenCapture, GiveUpReason, SettledCapture } from "./frozen-capture.ts";
import type { GatherContext, Gathering } from "./gather.ts";
import { startGathering } from "./gather.ts";
import type { EditHistory } from "./history.ts";
import { createHistory } from "./history.ts";
import { createPauses } from "./pauses.ts";
import { createSyntaxNodes } from "./syntax-nodes.ts";

/** Saving such a document closes it, and opens a file under any name. */
const unsavedScheme = "untitled:";

export interface CaptureDeps {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly view: EditorView;
  readonly describe: DescribeDiagnostics;
  readonly gather: GatherContext;
  readonly versions: Versions;
  /** The policy's rates in force. */
  readonly rates: () => { readonly captures: number; readonly unchanged: number };
  /** What the gate can say at once. Asked before anything is frozen, and before a language's provider is asked. */
  readonly mayOpen: (uri: string) => boolean;
  readonly settled: (capture: SettledCapture) => Promise<void>;
  /** `predictionId`: of the prediction that was asked for there. */
  readonly gaveUp: (reason: GiveUpReason, uri: string, predictionId?: string) => void;
  /** Something threw that should not have; capture goes on without it. */
  readonly fault: (error: unknown) => void;
}

export interface PredictionPoint {
  readonly uri: string;
  readonly position: Position;
  readonly trigger: "typing" | "cursor" | "diagnostics" | "explicit";
  readonly predictionId: string;
}

export type Requested =
  | { readonly ok: true; readonly capture: FrozenCapture }
  /** `ended`: it was given up before its context was there. */
  | { readonly ok: false; readonly reason: NoPoint | "unknownDocument" | "ended" };

export interface OpenCaptureFacts {
  readonly uri: string;
  /** Offsets in the document as it is now. */
  readonly region: TextRange;
  /** How many events touched the region. */
  readonly edits: number;
  readonly predictionId: string | undefined;
}

export interface Capture extends Disposable {
  /** Also where it was open already: it is tracked anew, and its captures end as after a missed edit. */
  documentOpened(document: TrackedDocument): void;
  /**
   * One event, in the order in which the editor had them. After `missed` the document is not tracked until it is opened again.
   * @param told where we applied a prediction ourselves
   */
  changed(uri: string, change: DocumentChange, told?: "prediction"): "applied" | "missed" | "unknownDocument";
  cursorMoved(uri: string): void;
  /** Its edits stay in the history, unless it was never saved: then nobody can say what it has become. */
  closed(uri: string): void;
  /** Documents that have other names now: by the old ones, nobody can judge any more what they hold. */
  renamed(isGone: (uri: string) => boolean): void;
  /**
   * Nothing may be captured from the folder now. Whatever is held of it goes, its history too: what was done before is not to
   * come along later.
   * @param folder the workspace folder's URI
   */
  stopped(folder: string): void;
  /** To what is on the disk; said before or shortly after the change, no capture opens for it. */
  reverted(uri: string): void;
  /** @param folder the workspace folder's URI */
  branchChanged(folder: string): void;
  /**
   * A prediction is asked for: the state is frozen before this returns, and the snapshot is of that moment whatever
   * happens until its context is there. It takes the place of older captures of the region that have no prediction, and is
   * kept whatever the rates say. The gate is the caller's to ask, about predictions.
   */
  requested(point: PredictionPoint): Promise<Requested>;
  /** What a capture here would hold, for the person to see; it is neither followed nor kept. */
  preview(uri: string, position: Position): Promise<Requested>;
  /** Oldest first. */
  openCaptures(): OpenCaptureFacts[];
  /** The newest whose context is there. */
  lastSnapshot(): FrozenCapture | null;
}

export function createCapture(deps: CaptureDeps): Capture {
  const { clock, view, fault } = deps;
  const documents = new Map<string, TrackedDocument>();
  const documentOf = (uri: string) => documents.get(uri);
  const histories = new Map<string, EditHistory>();
  const settled = async (each: SettledCapture) => {
    // A window that closes waits for nobody: the outbox may be closed already.
    if (!isDisposed) await deps.settled(each);
  };
  const following = createFollowing({ ...deps, settled, documentOf, historyOf });
  const nodes = createSyntaxNodes(view.enclosing, fault);
  const pauses = createPauses({ clock, nearly: guarded(askNodes), paused: guarded(paused) });
  const gatherings = new Set<Gathering>();
  let last: FrozenCapture | null = null;
  let isDisposed = false;

  /** For what runs off a timer, where nobody else would hear of it. */
  function guarded(run: (uri: string) => void): (uri: string) => void {
    return (uri) => {
      try {
        run(uri);
      } catch (error) {
        fault(error);
      }
    };
  }

  /** One a workspace folder. */
  function historyOf(folder: string): EditHistory {
    const known = histories.get(folder) ?? createHistory({ clock });
    histories.set(folder, known);
    return known;
  }

  /** Null also in a region that is followed already, as most pauses are: for those, nobody is asked and nothing is copied. */
  function whereToCapture(uri: string): { document: TrackedDocument; cursor: Position } | null {
    const document = documents.get(uri);
    const cursor = document ? view.cursor(uri) : null;
    if (!document || !cursor || isFollowed(document, cursor) || deps.rates().captures === 0) return null;
    return deps.mayOpen(uri) ? { document, cursor } : null;
  }

  function askNodes(uri: string) {
    const where = whereToCapture(uri);
    if (where && !nodes.wereAsked(where.document, where.cursor)) nodes.ask(where.document, where.cursor);
  }

  function paused(uri: string) {
    const where = whereToCapture(uri);
    if (!where || deps.random() >= deps.rates().captures) return;
    const frozen = freeze(where.document, where.cursor, "typing");
    if (!frozen.ok || following.overlapping(uri, frozen.point.region).length > 0) return;
    openAt(frozen.point);
  }

  function isFollowed(document: TrackedDocument, cursor: Position): boolean {
    const start = document.lineStart(Math.min(cursor.line, document.lineCount - 1));
    return following.of(document.uri).some(({ region }) => region.start <= start && start < region.end);
  }

  function freeze(document: TrackedDocument, cursor: Position, trigger: PredictionPoint["trigger"]): PointResult {
    return freezePoint({
      document,
      cursor,
      enclosing: nodes.around(document),
      history: historyOf(document.folder).newest(SNAPSHOT_LIMITS.historyEntries),
      diagnostics: deps.describe(view.diagnostics(document.uri), document, cursor),
      trigger,
      versions: deps.versions,
      nowMs: clock.now(),
      documentOf,
    });
  }

  function gather(point: CapturePoint, predictionId?: string): Gathering {
    const { gather: ask } = deps;
    const gathering = startGathering(point, predictionId, {
      clock,
      gather: ask,
      openDocuments: documents.values(),
      fault,
    });
    gatherings.add(gathering);
    gathering.frozen.then(() => gatherings.delete(gathering), fault);
    return gathering;
  }

  function openAt(point: CapturePoint, predictionId?: string) {
    const gathering = gather(point, predictionId);
    const capture = following.open(point, gathering, predictionId);
    const ready = gathering.frozen.then((frozen) => {
      if (following.isOpen(capture)) last = frozen;
      return frozen;
    });
    return { capture, ready };
  }

  function endAll(uri: string, reason: GiveUpReason) {
    pauses.forget(uri);
    nodes.forget(uri);
    following.giveUp(following.of(uri), reason);
  }

  function untrack(uri: string, reason: GiveUpReason) {
    endAll(uri, reason);
    documents.delete(uri);
  }

  function missed(uri: string, folder: string) {
    untrack(uri, "missedEdit");
    historyOf(folder).forget((each) => each === uri);
  }

  return {
    documentOpened(document) {
      const before = documents.get(document.uri);
      if (before) missed(before.uri, before.folder);
      documents.set(document.uri, document);
    },
    changed(uri, change, told) {
      const document = documents.get(uri);
      if (!document) return "unknownDocument";
      const applied = document.apply(change);
      if (!applied.ok) {
        missed(uri, document.folder);
        return applied.reason;
      }
      const { edits } = applied;
      if (edits.length === 0) return "applied";
      const origin = originOf(edits, change, told);
      historyOf(document.folder).add(document, edits, origin);
      following.changed(document, edits, origin);
      // What no person did is not followed by anybody's pause, and puts off none that goes on.
      if (origin !== "bulk") pauses.edited(uri);
      return "applied";
    },
    cursorMoved(uri) {
      if (pauses.isNear(uri)) askNodes(uri);
    },
    closed(uri) {
      const document = documents.get(uri);
      untrack(uri, "closed");
      if (!document) return;
      const history = historyOf(document.folder);
      if (uri.startsWith(unsavedScheme)) history.forget((each) => each === uri);
      else history.closed(document);
    },
    renamed(isGone) {
      for (const uri of [...documents.keys()]) if (isGone(uri)) untrack(uri, "closed");
      for (const history of histories.values()) history.forget(isGone);
    },
    stopped(folder) {
      for (const document of [...documents.values()]) if (document.folder === folder) untrack(document.uri, "stopped");
      histories.delete(folder);
      if (last?.folder === folder) last = null;
    },
    reverted: (uri) => endAll(uri, "reverted"),
    branchChanged(folder) {
      for (const document of documents.values()) if (document.folder === folder) endAll(document.uri, "branchChanged");
    },
    async requested({ uri, position, trigger, predictionId }) {
      const document = documents.get(uri);
      if (!document) return { ok: false, reason: "unknownDocument" };
      const frozen = freeze(document, position, trigger);
      if (!frozen.ok) return frozen;
      const older = following.overlapping(uri, frozen.point.region);
      following.giveUp(
        older.filter((each) => each.predictionId === undefined),
        "replaced",
      );
      const { capture, ready } = openAt(frozen.point, predictionId);
      const gathered = await ready;
      return following.isOpen(capture) ? { ok: true, capture: gathered } : { ok: false, reason: "ended" };
    },
    async preview(uri, position) {
      const document = documents.get(uri);
      if (!document) return { ok: false, reason: "unknownDocument" };
      const frozen = freeze(document, position, "explicit");
      return frozen.ok ? { ok: true, capture: await gather(frozen.point).frozen } : frozen;
    },
    openCaptures: () =>
      following.all().map(({ uri, region, edits, predictionId }) => ({ uri, region, edits, predictionId })),
    lastSnapshot: () => last,
    dispose() {
      isDisposed = true;
      pauses.dispose();
      following.dispose();
      for (const gathering of gatherings) gathering.abandon();
      last = null;
      documents.clear();
      histories.clear();
    },
  };
}
