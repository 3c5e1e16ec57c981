/** Small examples for the tests of stages that compare texts. */
import { hashOf } from "../../../shared/ids.ts";
import type { DistinctSample, Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import type { Prediction } from "../../../shared/records/prediction.ts";
import { snapshotOf } from "../metrics/texts.ts";

/** An example whose region went from `before` to `settled`; valid by the schema, or this throws. */
export function exampleOf(before: string, settled: string | null, parts: Partial<Example> = {}, n = 0): Example {
  return exampleSchema.parse({
    schema: 1,
    id: hashOf({ test: n }),
    source: {
      kind: "capture",
      contributor: "contributor-1",
      eventId: "018f0000-0000-7000-8000-000000000001",
      consentVersion: 1,
    },
    snapshot: snapshotOf(before),
    ...(settled !== null && {
      settlement: {
        text: settled,
        cursor: null,
        settledAt: "2026-01-01T00:00:10.000Z",
        edits: 1,
        futureHistory: [],
        diagnosticsAfter: [],
        unchanged: before === settled,
        provenance: "human",
      },
    }),
    ...parts,
  });
}

export function predictionOf(
  answer: Pick<Prediction, "text" | "noEdit" | "error">,
  { n = 0, raw = "", model = "openai:teacher" } = {},
): Prediction {
  return {
    id: hashOf({ prediction: n }),
    model,
    promptVersion: "teacher-1:00000000",
    raw,
    usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
    stopReason: "end",
    ...answer,
  };
}

/** Samples of a model that draws: each text as often as it is given; null is no edit. */
export function samplesOf(texts: Record<string, number>, noEdits = 0, model = "openai:student") {
  const distinct: DistinctSample[] = Object.entries(texts).map(([text, count]) => ({ text, count }));
  if (noEdits > 0) distinct.push({ noEdit: true, count: noEdits });
  return { samples: { model, requested: 50, distinct } };
}
