/** Asks a model what an example is worth, by a rubric: the reason first, then the score. */
import * as z from "zod/mini";
import { sha256Hex } from "../../shared/ids.ts";
import type { Snapshot } from "../../shared/records/snapshot.ts";
import type { AnswerSchema, Prompt } from "../models/model.ts";
import type { ContextOptions } from "./context-options.ts";
import { DEFAULT_CONTEXT } from "./context-options.ts";
import { CURSOR, REGION_END, REGION_START } from "./markers.ts";
import { templateVersion } from "./prompt-format.ts";
import { readJson } from "./read-json.ts";
import type { Rubric } from "./rubric.ts";
import { shownEdit } from "./shown-edit.ts";
import { renderCase } from "./teacher.ts";
import { THINKING_TOKENS } from "./tokens.ts";

/** Of the object itself: a few sentences and a number. */
const ANSWER_TOKENS = 512;

const systemPrompt = ({ text }: Rubric) =>
  `You rate examples from which a model is to learn how programmers edit. You are shown what a programmer changed a moment
ago, what their editor knew about the code, the text around their cursor with one region marked, and the edit of that
region that the model is to learn.

# What you are given

- **Edit history**: their recent edits as unified diffs, oldest first. The last one is the newest and says the most.
- **Definitions** of names that are used near the cursor, and **diagnostics** that the editor showed there, where it knew
  any.
- **Current file**: an excerpt of the file before the edit. ${REGION_START} and ${REGION_END} enclose the region that it
  changes, and ${CURSOR} is the cursor. The markers are no part of the file.
- **Target**: the edit to learn.

# The rubric

${text.trimEnd()}

# What to answer

One JSON object with these two members, in this order:

- \`reason\`: one or two sentences that say what decides the score. Quote no more than a name.
- \`score\`: a whole number from 1 to 5, by the rubric.
`;

const SCHEMA: AnswerSchema = {
  name: "rating",
  schema: {
    type: "object",
    properties: { reason: { type: "string" }, score: { type: "integer", enum: [1, 2, 3, 4, 5] } },
    required: ["reason", "score"],
    additionalProperties: false,
  },
};

const rating = z.object({ reason: z.string(), score: z.int().check(z.minimum(1), z.maximum(5)) });

const versionFor = templateVersion(
  "rate-1",
  (snapshot, context) =>
    systemPrompt({ name: "probe", text: "probe" }) + JSON.stringify(SCHEMA) + renderTarget(snapshot, context, "two\n"),
);

/** The version of the prompt with every context switch at its default, whatever the rubric. */
export const RATE_VERSION = versionFor(DEFAULT_CONTEXT);

/** `NAME:HASH8`: what a rating says it goes by, so that ratings by another text under the same name are told apart. */
export function rubricId({ name, text }: Rubric): string {
  return `${name}:${sha256Hex(text).slice(0, 8)}`;
}

/** @param target the region's text after the edit */
export function ratePrompt(snapshot: Snapshot, context: ContextOptions, target: string, rubric: Rubric): Prompt {
  return {
    version: `${versionFor(context)}/${rubricId(rubric)}`,
    system: systemPrompt(rubric),
    messages: [{ role: "user", content: renderTarget(snapshot, context, target) }],
    maxOutputTokens: THINKING_TOKENS + ANSWER_TOKENS,
    schema: SCHEMA,
  };
}

export function readRating(answer: string): z.infer<typeof rating> | undefined {
  return readJson(answer, rating);
}

function renderTarget(snapshot: Snapshot, context: ContextOptions, target: string): string {
  return `${renderCase(snapshot, context)}\n\n# Target\n\n${shownEdit(snapshot, { text: target })}`;
}
