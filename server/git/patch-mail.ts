/**
 * The output of `git format-patch`: an mbox of mails with one patch each, read one mail at a time, strictly. What is in
 * a commit's message, or in a file, may look like anything, also like a patch or the start of a mail.
 */
import type { Readable } from "node:stream";
import { sha256Hex } from "../../shared/ids.ts";
import type { DiffHunk } from "../../shared/text/parse-diff.ts";
import { parseUnifiedDiff, readName } from "../../shared/text/parse-diff.ts";
import { ByteReader } from "./byte-reader.ts";
import type { GitFileChange, GitHunk } from "./commits.ts";

/** A mail that is longer is passed over: nobody typed that in one sitting. */
const maxMailBytes = 8_388_608;

/** Of one line of a mail (RFC 5322, 2.1.1). */
const maxLineChars = 998;

/** Places in one mail at which a diff is looked for: each may read all of it, and a message speaks of few. */
const maxDiffStarts = 32;

const lineFeed = 0x0a;
/** The date is the same in each: it marks the format (git-format-patch(1), "Discussion"). */
const separator = /^From ([0-9a-f]{40}|[0-9a-f]{64}) Mon Sep 17 00:00:00 2001\r?$/u;

export interface PatchFile extends GitFileChange {
  /** The path before it where that is another, as for renames and copies. */
  readonly oldPath: Buffer;
  /** With its context, by which it is applied; a character is a byte. Null where no text changes. */
  readonly diff: string | null;
}

export interface PatchMail {
  readonly id: string;
  /** Seconds since 1970; NaN where the mail has none. */
  readonly authoredAt: number;
  readonly authorEmail: string;
  readonly files: readonly PatchFile[];
}

export type PatchMailFault = {
  readonly id: string;
  readonly fault: "tooLarge" | "encoded" | "malformed";
  readonly sentence: string;
};

/** The mails in their order; none where the stream begins like something else. */
export async function* readPatchMails(stream: Readable): AsyncGenerator<PatchMail | PatchMailFault, void, undefined> {
  const reader = new ByteReader(stream);
  let id: string | null = null;
  let lines: string[] = [];
  let bytes = 0;
  while ((await reader.peek()) !== null) {
    // As latin1, a character is a byte; what is text is decoded where it is used.
    const line = (await reader.until(lineFeed)).toString("latin1");
    const found = separator.exec(line)?.[1];
    if (found !== undefined) {
      if (id !== null) yield readMail(id, lines, bytes);
      [id, lines, bytes] = [found, [], 0];
    } else if (id === null) {
      if (line.trim() !== "" && line.trim() !== "\u00ef\u00bb\u00bf") break;
    } else {
      bytes += line.length + 1;
      if (bytes <= maxMailBytes) lines.push(line);
    }
  }
  if (id !== null) yield readMail(id, lines, bytes);
}

function readMail(id: string, raw: readonly string[], bytes: number): PatchMail | PatchMailFault {
  if (bytes > maxMailBytes) return { id, fault: "tooLarge", sentence: "it is larger than 8 MiB" };
  // Where the headers end with CRLF, as mail is sent, so does every line, and nobody knows which ends are a file's own.
  const sent = raw[0]?.endsWith("\r") ?? false;
  const lines = sent ? raw.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)) : raw;
  const end = lines.indexOf("");
  const headers = readHeaders(lines.slice(0, end === -1 ? lines.length : end));
  const malformed = (sentence: string): PatchMailFault => ({ id, fault: "malformed", sentence });
  const encoding = headers.get("content-transfer-encoding")?.toLowerCase() ?? "8bit";
  if (!["7bit", "8bit", "binary"].includes(encoding) || headers.get("content-type")?.startsWith("multipart/")) {
    return { id, fault: "encoded", sentence: "it is an attachment or encoded for transport; save it as git wrote it" };
  }
  const body = end === -1 ? [] : lines.slice(end + 1);
  const from = inBodySender(body) ?? headers.get("from");
  if (from === undefined) return malformed("it has no From header");
  let fault = "it holds no diff";
  // Where it fails, it was perhaps the message that speaks of a diff, and the patch begins further down.
  let starts = 0;
  for (const [at, line] of body.entries()) {
    if (!isFileStart(line)) continue;
    if (++starts > maxDiffStarts) break;
    const files = readFiles(body, at);
    if (typeof files !== "string") {
      // With --zero-commit there is no id, and what a patch says is the best name for it.
      const name = /[1-9a-f]/u.test(id) ? id : sha256Hex(lines.join("\n")).slice(0, id.length);
      return {
        id: name,
        authoredAt: Date.parse(headers.get("date") ?? "") / 1_000,
        authorEmail: addressOf(from),
        files,
      };
    }
    fault = files;
  }
  return malformed(fault);
}

/** By name in lower case; a line that begins with white space continues the one above it (RFC 5322, 2.2.3). */
function readHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  let name = "";
  for (const line of lines) {
    const match = /^(?<name>[!-9;-~]+):\s*(?<value>.*)$/u.exec(line);
    if (/^\s/u.test(line)) headers.set(name, `${headers.get(name) ?? ""} ${line.trim()}`);
    else if (match?.groups) {
      name = (match.groups["name"] ?? "").toLowerCase();
      headers.set(name, match.groups["value"] ?? "");
    }
  }
  return headers;
}

/** `git format-patch --from` puts the author above the message where somebody else sends it. */
function inBodySender(body: readonly string[]): string | undefined {
  const first = body.find((line) => line.trim() !== "") ?? "";
  // A longer one is no mailer's, and the expression's time grows with the square of the line.
  return first.length > maxLineChars ? undefined : /^From: (?<from>.+<[^>]*>)\s*$/u.exec(first)?.groups?.["from"];
}

/** Encoded words stand in names alone (RFC 2047, 5), so the address is found without decoding any. */
function addressOf(from: string): string {
  const bracketed = /<(?<address>[^<>]*)>[^<>]*$/u.exec(from)?.groups?.["address"];
  return Buffer.from(bracketed ?? from.trim(), "latin1").toString("utf8");
}

function isFileStart(line: string): boolean {
  return line.startsWith("diff --git ");
}

/** The files of a diff that begins at `from` and after which nothing but git's own last lines follows; else what is wrong. */
function readFiles(body: readonly string[], from: number): PatchFile[] | string {
  const files: PatchFile[] = [];
  let at = from;
  while (isFileStart(body[at] ?? "")) {
    const end = endOfFile(body, at);
    if (typeof end === "string") return end;
    const file = readFile(body.slice(at, end));
    if (typeof file === "string") return file;
    files.push(file);
    at = end;
  }
  for (; at < body.length; at++) {
    const line = body[at] ?? "";
    // The signature, of which mailers cut the space.
    if (line === "-- " || line === "--") {
      return body.slice(at).some(isFileStart) ? "its diff is followed by another" : files;
    }
    if (line !== "" && !/^(?:base-commit|prerequisite-patch-id): /u.test(line))
      return "its diff is followed by other lines";
  }
  return files;
}

/** Behind the last line of the file that begins at `from`. Counts alone say where a hunk ends. */
function endOfFile(body: readonly string[], from: number): number | string {
  let at = from + 1;
  const line = () => body[at] ?? "";
  const isHeader = () =>
    /^(?:index |old mode |new mode |deleted file mode |new file mode |(?:dis)?similarity index |(?:rename|copy) (?:from|to) |--- (?!$)|\+\+\+ )/u.test(
      line(),
    );
  while (at < body.length && isHeader()) at++;
  if (line().startsWith("Binary files ")) return at + 1;
  if (line() === "GIT binary patch") {
    while (at < body.length && !isFileStart(line()) && line() !== "-- " && line() !== "--") at++;
    return at;
  }
  while (line().startsWith("@@ ")) {
    const counts = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/u.exec(line());
    if (!counts) return "one of its hunks has no line numbers";
    let [oldLeft, newLeft] = [Number(counts[1] ?? 1), Number(counts[2] ?? 1)];
    for (at++; oldLeft > 0 || newLeft > 0; at++) {
      if (at >= body.length) return "it is cut short";
      if (line().startsWith("\\")) continue;
      if (!line().startsWith("+")) oldLeft--;
      if (!line().startsWith("-")) newLeft--;
    }
    while (line().startsWith("\\")) at++;
  }
  return at;
}

function readFile(lines: readonly string[]): PatchFile | string {
  const firstHunk = lines.findIndex((line) => line.startsWith("@@ "));
  const head = firstHunk === -1 ? lines : lines.slice(0, firstHunk);
  const diff = firstHunk === -1 ? null : `${lines.join("\n")}\n`;
  const parsed = diff === null ? null : parseUnifiedDiff(diff);
  if (parsed?.ok === false) return `its diff is malformed: ${parsed.reason}`;
  const value = (name: string) => head.find((line) => line.startsWith(name))?.slice(name.length);
  const [added, deleted] = [value("new file mode "), value("deleted file mode ")];
  const index = /^(?<blob>[0-9a-f]+)\.\.[0-9a-f]+(?: (?<mode>\d+))?$/u.exec(value("index ") ?? "")?.groups;
  const [oldPath, newPath] = pathsOf(value);
  if (oldPath === null || newPath === null) return "one of its files has no name";
  return {
    status: added ? "A" : deleted ? "D" : value("rename to ") ? "R" : value("copy to ") ? "C" : "M",
    oldMode: added ? "000000" : (value("old mode ") ?? deleted ?? index?.["mode"] ?? "100644"),
    newMode: deleted ? "000000" : (value("new mode ") ?? added ?? index?.["mode"] ?? "100644"),
    oldBlob: index?.["blob"] ?? "",
    oldPath: Buffer.from(oldPath, "latin1"),
    path: Buffer.from(newPath, "latin1"),
    hunks: parsed?.hunks.flatMap(changedBlocks) ?? [],
    binary: lines.some((line) => line.startsWith("Binary files ") || line === "GIT binary patch"),
    diff,
  };
}

/** Both as bytes; a deleted or added file has its one path on both sides. */
function pathsOf(value: (name: string) => string | undefined): [string | null, string | null] {
  const prefixed = (name: string | undefined) =>
    name === undefined ? null : nameOf(name.startsWith('"') ? `"a/${name.slice(1)}` : `a/${name}`);
  const from = value("rename from ") ?? value("copy from ");
  const to = value("rename to ") ?? value("copy to ");
  if (from !== undefined) return [prefixed(from), prefixed(to)];
  const [before, after] = [value("--- "), value("+++ ")].map((name) => (name === undefined ? null : nameOf(name)));
  if (before || after) return [before ?? after ?? null, after ?? before ?? null];
  // `a/NAME b/NAME`, one as long as the other.
  const both = value("diff --git ") ?? "";
  const only = nameOf(both.slice(0, (both.length - 1) / 2));
  return [only, only];
}

/** What is in quotes holds characters, all else bytes. */
function nameOf(header: string): string | null {
  if (!header.startsWith('"')) return readName(header);
  const name = readName(Buffer.from(header, "latin1").toString("utf8"));
  return name === null ? null : Buffer.from(name).toString("latin1");
}

/** The hunk's blocks of changed lines, without the lines around them. */
function changedBlocks(hunk: DiffHunk): GitHunk[] {
  const blocks: { oldLine: number; removed: string; added: string }[] = [];
  let line = hunk.oldLine;
  let open: { oldLine: number; removed: string; added: string } | null = null;
  for (const { kind, text } of hunk.lines) {
    if (kind === " ") open = null;
    else {
      if (!open) {
        open = { oldLine: line, removed: "", added: "" };
        blocks.push(open);
      }
      if (kind === "-") open.removed += text;
      else open.added += text;
    }
    if (kind !== "+") line++;
  }
  return blocks.map(({ oldLine, removed, added }) => ({
    oldLine,
    removed: Buffer.from(removed, "latin1"),
    added: Buffer.from(added, "latin1"),
  }));
}
