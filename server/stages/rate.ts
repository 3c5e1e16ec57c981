/** `rate`: what an example is worth to a student, from 1 to 5, by a model and a rubric. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { normalizeLineEnds } from "../../shared/text/line-ends.ts";
import { ConfigurationError } from "../errors.ts";
import { isSystemError, readFault } from "../jsonl/faults.ts";
import { RATE_VERSION, ratePrompt, readRating, rubricId } from "../prompts/rate.ts";
import type { Rubric } from "../prompts/rubric.ts";
import { TRAINING_VALUE } from "../prompts/rubric.ts";
import { askingOfAllOptions, modelOption } from "./asking.ts";
import { judgeEach, judgeOf } from "./judging.ts";
import { defineStage } from "./stage.ts";
import { targetOf } from "./target.ts";

const NAME = "rate";
/** It is sent with every example. */
const maxRubricChars = 20_000;

export const rateStage = defineStage({
  name: NAME,
  version: 1,
  options: z.strictObject({
    model: modelOption("The model that rates, which must be another than builtin"),
    rubric: z._default(
      z.string().check(
        // A name and no path: over HTTP a task must not name files of the server's machine.
        z.regex(/^[a-z0-9][a-z0-9._-]*$/u, "is no name: a-z, 0-9, . _ - only"),
        z.maxLength(64),
        z.describe("What to rate by: training-value, or the NAME of a file of yours, DATA/prompts/NAME.md."),
      ),
      TRAINING_VALUE.name,
    ),
    ...askingOfAllOptions,
  }),
  fingerprint: ({ model, rubric }, context) => ({
    model: judgeOf(NAME, model, context).identity,
    prompt: RATE_VERSION,
    rubric: rubricId(readRubric(rubric, context.dataDir)),
  }),
  run: (examples, given, context) => {
    const model = judgeOf(NAME, given.model, context);
    const rubric = readRubric(given.rubric, context.dataDir);
    const { diagnostics, definitions, historyLength } = given;
    const shown = { diagnostics, definitions, historyLength };
    return judgeEach(
      examples,
      {
        stage: NAME,
        model,
        asksFor: "every example with a target",
        async judge({ quality: _earlier, ...example }, ask) {
          const prompt = ratePrompt(example.snapshot, shown, targetOf(example, NAME), rubric);
          const rating = await ask({ prompt, read: readRating });
          return rating ? { ...example, quality: { ...rating, rubric: rubricId(rubric) } } : example;
        },
      },
      given,
      context,
    );
  },
});

/**
 * A file of one's own goes before what ships under its name.
 * @throws ConfigurationError where there is none, or one that cannot serve
 */
function readRubric(name: string, dataDir: string): Rubric {
  const shown = `prompts/${name}.md in the data folder`;
  let text: string;
  try {
    text = normalizeLineEnds(readFileSync(join(dataDir, "prompts", `${name}.md`), "utf8")).text;
  } catch (error) {
    if (!isSystemError(error) || error.code !== "ENOENT") throw readFault(error, shown);
    if (name === TRAINING_VALUE.name) return TRAINING_VALUE;
    throw new ConfigurationError(
      `rate: there is no rubric ${name}: ${TRAINING_VALUE.name} is the one that ships, and ${shown} is not there.`,
    );
  }
  if (text.trim() === "") throw new ConfigurationError(`rate: ${shown} is empty.`);
  if (text.length > maxRubricChars) {
    throw new ConfigurationError(`rate: ${shown} is longer than ${maxRubricChars} characters.`);
  }
  return { name, text };
}
