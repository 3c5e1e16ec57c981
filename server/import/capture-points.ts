/**
 * Chooses where in a commit's replay a person would have been looked over the shoulder: which hunk comes next, whether
 * a part of it is typed already, and where the cursor stands.
 */
import { SNAPSHOT_LIMITS } from "../../shared/records/snapshot.ts";
import type { TextEdit } from "../../shared/text/edits.ts";
import { applyEdits } from "../../shared/text/edits.ts";
import type { Syntax } from "../syntax/syntax.ts";
import type { CommitReplay } from "./commit-replay.ts";
import { historyEntry } from "./commit-replay.ts";
import type { Moment, NoPlace, Place } from "./place.ts";
import { cursorsNear, holds, momentOf, placeAt } from "./place.ts";
import type { ReplayFile } from "./replay-files.ts";
import type { TypedPart } from "./typed-part.ts";
import { typedPart } from "./typed-part.ts";

/** Of the targets that can be caught half typed, so many are tried that way first. */
const cutShare = 0.4;
/** Of the places where the next hunk lies in the region around the last one, so many are taken. */
const atLastEditShare = 0.8;
/** Of the points behind an edit, so many are tried as the end of the work: nothing more happens in the region. */
const restShare = 0.15;

export interface CapturePoint {
  readonly file: ReplayFile;
  /** How many of the commit's hunks are applied, and how many of them in `file`. */
  readonly k: number;
  readonly applied: number;
  /** What is typed of the next hunk already. */
  readonly part: TypedPart | null;
  readonly moment: Moment;
  readonly place: Place;
}

/** A seeded number from 0 to 1, for each purpose another. */
export type Draw = (...purpose: readonly string[]) => number;

export type NoPoint = NoPlace | "nothingBefore" | "historyTooLong" | "noChange";

export interface PointOptions {
  readonly replay: CommitReplay;
  readonly syntax: Syntax;
  readonly draw: Draw;
}

/** A capture point with `k` hunks applied whose target is the next one; its moment's tree is the caller's to dispose. */
export async function pointBeforeChange(options: PointOptions, k: number): Promise<CapturePoint | NoPoint> {
  const step = options.replay.steps[k];
  if (!step) return "nothingBefore";
  const { file, index } = step;
  const [target] = options.replay.pending(file, index);
  if (!target) return "nothingBefore";
  const text = options.replay.text(file, index);
  const part = typedPart(text, target, options.draw("pause", String(k)));
  // With nothing done before, or nothing there, only what is typed of it says that it is coming.
  const needsPart = k === 0 || file.added;
  const cutFirst = needsPart || options.draw("cut", String(k)) < cutShare;
  const ways = [...(part ? [part] : []), ...(needsPart ? [] : [null])];
  if (!cutFirst) ways.reverse();
  let refusal: NoPoint = "nothingBefore";
  for (const way of ways) {
    const point = await pointInWay(options, k, text, way, target);
    if (typeof point !== "string") return point;
    refusal = point;
  }
  return refusal;
}

async function pointInWay(
  options: PointOptions,
  k: number,
  text: string,
  part: TypedPart | null,
  target: TextEdit,
): Promise<CapturePoint | NoPoint> {
  const { replay, syntax } = options;
  const step = replay.steps[k];
  if (!step) return "nothingBefore";
  const { file, index } = step;
  if (!historyHolds(replay, file, index, text, part)) return "historyTooLong";
  const later = replay.pending(file, index + 1);
  const now = part ? applyEdits(text, [part.typed]) : text;
  const left: readonly TextEdit[] = part ? part.rest : [target];
  // `later` counts from the text behind the whole target.
  const grown = left.reduce((sum, { start, end, newText }) => sum + newText.length - (end - start), 0);
  const pending = [...left, ...later.map((edit) => ({ ...edit, start: edit.start - grown, end: edit.end - grown }))];
  const moment = momentOf(now, await syntax.parse(file.languageId, now), pending);
  let refusal: NoPoint = "outsideRegion";
  for (const cursor of part ? [part.cursor] : cursorsFor(options, k, moment, target)) {
    const place = placeAt(moment, cursor);
    if (typeof place === "string") refusal = place;
    else if (!holds(place, left)) refusal = "outsideRegion";
    else if (place.settledText === now.slice(place.region.start, place.region.end)) refusal = "noChange";
    else return { file, k, applied: index, part, moment, place };
  }
  moment.tree?.dispose();
  return refusal;
}

/** Where the cursor may stand, best first. */
function cursorsFor({ replay, draw }: PointOptions, k: number, moment: Moment, target: TextEdit): number[] {
  const near = cursorsNear(moment, target, (purpose) => draw(purpose, String(k)));
  const last = replay.steps[k - 1];
  if (!last || last.file !== replay.steps[k]?.file) return near;
  const atLast = replay.endOf(last);
  return draw("place", String(k)) < atLastEditShare ? [atLast, ...near] : [...near, atLast];
}

/**
 * A capture point at the end of hunk `k - 1` around which the commit changes nothing more; null where it does, and for
 * all but a seeded share of the points.
 */
export async function pointAtRest(options: PointOptions, k: number): Promise<CapturePoint | null> {
  const { replay, syntax, draw } = options;
  const last = replay.steps[k - 1];
  if (!last || draw("rest", String(k)) >= restShare) return null;
  const { file } = last;
  const applied = last.index + 1;
  const text = replay.text(file, applied);
  if (!historyHolds(replay, file, applied, text, null)) return null;
  const moment = momentOf(text, await syntax.parse(file.languageId, text), replay.pending(file, applied));
  const place = placeAt(moment, replay.endOf(last));
  if (typeof place !== "string" && place.settledText === text.slice(place.region.start, place.region.end)) {
    return { file, k, applied, part: null, moment, place };
  }
  moment.tree?.dispose();
  return null;
}

/** Whether every edit of the file so far has its diff in the history, so that the history leads to the text. */
function historyHolds(
  replay: CommitReplay,
  file: ReplayFile,
  applied: number,
  text: string,
  part: TypedPart | null,
): boolean {
  if (applied + (part ? 1 : 0) > SNAPSHOT_LIMITS.historyEntries) return false;
  if (part && historyEntry(file.path, text, [part.typed]).diff === undefined) return false;
  return file.edits.slice(0, applied).every((_, index) => replay.entry({ file, index }).diff !== undefined);
}
