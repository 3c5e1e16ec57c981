/** `qa`: a judge's opinion of every prediction of the teacher's, by which `repair` knows what to ask again. */
import * as z from "zod/mini";
import type { Example } from "../../shared/records/example.ts";
import { QA_VERSION, qaPrompt, readOpinion } from "../prompts/qa.ts";
import { askingOptions, modelOption } from "./asking.ts";
import { judgeEach, judgeOf } from "./judging.ts";
import { defineStage } from "./stage.ts";

const NAME = "qa";

export const qaStage = defineStage({
  name: NAME,
  version: 1,
  options: z.strictObject({
    model: modelOption("The judge, which must be another than builtin"),
    ...askingOptions,
  }),
  fingerprint: ({ model }, context) => ({ model: judgeOf(NAME, model, context).identity, prompt: QA_VERSION }),
  run: (examples, given, context) => {
    const model = judgeOf(NAME, given.model, context);
    const { diagnostics, definitions, historyLength } = given;
    const shown = { diagnostics, definitions, historyLength };
    return judgeEach(
      examples,
      {
        stage: NAME,
        model,
        asksFor: "every answer of the teacher",
        async judge(example, ask) {
          const qa: NonNullable<Example["qa"]> = {};
          for (const prediction of example.teacher?.predictions ?? []) {
            if (prediction.error !== undefined) continue;
            const prompt = qaPrompt(example.snapshot, shown, prediction);
            const opinion = await ask({ prompt, read: readOpinion });
            // Where the judge failed there is no opinion, and `repair` goes by the figures.
            if (opinion) qa[prediction.id] = { ...opinion, model: model.id };
          }
          return { ...example, qa };
        },
      },
      given,
      context,
    );
  },
});
