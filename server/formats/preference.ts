/**
 * `preference`: a prompt, the answer to prefer and the one to prefer it to, for DPO and its kin. Such training rewards
 * length wherever one side is longer as a rule, so both sides' lengths are watched.
 */
import * as z from "zod/mini";
import { nonEmpty } from "../../shared/records/fields.ts";
import { answerModel } from "./answer-model.ts";
import { defineRowFormat } from "./row-format.ts";

/** Mean lengths further apart than this are warned of. */
export const MAX_LENGTH_RATIO = 1.2;

const preferenceRow = z
  .strictObject({
    prompt: nonEmpty,
    chosen: nonEmpty,
    rejected: nonEmpty,
    /** Null: a person, or the rule that no edit is right where the person made none. */
    chosenModel: z.nullable(nonEmpty),
    rejectedModel: z.nullable(nonEmpty),
    /** Both answers are samples of one student, so that training it on them stays close to what it writes. */
    onPolicy: z.boolean(),
  })
  .check(z.refine((row) => row.chosen !== row.rejected, { path: ["rejected"], error: "is the chosen answer" }));

export const preferenceFormat = defineRowFormat({
  name: "preference",
  schema: preferenceRow,
  sequence: ({ prompt, chosen, rejected }) => [prompt, chosen.length > rejected.length ? chosen : rejected],
  row: (example, { student, context }) => {
    const { snapshot, expected, rejected } = example;
    if (rejected === undefined || rejected.text === expected.text) return undefined;
    const [chosenModel, rejectedModel] = [answerModel(example, expected), answerModel(example, rejected)];
    const sampled = expected.from === "sample" && rejected.from === "sample";
    return {
      prompt: student.renderPrompt(snapshot, context),
      chosen: student.renderCompletion({ text: expected.text }, snapshot),
      rejected: student.renderCompletion({ text: rejected.text }, snapshot),
      chosenModel,
      rejectedModel,
      onPolicy: sampled && chosenModel !== null && rejectedModel !== null,
    };
  },
});
