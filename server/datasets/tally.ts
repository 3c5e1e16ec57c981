/** Counts what an export reads and writes, for manifest, card and terminal. */
import type { SplitName } from "../../shared/records/example.ts";
import type { ExampleFacts } from "./ledger.ts";
import type { ManifestHead } from "./manifest.ts";

export const SPLITS: readonly SplitName[] = ["train", "eval", "test"];

export type Tally = Pick<ManifestHead, "counts" | "funnel" | "targets" | "redaction">;

export interface TallyCounter {
  read(count?: number): void;
  /** Those that are not exported, by the stage that says so and its reason. */
  lost(stage: string, reason: string, count?: number): void;
  exported(facts: ExampleFacts, split: SplitName): void;
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
    read(count = 1) {
      read += count;
    },
    lost(stage, reason, count = 1) {
      const reasons = funnel.get(stage) ?? new Map<string, number>();
      funnel.set(stage, reasons);
      add(reasons, reason, count);
    },
    exported({ language, licence, target, redacted }, split) {
      exported++;
      add(splits, split);
      add(languages, language);
      add(licences, licence);
      add(targets, JSON.stringify([target.from, target.model]));
      if (redacted === null) unredactedExamples++;
      else if (Object.values(redacted).some((count) => count > 0)) redactedExamples++;
      for (const [kind, count] of Object.entries(redacted ?? {})) add(kinds, kind, count);
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
