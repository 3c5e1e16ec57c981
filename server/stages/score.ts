/** `score`: the static figures of every prediction an example carries. Asks nobody. */
import * as z from "zod/mini";
import type { Example } from "../../shared/records/example.ts";
import type { Prediction } from "../../shared/records/prediction.ts";
import { predictedText } from "../../shared/records/prediction.ts";
import type { Scores } from "../../shared/records/scores.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { referenceOf } from "../metrics/reference.ts";
import { scorePrediction } from "../metrics/score-prediction.ts";
import { isBuiltin } from "../models/builtin-id.ts";
import { answerSurroundings } from "../prompts/answer-surroundings.ts";
import { defineStage } from "./stage.ts";

export const scoreStage = defineStage({
  name: "score",
  version: 1,
  options: z.strictObject({}),
  async *run(examples) {
    for await (const example of examples) yield example.dropped ? example : { ...example, scores: scoresOf(example) };
  },
});

/** Of the teacher's predictions, the repaired one and those that were shown, by prediction id. */
function scoresOf(example: Example): Record<string, Scores> {
  const scores: Record<string, Scores> = {};
  for (const prediction of example.teacher?.predictions ?? []) scores[prediction.id] = scoreAnswer(example, prediction);
  const repaired = example.repair?.prediction;
  if (repaired !== undefined) scores[repaired.id] = scoreAnswer(example, repaired);
  for (const shown of example.shown ?? []) scores[shown.predictionId] = scoreAnswer(example, shown);
  return scores;
}

/** A prediction as far as its figures go. */
export type ScoredAnswer = Pick<Prediction, "text" | "noEdit" | "cursor" | "model"> & { readonly raw?: string };

/** The figures of one prediction of `example`; one that failed scores as no edit. */
export function scoreAnswer(example: Example, answer: ScoredAnswer): Scores {
  const predicted = predictedText(answer, regionBefore(example.snapshot));
  const { raw } = answer;
  return scorePrediction({
    snapshot: example.snapshot,
    predicted: predicted ?? regionBefore(example.snapshot),
    predictedCursor: answer.cursor,
    reference: referenceOf(example),
    settlement: example.settlement,
    surroundings:
      raw === undefined || predicted === undefined || isBuiltin(answer.model) ? null : answerSurroundings(raw),
  });
}
