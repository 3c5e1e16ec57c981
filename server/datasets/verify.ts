/** Holds a dataset version against its manifest: every file, every row, every split. Reads each file once, streaming. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { SplitName } from "../../shared/records/example.ts";
import { parseRecord } from "../../shared/records/parse.ts";
import type { RowFormatName } from "../formats/formats.ts";
import { rowSchema } from "../formats/formats.ts";
import { isSystemError } from "../jsonl/faults.ts";
import { IdSet } from "../jsonl/id-set.ts";
import { splitLines } from "../jsonl/lines.ts";
import type { ManifestEntry, ManifestFile, ManifestHead, OpenManifest } from "./manifest.ts";
import { MANIFEST_FILE, ManifestFault, openManifest, RUN_FILE } from "./manifest.ts";
import { SPLITS } from "./tally.ts";

/** Faults told in full; a file that was cut or shuffled would otherwise fill the screen. */
const maxTold = 20;

export interface Verification {
  /** Sentences, each with the file it is about; empty for a version that is as it was written. */
  readonly faults: readonly string[];
  readonly examples: number;
  readonly rows: number;
}

/** @param folder of the version */
export async function verifyVersion(folder: string, signal: AbortSignal): Promise<Verification> {
  const faults = told();
  try {
    const manifest = await openManifest(join(folder, MANIFEST_FILE));
    return await verifyAgainst(manifest, folder, faults, signal);
  } catch (error) {
    if (error instanceof ManifestFault) faults.add(`${MANIFEST_FILE} ${error.message}.`);
    else if (isMissing(error)) faults.add(`${MANIFEST_FILE} is missing.`);
    else throw error;
    return { faults: faults.sentences(), examples: 0, rows: 0 };
  }
}

async function verifyAgainst(
  { head, entries }: OpenManifest,
  folder: string,
  faults: Told,
  signal: AbortSignal,
): Promise<Verification> {
  for (const path of await filesIn(folder)) {
    const known = path === MANIFEST_FILE || path === RUN_FILE || head.files.some((file) => file.path === path);
    if (!known) faults.add(`${path} is not in the manifest.`);
  }
  const files = new Map<string, RowReader>();
  for (const file of head.files) {
    const format = head.formats.find(({ folder: of }) => SPLITS.some((split) => `${of}/${split}.jsonl` === file.path));
    files.set(file.path, rowReader(folder, file, format?.name, faults));
  }
  const seen = crossChecks(faults);
  let examples = 0;
  let rows = 0;
  for await (const entry of entries) {
    signal.throwIfAborted();
    examples++;
    seen.add(entry);
    for (const { name, folder: of } of head.formats) {
      const hash = entry.rows[name];
      if (hash === undefined) continue;
      rows++;
      await files.get(`${of}/${entry.split}.jsonl`)?.expect(hash);
    }
  }
  for (const file of files.values()) await file.finish();
  checkCounts(head, examples, seen.splits(), faults);
  return { faults: faults.sentences(), examples, rows };
}

function checkCounts(
  head: ManifestHead,
  examples: number,
  splits: Readonly<Record<string, number>>,
  faults: Told,
): void {
  const { counts } = head;
  if (counts.exported !== examples)
    faults.add(`${MANIFEST_FILE} counts ${counts.exported} examples and lists ${examples}.`);
  for (const split of SPLITS) {
    const [counted = 0, listed = 0] = [counts.splits[split], splits[split]];
    if (counted !== listed) faults.add(`${MANIFEST_FILE} counts ${counted} examples of ${split} and lists ${listed}.`);
  }
}

/** No example twice, no group on two sides. */
function crossChecks(faults: Told) {
  const ids = new IdSet();
  const sides = new Map<string, SplitName>();
  const splits: Record<string, number> = {};
  return {
    add({ id, group, split }: ManifestEntry) {
      splits[split] = (splits[split] ?? 0) + 1;
      if (!ids.add(id)) faults.add(`${MANIFEST_FILE} lists example ${id} twice.`);
      const side = sides.get(group) ?? split;
      sides.set(group, side);
      if (side !== split) faults.add(`split group ${group} is in ${side} and in ${split} (example ${id}).`);
    },
    splits: () => splits,
  };
}

interface RowReader {
  /** Reads the next row, which should have this hash. */
  expect(hash: string): Promise<void>;
  /** Reads what is left, which should be nothing, and compares the whole file. */
  finish(): Promise<void>;
}

/** @param format of the rows; undefined for a file that has none */
function rowReader(folder: string, file: ManifestFile, format: RowFormatName | undefined, faults: Told): RowReader {
  const hash = createHash("sha256");
  let bytes = 0;
  let missing = false;
  let atEnd = false;
  let rows = 0;
  const lines = (format === undefined ? nothing() : splitLines(chunks()))[Symbol.asyncIterator]();

  async function* chunks() {
    try {
      for await (const chunk of createReadStream(join(folder, file.path)) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
      missing = true;
    }
  }
  /** The next line, or undefined at the end. */
  async function next(): Promise<Buffer | undefined> {
    const { done, value } = await lines.next();
    if (done) {
      atEnd = true;
      return undefined;
    }
    rows++;
    return value.bytes;
  }
  return {
    async expect(expected) {
      if (atEnd) return;
      const line = await next();
      if (line === undefined || format === undefined) return;
      const where = `${file.path}, line ${rows},`;
      if (createHash("sha256").update(line).digest("hex") !== expected) {
        faults.add(`${where} is not the row of which the manifest has the hash.`);
      }
      const issue = rowIssue(line, format);
      if (issue !== undefined) faults.add(`${where} is no row of ${format}: ${issue}.`);
    },
    async finish() {
      if (format === undefined) for await (const _chunk of chunks());
      else while (!atEnd) await next();
      if (missing) {
        faults.add(`${file.path} is missing.`);
        return;
      }
      if (file.rows !== undefined && file.rows !== rows) {
        faults.add(`${file.path} has ${rows} rows, not the manifest's ${file.rows}.`);
      }
      if (bytes !== file.bytes || hash.digest("hex") !== file.sha256) {
        faults.add(`${file.path} is not the file of which the manifest has the hash.`);
      }
    },
  };
}

async function* nothing(): AsyncGenerator<never, void, undefined> {
  // A file without rows has no lines to read.
}

function rowIssue(line: Buffer, format: RowFormatName): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.toString("utf8"));
  } catch {
    return "it is not JSON";
  }
  const parsed = parseRecord(rowSchema(format), value);
  if (parsed.ok) return undefined;
  return `${parsed.issues[0]?.path ?? ""} ${parsed.issues[0]?.message ?? "is not valid"}`.trim();
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();
}

function isMissing(error: unknown): boolean {
  return isSystemError(error) && error.code === "ENOENT";
}

interface Told {
  add(sentence: string): void;
  sentences(): string[];
}

function told(): Told {
  const sentences: string[] = [];
  let more = 0;
  return {
    add(sentence) {
      if (sentences.length < maxTold) sentences.push(sentence);
      else more++;
    },
    sentences: () => (more > 0 ? [...sentences, `and ${more} more faults.`] : sentences),
  };
}
