/**
 * A region as the lines between two markers, and back. Both directions go by how the region ended before, because a
 * model that writes the end marker on a line of its own says nothing about the region's last line end:
 *
 * | region before | new text | block |
 * |---|---|---|
 * | ends with a line end, or is empty | ends with one, or is empty | the text |
 * | ends with a line end, or is empty | does not | the text, `<|no_newline_at_end|>`, a line end |
 * | does not end with a line end | any | the text, a line end |
 *
 * Markers that the text itself holds are escaped.
 */
import type { ParsedAnswer } from "../models/model.ts";
import { escapeMarkersAt, findMarker, NO_NEWLINE_AT_END, unescapeMarkersAt } from "./markers.ts";

/** The new text of a region; `cursor` is an offset in it. */
export interface Target {
  readonly text: string;
  readonly cursor?: number | undefined;
}

/** Whether a region's lines all end with a line end. */
function endsLines(before: string): boolean {
  return before === "" || before.endsWith("\n");
}

/** The block of a new text (or of `before` itself), with `cursorMarker` where its cursor is. It is empty or ends with a line end. */
export function encodeBlock(target: Target, before: string, cursorMarker: string): string {
  const { text, offset } = escapeMarkersAt({ text: target.text, offset: target.cursor ?? 0 });
  const marked = target.cursor === undefined ? text : text.slice(0, offset) + cursorMarker + text.slice(offset);
  if (!endsLines(before)) return `${marked}\n`;
  return text === "" || text.endsWith("\n") ? marked : `${marked}${NO_NEWLINE_AT_END}\n`;
}

/**
 * The edit that a block stands for. An error `marker` where a marker is left in it, or the cursor's more than once; no
 * edit where the text is the one that was there.
 */
export function decodeBlock(block: string, before: string, cursorMarker: string): ParsedAnswer {
  const pieces = block.split(cursorMarker);
  if (pieces.length > 2) return { kind: "error", error: "marker" };
  const lines = restoreLineEnd(pieces.join(""), before);
  if (findMarker(lines) !== undefined) return { kind: "error", error: "marker" };
  const cursorAt = Math.min((pieces[0] ?? "").length, lines.length);
  const { text, offset } = unescapeMarkersAt({ text: lines, offset: cursorAt });
  if (text === before) return { kind: "noEdit" };
  return pieces.length === 2 ? { kind: "edit", text, cursor: offset } : { kind: "edit", text };
}

function restoreLineEnd(lines: string, before: string): string {
  if (!endsLines(before)) return lines.endsWith("\n") ? lines.slice(0, -1) : lines;
  const withoutEnd = lines.endsWith("\n") ? lines.slice(0, -1) : lines;
  if (withoutEnd.endsWith(NO_NEWLINE_AT_END)) return withoutEnd.slice(0, -NO_NEWLINE_AT_END.length);
  return lines === "" || lines.endsWith("\n") ? lines : `${lines}\n`;
}

/** An answer with LF line ends: models copy CRLF from what they were trained on. */
export function normalizeAnswer(answer: string): string {
  return answer.replace(/\r\n?/gu, "\n");
}
