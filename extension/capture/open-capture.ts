/** One capture between its point and its end: its region followed through every edit, its stillness counted. */
import type { HistoryEntry } from "../../shared/records/snapshot.ts";
import { regionBefore, SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";
import type { TextRange } from "../../shared/text/edits.ts";
import { fitsInUtf8, utf8Length } from "../../shared/text/utf8.ts";
import type { CapturePoint } from "./capture-point.ts";
import type { AppliedEdit, TrackedDocument } from "./document.ts";
import type { FrozenCapture, GiveUpReason } from "./frozen-capture.ts";
import { followRegion } from "./region.ts";
import type { Stillness } from "./stillness.ts";
import { createStillness } from "./stillness.ts";

export interface OpenCapture {
  readonly uri: string;
  readonly folder: string;
  readonly predictionId: string | undefined;
  /** By the monotonic clock. */
  readonly openedMs: number;
  /** Where the history stood. */
  readonly historyMark: number;
  /** Settles when the context is there; never rejects. */
  readonly frozen: Promise<FrozenCapture>;
  /** Stops asking for context. */
  readonly abandon: () => void;
  /** The region's text at the capture point. */
  readonly before: string;
  readonly stillness: Stillness;
  /** Offsets in the document as it is now. */
  readonly region: TextRange;
  /** Events that touched the region. */
  readonly edits: number;
  readonly changedUnits: ReadonlyMap<HistoryEntry["origin"], number>;
  /** Takes one event in; a reason where the capture ends with it. `document` and `edits` as they are after `apply`. */
  follow(edits: readonly AppliedEdit[], change: FollowedChange): GiveUpReason | null;
}

export interface FollowedChange {
  readonly document: TrackedDocument;
  readonly origin: HistoryEntry["origin"];
  /** By the monotonic clock. */
  readonly nowMs: number;
}

export interface Opening {
  readonly point: CapturePoint;
  readonly predictionId: string | undefined;
  readonly nowMs: number;
  readonly historyMark: number;
  readonly frozen: Promise<FrozenCapture>;
  readonly abandon: () => void;
}

export function openCapture({ point, predictionId, nowMs, historyMark, frozen, abandon }: Opening): OpenCapture {
  const { editableMaxBytes } = SNAPSHOT_LIMITS;
  const before = regionBefore(point.snapshot);
  const stillness = createStillness(nowMs);
  const changedUnits = new Map<HistoryEntry["origin"], number>();
  let region = point.region;
  /** Kept up by what edits add, so that the text need not be read; exact but for halves of surrogate pairs. */
  let bytes = utf8Length(before);
  let touches = 0;

  return {
    uri: point.uri,
    folder: point.folder,
    predictionId,
    openedMs: nowMs,
    historyMark,
    frozen,
    abandon,
    before,
    stillness,
    get region() {
      return region;
    },
    get edits() {
      return touches;
    },
    changedUnits,
    follow(edits, { document, origin, nowMs: now }) {
      const followed = followRegion(region, edits);
      if (!followed.ok) return followed.reason;
      if (followed.touched) {
        for (const edit of edits) {
          if (edit.start < region.start || edit.end > region.end) continue;
          bytes += utf8Length(edit.newText) - utf8Length(edit.removed);
          const units = edit.newText.length + edit.removed.length;
          changedUnits.set(origin, (changedUnits.get(origin) ?? 0) + units);
        }
        touches++;
        stillness.restart(now);
      }
      region = followed.region;
      if (bytes <= editableMaxBytes) return null;
      const text = document.slice(region.start, region.end);
      bytes = utf8Length(text);
      return fitsInUtf8(text, editableMaxBytes) ? null : "regionTooLong";
    },
  };
}

/** Whether two regions share text. Of two that stand at the same place and of which one is empty, the one is the other. */
export function regionsOverlap(a: TextRange, b: TextRange): boolean {
  return a.start === b.start || (a.start < b.end && b.start < a.end);
}
