/** `messages`: ChatML-style turns, as chat templates take them. Train on the assistant's turn alone. */
import * as z from "zod/mini";
import { nonEmpty } from "../../shared/records/fields.ts";
import { defineRowFormat } from "./row-format.ts";

const message = z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: nonEmpty });
const ROLES_IN_ORDER = /^(?:system )?user assistant$/u;

export const messagesFormat = defineRowFormat({
  name: "messages",
  schema: z.strictObject({
    messages: z.array(message).check(
      z.refine((turns) => ROLES_IN_ORDER.test(turns.map((turn) => turn.role).join(" ")), {
        error: "are not one user and one assistant turn, with or without a system prompt before them",
      }),
    ),
  }),
  sequence: ({ messages }) => messages.map(({ content }) => content),
  row: ({ snapshot, expected }, { student, context, system }) => {
    const turns: z.infer<typeof message>[] = system === undefined ? [] : [{ role: "system", content: system }];
    turns.push(
      { role: "user", content: student.renderPrompt(snapshot, context) },
      { role: "assistant", content: student.renderCompletion({ text: expected.text }, snapshot) },
    );
    return { messages: turns };
  },
});
