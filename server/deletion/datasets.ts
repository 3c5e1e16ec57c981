/** Dataset versions that held somebody's rows: marked as superseded, to be rebuilt without them. */
import { join } from "node:path";
import { LedgerFault, ledgerFile, readLedger } from "../datasets/ledger.ts";
import { MANIFEST_FILE, ManifestFault, openManifest } from "../datasets/manifest.ts";
import { removeData } from "../datasets/rebuild.ts";
import { readSuperseded, writeSuperseded } from "../datasets/superseded.ts";
import {
  datasetFolder,
  datasetLock,
  listDatasetFolders,
  listVersions,
  removePartials,
  versionFolder,
} from "../datasets/versions.ts";
import { Failure } from "../errors.ts";
import { isSystemError } from "../jsonl/faults.ts";
import { deleting, tryLock } from "../jsonl/lock.ts";
import type { ErasedData } from "./lines.ts";

export interface MarkOptions {
  readonly dataDir: string;
  /** The deletion, by its id. */
  readonly deletion: string;
  readonly erased: ErasedData;
  readonly signal: AbortSignal;
  /** Notes what is about to be marked; it is on disk when this resolves. */
  readonly announce: (marked: MarkedVersion) => Promise<void>;
}

export interface MarkedVersion {
  readonly dataset: string;
  readonly version: string;
  /** Ids of the examples that the next version is made without. */
  readonly examples: readonly string[];
  /** Those of them that show this person's editing; the others hold their words about somebody else's. */
  readonly made: readonly string[];
  /** How many were marked in it before. */
  readonly before: number;
}

/** @returns what is in use */
export async function markDatasets(options: MarkOptions): Promise<string[]> {
  const { dataDir } = options;
  const inUse: string[] = [];
  // Also where no version was ever finished.
  for (const dataset of await listDatasetFolders(dataDir)) {
    const folder = datasetFolder(dataDir, dataset);
    // An export that began before the tombstone ends before the lock is ours, and one behind it leaves the person out.
    const lock = await tryLock(datasetLock(folder), deleting);
    if (typeof lock !== "function") {
      inUse.push(`the dataset ${dataset} is being exported (process ${lock.pid})`);
      continue;
    }
    try {
      // What a killed export has left is in no ledger.
      await removePartials(folder);
      for (const version of await listVersions(folder)) await markVersion(options, dataset, folder, version);
    } finally {
      await lock();
    }
  }
  return inUse;
}

async function markVersion(
  { deletion, erased, signal, announce }: MarkOptions,
  dataset: string,
  folder: string,
  version: number,
): Promise<void> {
  signal.throwIfAborted();
  const known = await readSuperseded(folder, version);
  if (known?.rebuilt !== undefined) {
    // Where the rebuilding was killed before its end.
    await removeData(folder, version);
    return;
  }
  const found = await theirExamples(folder, version, erased, signal);
  const marked = new Set(known?.examples);
  const examples = found.examples.filter((id) => !marked.has(id));
  const made = found.made.filter((id) => !marked.has(id));
  if (examples.length === 0) return;
  await announce({ dataset, version: `v${version}`, examples, made, before: marked.size });
  signal.throwIfAborted();
  await writeSuperseded(folder, version, {
    schema: 1,
    deletions: [...new Set([...(known?.deletions ?? []), deletion])],
    examples: [...marked, ...examples],
  });
}

async function theirExamples(
  folder: string,
  version: number,
  erased: ErasedData,
  signal: AbortSignal,
): Promise<Pick<MarkedVersion, "examples" | "made">> {
  const examples: string[] = [];
  const made: string[] = [];
  try {
    for await (const { id, owners, parents = [] } of readLedger(ledgerFile(folder, version))) {
      signal.throwIfAborted();
      const own =
        erased.examples.has(id) ||
        parents.some((each) => erased.examples.has(each)) ||
        owners.some((owner) => !owner.reviewer && erased.covers(owner));
      if (own) made.push(id);
      if (own || owners.some(erased.covers)) examples.push(id);
    }
    return { examples, made };
  } catch (error) {
    if (error instanceof LedgerFault) throw new Failure(`${ledgerFile(folder, version)} ${error.message}.`);
    if (!isSystemError(error) || error.code !== "ENOENT") throw error;
  }
  // A version without a ledger was put there by other means than an export: its ids are all there is to go by.
  const name = versionFolder(folder, version);
  try {
    const { entries } = await openManifest(join(name, MANIFEST_FILE));
    for await (const { id } of entries) if (erased.examples.has(id)) examples.push(id);
    return { examples, made: examples };
  } catch (error) {
    if (error instanceof ManifestFault) throw new Failure(`${name}: ${MANIFEST_FILE} ${error.message}.`);
    throw error;
  }
}
