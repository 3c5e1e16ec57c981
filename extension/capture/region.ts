/** The editable region of an open capture, followed through later edits of its document. Exact or over. */
import type { TextEdit, TextRange } from "../../shared/text/edits.ts";
import { mapRange } from "../../shared/text/edits.ts";

export type FollowedRegion =
  | {
      readonly ok: true;
      readonly region: TextRange;
      /** An edit lies inside, or inserts at an edge: the region's clock starts again. */
      readonly touched: boolean;
    }
  /** A replacement or deletion reaches over an edge, so nobody can say what of it belongs to the region. */
  | { readonly ok: false; readonly reason: "straddled" };

/** Where `region` lies after the edits of one event, both in offsets of the text before it. */
export function followRegion(region: TextRange, edits: readonly TextEdit[]): FollowedRegion {
  const after = mapRange(region, edits);
  if (after === null) return { ok: false, reason: "straddled" };
  const touched = edits.some(({ start, end }) => region.start <= start && end <= region.end);
  return { ok: true, region: after, touched };
}
