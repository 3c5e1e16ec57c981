/** What the editor knew at a capture point. */
import * as z from "zod/mini";
import { sidesFitInUtf8 } from "../text/diff-parts.ts";
import { fitsInUtf8, utf8Length } from "../text/utf8.ts";
import {
  natural,
  noCarriageReturn,
  noCredentials,
  nonEmpty,
  offset,
  relativePath,
  sha256,
  textUpTo,
  timestamp,
} from "./fields.ts";

/** Sizes in UTF-8 bytes, counts in entries; from the design's table of records. */
export const SNAPSHOT_LIMITS = {
  excerptBytes: 24_576,
  editableMinBytes: 1_024,
  editableMaxBytes: 4_096,
  historyEntries: 6,
  historyBytesASide: 6_144,
  diagnostics: 20,
  definitions: 32,
  definitionBytes: 1_024,
  definitionsBytes: 8_192,
} as const;

/** Who or what made an edit, as far as the editor can tell; `unknown` where it cannot. */
export const editOrigin = z.enum(["typed", "pasted", "prediction", "undo", "bulk", "unknown"]);

/**
 * One recent edit as a unified diff with three lines of context, against the text before its first change. A side is what
 * the diff shows of the text before, or after, its lines of context included. An edit that was too big to be evidence of intent keeps its path and becomes `bulk` without a diff. Times are absent where
 * the source knows none (a commit does not say when its hunks were typed).
 */
export const historyEntry = z
  .strictObject({
    path: relativePath,
    diff: z.optional(
      z.string().check(
        noCarriageReturn,
        z.refine(
          (diff) => sidesFitInUtf8(diff, SNAPSHOT_LIMITS.historyBytesASide),
          `is longer than ${SNAPSHOT_LIMITS.historyBytesASide} bytes in UTF-8 on one side`,
        ),
      ),
    ),
    startedAt: z.optional(timestamp),
    endedAt: z.optional(timestamp),
    origin: editOrigin,
  })
  .check(
    z.refine((entry) => entry.diff !== undefined || entry.origin === "bulk", {
      path: ["diff"],
      error: "is missing; only an edit of origin bulk has none",
    }),
  );
export type HistoryEntry = z.infer<typeof historyEntry>;

/** LSP's severities: 1 error, 2 warning, 3 information, 4 hint. Lines count from 0 in the document. */
export const diagnostic = z.strictObject({
  severity: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  message: z.string(),
  source: z.optional(z.string()),
  code: z.optional(z.union([z.string(), z.number()])),
  startLine: natural,
  endLine: natural,
  snippet: z.string(),
});
export type Diagnostic = z.infer<typeof diagnostic>;

export const definition = z.strictObject({
  symbol: nonEmpty,
  kind: z.enum(["definition", "typeDefinition"]),
  /** Package-relative where `external`. */
  path: relativePath,
  startLine: natural,
  text: textUpTo(SNAPSHOT_LIMITS.definitionBytes).check(noCarriageReturn),
  external: z.boolean(),
});
export type Definition = z.infer<typeof definition>;

export const documentFacts = z.strictObject({
  path: relativePath,
  languageId: nonEmpty,
  /** The document's own line end; every text in the snapshot is LF-normalised. */
  eol: z.enum(["lf", "crlf"]),
  lineCount: natural,
  /** Of the full LF-normalised text in UTF-8; absent where redaction changed anything. */
  sha256: z.optional(sha256),
});

export const repositoryFacts = z.strictObject({
  /** Without credentials; absent where there is none, or where it is a path on somebody's machine. */
  remote: z.optional(nonEmpty.check(noCredentials)),
  revision: z.optional(nonEmpty),
  folder: z.optional(nonEmpty),
  licence: z.optional(nonEmpty),
});

export const snapshot = z
  .strictObject({
    document: documentFacts,
    excerpt: z.strictObject({
      startLine: natural,
      text: textUpTo(SNAPSHOT_LIMITS.excerptBytes).check(noCarriageReturn),
    }),
    /** Offset in `excerpt.text`. */
    cursor: offset,
    /** Offsets in `excerpt.text`, whole lines; `end` is exclusive and may stand behind the last line end. */
    editable: z.strictObject({ start: offset, end: offset }),
    /** Oldest first: the newest edit is the last entry. */
    history: z.array(historyEntry).check(z.maxLength(SNAPSHOT_LIMITS.historyEntries)),
    /** Nearest to the cursor first. */
    diagnostics: z.array(diagnostic).check(z.maxLength(SNAPSHOT_LIMITS.diagnostics)),
    /** Nearest to the cursor first. */
    definitions: z.array(definition).check(
      z.maxLength(SNAPSHOT_LIMITS.definitions),
      z.refine(
        (all) => all.reduce((bytes, { text }) => bytes + utf8Length(text), 0) <= SNAPSHOT_LIMITS.definitionsBytes,
        `is longer than ${SNAPSHOT_LIMITS.definitionsBytes} bytes in UTF-8 in all`,
      ),
    ),
    repo: z.optional(repositoryFacts),
    trigger: z.enum(["typing", "cursor", "diagnostics", "explicit", "import"]),
    capturedAt: timestamp,
    editorVersion: z.optional(nonEmpty),
    extensionVersion: z.optional(nonEmpty),
  })
  .check(
    z.refine((s) => s.editable.start <= s.editable.end && s.editable.end <= s.excerpt.text.length, {
      path: ["editable"],
      error: "lies outside the excerpt",
    }),
    z.refine((s) => fitsInUtf8(regionBefore(s), SNAPSHOT_LIMITS.editableMaxBytes), {
      path: ["editable"],
      error: `is longer than ${SNAPSHOT_LIMITS.editableMaxBytes} bytes in UTF-8`,
    }),
    z.refine((s) => s.editable.start <= s.cursor && s.cursor <= s.editable.end, {
      path: ["cursor"],
      error: "lies outside the editable region",
    }),
  );
export type Snapshot = z.infer<typeof snapshot>;

/** The editable region's text at the capture point: *before* in every metric. */
export function regionBefore(s: Snapshot): string {
  return s.excerpt.text.slice(s.editable.start, s.editable.end);
}
