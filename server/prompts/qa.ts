/** Asks a judge what it thinks of a prediction: reasons first, then whether it reverts, then how likely it is. */
import * as z from "zod/mini";
import type { Prediction } from "../../shared/records/prediction.ts";
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

/** Of the object itself: a few sentences and two values. */
const ANSWER_TOKENS = 512;

const SYSTEM_PROMPT = `You review edits that a model predicts in a programmer's editor. You are shown what the programmer changed a moment ago,
what their editor knows about the code, the text around their cursor with one region marked, and the predicted edit of
that region. Judge whether it is what the programmer themselves would do next.

# What you are given

- **Edit history**: their recent edits as unified diffs, oldest first. The last one is the newest and says the most.
- **Definitions** of names that are used near the cursor, and **diagnostics** that the editor shows there, where it knows
  any.
- **Current file**: an excerpt of the file before the predicted edit. ${REGION_START} and ${REGION_END} enclose the region
  that it may change, and ${CURSOR} is the cursor. The markers are no part of the file.
- **Predicted edit**: what the model would change in the region. It may be nothing: then judge whether leaving the region
  as it is was right.

# What to answer

One JSON object with these three members, in this order:

- \`reasoning\`: two or three sentences. What is the programmer doing, what does the edit do, and does the one follow from
  the other? Where it is wrong, say in words what is wrong and where, for somebody who has to do it better. Quote no
  more than a name.
- \`reverts\`: true if the edit undoes what the programmer has just done, in whole or in part.
- \`confidence\`: a whole number from 1 to 5, how sure you are that the edit is right.

# When an edit reverts

It does if it puts back what they deleted (also in other words, and also where the code does not compile without it),
takes away what they typed, or sets a value or a name back to what it was before. It does not if it finishes what is half
typed, goes on with a rename, or corrects an edit that is marked "accepted prediction". An edit that changes nothing
reverts nothing.

# How sure you are

- 5: it follows from the edit history; hardly anything else could come next.
- 4: likely: it goes on with what they are doing, and nothing in it is made up.
- 3: plausible: they might do this, or something else that fits as well.
- 2: unlikely: it guesses at what nothing here shows, does much more than the edits suggest, or misses their point.
- 1: wrong: it breaks the code, contradicts the edits, or has nothing to do with them.

Judge the edit, not the code that was there before. A small edit that is surely right is worth more than a large guess.
Where the model changed nothing although the next step is plain, that is a 2; where nothing follows, that is a 5.
`;

const SCHEMA: AnswerSchema = {
  name: "review",
  schema: {
    type: "object",
    properties: {
      reasoning: { type: "string" },
      reverts: { type: "boolean" },
      confidence: { type: "integer", enum: [1, 2, 3, 4, 5] },
    },
    required: ["reasoning", "reverts", "confidence"],
    additionalProperties: false,
  },
};

/** What a judge says of one prediction. */
const opinion = z.object({
  reasoning: z.string(),
  reverts: z.boolean(),
  confidence: z.int().check(z.minimum(1), z.maximum(5)),
});
export type Opinion = z.infer<typeof opinion>;

type Judged = Pick<Prediction, "text" | "noEdit">;

const versionFor = templateVersion(
  "qa-1",
  (snapshot, context) => SYSTEM_PROMPT + JSON.stringify(SCHEMA) + renderJudged(snapshot, context, { text: "two\n" }),
);

/** The version of the prompt with every context switch at its default. */
export const QA_VERSION = versionFor(DEFAULT_CONTEXT);

export function qaPrompt(snapshot: Snapshot, context: ContextOptions, judged: Judged): Prompt {
  return {
    version: versionFor(context),
    system: SYSTEM_PROMPT,
    messages: [{ role: "user", content: renderJudged(snapshot, context, judged) }],
    maxOutputTokens: THINKING_TOKENS + ANSWER_TOKENS,
    schema: SCHEMA,
  };
}

export function readOpinion(answer: string): Opinion | undefined {
  return readJson(answer, opinion);
}

function renderJudged(snapshot: Snapshot, context: ContextOptions, judged: Judged): string {
  return `${renderCase(snapshot, context)}\n\n# Predicted edit\n\n${shownEdit(snapshot, judged)}`;
}
