/** The dataset that a run ends in, where its task has one. */
import type { Example } from "../../shared/records/example.ts";
import type { ExportResult } from "../datasets/export.ts";
import { exportDataset } from "../datasets/export.ts";
import type { Provenance } from "../datasets/manifest.ts";
import type { StageRecord } from "./run-manifest.ts";
import type { Task } from "./task-file.ts";

export interface RunExportOptions {
  readonly run: string;
  readonly output: NonNullable<Task["output"]>;
  /** Those of the last stage. */
  readonly examples: AsyncIterable<Example>;
  readonly stages: readonly StageRecord[];
  readonly seed: number;
  /** What this attempt asked of models, and what that cost. */
  readonly asked: Readonly<Record<string, unknown>>;
  readonly dataDir: string;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly onExample: (read: number) => void;
}

export async function exportRun(options: RunExportOptions): Promise<ExportResult> {
  const { run, output, examples, stages, seed, asked, dataDir, now, signal, onExample } = options;
  const startedAt = now();
  return exportDataset({
    dataDir,
    dataset: output.dataset,
    examples,
    formats: output.formats,
    student: output.studentFormat,
    context: output.context,
    system: output.system,
    maxTokens: output.maxTokens,
    dropLong: output.dropLong,
    provenance: { seed, stages: stages.map(provenanceOf) },
    runRecord: () => ({ run, startedAt: startedAt.toISOString(), endedAt: now().toISOString(), asked }),
    signal,
    onExample,
  });
}

function provenanceOf({ identity }: StageRecord): Provenance["stages"][number] {
  const { stage, version, options, fingerprint } = identity;
  return { name: stage, version, options, ...(fingerprint !== null && { fingerprint }) };
}
