/** Which model an example's target, or the answer to prefer it to, came from. */
import type { Example, Expected, Rejected } from "../../shared/records/example.ts";
import type { Prediction } from "../../shared/records/prediction.ts";
import { predictedText } from "../../shared/records/prediction.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";

/** Null where a person wrote it, or where no model's answer in the example reads so. */
export function answerModel(example: Example, answer: Expected | Rejected): string | null {
  const before = regionBefore(example.snapshot);
  const gave = (p: Pick<Prediction, "text" | "noEdit">) => predictedText(p, before) === answer.text;
  switch (answer.from) {
    case "reviewer":
    case "settled":
      return null;
    case "sample": {
      // Where the person changed nothing the target is no edit, also if no sample says so.
      const { samples } = example;
      return samples?.distinct.some(gave) ? samples.model : null;
    }
    case "repair":
      return example.repair?.prediction?.model ?? null;
    case "teacher":
      return example.teacher?.predictions.find(gave)?.model ?? null;
    case "rated":
    case "shown":
      return example.shown?.find(gave)?.model ?? null;
  }
}
