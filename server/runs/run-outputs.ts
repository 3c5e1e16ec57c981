/** What a run's outputs are called in its folder. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

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
