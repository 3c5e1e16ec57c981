/**
 * A unified diff as redaction reads it: what is a line's prefix, what is text. Lenient on purpose, since a diff that
 * does not parse must be redacted all the same.
 */

export interface DiffPart {
  /** `frame`: file and hunk headers, and the mark of a missing line end. */
  readonly kind: "context" | "deleted" | "inserted" | "frame";
  /** Without its prefix and its line end. */
  readonly text: string;
  readonly prefix: string;
  /** Which hunk, from 0; -1 before the first. */
  readonly hunk: number;
}

const HUNK_HEADER = /^@@ -\d{1,15}(?:,(\d{1,15}))? \+\d{1,15}(?:,(\d{1,15}))? @@/u;

const KINDS: Readonly<Record<string, DiffPart["kind"]>> = { " ": "context", "-": "deleted", "+": "inserted" };

/** Joined by line ends, prefix and text are the diff again. */
export function diffParts(diff: string): DiffPart[] {
  let hunk = -1;
  let oldLeft = 0;
  let newLeft = 0;
  return diff.split("\n").map((line) => {
    const header = oldLeft > 0 || newLeft > 0 ? null : HUNK_HEADER.exec(line);
    if (header) {
      hunk++;
      oldLeft = Number(header[1] ?? 1);
      newLeft = Number(header[2] ?? 1);
      return { kind: "frame", text: line, prefix: "", hunk };
    }
    const kind = oldLeft > 0 || newLeft > 0 ? KINDS[line[0] ?? ""] : undefined;
    if (kind === undefined) {
      // A blank line of context that lost its only space still counts.
      if (line === "" && oldLeft > 0 && newLeft > 0) {
        oldLeft--;
        newLeft--;
      }
      return { kind: "frame", text: line, prefix: "", hunk };
    }
    if (kind !== "inserted") oldLeft--;
    if (kind !== "deleted") newLeft--;
    return { kind, text: line.slice(1), prefix: line.slice(0, 1), hunk };
  });
}

/** The texts that a diff shows: its frame, then each hunk before and after. A side without a change is left out. */
export function diffSides(diff: string): string[] {
  const frame: string[] = [];
  const hunks: DiffPart[][] = [];
  for (const part of diffParts(diff)) {
    if (part.kind === "frame") {
      frame.push(part.text);
      if (part.hunk === hunks.length) hunks.push([]);
    } else hunks.at(-1)?.push(part);
  }
  const sides = [frame.join("\n")];
  for (const lines of hunks) {
    for (const other of ["inserted", "deleted"] as const) {
      const side = lines.filter((part) => part.kind !== other);
      if (side.some((part) => part.kind !== "context")) sides.push(side.map((part) => part.text).join("\n"));
    }
  }
  return sides;
}

/** Rewrites a diff's texts and leaves prefixes and counts as they are. `rewrite` must keep a line one line. */
export function rewriteDiff(diff: string, rewrite: (line: string) => string): string {
  return diffParts(diff)
    .map((part) => part.prefix + rewrite(part.text))
    .join("\n");
}
