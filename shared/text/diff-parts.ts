/**
 * A unified diff of one file read leniently, line by line: what is a prefix, what is text. For what must be done with
 * every diff, also with one that `parseUnifiedDiff` refuses: redacting and measuring.
 */
import { fitsInUtf8, utf8Length } from "./utf8.ts";

export interface DiffPart {
  /** `frame`: file and hunk headers, and the mark of a missing line end. */
  readonly kind: "context" | "deleted" | "inserted" | "frame";
  /** Without its prefix and its line end. */
  readonly text: string;
  readonly prefix: string;
  /** Which hunk, from 1; 0 before the first header of one. */
  readonly hunk: number;
}

/** Only what stands before the first hunk: behind it, `--- x` is the deleted line `-- x`. */
const fileHeader = /^(?:---|\+\+\+) /u;
/** Every line of a hunk has a prefix, so none begins with `@`, whatever the counts of its header say. */
const hunkHeader = /^@@ /u;

const kinds: Readonly<Record<string, DiffPart["kind"]>> = { " ": "context", "-": "deleted", "+": "inserted" };

/** Joined by line ends, prefix and text are the diff again. */
export function diffParts(diff: string): DiffPart[] {
  let hunk = 0;
  return diff.split("\n").map((line) => {
    if (hunkHeader.test(line)) hunk++;
    const kind = hunk === 0 && fileHeader.test(line) ? undefined : kinds[line[0] ?? ""];
    if (kind === undefined) return { kind: "frame", text: line, prefix: "", hunk };
    return { kind, text: line.slice(1), prefix: line.slice(0, 1), hunk };
  });
}

/**
 * Whether what a diff shows of the text before it, and of the text after it, takes `maxBytes` or fewer in UTF-8 each:
 * lines of context included, prefixes and headers not.
 */
export function sidesFitInUtf8(diff: string, maxBytes: number): boolean {
  if (fitsInUtf8(diff, maxBytes)) return true;
  let before = 0;
  let after = 0;
  for (const { kind, text } of diffParts(diff)) {
    if (kind === "frame") continue;
    const bytes = utf8Length(text) + 1;
    if (kind !== "inserted") before += bytes;
    if (kind !== "deleted") after += bytes;
  }
  return before <= maxBytes && after <= maxBytes;
}
