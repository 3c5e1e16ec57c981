/**
 * `label`: what kind of edit an example's target is. Where and how hard by rule; why by a model, which thinks first. An
 * edit that changes nothing has no intent, and the builtin model knows none: there nobody is asked.
 */
import * as z from "zod/mini";
import type { Example } from "../../shared/records/example.ts";
import { isBuiltin } from "../models/builtin-id.ts";
import { LABEL_VERSION, labelPrompt, readIntent } from "../prompts/label.ts";
import { askingOfAllOptions, modelOption } from "./asking.ts";
import type { AskJudge } from "./judging.ts";
import { judgeEach } from "./judging.ts";
import { labelsByRule } from "./label-rules.ts";
import { defineStage } from "./stage.ts";
import { targetOf } from "./target.ts";

const NAME = "label";
/** Whom the labels are by where no model was asked. */
const BY_RULES = "rules";

export const labelStage = defineStage({
  name: NAME,
  version: 1,
  options: z.strictObject({
    model: modelOption("Which model says what an edit's intent is; with builtin every intent is unknown"),
    ...askingOfAllOptions,
  }),
  fingerprint: ({ model }, context) => ({ model: context.model(model).identity, prompt: LABEL_VERSION }),
  run: (examples, given, context) => {
    const model = context.model(given.model);
    const { diagnostics, definitions, historyLength } = given;
    const shown = { diagnostics, definitions, historyLength };
    if (isBuiltin(model.id)) {
      context.warn(
        "label asks no model, so every intent is unknown; --model names one. Location and difficulty are by rule.",
      );
    }
    return judgeEach(
      examples,
      {
        stage: NAME,
        model,
        asksFor: "every example whose target changes something",
        async judge({ labels: _earlier, ...example }, ask) {
          const target = targetOf(example, NAME);
          const ruled = labelsByRule(example.snapshot, target);
          if (ruled.location === "no-op" || isBuiltin(model.id)) {
            return { ...example, labels: { ...ruled, intent: "unknown", by: BY_RULES } };
          }
          const intent = await askIntent(example, target, ask);
          // Where the model failed there are no labels: `unknown` would be an answer.
          return intent === undefined ? example : { ...example, labels: { ...ruled, intent, by: model.id } };
        },
      },
      given,
      context,
    );

    function askIntent(example: Example, target: string, ask: AskJudge) {
      return ask({ prompt: labelPrompt(example.snapshot, shown, target), read: readIntent });
    }
  },
});
