/** Which examples a stage that asks a model left without an answer: what `--only failed` asks again. */
import type { Example } from "../../shared/records/example.ts";

/** Reason codes of examples that a model gave no usable answer for. */
export function failedIn(stage: string): (example: Example) => boolean {
  switch (stage) {
    case "distill":
      return (example) => example.teacher?.predictions.some(({ error }) => error !== undefined) ?? false;
    case "repair":
      return (example) => example.repair?.prediction?.error !== undefined;
    default:
      return () => false;
  }
}
