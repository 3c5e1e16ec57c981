/**
 * `settle`: places an example by how close its samples come to what the person settled on. The settled text is too
 * noisy to train on, but it shows which snapshots are predictable. Asks nobody.
 */
import * as z from "zod/mini";
import { seededShare } from "../../shared/ids.ts";
import type { Band, DistinctSample, Dropped, Example, Samples, Selection } from "../../shared/records/example.ts";
import { splitName } from "../../shared/records/example.ts";
import { predictedText } from "../../shared/records/prediction.ts";
import type { Settlement } from "../../shared/records/settlement.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { diagnosticsResolved } from "../metrics/diagnostics-resolved.ts";
import { levenshtein } from "../metrics/levenshtein.ts";
import { isBuiltin } from "../models/builtin-id.ts";
import { defineStage, drop, passesThrough } from "./stage.ts";

const NAME = "settle";

const share = (description: string) => z.number().check(z.minimum(0), z.maximum(1), z.describe(description));

const options = z.strictObject({
  trivialAbove: z._default(share("Share of samples that are exact above which an example is trivial."), 0.8),
  noiseAbove: z._default(
    z
      .number()
      .check(
        z.minimum(0),
        z.describe(
          "Relative distance of the closest sample above which an example is noise; 1 is no better than no edit.",
        ),
      ),
    0.6,
  ),
  keepTrivial: z._default(share("Share of the trivial examples that is kept, drawn by the seed."), 0.05),
  splits: z._default(z.array(splitName).check(z.describe("Splits to work on; the others pass through.")), ["train"]),
});
type Options = z.infer<typeof options>;

/**
 * An example that cannot be placed is dropped, with `noSettlement` or `noSamples`: nothing shows that it is
 * predictable, and passing it on would let a whole unplaced file through unnoticed.
 */
export const settleStage = defineStage({
  name: NAME,
  version: 1,
  options,
  async *run(examples, chosen, { seed }) {
    for await (const example of examples) {
      yield passesThrough(example, chosen.splits) ? example : settle(example, chosen, seed);
    }
  },
});

function settle(unplaced: Example, chosen: Options, seed: number): Example {
  const { selection: _earlier, ...example } = unplaced;
  const { samples, settlement } = example;
  if (settlement === undefined) {
    return drop(example, reason("noSettlement", "nobody knows what the person settled on"));
  }
  if (samples === undefined || samples.distinct.length === 0) {
    return drop(example, reason("noSamples", samples === undefined ? "nothing was sampled" : "every sample failed"));
  }
  const distinct = measured(samples.distinct, regionBefore(example.snapshot), settlement.text);
  const selection = select({ ...samples, distinct }, example.snapshot, settlement, chosen);
  const placed: Example = { ...example, samples: { ...samples, distinct }, selection };
  switch (selection.band) {
    case "noise":
      return drop(
        placed,
        reason(
          "noise",
          `the closest sample's relative distance ${shown(selection.relative)} is above ${chosen.noiseAbove}`,
        ),
      );
    case "trivial": {
      const kept = seededShare(seed, "keep-trivial", example.id) < chosen.keepTrivial;
      if (kept) return placed;
      return drop(
        placed,
        reason("trivial", `the hit rate ${shown(selection.hitRate)} is above ${chosen.trivialAbove}`),
      );
    }
    case "learnable":
      return placed;
  }
}

/** Each sample with its distance to the settled text, and that in relation to no edit's; null where nothing changed. */
function measured(distinct: readonly DistinctSample[], before: string, settled: string): DistinctSample[] {
  const whole = levenshtein(before, settled);
  return distinct.map(({ distance: _distance, relative: _relative, ...sample }) => {
    const distance = levenshtein(predictedText(sample, before) ?? before, settled);
    return { ...sample, distance, relative: whole === 0 ? null : distance / whole };
  });
}

function select(samples: Samples, snapshot: Snapshot, settlement: Settlement, chosen: Options): Selection {
  const distances = samples.distinct.map(({ distance }) => distance as number);
  // Ties: the lowest index, since the best candidate comes first.
  const closest = distances.indexOf(Math.min(...distances));
  const relative = samples.distinct[closest]?.relative ?? null;
  const hitRate = isBuiltin(samples.model) ? null : hitRateOf(samples.distinct);
  return {
    closest,
    farthest: distances.indexOf(Math.max(...distances)),
    relative,
    hitRate,
    diagnosticsResolved: diagnosticsResolved(snapshot, settlement),
    band: bandOf(relative, hitRate, chosen),
  };
}

/** Of the samples that came back, the share that is exact. */
function hitRateOf(distinct: readonly DistinctSample[]): number | null {
  let hits = 0;
  let all = 0;
  for (const { count, distance } of distinct) {
    all += count;
    if (distance === 0) hits += count;
  }
  return all === 0 ? null : hits / all;
}

/** `relative` is null where nothing changed; there only the hit rate decides. */
function bandOf(relative: number | null, hitRate: number | null, { trivialAbove, noiseAbove }: Options): Band {
  if (hitRate !== null && hitRate > trivialAbove) return "trivial";
  return relative !== null && relative > noiseAbove ? "noise" : "learnable";
}

function reason(code: string, detail: string): Dropped {
  return { stage: NAME, reason: code, detail };
}

function shown(figure: number | null): string {
  return figure === null ? "none" : figure.toFixed(2);
}
