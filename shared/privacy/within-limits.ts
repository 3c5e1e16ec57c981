/** Holds a redacted snapshot to the limits of its record, since placeholders can be longer than what they stand for. */
import type { Definition, HistoryEntry, Snapshot } from "../records/snapshot.ts";
import { regionBefore, SNAPSHOT_LIMITS } from "../records/snapshot.ts";
import { sidesFitInUtf8 } from "../text/diff-parts.ts";
import { fitsInUtf8, utf8Length } from "../text/utf8.ts";
import { PLACEHOLDER } from "./placeholder.ts";

/** Undefined where the region is longer than a region may be, or the excerpt too long without a line to spare. */
export function withinLimits(snapshot: Snapshot): Snapshot | undefined {
  if (!fitsInUtf8(regionBefore(snapshot), SNAPSHOT_LIMITS.editableMaxBytes)) return undefined;
  const fitted = excerptWithinLimit(snapshot);
  if (!fitted) return undefined;
  const { history, definitions } = fitted;
  return { ...fitted, history: history.map(entryWithinLimit), definitions: definitionsWithinLimit(definitions) };
}

/** Takes whole lines outside the region away, the one farther from the cursor first, until the excerpt fits. */
function excerptWithinLimit(snapshot: Snapshot): Snapshot | undefined {
  const { text, startLine } = snapshot.excerpt;
  let bytes = utf8Length(text);
  if (bytes <= SNAPSHOT_LIMITS.excerptBytes) return snapshot;
  let from = 0;
  let to = text.length;
  let lines = 0;
  while (bytes > SNAPSHOT_LIMITS.excerptBytes) {
    const firstEnd = text.indexOf("\n", from) + 1;
    // The last line without the line end before it, which then ends the excerpt's last whole line.
    const lastStart = text.lastIndexOf("\n", to - 2) + 1;
    const canDropFirst = firstEnd > 0 && firstEnd <= snapshot.editable.start;
    const canDropLast = lastStart > from && lastStart >= snapshot.editable.end;
    if (!canDropFirst && !canDropLast) return undefined;
    if (canDropFirst && (!canDropLast || snapshot.cursor - from >= to - snapshot.cursor)) {
      bytes -= utf8Length(text.slice(from, firstEnd));
      from = firstEnd;
      lines++;
    } else {
      bytes -= utf8Length(text.slice(lastStart, to));
      to = lastStart;
    }
  }
  return {
    ...snapshot,
    excerpt: { startLine: startLine + lines, text: text.slice(from, to) },
    cursor: snapshot.cursor - from,
    editable: { start: snapshot.editable.start - from, end: snapshot.editable.end - from },
  };
}

/** An entry that is too big on either side keeps its path, as capture has it. */
function entryWithinLimit(entry: HistoryEntry): HistoryEntry {
  if (entry.diff === undefined || sidesFitInUtf8(entry.diff, SNAPSHOT_LIMITS.historyBytesASide)) return entry;
  const { diff: _diff, ...rest } = entry;
  return { ...rest, origin: "bulk" };
}

/** Each is cut at its end, never inside a placeholder; then the farthest go until the sum fits. */
function definitionsWithinLimit(definitions: readonly Definition[]): Definition[] {
  const cut = definitions.map((definition) => ({
    ...definition,
    text: cutToBytes(definition.text, SNAPSHOT_LIMITS.definitionBytes),
  }));
  let bytes = cut.reduce((sum, definition) => sum + utf8Length(definition.text), 0);
  while (bytes > SNAPSHOT_LIMITS.definitionsBytes) bytes -= utf8Length(cut.pop()?.text ?? "");
  return cut;
}

function cutToBytes(text: string, limit: number): string {
  if (utf8Length(text) <= limit) return text;
  let end = 0;
  let bytes = 0;
  for (const char of text) {
    bytes += utf8Length(char);
    if (bytes > limit) break;
    end += char.length;
  }
  for (const match of text.matchAll(PLACEHOLDER)) {
    if (match.index < end && end < match.index + match[0].length) end = match.index;
  }
  return text.slice(0, end);
}
