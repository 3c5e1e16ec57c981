/** A dataset version in the making: a folder `vN.partial`, which becomes `vN` or goes away. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureDataDir } from "../data-dir.ts";
import type { MadeRow, RowFormatName } from "../formats/formats.ts";
import { writeFault } from "../jsonl/faults.ts";
import { fileSha256 } from "../jsonl/file-hash.ts";
import { acquireLock } from "../jsonl/lock.ts";
import { syncFolder } from "../jsonl/whole-file.ts";
import type { Release } from "../scope.ts";
import { datasetCard } from "./card.ts";
import type { LedgerEntry } from "./ledger.ts";
import { ledgerFile } from "./ledger.ts";
import type { ManifestEntry, ManifestFile, ManifestHead } from "./manifest.ts";
import { CARD_FILE, formatFolder, MANIFEST_END, MANIFEST_FILE, manifestStart, RUN_FILE } from "./manifest.ts";
import { RowFile, sha256OfLine } from "./row-file.ts";
import { readSuperseded } from "./superseded.ts";
import { SPLITS } from "./tally.ts";
import {
  datasetFolder,
  datasetLock,
  listVersions,
  partialFile,
  partialFolder,
  removePartials,
  versionFolder,
} from "./versions.ts";

/** Holds the manifest's lines until its head can be written. */
const ENTRIES_FILE = "entries.tmp";

export interface Committed {
  /** `v3` */
  readonly version: string;
  readonly folder: string;
  /** False where the newest version holds the same, so that no new one was made. */
  readonly written: boolean;
}

export interface OpenVersion {
  /** Writes one example's rows, its line of the manifest, and the one of the ledger beside the version. */
  write(
    entry: Omit<ManifestEntry, "rows">,
    rows: ReadonlyMap<RowFormatName, Pick<MadeRow, "line">>,
    ledger: LedgerEntry,
  ): Promise<void>;
  /** Writes card and manifest, and gives the folder its name unless the newest version has the same two. */
  commit(
    headOf: (files: readonly ManifestFile[]) => ManifestHead,
    runRecord: () => Readonly<Record<string, unknown>>,
  ): Promise<Committed>;
}

/**
 * @param defer is given what takes away whatever has not been committed, and lets others export
 * @throws Failure where another process exports this dataset, and, here and later, where the disk does not take it
 */
export async function openVersion(
  dataDir: string,
  dataset: string,
  formats: readonly RowFormatName[],
  defer: (release: Release) => void,
): Promise<OpenVersion> {
  const folder = datasetFolder(dataDir, dataset);
  ensureDataDir(dataDir);
  await explained(mkdir(folder, { recursive: true }), folder);
  defer(await acquireLock(datasetLock(folder), `the dataset ${dataset}`));
  await removePartials(folder);
  const newest = (await listVersions(folder)).at(-1);
  const version = (newest ?? 0) + 1;
  const partial = partialFolder(folder, version);
  const writing = <Result>(work: Promise<Result>) => explained(work, partial);
  defer(() => writing(rm(partial, { recursive: true, force: true })));

  const createAt = async (path: string): Promise<RowFile> => {
    const file = await writing(RowFile.create(path));
    defer(() => file.close());
    return file;
  };
  const create = (path: string): Promise<RowFile> => createAt(join(partial, path));
  const files = new Map<string, RowFile>();
  for (const [index, format] of formats.entries()) {
    await writing(mkdir(join(partial, formatFolder(format, index)), { recursive: true }));
    for (const split of SPLITS) {
      const path = `${formatFolder(format, index)}/${split}.jsonl`;
      files.set(path, await create(path));
    }
  }
  const entries = await create(ENTRIES_FILE);
  const ledgerPartial = partialFile(ledgerFile(folder, version));
  const ledger = await createAt(ledgerPartial);
  defer(() => writing(rm(ledgerPartial, { force: true })));
  let entryLine = "";

  return {
    async write(example, rows, ledgerEntry) {
      const hashes: Record<string, string> = {};
      for (const [index, format] of formats.entries()) {
        const row = rows.get(format);
        if (row === undefined) continue;
        hashes[format] = sha256OfLine(row.line);
        await writing(fileOf(files, `${formatFolder(format, index)}/${example.split}.jsonl`).write(row.line));
      }
      // Each line waits for the next, since only the last has no comma behind it.
      if (entryLine !== "") await writing(entries.write(`${entryLine},`));
      entryLine = `    ${JSON.stringify({ ...example, rows: hashes } satisfies ManifestEntry)}`;
      await writing(ledger.write(JSON.stringify(ledgerEntry)));
    },

    async commit(headOf, runRecord) {
      const finished: ManifestFile[] = [];
      for (const [path, file] of files) finished.push({ path, ...(await writing(file.finish())) });
      await writing(entries.write(entryLine));
      await writing(entries.finish());
      await writing(ledger.finish());
      const card = datasetCard(headOf(finished));
      const head = headOf([
        ...finished,
        { path: CARD_FILE, ...(await writing(writeSynced(join(partial, CARD_FILE), card))) },
      ]);
      await writing(writeManifest(partial, head));
      await writing(rm(join(partial, ENTRIES_FILE)));
      if (newest !== undefined && (await isEqual(folder, newest, partial))) {
        // The rows are the same; whose words led to them may have changed.
        await writing(rename(ledgerPartial, ledgerFile(folder, newest)));
        await writing(syncFolder(folder));
        return { version: `v${newest}`, folder: versionFolder(folder, newest), written: false };
      }
      await writing(writeSynced(join(partial, RUN_FILE), `${JSON.stringify(runRecord(), null, 2)}\n`));
      const final = versionFolder(folder, version);
      // The ledger first: a version without one could not say whose it is.
      await writing(rename(ledgerPartial, ledgerFile(folder, version)));
      await writing(settle(partial, formats, final, folder));
      return { version: `v${version}`, folder: final, written: true };
    },
  };
}

function fileOf(files: ReadonlyMap<string, RowFile>, path: string): RowFile {
  const file = files.get(path);
  if (file === undefined) throw new Error(`no file ${path} is open`);
  return file;
}

async function explained<Result>(work: Promise<Result>, partial: string): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw writeFault(error, partial, "No version was made.");
  }
}

/** The head, the lines that were gathered, the end. */
async function writeManifest(partial: string, head: ManifestHead): Promise<void> {
  const handle = await open(join(partial, MANIFEST_FILE), "wx");
  try {
    await handle.appendFile(manifestStart(head));
    for await (const chunk of createReadStream(join(partial, ENTRIES_FILE))) await handle.appendFile(chunk);
    await handle.appendFile(MANIFEST_END);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeSynced(path: string, text: string): Promise<{ bytes: number; sha256: string }> {
  await writeFile(path, text, { flag: "wx", flush: true });
  const bytes = Buffer.from(text);
  return { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** Gives the version its name, so that a power cut leaves it whole or without that name. */
async function settle(
  partial: string,
  formats: readonly RowFormatName[],
  final: string,
  folder: string,
): Promise<void> {
  for (const [index, format] of formats.entries()) await syncFolder(join(partial, formatFolder(format, index)));
  await syncFolder(join(partial, "data"));
  await syncFolder(partial);
  await rename(partial, final);
  await syncFolder(folder);
}

/** A superseded version may have lost its data files, and is nobody's to be named. */
async function isEqual(folder: string, newest: number, partial: string): Promise<boolean> {
  if ((await readSuperseded(folder, newest)) !== undefined) return false;
  return sameFile(join(versionFolder(folder, newest), MANIFEST_FILE), join(partial, MANIFEST_FILE));
}

/** The manifest has the hash of every other file in it, so two versions with the same one are the same. */
async function sameFile(path: string, other: string): Promise<boolean> {
  const [hash, otherHash] = [await fileSha256(path), await fileSha256(other)];
  return hash !== undefined && hash === otherHash;
}
