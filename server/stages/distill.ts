/** Asks the teacher what it would have done, for every example that trains. */
import * as z from "zod/mini";
import { askForEach, askingFingerprint, askingOptions, modelOption } from "./asking.ts";
import { defineStage } from "./stage.ts";

const options = z.strictObject({ model: modelOption("The teacher"), ...askingOptions });

export const distillStage = defineStage({
  name: "distill",
  version: 2,
  options,
  fingerprint: ({ model }, context) => askingFingerprint(context.model(model)),
  run: (examples, given, context) =>
    askForEach(
      examples,
      {
        stage: "distill",
        model: context.model(given.model),
        samples: 1,
        // Failures too: the example says why it has no answer.
        write: (example, predictions) => ({ ...example, teacher: { predictions: [...predictions] } }),
      },
      given,
      context,
    ),
});
