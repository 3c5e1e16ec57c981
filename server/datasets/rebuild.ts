/**
 * Makes the next version of a dataset out of a superseded one: the same rows, byte for byte and in the same order, but for
 * those that were taken back. No stage runs, so nothing else changes. Then the superseded version's data files go.
 */
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../errors.ts";
import type { RowFormatName } from "../formats/formats.ts";
import { isSystemError, writeFault } from "../jsonl/faults.ts";
import { IdSet } from "../jsonl/id-set.ts";
import { splitLines } from "../jsonl/lines.ts";
import { acquireLock } from "../jsonl/lock.ts";
import { syncFolder } from "../jsonl/whole-file.ts";
import { scoped } from "../scope.ts";
import type { LedgerEntry } from "./ledger.ts";
import { LedgerFault, ledgerFile, readLedger } from "./ledger.ts";
import type { ManifestEntry, ManifestHead, OpenManifest } from "./manifest.ts";
import { MANIFEST_FILE, ManifestFault, openManifest } from "./manifest.ts";
import { sha256OfLine } from "./row-file.ts";
import type { Superseded } from "./superseded.ts";
import { readSuperseded, writeSuperseded } from "./superseded.ts";
import type { TallyCounter } from "./tally.ts";
import { SPLITS, tallyCounter } from "./tally.ts";
import type { OpenVersion } from "./version-writer.ts";
import { openVersion } from "./version-writer.ts";
import { datasetFolder, datasetLock, versionFolder } from "./versions.ts";

export interface RebuildRequest {
  readonly dataDir: string;
  readonly dataset: string;
  readonly version: number;
  /** What goes into `run.json` beside the version that this one comes from. */
  readonly runRecord: () => Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

export interface Rebuilt {
  /** `v4`; null where no rows were left, so that there is nothing to make a version of. */
  readonly version: string | null;
  readonly head: Pick<ManifestHead, "counts"> | undefined;
  /** Examples that were left out. */
  readonly left: number;
}

/**
 * @returns undefined for a version that is not superseded, or was rebuilt before
 * @throws Failure where the version is not what was exported, or somebody is exporting the dataset
 */
export async function rebuildVersion(request: RebuildRequest): Promise<Rebuilt | undefined> {
  const { dataDir, dataset, version } = request;
  const folder = datasetFolder(dataDir, dataset);
  const marker = await readSuperseded(folder, version);
  if (marker === undefined) return undefined;
  const made = marker.rebuilt === undefined ? await makeNext(request, folder) : undefined;
  if (made !== undefined) await record(folder, request, marker, made);
  // Also of one that was killed between the two.
  await removeData(folder, version);
  return made;
}

async function makeNext(
  { dataDir, dataset, version, runRecord, signal }: RebuildRequest,
  folder: string,
): Promise<Rebuilt> {
  const from = versionFolder(folder, version);
  const shown = `${dataset}/v${version}`;
  return explained(shown, () =>
    scoped(async (defer) => {
      const { head, entries } = await openManifest(join(from, MANIFEST_FILE));
      const formats = head.formats.map(({ name }) => name);
      const next = await openVersion(dataDir, dataset, formats, defer);
      // Read with the dataset's lock held: from here on a deletion waits, and then finds the next version.
      const marker = await readSuperseded(folder, version);
      if (marker === undefined) throw new Failure(`${shown} was superseded and is not any more; nothing was done.`);
      const rows = rowReaders(from, head);
      for (const reader of rows.values()) defer(() => reader.close());
      const tally = tallyCounter();
      const left = await copyRows({ entries, folder, version, marker, rows, head, next, tally, signal, shown });
      for (const [stage, reasons] of Object.entries(head.funnel)) {
        for (const [reason, count] of Object.entries(reasons)) tally.lost(stage, reason, count);
      }
      tally.lost("rebuild", "deleted", left);
      tally.read(head.counts.read);
      const counted = tally.result();
      if (counted.counts.exported === 0) return { version: null, head: undefined, left };
      const committed = await next.commit(
        (files) => ({ ...head, ...counted, files: [...files] }),
        () => ({ rebuiltFrom: `v${version}`, ...runRecord() }),
      );
      return { version: committed.version, head: counted, left };
    }),
  );
}

interface Copying {
  readonly entries: OpenManifest["entries"];
  readonly folder: string;
  readonly version: number;
  readonly marker: Superseded;
  readonly rows: ReadonlyMap<string, RowReader>;
  readonly head: ManifestHead;
  readonly next: OpenVersion;
  readonly tally: TallyCounter;
  readonly signal: AbortSignal;
  readonly shown: string;
}

/** @returns how many examples were left out */
async function copyRows(copying: Copying): Promise<number> {
  const { entries, folder, version, marker, next, tally, signal, shown } = copying;
  const deleted = new IdSet();
  for (const id of marker.examples) deleted.add(id);
  const ledger = readLedger(ledgerFile(folder, version));
  let left = 0;
  for await (const entry of entries) {
    signal.throwIfAborted();
    const facts = (await ledger.next()).value as LedgerEntry | undefined;
    if (facts?.id !== entry.id) {
      throw new Failure(`${shown}: its ledger lists other examples than its manifest; export the dataset again.`);
    }
    const lines = await readRows(entry, copying);
    if (deleted.has(entry.id)) {
      left += 1;
      continue;
    }
    const { id, split, group } = entry;
    await next.write({ id, split, group }, lines, facts);
    tally.exported(facts.facts, split);
  }
  return left;
}

async function readRows(
  entry: ManifestEntry,
  { head, rows, shown }: Copying,
): Promise<Map<RowFormatName, { readonly line: string }>> {
  const lines = new Map<RowFormatName, { readonly line: string }>();
  for (const { name, folder } of head.formats) {
    const hash = entry.rows[name];
    if (hash === undefined) continue;
    const path = `${folder}/${entry.split}.jsonl`;
    const line = await rows.get(path)?.next();
    if (line === undefined || sha256OfLine(line) !== hash) {
      throw new Failure(
        `${shown} is not what was exported: ${path} does not hold the rows of which the manifest has the hashes. ` +
          "stillpoint datasets verify tells more; put the file back from a copy, or export the dataset again.",
      );
    }
    lines.set(name, { line });
  }
  return lines;
}

interface RowReader {
  /** Undefined at the end. */
  next(): Promise<string | undefined>;
  close(): Promise<void>;
}

function rowReaders(folder: string, head: ManifestHead): Map<string, RowReader> {
  const readers = new Map<string, RowReader>();
  for (const { folder: of } of head.formats) {
    for (const split of SPLITS) readers.set(`${of}/${split}.jsonl`, rowReader(join(folder, of, `${split}.jsonl`)));
  }
  return readers;
}

function rowReader(path: string): RowReader {
  // Opened with the first row that is asked for.
  const lines = splitLines(
    (async function* () {
      yield* createReadStream(path) as AsyncIterable<Buffer>;
    })(),
  );
  return {
    async next() {
      const { done, value } = await lines.next();
      return done ? undefined : value.bytes.toString("utf8");
    },
    async close() {
      await lines.return(undefined);
    },
  };
}

/** What became of the version. Further deletions may have been noted meanwhile; their rows are in the next one's ledger. */
async function record(
  folder: string,
  { dataset, version }: RebuildRequest,
  marker: Superseded,
  made: Rebuilt,
): Promise<void> {
  const release = await acquireLock(datasetLock(folder), `the dataset ${dataset}`);
  try {
    const { deletions } = (await readSuperseded(folder, version)) ?? marker;
    const rebuilt = { as: made.version, rows: made.head?.counts.exported ?? 0 };
    await writeSuperseded(folder, version, { schema: 1, deletions, examples: [], rebuilt });
  } finally {
    await release();
  }
}

/** The rows, and the ledger, which says whose they were. Manifest, card and `run.json` hold nobody's code and stay. */
export async function removeData(folder: string, version: number): Promise<void> {
  const of = versionFolder(folder, version);
  try {
    await rm(join(of, "data"), { recursive: true, force: true });
    await rm(ledgerFile(folder, version), { force: true });
    await syncFolder(of);
    await syncFolder(folder);
  } catch (error) {
    throw writeFault(error, of);
  }
}

async function explained<Result>(shown: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ManifestFault) throw new Failure(`${shown}: ${MANIFEST_FILE} ${error.message}.`);
    if (error instanceof LedgerFault)
      throw new Failure(`${shown}: its ledger ${error.message}; export the dataset again.`);
    if (isSystemError(error) && error.code === "ENOENT") {
      throw new Failure(`${shown} is not whole: ${error.path ?? "a file"} is missing. Export the dataset again.`);
    }
    throw error;
  }
}
