/**
 * A run's folder without somebody's lines. The run's manifest and the notes beside partial outputs are brought in step,
 * so that the outputs stay good: started again, the run makes nothing anew and buys nothing again.
 */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Example } from "../../shared/records/example.ts";
import { deleting, tryLock } from "../jsonl/lock.ts";
import { readIfThere } from "../jsonl/read-if-there.ts";
import { writeWhole } from "../jsonl/whole-file.ts";
import type { StageRecord } from "../runs/run-manifest.ts";
import { readRunManifest, writeRunManifest } from "../runs/run-manifest.ts";
import type { ErasedData } from "./lines.ts";
import type { Rewritten } from "./rewrite.ts";
import { putInPlace, removeUnfinished, rewrite } from "./rewrite.ts";

/** Times and reason codes: they hold nobody's code. */
const noExamples = new Set(["run.log.jsonl", "run.progress.jsonl"]);

export interface ErasureOptions {
  readonly erased: ErasedData;
  readonly signal: AbortSignal;
  /** Notes what is about to be done; it is on disk when this resolves. */
  readonly announce: (files: readonly Rewritten[]) => Promise<void>;
}

/** @returns who holds what is in use; undefined where all was done */
export async function eraseFromRun(folder: string, options: ErasureOptions): Promise<string | undefined> {
  const lock = await tryLock(join(folder, "lock"), deleting);
  if (typeof lock !== "function") return `the run ${basename(folder)} is under way (process ${lock.pid})`;
  try {
    await eraseFiles(folder, options);
    return undefined;
  } finally {
    await lock();
  }
}

async function eraseFiles(folder: string, { erased, signal, announce }: ErasureOptions): Promise<void> {
  await removeUnfinished(folder);
  const files: (Rewritten & { readonly counts: Counts })[] = [];
  const names = (await readdir(folder)).filter((name) => /\.jsonl(?:\.partial)?$/u.test(name) && !noExamples.has(name));
  // In order, so that what was made from an example that goes is met behind it.
  for (const name of names.sort()) {
    const counts = dropCounts();
    const rejected = name.endsWith(".rejected.jsonl");
    const made = await rewrite(join(folder, name), { erased, rejected, signal, onKept: counts.add });
    if (made !== undefined) files.push({ ...made, counts });
    for (const id of made?.examples ?? []) erased.examples.add(id);
  }
  if (files.length === 0) return;
  await announce(files);
  signal.throwIfAborted();
  const replaced = new Map(files.map(({ was, now }) => [was, now.sha256]));
  await updateManifest(folder, files, replaced);
  await updateNotes(folder, replaced);
  for (const { path } of files) {
    signal.throwIfAborted();
    await putInPlace(path);
  }
}

async function updateManifest(
  folder: string,
  files: readonly (Rewritten & { readonly counts: Counts })[],
  replaced: ReadonlyMap<string, string>,
): Promise<void> {
  const path = join(folder, "manifest.json");
  const manifest = readRunManifest(path);
  if (manifest === undefined) return;
  const stages = manifest.stages.map((record): StageRecord => {
    const { input } = record.identity;
    const identity = { ...record.identity, input: input === null ? null : (replaced.get(input) ?? input) };
    const made = files.find((file) => basename(file.path) === record.file);
    if (made === undefined) return { ...record, identity };
    const { sha256, bytes, lines } = made.now;
    return { ...record, identity, sha256, bytes, lines, ...made.counts.of(record.identity.stage) };
  });
  await writeRunManifest(path, { ...manifest, stages });
}

/** `FILE.partial.json` says of what a partial output is the start: its input by hash, in canonical JSON. */
async function updateNotes(folder: string, replaced: ReadonlyMap<string, string>): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".partial.json")) continue;
    const path = join(folder, name);
    const note = await readIfThere(path);
    const updated = note?.replace(/"[0-9a-f]{64}"/gu, (quoted) => {
      const now = replaced.get(quoted.slice(1, -1));
      return now === undefined ? quoted : `"${now}"`;
    });
    if (updated !== undefined && updated !== note) await writeWhole(path, updated);
  }
}

interface Counts {
  add(example: Partial<Example>): void;
  of(stage: string): Pick<StageRecord, "dropped" | "droppedBefore">;
}

/** What a stage's record counts of its output. */
function dropCounts(): Counts {
  const byStage = new Map<string, Map<string, number>>();
  return {
    add({ dropped }) {
      if (dropped === undefined) return;
      const reasons = byStage.get(dropped.stage) ?? new Map<string, number>();
      byStage.set(dropped.stage, reasons);
      reasons.set(dropped.reason, (reasons.get(dropped.reason) ?? 0) + 1);
    },
    of(stage) {
      const own = [...(byStage.get(stage) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
      const others = [...byStage].filter(([name]) => name !== stage).flatMap(([, reasons]) => [...reasons.values()]);
      return { dropped: Object.fromEntries(own), droppedBefore: others.reduce((sum, count) => sum + count, 0) };
    },
  };
}
