/** The answer that became an example's target. */
import type { Example } from "../../shared/records/example.ts";
import type { Prediction } from "../../shared/records/prediction.ts";
import { predictedText } from "../../shared/records/prediction.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";

/** Undefined where it is a person's, or a sample's, of which the texts alone are kept. */
export function targetsPrediction({ expected, teacher, repair, snapshot }: Example): Prediction | undefined {
  const of = { teacher: teacher?.predictions ?? [], repair: repair?.prediction ? [repair.prediction] : [] };
  const from = expected?.from;
  if (from !== "teacher" && from !== "repair") return undefined;
  const before = regionBefore(snapshot);
  return of[from].find((prediction) => predictedText(prediction, before) === expected?.text);
}
