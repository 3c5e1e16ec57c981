/** What a person is given when their deletion is done. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Receipt, SignedReceipt } from "../../shared/wire/deletion.ts";
import { signedReceipt } from "../../shared/wire/deletion.ts";
import { writeFault } from "../jsonl/faults.ts";
import { readIfThere } from "../jsonl/read-if-there.ts";
import { writeWhole } from "../jsonl/whole-file.ts";
import type { StoredDeletion } from "../store/families/deletion.ts";
import type { Store } from "../store/store.ts";
import { remainingBackups } from "./backups.ts";

/** Counts under this kind are rows of versions (`team/v3 0`: name, and how many were marked before), and not what was deleted. */
export const datasetKind = "dataset";

const cannotBeUntrained =
  "What was already trained cannot be untrained: a model that learned from these data keeps what it learned.";
const whatStays =
  "What stays is the pseudonym with the time and the counts of this deletion, so that nothing of it comes back.";
const unknownCopies =
  "Copies that were taken out of the server's data folder (downloads, files made elsewhere, backups that were moved) are not known to it.";
const rebuilding =
  "The dataset versions named here are to be used no longer. An admin has them rebuilt without these rows, and their data files deleted, by stillpoint datasets rebuild.";
const restoring =
  "Restoring one of the backups named here brings nothing back in the server's data folder, or in another one with its tombstones.jsonl: this deletion is applied to it before it is served.";

export async function makeReceipt(
  deletion: StoredDeletion,
  { store, dataDir, completedAt }: { readonly store: Store; readonly dataDir: string; readonly completedAt: string },
): Promise<Receipt> {
  const { id, contributor, at, before, firstReceivedAt } = deletion;
  const counts = await store.deletion.counts({ id });
  const deleted: Record<string, number> = {};
  for (const { kind, count } of counts.filter((each) => each.kind !== datasetKind)) {
    deleted[kind] = (deleted[kind] ?? 0) + count;
  }
  const rows = new Map<string, number>();
  for (const { kind, part, count } of counts) {
    if (kind !== datasetKind) continue;
    const [version = ""] = part.split(" ");
    rows.set(version, (rows.get(version) ?? 0) + count);
  }
  const datasets = [...rows].map(([named, count]) => {
    const slash = named.lastIndexOf("/");
    return { dataset: named.slice(0, slash), version: named.slice(slash + 1), rows: count };
  });
  const backups = (await remainingBackups(dataDir)).filter(
    (backup) => firstReceivedAt === undefined || backup.at >= firstReceivedAt,
  );
  return {
    schema: 1,
    id,
    contributor,
    by: before === null ? "admin" : "contributor",
    requestedAt: at,
    completedAt,
    refusesBefore: before,
    deleted,
    datasets,
    backups,
    notes: [
      cannotBeUntrained,
      ...(datasets.length > 0 ? [rebuilding] : []),
      ...(backups.length > 0 ? [restoring] : []),
      unknownCopies,
      whatStays,
    ],
  };
}

/** Keeps it in `DATA/receipts/`. Where one was given already, before a backup was restored, that one stays. */
export async function keepReceipt(dataDir: string, signed: SignedReceipt): Promise<SignedReceipt> {
  const folder = join(dataDir, "receipts");
  const path = join(folder, `${signed.receipt.id}.json`);
  const given = await readGiven(path);
  if (given !== undefined) return given;
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw writeFault(error, folder);
  }
  await writeWhole(path, `${JSON.stringify(signed, null, 2)}\n`);
  return signed;
}

async function readGiven(path: string): Promise<SignedReceipt | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : signedReceipt.parse(JSON.parse(text));
}
