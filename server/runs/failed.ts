/** Which examples a stage that asks a model left without an answer: what `--only failed` asks again. */
import type { Example, Samples } from "../../shared/records/example.ts";
import { isBuiltin } from "../models/builtin-id.ts";

/** The builtin model never fails: it has fewer candidates than were asked for. */
function countOf(samples: Samples): number {
  return samples.distinct.reduce((sum, { count }) => sum + count, 0);
}

export function failedIn(stage: string): (example: Example) => boolean {
  switch (stage) {
    case "distill":
      return (example) => example.teacher?.predictions.some(({ error }) => error !== undefined) ?? false;
    case "qa":
      return ({ teacher, qa }) =>
        qa !== undefined &&
        (teacher?.predictions.some(({ id, error }) => error === undefined && qa[id] === undefined) ?? false);
    case "label":
      return ({ expected, labels }) => expected !== undefined && labels === undefined;
    case "rate":
      return ({ expected, quality }) => expected !== undefined && quality === undefined;
    case "repair":
      return (example) => example.repair?.prediction?.error !== undefined;
    case "sample":
      return ({ samples }) =>
        samples !== undefined && !isBuiltin(samples.model) && countOf(samples) < samples.requested;
    default:
      return () => false;
  }
}
