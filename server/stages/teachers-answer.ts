/** Which of the teacher's predictions is the candidate for a target. */
import type { Example } from "../../shared/records/example.ts";
import type { Prediction } from "../../shared/records/prediction.ts";

/** The first that did not fail; null where the teacher was not asked or only failed. */
export function teachersAnswer({ teacher }: Example): Prediction | null {
  return teacher?.predictions.find((prediction) => prediction.error === undefined) ?? null;
}
