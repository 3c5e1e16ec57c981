/** What a run's outputs are called in its folder, and which of them are still good. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson } from "../../shared/canonical-json.ts";
import { fileSha256 } from "../jsonl/file-hash.ts";
import type { StageIdentity } from "./apply.ts";
import type { RunManifest, StageRecord } from "./run-manifest.ts";

/** Copies of the bad lines of a task's own file. */
export const rejectedInput = "input.rejected.jsonl";

/** `03-distill.jsonl`, and what an interrupted run leaves beside it. */
const stageOutput = /^\d\d-[a-z-]+\.jsonl(?=$|\.partial)/u;

export function outputName(index: number, stage: string): string {
  return `${String(index).padStart(2, "0")}-${stage}.jsonl`;
}

/** Removes the outputs of stages that the task has no longer, which would look like a part of this run. */
export async function removeOtherOutputs(folder: string, own: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    const output = stageOutput.exec(name)?.[0];
    if (output !== undefined && !own.has(output)) await rm(join(folder, name), { force: true });
  }
}

/** A stage's options and fingerprint are JSON; that they are readonly here is no matter to a file. */
export function recordedIdentity(identity: StageIdentity, input: string | null): StageRecord["identity"] {
  return { ...(identity as Omit<StageRecord["identity"], "input">), input };
}

/** The record of an output that was made of the same, and is as it was then. */
export async function reusableOutput(
  folder: string,
  earlier: RunManifest | undefined,
  file: string,
  identity: StageRecord["identity"],
): Promise<StageRecord | undefined> {
  const record = earlier?.stages.find((stage) => stage.file === file);
  if (record === undefined || canonicalJson(record.identity) !== canonicalJson(identity)) return undefined;
  return (await fileSha256(join(folder, file))) === record.sha256 ? record : undefined;
}
