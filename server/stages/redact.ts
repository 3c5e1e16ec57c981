/**
 * `redact`: takes secrets and personal data out of every text of an example, by the rules that the client has too.
 * Only an example that went through here, and so carries `redaction`, may be sent to a model elsewhere.
 */
import * as z from "zod/mini";
import type { Refusal } from "../../shared/privacy/redact.ts";
import { REDACTION_VERSION, redactSnapshot } from "../../shared/privacy/redact.ts";
import type { DistinctSample, Example } from "../../shared/records/example.ts";
import { defineStage, drop } from "./stage.ts";

const NAME = "redact";

const REASONS: Readonly<Record<Refusal, string>> = {
  secretPath: "the document is a secrets file by its path",
  tooLong: "with placeholders in it, the region is longer than a region may be",
  tooManySecrets: "it holds more secrets than can be found for certain",
};

export const redactStage = defineStage({
  name: NAME,
  version: REDACTION_VERSION,
  options: z.strictObject({}),
  async *run(examples, _options, context) {
    for await (const example of examples) {
      if (example.dropped) {
        yield example;
        continue;
      }
      const { schema, id, snapshot, settlement, redaction, ...rest } = example;
      const result = redactSnapshot({ snapshot, settlement, rest });
      if (!result.ok) {
        yield drop(example, { stage: NAME, reason: result.reason, detail: REASONS[result.reason] });
        continue;
      }
      const redacted: Example = {
        schema,
        id,
        ...(result.rest ?? rest),
        snapshot: result.snapshot,
        ...(result.settlement && { settlement: result.settlement }),
        redaction: { version: REDACTION_VERSION, counts: sum(redaction?.counts ?? {}, result.counts) },
      };
      const isStale = hasFigures(example) && judgedTexts(redacted) !== judgedTexts(example);
      if (isStale) context.warn("redact changed texts that had been measured: run score and settle again.");
      yield isStale ? withoutFigures(redacted) : redacted;
    }
  },
});

/** What an earlier redaction took out is still out. */
function sum(earlier: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>): Record<string, number> {
  const counts = { ...earlier };
  for (const [kind, count] of Object.entries(now)) counts[kind] = (counts[kind] ?? 0) + count;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function hasFigures({ scores, selection, samples }: Example): boolean {
  return scores !== undefined || selection !== undefined || samples !== undefined;
}

/** Everything that a figure was computed from. */
function judgedTexts({ snapshot, settlement, teacher, repair, samples, shown }: Example): string {
  return JSON.stringify([snapshot.excerpt, snapshot.history, settlement?.text, teacher, repair, samples, shown]);
}

/** Figures of texts that are no longer there would be believed; without them the stages that make them run again. */
function withoutFigures(example: Example): Example {
  const { scores: _scores, selection: _selection, samples, rejected, ...rest } = example;
  return {
    ...rest,
    ...(samples && { samples: { ...samples, distinct: merged(samples.distinct) } }),
    ...(rejected && rejected.text !== example.expected?.text && { rejected }),
  };
}

/** Samples that differed in a secret alone are one now. */
function merged(distinct: readonly DistinctSample[]): DistinctSample[] {
  const byText = new Map<string | undefined, DistinctSample>();
  for (const { distance: _distance, relative: _relative, ...sample } of distinct) {
    const same = byText.get(sample.text);
    byText.set(sample.text, same ? { ...same, count: same.count + sample.count } : sample);
  }
  return [...byText.values()];
}
