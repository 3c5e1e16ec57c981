/** Asks a model why an edit follows from what the programmer did: reasons first, the label last. */
import * as z from "zod/mini";
import type { Example } from "../../shared/records/example.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import type { AnswerSchema, Prompt } from "../models/model.ts";
import type { ContextOptions } from "./context-options.ts";
import { DEFAULT_CONTEXT } from "./context-options.ts";
import { CURSOR, REGION_END, REGION_START } from "./markers.ts";
import { templateVersion } from "./prompt-format.ts";
import { readJson } from "./read-json.ts";
import { shownEdit } from "./shown-edit.ts";
import { renderCase } from "./teacher.ts";
import { THINKING_TOKENS } from "./tokens.ts";

/** Of the object itself: two sentences and a label. */
const ANSWER_TOKENS = 512;

export type Intent = NonNullable<Example["labels"]>["intent"];

/** The most specific first. */
const INTENTS = [
  "add-imports",
  "complete-pattern",
  "infer-refactor",
  "complete-implementation",
  "infer-intent",
  "unknown",
] as const satisfies readonly Intent[];

const SYSTEM_PROMPT = `You label edits that programmers made, so that a collection of them can be balanced. You are shown what the programmer
changed a moment ago, what their editor knew about the code, the text around their cursor with one region marked, and the
edit of that region that came next. Say how the edit follows from what was there before it.

# What you are given

- **Edit history**: their recent edits as unified diffs, oldest first. The last one is the newest and says the most.
- **Definitions** of names that are used near the cursor, and **diagnostics** that the editor showed there, where it knew
  any.
- **Current file**: an excerpt of the file before the edit. ${REGION_START} and ${REGION_END} enclose the region that it
  changes, and ${CURSOR} is the cursor. The markers are no part of the file.
- **Next edit**: what the programmer then changed in the region.

# The labels

Read them from top to bottom, and take the first that fits the main part of the edit:

- \`add-imports\`: it adds or mends an import, include or use that code here or in the history needs.
- \`complete-pattern\`: the history shows the same kind of change at one place or more, and this is the next place: another
  branch, field, test case, annotation or call of the same shape.
- \`infer-refactor\`: it carries through a change that leaves behaviour as it is: the rest of a rename, callers of a changed
  signature, code that was moved, extracted or inlined.
- \`complete-implementation\`: it writes what was begun or declared: the rest of a statement that is half typed, the body
  of a function, a method that an interface or a call asks for.
- \`infer-intent\`: it fits none of these, yet follows from what the programmer seems to be after: a check for a value that
  they just made optional, the use of what they just added, the mending of an error that their edit caused.
- \`unknown\`: nothing here leads to it.

# What to answer

One JSON object with these two members, in this order:

- \`reasoning\`: one or two sentences. What was the programmer doing, and how does the edit follow from it? Quote no more
  than a name.
- \`intent\`: one of the labels above.
`;

const SCHEMA: AnswerSchema = {
  name: "label",
  schema: {
    type: "object",
    properties: { reasoning: { type: "string" }, intent: { type: "string", enum: INTENTS } },
    required: ["reasoning", "intent"],
    additionalProperties: false,
  },
};

const answerOfLabel = z.object({ reasoning: z.string(), intent: z.enum(INTENTS) });

const versionFor = templateVersion(
  "label-1",
  (snapshot, context) => SYSTEM_PROMPT + JSON.stringify(SCHEMA) + renderLabelled(snapshot, context, "two\n"),
);

/** The version of the prompt with every context switch at its default. */
export const LABEL_VERSION = versionFor(DEFAULT_CONTEXT);

/** @param target the region's text after the edit */
export function labelPrompt(snapshot: Snapshot, context: ContextOptions, target: string): Prompt {
  return {
    version: versionFor(context),
    system: SYSTEM_PROMPT,
    messages: [{ role: "user", content: renderLabelled(snapshot, context, target) }],
    maxOutputTokens: THINKING_TOKENS + ANSWER_TOKENS,
    schema: SCHEMA,
  };
}

export function readIntent(answer: string): Intent | undefined {
  return readJson(answer, answerOfLabel)?.intent;
}

function renderLabelled(snapshot: Snapshot, context: ContextOptions, target: string): string {
  return `${renderCase(snapshot, context)}\n\n# Next edit\n\n${shownEdit(snapshot, { text: target })}`;
}
