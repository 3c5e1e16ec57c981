/** Where dataset versions lie: `DATA/datasets/NAME/vN/`, each immutable once it has that name. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../errors.ts";
import { foldersIn } from "../folder-entries.ts";
import { isSystemError } from "../jsonl/faults.ts";

const DATASETS = "datasets";
/** A version in the making. */
const PARTIAL = ".partial";
const maxNameLength = 64;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/u;

/** @throws ConfigurationError for a name that would be no good as a folder's. */
export function datasetFolder(dataDir: string, name: string): string {
  if (!NAME.test(name) || name.length > maxNameLength) {
    throw new ConfigurationError(
      `"${name}" cannot be a dataset's name: letters, digits, ".", "_" and "-", ${maxNameLength} at most, the first a letter or digit.`,
    );
  }
  return join(dataDir, DATASETS, name);
}

export function versionFolder(folder: string, version: number): string {
  return join(folder, `v${version}`);
}

export function partialFolder(folder: string, version: number): string {
  return `${versionFolder(folder, version)}${PARTIAL}`;
}

/** What a file beside the versions is called until it is whole. */
export function partialFile(path: string): string {
  return `${path}${PARTIAL}`;
}

/** Held by whoever adds a version, or says something about one. */
export function datasetLock(folder: string): string {
  return join(folder, ".lock");
}

/** The finished versions, ascending; none where there is no such dataset. */
export async function listVersions(folder: string): Promise<number[]> {
  const names = await entriesOf(folder);
  return names
    .map((name) => Number(/^v([1-9]\d*)$/u.exec(name)?.[1]))
    .filter((version) => Number.isSafeInteger(version))
    .sort((a, b) => a - b);
}

/** The names of the datasets that have a version, in order. */
export async function listDatasets(dataDir: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await listDatasetFolders(dataDir)) {
    if ((await listVersions(datasetFolder(dataDir, name))).length > 0) names.push(name);
  }
  return names;
}

/** Likewise, with those of which no version was finished. */
export async function listDatasetFolders(dataDir: string): Promise<string[]> {
  const names = await foldersIn(join(dataDir, DATASETS));
  return names.filter((name) => NAME.test(name) && name.length <= maxNameLength).sort();
}

/** Removes what exports that were killed have left. Call it with the dataset's lock held. */
export async function removePartials(folder: string): Promise<void> {
  for (const name of await entriesOf(folder)) {
    if (name.endsWith(PARTIAL)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isSystemError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
}

/** A dataset and one of its versions, as a person names them: `NAME` (its newest) or `NAME/vN`. */
export interface FoundVersion {
  readonly name: string;
  readonly version: number;
  readonly folder: string;
}

/** @throws ConfigurationError where there is no such dataset or version; it names those that there are. */
export async function findVersion(dataDir: string, written: string): Promise<FoundVersion> {
  const [, name = written, number] = /^(.*)\/v([1-9]\d*)$/u.exec(written) ?? [];
  const folder = datasetFolder(dataDir, name);
  const versions = await listVersions(folder);
  const newest = versions.at(-1);
  if (newest === undefined) {
    const known = await listDatasets(dataDir);
    const there = known.length > 0 ? `there are ${known.join(", ")}` : "there is none yet; stillpoint export makes one";
    throw new ConfigurationError(`no dataset is called "${name}": ${there}.`);
  }
  const version = number === undefined ? newest : Number(number);
  if (!versions.includes(version)) {
    throw new ConfigurationError(`${name} has no v${version}; its newest is v${newest}.`);
  }
  return { name, version, folder: versionFolder(folder, version) };
}
