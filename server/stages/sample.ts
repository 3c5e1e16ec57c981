/** Draws predictions of a student: the distinct ones show how predictable a snapshot is. */
import * as z from "zod/mini";
import type { DistinctSample } from "../../shared/records/example.ts";
import type { Prediction } from "../../shared/records/prediction.ts";
import { predictedText } from "../../shared/records/prediction.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { askForEach, askingFingerprint, askingOptions, modelOption } from "./asking.ts";
import { defineStage } from "./stage.ts";

/** Above this a request's answers of one example would not fit in memory comfortably, and tell nothing more. */
const maxSamples = 1_000;

const options = z.strictObject({
  model: modelOption("The student"),
  samples: z._default(
    z
      .int()
      .check(
        z.minimum(1),
        z.maximum(maxSamples),
        z.describe("How many predictions to draw for each example; builtin gives as many distinct candidates at most."),
      ),
    50,
  ),
  ...askingOptions,
});

export const sampleStage = defineStage({
  name: "sample",
  version: 1,
  options,
  fingerprint: ({ model }, context) => askingFingerprint(context.model(model)),
  run: (examples, given, context) => {
    const model = context.model(given.model);
    return askForEach(
      examples,
      {
        stage: "sample",
        model,
        samples: given.samples,
        write: (example, predictions) => ({
          ...example,
          samples: {
            model: model.id,
            requested: given.samples,
            distinct: distinctSamples(predictions, regionBefore(example.snapshot)),
          },
        }),
      },
      given,
      context,
    );
  },
});

/** In the order in which each was first given. A text that leaves the region as it is counts as no edit. */
function distinctSamples(predictions: readonly Prediction[], before: string): DistinctSample[] {
  const counts = new Map<string, number>();
  for (const prediction of predictions) {
    const text = predictedText(prediction, before);
    if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => (text === before ? { noEdit: true, count } : { text, count }));
}
