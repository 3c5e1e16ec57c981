/** `prompt-completion`: one prompt and what the student should answer. Train on the completion alone. */
import * as z from "zod/mini";
import { nonEmpty } from "../../shared/records/fields.ts";
import { defineRowFormat } from "./row-format.ts";

export const promptCompletionFormat = defineRowFormat({
  name: "prompt-completion",
  schema: z.strictObject({ prompt: nonEmpty, completion: nonEmpty }),
  sequence: ({ prompt, completion }) => [prompt, completion],
  row: ({ snapshot, expected }, { student, context }) => ({
    prompt: student.renderPrompt(snapshot, context),
    completion: student.renderCompletion({ text: expected.text }, snapshot),
  }),
});
