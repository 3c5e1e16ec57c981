/** The life of a capture behind its point: followed through every edit until it settles or is given up. */
import type { Clock, Disposable } from "../clock.ts";
import type { CapturePoint } from "./capture-point.ts";
import { aroundHistory, filesOfHistory } from "./capture-point.ts";
import type { AppliedEdit, TrackedDocument } from "./document.ts";
import type { EditOrigin } from "./edit-origin.ts";
import type { DescribeDiagnostics, EditorView } from "./editor-view.ts";
import type { FrozenCapture, GiveUpReason, SettledCapture } from "./frozen-capture.ts";
import type { EditHistory } from "./history.ts";
import type { OpenCapture } from "./open-capture.ts";
import { openCapture, regionsOverlap } from "./open-capture.ts";
import { createOpenCaptures } from "./open-captures.ts";
import { settlementOf } from "./settlement.ts";
import { createSettling } from "./settling.ts";
import { eachOnce } from "./snapshot.ts";
import { aroundRange, aroundSnippets } from "./surroundings.ts";

/** A settlement takes no more. */
const maxFutureEntries = 4;

export interface FollowingDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly view: EditorView;
  readonly describe: DescribeDiagnostics;
  readonly rates: () => { readonly unchanged: number };
  readonly documentOf: (uri: string) => TrackedDocument | undefined;
  readonly historyOf: (folder: string) => EditHistory;
  readonly settled: (capture: SettledCapture) => Promise<void>;
  readonly gaveUp: (reason: GiveUpReason, uri: string, predictionId?: string) => void;
  readonly fault: (error: unknown) => void;
}

export interface Following extends Disposable {
  /** @param gathered the capture with its context; `abandon` stops asking for it */
  open(point: CapturePoint, gathered: Gathered, predictionId?: string): OpenCapture;
  isOpen(capture: OpenCapture): boolean;
  /** After `document` has applied the edits and the history has them. */
  changed(document: TrackedDocument, edits: readonly AppliedEdit[], origin: EditOrigin): void;
  /** Those of a document whose regions share text with the one given. */
  overlapping(uri: string, region: { readonly start: number; readonly end: number }): OpenCapture[];
  giveUp(captures: readonly OpenCapture[], reason: GiveUpReason): void;
  of(uri: string): readonly OpenCapture[];
  all(): readonly OpenCapture[];
}

export interface Gathered {
  /** Never rejects. */
  readonly frozen: Promise<FrozenCapture>;
  readonly abandon: () => void;
}

export function createFollowing(deps: FollowingDeps): Following {
  const { clock, view, documentOf, historyOf } = deps;
  const captures = createOpenCaptures();
  const settling = createSettling({ clock, open: captures.all, settle, neverStill: (each) => end(each, "neverStill") });

  function end(capture: OpenCapture, reason: GiveUpReason) {
    close(capture);
    capture.abandon();
    deps.gaveUp(reason, capture.uri, capture.predictionId);
  }
  function close(capture: OpenCapture) {
    captures.remove(capture);
    historyOf(capture.folder).release(capture.historyMark);
  }

  /** Runs off a timer that goes on to the other captures, so what is thrown ends this one alone. */
  function settle(capture: OpenCapture) {
    try {
      settleOrEnd(capture);
    } catch (error) {
      deps.fault(error);
      end(capture, "fault");
    }
  }

  function settleOrEnd(capture: OpenCapture) {
    const document = documentOf(capture.uri);
    if (!document) throw new Error("a capture is open in a document that is not");
    const cursor = view.cursor(capture.uri);
    const from = cursor ?? document.positionAt(capture.region.start);
    const result = settlementOf(capture, {
      document,
      cursor,
      history: historyOf(capture.folder).since(capture.historyMark, maxFutureEntries),
      diagnostics: deps.describe(view.diagnostics(capture.uri), document, from),
      atMs: clock.now(),
      nowMs: clock.monotonicMs(),
    });
    if (!result.ok) return end(capture, result.reason);
    const { settlement, history } = result;
    const isWanted =
      !settlement.unchanged || capture.predictionId !== undefined || deps.random() < deps.rates().unchanged;
    if (!isWanted) return end(capture, "unchanged");
    close(capture);
    const around = [
      aroundRange(document, capture.region),
      ...aroundSnippets(document, settlement.diagnosticsAfter, capture.region),
      ...aroundHistory(history, documentOf),
    ];
    capture.frozen
      .then((frozen) =>
        deps.settled({
          ...frozen,
          surroundings: [...frozen.surroundings, ...around],
          files: eachOnce([...frozen.files, ...filesOfHistory(history)]),
          settlement,
        }),
      )
      .catch(deps.fault);
  }

  return {
    open(point, { frozen, abandon }, predictionId) {
      const historyMark = historyOf(point.folder).mark();
      const nowMs = clock.monotonicMs();
      const capture = openCapture({ point, predictionId, nowMs, historyMark, frozen, abandon });
      for (const dropped of captures.add(capture)) end(dropped, "tooManyOpen");
      settling.watch();
      return capture;
    },
    isOpen: (capture) => captures.of(capture.uri).includes(capture),
    changed(document, edits, origin) {
      const nowMs = clock.monotonicMs();
      for (const capture of captures.of(document.uri)) {
        const reason = capture.follow(edits, { document, origin, nowMs });
        if (reason !== null) end(capture, reason);
      }
    },
    overlapping: (uri, region) => captures.of(uri).filter((each) => regionsOverlap(each.region, region)),
    giveUp(given, reason) {
      for (const capture of given) end(capture, reason);
    },
    of: captures.of,
    all: captures.all,
    dispose() {
      settling.dispose();
      for (const capture of captures.all()) {
        close(capture);
        capture.abandon();
      }
    },
  };
}
