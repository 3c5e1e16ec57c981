/** A unified diff as redaction reads it, and writes it again. */
import type { DiffPart } from "../text/diff-parts.ts";
import { diffParts } from "../text/diff-parts.ts";

/** The texts that a diff shows: its frame, then each hunk after and, where it deletes something, before. */
export function diffSides(diff: string): string[] {
  const frame: string[] = [];
  const hunks = new Map<number, DiffPart[]>();
  for (const part of diffParts(diff)) {
    if (part.kind === "frame") frame.push(part.text);
    else {
      const lines = hunks.get(part.hunk);
      if (lines) lines.push(part);
      else hunks.set(part.hunk, [part]);
    }
  }
  const sides = [frame.join("\n")];
  for (const lines of hunks.values()) {
    const side = (without: DiffPart["kind"]) => lines.filter(({ kind }) => kind !== without).map(({ text }) => text);
    sides.push(side("deleted").join("\n"));
    if (lines.some(({ kind }) => kind === "deleted")) sides.push(side("inserted").join("\n"));
  }
  return sides;
}

/** Rewrites a diff's texts and leaves prefixes and counts as they are. `rewrite` must keep a line one line. */
export function rewriteDiff(diff: string, rewrite: (line: string) => string): string {
  return diffParts(diff)
    .map((part) => part.prefix + rewrite(part.text))
    .join("\n");
}
