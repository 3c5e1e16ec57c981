/** Reads a unified diff of one file, strictly: what it does not understand is a fault with the line that holds it. */
import { splitLines } from "./lines.ts";

export const noLineEndMark = "\\ No newline at end of file";

export interface DiffLine {
  readonly kind: " " | "-" | "+";
  /** With its line end, where it has one. Never empty. */
  readonly text: string;
}

/** Lines count from 0: the change stands before `oldLine` where `oldCount` is 0, likewise for the new side. */
export interface DiffHunk {
  readonly oldLine: number;
  readonly oldCount: number;
  readonly newLine: number;
  readonly newCount: number;
  readonly lines: readonly DiffLine[];
}

export interface DiffFault {
  readonly ok: false;
  /** A sentence's worth, with numbers of lines and hunks and never any of the text. */
  readonly reason: string;
}

export interface ParsedDiff {
  readonly ok: true;
  /** Without `a/` and `b/`; absent where there is no header or the side is `/dev/null`. */
  readonly oldPath?: string;
  readonly newPath?: string;
  readonly hunks: readonly DiffHunk[];
}

/** What git writes between `diff --git` and the first hunk, besides the two file headers. */
const gitHeader =
  /^(?:diff --git |index |old mode |new mode |deleted file mode |new file mode |similarity index |dissimilarity index |rename from |rename to |copy from |copy to )/u;

const hunkHeader = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(?: |\r?\n|$)/u;

/** An empty diff has no hunks; headers may be missing. */
export function parseUnifiedDiff(diff: string): ParsedDiff | DiffFault {
  const lines = splitLines(diff);
  const hunks: DiffHunk[] = [];
  const paths: { oldPath?: string; newPath?: string } = {};
  let at = 0;
  for (; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.startsWith("@@ ")) break;
    if (line.startsWith("--- ") && lines[at + 1]?.startsWith("+++ ")) {
      if (at + 2 < lines.length && !lines[at + 2]?.startsWith("@@ ")) return faultAt(at + 2, "is no hunk");
      const oldPath = readName(line.slice(4));
      const newPath = readName(lines[at + 1]?.slice(4) ?? "");
      if (oldPath !== null) paths.oldPath = oldPath;
      if (newPath !== null) paths.newPath = newPath;
      at++;
    } else if (!gitHeader.test(line)) return faultAt(at, "is neither a file header nor a hunk");
  }
  while (at < lines.length) {
    const hunk = readHunk(lines, at);
    if (!("lines" in hunk)) return hunk;
    hunks.push(hunk.hunk);
    at += hunk.lines;
  }
  return { ok: true, ...paths, hunks };
}

/** Reads the hunk whose header is line `from`, and says how many lines of the diff it takes. */
function readHunk(lines: readonly string[], from: number): { hunk: DiffHunk; lines: number } | DiffFault {
  const header = lines[from] ?? "";
  const match = hunkHeader.exec(header);
  if (!match) return faultAt(from, /^(?:diff |--- )/u.test(header) ? "begins another file" : "is no hunk header");
  const [oldStart, oldCount, newStart, newCount] = [match[1], match[2] ?? "1", match[3], match[4] ?? "1"].map(Number);
  if (oldStart === undefined || oldCount === undefined || newStart === undefined || newCount === undefined) {
    return faultAt(from, "is no hunk header");
  }
  if (![oldStart + oldCount, newStart + newCount].every(Number.isSafeInteger)) {
    return faultAt(from, "holds a number that is too large");
  }
  if ((oldCount > 0 && oldStart === 0) || (newCount > 0 && newStart === 0)) {
    return faultAt(from, "names line 0, but lines count from 1");
  }
  const body: DiffLine[] = [];
  let oldLeft = oldCount;
  let newLeft = newCount;
  let at = from + 1;
  while (oldLeft > 0 || newLeft > 0) {
    const line = lines[at];
    if (line === undefined) return faultAt(from, "counts more lines than the diff has");
    // An editor that strips trailing white space leaves an empty line of a blank line of context; git reads it so too.
    const kind = line === "\n" ? " " : line[0];
    if (kind !== " " && kind !== "-" && kind !== "+") return faultAt(at, "is no line of a hunk");
    if (!line.endsWith("\n")) return faultAt(at, "is cut short: the diff ends without a line end");
    if (kind !== "+") oldLeft--;
    if (kind !== "-") newLeft--;
    if (oldLeft < 0 || newLeft < 0) return faultAt(at, "is more than the hunk's header counts");
    at++;
    let text = line === "\n" ? line : line.slice(1);
    if (lines[at]?.startsWith("\\")) {
      text = text.slice(0, -1);
      if (text === "") return faultAt(at, "speaks of a line that holds nothing");
      if ((kind !== "+" && oldLeft > 0) || (kind !== "-" && newLeft > 0)) {
        return faultAt(at, "speaks of a line that is not the last");
      }
      at++;
    }
    body.push({ kind, text });
  }
  const hunk: DiffHunk = {
    oldLine: oldCount === 0 ? oldStart : oldStart - 1,
    oldCount,
    newLine: newCount === 0 ? newStart : newStart - 1,
    newCount,
    lines: body,
  };
  return { hunk, lines: at - from };
}

function faultAt(index: number, what: string): DiffFault {
  return { ok: false, reason: `line ${index + 1} of the diff ${what}` };
}

const escapes: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};
const unescapes = new Map(Object.entries(escapes).map(([character, escaped]) => [escaped.slice(1), character]));

/** A file name as git writes it into a header. */
export function quoteName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be quoted.
  const special = /[\u0000-\u001f"\\\u007f]/gu;
  const quoted = name.replace(
    special,
    (character) => escapes[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  if (quoted !== name) return `"${quoted}"`;
  return name.includes(" ") ? `${name}\t` : name;
}

/** The inverse, without `a/` or `b/`; null for `/dev/null`. A tab ends the name: what follows it is a time. */
export function readName(header: string): string | null {
  const line = header.replace(/\r?\n$/u, "");
  const quoted = /^"((?:[^"\\]|\\.)*)"/u.exec(line)?.[1];
  const name = quoted === undefined ? (line.split("\t", 1)[0] ?? "") : unquote(quoted);
  return name === "/dev/null" ? null : name.replace(/^[ab]\//u, "");
}

/** Octal escapes are bytes of UTF-8, since git quotes whatever is not ASCII by default. */
function unquote(quoted: string): string {
  return quoted.replace(/(?:\\[0-3][0-7]{2})+|\\(.)/gu, (escaped, single: string | undefined) => {
    if (single !== undefined) return unescapes.get(single) ?? single;
    const bytes = escaped.match(/[0-7]{3}/gu)?.map((octal) => Number.parseInt(octal, 8)) ?? [];
    return new TextDecoder().decode(new Uint8Array(bytes));
  });
}
