/** Counts what an export reads and writes, for manifest, card and terminal. */
import type { Example, SplitName } from "../../shared/records/example.ts";
import { answerModel } from "../formats/answer-model.ts";
import type { TargetedExample } from "../formats/row-format.ts";
import type { ManifestHead } from "./manifest.ts";

export const SPLITS: readonly SplitName[] = ["train", "eval", "test"];

/** What an example is called that carries no licence. */
const UNKNOWN_LICENCE = "unknown";

export type Tally = Pick<ManifestHead, "counts" | "funnel" | "targets" | "redaction">;

export interface TallyCounter {
  read(): void;
  /** One that is not exported, by the stage that says so and its reason. */
  lost(stage: string, reason: string): void;
  exported(example: TargetedExample, split: SplitName): void;
  result(): Tally;
}

/** Room for each distinct language, licence, model, reason and kind of secret; never for an example. */
export function tallyCounter(): TallyCounter {
  let read = 0;
  let exported = 0;
  let redactedExamples = 0;
  let unredactedExamples = 0;
  const splits = new Map<string, number>(SPLITS.map((split) => [split, 0]));
  const languages = new Map<string, number>();
  const licences = new Map<string, number>();
  const kinds = new Map<string, number>();
  const targets = new Map<string, number>();
  const funnel = new Map<string, Map<string, number>>();
  return {
    read() {
      read++;
    },
    lost(stage, reason) {
      const reasons = funnel.get(stage) ?? new Map<string, number>();
      funnel.set(stage, reasons);
      add(reasons, reason);
    },
    exported(example, split) {
      exported++;
      add(splits, split);
      add(languages, example.snapshot.document.languageId);
      add(licences, licenceOf(example));
      add(targets, JSON.stringify([example.expected.from, answerModel(example, example.expected)]));
      if (example.redaction === undefined) unredactedExamples++;
      else if (Object.values(example.redaction.counts).some((count) => count > 0)) redactedExamples++;
      for (const [kind, count] of Object.entries(example.redaction?.counts ?? {})) add(kinds, kind, count);
    },
    result: () => ({
      counts: {
        read,
        exported,
        splits: Object.fromEntries(splits),
        languages: byCount(languages),
        licences: byCount(licences),
      },
      funnel: Object.fromEntries([...funnel].sort(byName).map(([stage, reasons]) => [stage, byCount(reasons)])),
      targets: Object.entries(byCount(targets)).map(([key, count]) => {
        const [from, model] = JSON.parse(key) as [string, string | null];
        return { from, model, count };
      }),
      redaction: { redactedExamples, unredactedExamples, kinds: byCount(kinds) },
    }),
  };
}

function licenceOf(example: Example): string {
  return example.snapshot.repo?.licence ?? UNKNOWN_LICENCE;
}

function add(counts: Map<string, number>, name: string, count = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

/** The most frequent first, equals by name, so that the order says something and never depends on the input's. */
function byCount(counts: Map<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1] || byName(a, b)));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
