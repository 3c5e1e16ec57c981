/** The models that runs may name. */
import * as z from "zod/mini";
import { nonEmpty } from "../records/fields.ts";

export const modelList = z.strictObject({
  models: z.array(
    z.strictObject({
      /** What a task, and `teacher` and `student` of a run, call it. */
      name: nonEmpty,
      provider: z.enum(["builtin", "anthropic", "openai"]),
      /** What the provider calls it. */
      model: nonEmpty,
      /** What predictions say they come from. */
      id: nonEmpty,
      /** The checkpoint. */
      revision: z.optional(nonEmpty),
      /** Scheme, host and port of an address of its own. */
      origin: z.optional(nonEmpty),
      promptFormat: nonEmpty,
    }),
  ),
});
