/** What the student formats share. */
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { escapeMarkers } from "./markers.ts";
import { encodeBlock } from "./region-block.ts";
import { maxOutputTokens } from "./tokens.ts";

/** The excerpt in three parts, escaped; the middle one is the region as a block, with the cursor in it. */
export interface ExcerptParts {
  readonly above: string;
  readonly region: string;
  readonly below: string;
}

export function excerptParts({ excerpt, editable, cursor }: Snapshot, cursorMarker: string): ExcerptParts {
  const before = excerpt.text.slice(editable.start, editable.end);
  return {
    above: escapeMarkers(excerpt.text.slice(0, editable.start)),
    region: encodeBlock({ text: before, cursor: cursor - editable.start }, before, cursorMarker),
    below: escapeMarkers(excerpt.text.slice(editable.end)),
  };
}

/** A student does not think aloud. */
export function studentOutputTokens(snapshot: Snapshot): number {
  return maxOutputTokens(regionBefore(snapshot), 0);
}

/** Definitions by file, in the order in which their files first come. Text ends with a line end. */
export function relatedFiles(snapshot: Snapshot, limit: number): { path: string; text: string }[] {
  const files = new Map<string, string[]>();
  for (const { path, text } of snapshot.definitions.slice(0, limit)) {
    const texts = files.get(path) ?? [];
    texts.push(escapeMarkers(text.endsWith("\n") ? text : `${text}\n`));
    files.set(path, texts);
  }
  return [...files].map(([path, texts]) => ({ path: escapeMarkers(path), text: texts.join("…\n") }));
}
