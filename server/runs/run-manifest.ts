/**
 * `manifest.json` of a run: for each stage what decided its output, and the output's hash. It is what tells, when the
 * run is started again, which outputs are still good. It holds no clock, host or path of this machine.
 */
import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import { natural, nonEmpty, sha256 } from "../../shared/records/fields.ts";
import { isSystemError } from "../jsonl/faults.ts";
import { writeWhole } from "../jsonl/whole-file.ts";

const stageRecord = z.strictObject({
  /** Name of the output in the run's folder. */
  file: nonEmpty,
  /** The stage, its version, options, models and seed, and the hash of its input. */
  identity: z.strictObject({
    stage: nonEmpty,
    version: natural,
    options: z.record(z.string(), z.json()),
    fingerprint: z.json(),
    seed: natural,
    /** SHA-256 of the stage's input; null where there is none, since examples come from elsewhere. */
    input: z.nullable(sha256),
  }),
  lines: natural,
  /** By reason code, those that this stage dropped. */
  dropped: z.record(z.string(), natural),
  droppedBefore: natural,
  /** Bad lines of the input that were left out; of a task's own file only. */
  rejected: natural,
  bytes: natural,
  sha256,
});
export type StageRecord = z.infer<typeof stageRecord>;

const runManifest = z.strictObject({
  schema: z.literal(1),
  task: nonEmpty,
  stages: z.array(stageRecord),
  /** Absent until it is written. */
  dataset: z.optional(z.strictObject({ name: nonEmpty, version: nonEmpty })),
});
export type RunManifest = z.infer<typeof runManifest>;

/** Undefined where there is none, or one that another version of Stillpoint wrote: then nothing is reused. */
export function readRunManifest(path: string): RunManifest | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const result = z.safeParse(runManifest, JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

/** Fields stand in the schema's order, whether a record was just made or read from an earlier manifest. */
export async function writeRunManifest(path: string, manifest: RunManifest): Promise<void> {
  await writeWhole(path, `${JSON.stringify(runManifest.parse(manifest), null, 2)}\n`);
}

/** What decided an output, as it stands in a manifest. */
