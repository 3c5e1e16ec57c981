/**
 * `manifest.json`: what a dataset version holds and how it was made. It is one JSON object whose last field is
 * `examples`, one to a line, so that neither writing nor reading it takes more room for more examples.
 */
import { createReadStream } from "node:fs";
import * as z from "zod/mini";
import type { Json } from "../../shared/canonical-json.ts";
import { splitName } from "../../shared/records/example.ts";
import { natural, nonEmpty, relativePath, sha256 } from "../../shared/records/fields.ts";
import { parseRecord } from "../../shared/records/parse.ts";
import type { RowFormatName } from "../formats/formats.ts";
import { ROW_FORMAT_NAMES } from "../formats/formats.ts";
import { splitLines } from "../jsonl/lines.ts";
import { STUDENT_FORMAT_NAMES } from "../prompts/formats.ts";

export const MANIFEST_FILE = "manifest.json";
export const CARD_FILE = "README.md";
/** Times, cost and hosts: what may differ between two exports of the same dataset. */
export const RUN_FILE = "run.json";
const MANIFEST_SCHEMA = 1;

const counts = z.record(z.string(), natural);

/** One stage of the run that made the examples. */
const stageProvenance = z.strictObject({
  name: nonEmpty,
  version: natural,
  options: z.json(),
  fingerprint: z.optional(z.json()),
});

const provenance = z.strictObject({ seed: natural, stages: z.array(stageProvenance) });
export type Provenance = z.infer<typeof provenance>;

const manifestFile = z.strictObject({ path: relativePath, rows: z.optional(natural), bytes: natural, sha256 });
export type ManifestFile = z.infer<typeof manifestFile>;

const manifestFormat = z.strictObject({ name: z.enum(ROW_FORMAT_NAMES), folder: relativePath });

export const manifestHead = z.strictObject({
  schema: z.literal(MANIFEST_SCHEMA),
  dataset: nonEmpty,
  /** The first is the main one. */
  formats: z.array(manifestFormat).check(z.minLength(1)),
  student: z.strictObject({ format: z.enum(STUDENT_FORMAT_NAMES), version: nonEmpty }),
  options: z.strictObject({ maxTokens: natural, dropLong: z.boolean(), system: z.nullable(nonEmpty) }),
  /** Null where the examples came from a file of which no run is known. */
  provenance: z.nullable(provenance),
  counts: z.strictObject({ read: natural, exported: natural, splits: counts, languages: counts, licences: counts }),
  /** Of what was read and not exported: stage (or `export`), then reason. */
  funnel: z.record(z.string(), counts),
  targets: z.array(z.strictObject({ from: nonEmpty, model: z.nullable(nonEmpty), count: natural })),
  redaction: z.strictObject({ redactedExamples: natural, unredactedExamples: natural, kinds: counts }),
  files: z.array(manifestFile),
});
export type ManifestHead = z.infer<typeof manifestHead>;

const manifestEntry = z.strictObject({
  id: sha256,
  split: splitName,
  /** Hash of the split group: it can hold a person's pseudonym and a path. */
  group: sha256,
  /** SHA-256 of the row's line, without its line end, by format. */
  rows: z.record(z.string(), sha256),
});
export type ManifestEntry = z.infer<typeof manifestEntry>;

/** Where a format's files lie in a version: the first format is the main one. */
export function formatFolder(name: RowFormatName, index: number): string {
  return index === 0 ? "data" : `data/${name}`;
}

/** The text that goes before the entries: every field of the head on lines of its own, then the opening of the list. */
export function manifestStart(head: ManifestHead): string {
  return `${JSON.stringify(head satisfies Json, null, 2).slice(0, -2)},\n  "examples": [\n`;
}

/** What follows the last entry and its line end. */
export const MANIFEST_END = "  ]\n}\n";

export interface OpenManifest {
  readonly head: ManifestHead;
  /** Can be iterated once. @throws ManifestFault for a line that is no entry. */
  readonly entries: AsyncIterable<ManifestEntry>;
}

/** The manifest is not as `export` writes it; the message says where, to be read behind the file's name. */
export class ManifestFault extends Error {
  override readonly name = "ManifestFault";
}

/** Characters of a head: more is no manifest. */
const maxHeadLength = 4 * 1024 * 1024;

/** @throws ManifestFault; the system's own error where the file cannot be read. */
export async function openManifest(path: string): Promise<OpenManifest> {
  const lines = linesOf(path);
  return { head: await readHead(lines), entries: entriesOf(lines) };
}

/** The head alone, of however many examples. @throws as `openManifest` */
export async function readManifestHead(path: string): Promise<ManifestHead> {
  const lines = linesOf(path);
  try {
    return await readHead(lines);
  } finally {
    await lines.return(undefined);
  }
}

async function readHead(lines: AsyncGenerator<Line, undefined, undefined>): Promise<ManifestHead> {
  let head = "";
  for (;;) {
    const next = await lines.next();
    if (next.done || head.length > maxHeadLength) throw new ManifestFault("has no list of examples");
    if (next.value.text === '  "examples": [') break;
    head += `${next.value.text}\n`;
  }
  const parsed = parseRecord(manifestHead, parseJson(`${head.replace(/,\n$/u, "")}}`));
  if (!parsed.ok) throw new ManifestFault(`${parsed.issues[0]?.path}: ${parsed.issues[0]?.message}`);
  return parsed.value;
}

interface Line {
  readonly number: number;
  readonly text: string;
}

async function* linesOf(path: string): AsyncGenerator<Line, undefined, undefined> {
  for await (const part of splitLines(createReadStream(path))) {
    if (part.kind === "overlong") throw new ManifestFault(`line ${part.number} is far too long`);
    yield { number: part.number, text: part.bytes.toString("utf8") };
  }
}

async function* entriesOf(lines: AsyncGenerator<Line, undefined, undefined>): AsyncGenerator<ManifestEntry> {
  for await (const { number, text } of lines) {
    if (text === "  ]" || text === "}") continue;
    const parsed = parseRecord(manifestEntry, parseJson(text.replace(/,$/u, "")));
    if (!parsed.ok) throw new ManifestFault(`line ${number} is no entry`);
    yield parsed.value;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
