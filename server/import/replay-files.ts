/**
 * The files of a commit that can be replayed as a person's edits: text that somebody wrote by hand, before the commit,
 * and the commit's hunks as edits of it. Everything else is left out with a reason.
 */

import { isSecretPath } from "../../shared/privacy/secret-paths.ts";
import { relativePath } from "../../shared/records/fields.ts";
import { handsOffPath, hasGeneratedMark } from "../../shared/repository/paths.ts";
import type { TextEdit } from "../../shared/text/edits.ts";
import { applyEdits } from "../../shared/text/edits.ts";
import { normalizeLineEnds } from "../../shared/text/line-ends.ts";
import { lineStarts } from "../../shared/text/lines.ts";
import type { BlobSource } from "../git/blobs.ts";
import type { GitCommit, GitFileChange, GitHunk } from "../git/commits.ts";
import { languageOf } from "../git/languages.ts";

/** The gate's rule 9, as in the editor. The size in bytes is git's to refuse: see `maxFileBytes`. */
const maxLines = 50_000;
const minifiedMeanChars = 240;

export interface ReplayFile {
  readonly path: string;
  readonly languageId: string;
  readonly eol: "lf" | "crlf";
  /** The commit makes the file: `base` is empty. */
  readonly added: boolean;
  /** The parent's text as an editor has it: LF line ends, no byte order mark. */
  readonly base: string;
  /** The commit's hunks, each of whole lines, as edits of `base`. */
  readonly edits: readonly TextEdit[];
}

export type SkippedFile =
  | "deleted"
  | "renamed"
  | "notAFile"
  | "modeOnly"
  | "path"
  | "secretPath"
  | "lockfile"
  | "vendored"
  | "generated"
  | "language"
  | "binary"
  | "notUtf8"
  | "tooLarge"
  | "minified"
  | "loneCarriageReturn"
  | "missing"
  | "lineEndsOnly";

interface Candidate {
  readonly change: GitFileChange;
  readonly path: string;
  readonly languageId: string;
}

/** The files whose kind and path speak for them; nothing is read yet. */
export function candidateFiles(commit: GitCommit, skip: (reason: SkippedFile) => void): Candidate[] {
  const candidates: Candidate[] = [];
  for (const change of commit.files) {
    const path = decode(change.path);
    const languageId = path === null ? null : languageOf(path);
    const reason = path === null ? "path" : (skippedByKind(change) ?? skippedByPath(path, languageId));
    if (reason !== null || path === null || languageId === null) skip(reason ?? "path");
    else candidates.push({ change, path, languageId });
  }
  return candidates;
}

function skippedByKind(change: GitFileChange): SkippedFile | null {
  if (change.status === "D") return "deleted";
  if (change.status === "R" || change.status === "C") return "renamed";
  const regular = (mode: string) => mode === "100644" || mode === "100755";
  if (!regular(change.newMode) || !(regular(change.oldMode) || change.status === "A")) return "notAFile";
  if (change.binary) return "binary";
  return change.hunks.length === 0 ? "modeOnly" : null;
}

function skippedByPath(path: string, languageId: string | null): SkippedFile | null {
  // Control characters would have to be escaped wherever a path is shown; nobody's source is called that.
  if (/\p{Cc}/u.test(path) || !relativePath.safeParse(path).success) return "path";
  if (isSecretPath(path)) return "secretPath";
  return handsOffPath(path) ?? (languageId === null ? "language" : null);
}

/** Lines of code a commit changes: those that hold more than white space, added and removed, in files of a known language. */
export interface CodeLines {
  readonly insertions: number;
  readonly deletions: number;
}

/** Reads the candidates' texts, and leaves out what is no text or nobody's own. */
export async function replayFiles(
  candidates: readonly Candidate[],
  blobs: BlobSource,
  skip: (reason: SkippedFile) => void,
): Promise<ReplayFile[]> {
  const existing = candidates.filter(({ change }) => change.status !== "A");
  const found = await blobs.read(existing.map(({ change }) => change.oldBlob));
  const bytesOf = new Map(existing.map((candidate, i) => [candidate, found[i]]));
  const files: ReplayFile[] = [];
  for (const candidate of candidates) {
    const blob = bytesOf.get(candidate);
    if (blob !== undefined && blob.kind !== "found") {
      skip(blob.kind);
      continue;
    }
    const file = replayFile(candidate, blob?.bytes ?? null);
    if (typeof file === "string") skip(file);
    else files.push(file);
  }
  return files;
}

function replayFile({ change, path, languageId }: Candidate, blob: Buffer | null): ReplayFile | SkippedFile {
  const added = change.status === "A";
  const raw = decode(blob ?? Buffer.alloc(0));
  const sides = change.hunks.map(decodeHunk);
  if (raw === null || sides.includes(null)) return "notUtf8";
  const base = editorText(raw);
  if (base.includes("\r")) return "loneCarriageReturn";
  const edits = editsOf(
    base,
    sides.filter((side) => side !== null),
  );
  const after = applyEdits(base, edits);
  if (after.includes("\r")) return "loneCarriageReturn";
  if (base.includes("\0") || after.includes("\0")) return "binary";
  if (edits.length === 0) return "lineEndsOnly";
  if (tooManyLines(base) || tooManyLines(after)) return "tooLarge";
  if (minified(base) || minified(after)) return "minified";
  if (hasGeneratedMark(base) || hasGeneratedMark(after)) return "generated";
  const { eol } = normalizeLineEnds(added ? sides.map((side) => side?.added).join("") : raw);
  return { path, languageId, eol, added, base, edits };
}

interface TextHunk {
  readonly oldLine: number;
  readonly removed: string;
  readonly added: string;
}

function decodeHunk(hunk: GitHunk): TextHunk | null {
  const removed = decode(hunk.removed);
  const added = decode(hunk.added);
  return removed === null || added === null ? null : { oldLine: hunk.oldLine, removed, added };
}

/** A hunk of line ends or of a byte order mark alone is none in an editor. */
function editsOf(base: string, hunks: readonly TextHunk[]): TextEdit[] {
  const starts = lineStarts(base);
  const edits: TextEdit[] = [];
  for (const { oldLine, removed, added } of hunks) {
    const atTop = oldLine === 0;
    const oldText = atTop ? editorText(removed) : crToLf(removed);
    const newText = atTop ? editorText(added) : crToLf(added);
    // Behind a last line without a line end, which no line start marks.
    const start = starts[oldLine] ?? base.length;
    if (!base.startsWith(oldText, start)) throw new Error("a hunk of git's does not fit the file it is of");
    if (oldText !== newText) edits.push({ start, end: start + oldText.length, newText });
  }
  return edits;
}

function editorText(text: string): string {
  return crToLf(text.startsWith("\uFEFF") ? text.slice(1) : text);
}

/** A lone CR stays, so that it is seen: as a line end it would count a line that git does not count. */
function crToLf(text: string): string {
  return text.includes("\r") ? text.replaceAll("\r\n", "\n") : text;
}

/** Counts what a commit changes in the files that are replayed. */
export function codeLines(files: readonly ReplayFile[]): CodeLines {
  let insertions = 0;
  let deletions = 0;
  for (const { base, edits } of files) {
    for (const { start, end, newText } of edits) {
      insertions += codeLinesOf(newText);
      deletions += codeLinesOf(base.slice(start, end));
    }
  }
  return { insertions, deletions };
}

function codeLinesOf(text: string): number {
  return text.match(/^.*\S.*$/gmu)?.length ?? 0;
}

function tooManyLines(text: string): boolean {
  return text.length > maxLines && lineStarts(text).length > maxLines;
}

function minified(text: string): boolean {
  return text.length > minifiedMeanChars * lineStarts(text).length;
}

/** Null for what is no UTF-8. */
function decode(bytes: Uint8Array): string | null {
  try {
    return strictUtf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
