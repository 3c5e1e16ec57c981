/**
 * Asks again where the teacher failed: a language model continues the conversation and is told what is wrong, the
 * builtin model offers its next candidate. What fails twice is dropped with both reasons.
 */
import * as z from "zod/mini";
import type { Example, RepairRecord } from "../../shared/records/example.ts";
import { splitName } from "../../shared/records/example.ts";
import type { Prediction } from "../../shared/records/prediction.ts";
import { predictedText } from "../../shared/records/prediction.ts";
import type { Scores } from "../../shared/records/scores.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { ConfigurationError } from "../errors.ts";
import type { Model, Prompt } from "../models/model.ts";
import { contextOptions } from "../prompts/context-options.ts";
import { answersKeep, parseRepairAnswer, REPAIR_VERSION, repairPrompt } from "../prompts/repair.ts";
import { mapOrdered } from "./map-ordered.ts";
import { scoreAnswer } from "./score.ts";
import type { StageContext } from "./stage.ts";
import { defineStage, drop, passesThrough } from "./stage.ts";
import { teachersAnswer } from "./teachers-answer.ts";

/** Of the builtin model's candidates, how many are tried. */
const maxCandidates = 10;

const options = z.strictObject({
  model: z._default(
    z
      .string()
      .check(
        z.minLength(1),
        z.describe(
          "Which model repairs: a name from the configuration or PROVIDER:MODEL[@URL], usually the teacher's or a stronger " +
            "one. builtin offers its next candidate that passes.",
        ),
      ),
    "builtin",
  ),
  splits: z._default(
    z.array(splitName).check(z.describe("The splits whose examples are repaired; others pass through.")),
    ["train"],
  ),
  reversalAbove: z._default(
    z
      .number()
      .check(
        z.minimum(0),
        z.maximum(1),
        z.describe("Without a judge: repair an answer whose reversal ratio is above this."),
      ),
    0.9,
  ),
  confidenceAtMost: z._default(
    z
      .int()
      .check(
        z.minimum(0),
        z.maximum(5),
        z.describe("With a judge: repair an answer that it gives this confidence or less, from 1 to 5."),
      ),
    2,
  ),
  allowUnredacted: z._default(
    z.boolean().check(z.describe("Send examples that were not redacted to models elsewhere.")),
    false,
  ),
  ...contextOptions.shape,
});
type Options = z.infer<typeof options>;

export const repairStage = defineStage({
  name: "repair",
  version: 1,
  options,
  fingerprint: ({ model }, context) => ({ model: context.model(model).identity, prompt: REPAIR_VERSION }),
  async *run(examples, given, context) {
    const model = context.model(given.model);
    const counts = { failed: 0, repaired: 0, kept: 0, lost: 0 };
    let warned = false;
    const work = async (example: Example, signal: AbortSignal) => {
      const repaired = await repair(example, given, { context, model, signal });
      if (repaired !== example && repaired.repair) {
        count(repaired, counts, context);
        const teacher = teachersAnswer(repaired)?.model;
        if (model.ranked && teacher !== model.id && !warned) {
          warned = true;
          context.warn(
            `Answers of ${teacher} are repaired by ${model.id}, which is not told what is wrong; --model names another.`,
          );
        }
      }
      return repaired;
    };
    yield* mapOrdered(examples, context.concurrency, work, context.signal);
    const { failed, repaired, kept, lost } = counts;
    context.log({
      stage: "repair",
      reason: "summary",
      detail: `${failed} asked again: ${repaired} saved by a repair, ${kept} kept as they were, ${lost} lost`,
    });
  },
});

interface Asked {
  readonly context: StageContext;
  readonly model: Model;
  readonly signal: AbortSignal;
}

async function repair(example: Example, given: Options, { context, model, signal }: Asked): Promise<Example> {
  if (passesThrough(example, given.splits)) return example;
  const clean = withoutEarlierRepair(example);
  const first = teachersAnswer(clean);
  if (!first) return clean;
  const scores = clean.scores?.[first.id];
  if (!scores) {
    throw new ConfigurationError(
      `Example ${clean.id} has no scores for the teacher's answer; run score before repair.`,
    );
  }
  const problems = problemsOf(clean, first, scores, given);
  if (problems.length === 0) return clean;
  if (!model.staysHere && !clean.redaction && !given.allowUnredacted) {
    throw new ConfigurationError(
      `Example ${clean.id} was not redacted, so it is not sent to ${model.id}; run redact first, or pass --allow-unredacted.`,
    );
  }
  const second = await askAgain(clean, first, problems, given, { context, model, signal });
  return concluded(clean, problems, second);
}

/** Why an answer is repaired: the trigger, its figure for people, and a sentence for the model. */
interface Problem {
  readonly trigger: RepairRecord["triggers"][number];
  readonly figure: string;
  readonly sentence: string;
}

/** A judge's word goes before the figures, which know less. */
function problemsOf(example: Example, answer: Prediction, scores: Scores, given: Options): Problem[] {
  const judged = example.qa?.[answer.id];
  if (!judged) return staticProblems(scores, given);
  const problems: Problem[] = [];
  const reason = judged.reasoning.trim() === "" ? "" : ` The reviewer's reasons: ${judged.reasoning.trim()}`;
  if (judged.reverts) {
    problems.push({
      trigger: "reverts",
      figure: "the judge says that it reverts",
      sentence: `A reviewer says that it undoes what the programmer just did.${reason}`,
    });
  }
  if (judged.confidence <= given.confidenceAtMost) {
    problems.push({
      trigger: "lowConfidence",
      figure: `the judge's confidence is ${judged.confidence}`,
      sentence: `A reviewer finds it unlikely to be what the programmer does next (${judged.confidence} of 5).${judged.reverts ? "" : reason}`,
    });
  }
  return problems;
}

function staticProblems(scores: Scores, { reversalAbove }: Options): Problem[] {
  const problems: Problem[] = [];
  const { reversalRatio, outsideRegion } = scores;
  if (reversalRatio !== null && reversalRatio > reversalAbove) {
    const ratio = reversalRatio.toFixed(2);
    problems.push({
      trigger: "reversal",
      figure: `reversal ratio ${ratio}`,
      sentence: `It undoes what the programmer just did: ${ratio} of what it changes takes back their newest edit.`,
    });
  }
  if (outsideRegion) {
    problems.push({
      trigger: "outsideRegion",
      figure: "outside the region",
      sentence: "It does not stay inside the region: it changes text around it, or drops lines at its edge.",
    });
  }
  return problems;
}

/** What came of asking again. */
type Second =
  | {
      readonly kind: "answer";
      readonly prediction: Prediction;
      readonly scores: Scores;
      readonly faults: readonly string[];
    }
  | { readonly kind: "kept"; readonly prediction: Prediction; readonly scores: Scores }
  | { readonly kind: "failed"; readonly prediction: Prediction; readonly faults: readonly string[] }
  | { readonly kind: "nothing" };

function askAgain(
  example: Example,
  first: Prediction,
  problems: readonly Problem[],
  given: Options,
  asked: Asked,
): Promise<Second> {
  return asked.model.ranked
    ? nextCandidate(example, first, given, asked)
    : continueConversation(example, first, problems, given, asked);
}

/** The next of a ranked model's candidates that passes; it takes no part in a conversation. */
async function nextCandidate(
  example: Example,
  first: Prediction,
  given: Options,
  { model, signal }: Asked,
): Promise<Second> {
  const before = regionBefore(example.snapshot);
  const request = {
    exampleId: example.id,
    snapshot: example.snapshot,
    prompt: noPrompt,
    parse: () => ({ kind: "error", error: "unparsable" }) as const,
  };
  const candidates = await model.predict(request, { samples: maxCandidates, signal });
  for (const prediction of candidates) {
    if (prediction.error !== undefined || predictedText(prediction, before) === predictedText(first, before)) continue;
    const scores = scoreAnswer(example, prediction);
    if (staticProblems(scores, given).length === 0) return { kind: "answer", prediction, scores, faults: [] };
  }
  return { kind: "nothing" };
}

const noPrompt: Prompt = { version: "none", system: "", messages: [], maxOutputTokens: 1 };

async function continueConversation(
  example: Example,
  first: Prediction,
  problems: readonly Problem[],
  given: Options,
  { model, signal }: Asked,
): Promise<Second> {
  const { snapshot } = example;
  const { diagnostics, definitions, historyLength } = given;
  const prompt = repairPrompt({
    snapshot,
    context: { diagnostics, definitions, historyLength },
    first,
    problems: problems.map((problem) => problem.sentence),
  });
  const parse = (answer: string) => parseRepairAnswer(answer, snapshot, first);
  const request = { exampleId: example.id, snapshot, prompt, parse };
  const [prediction] = await model.predict(request, { samples: 1, signal });
  if (!prediction) return { kind: "nothing" };
  if (prediction.error !== undefined) return { kind: "failed", prediction, faults: [prediction.error] };
  const scores = scoreAnswer(example, prediction);
  if (answersKeep(prediction.raw)) return { kind: "kept", prediction, scores };
  const faults = staticProblems(scores, given).map((problem) => problem.figure);
  return { kind: "answer", prediction, scores, faults };
}

function concluded(example: Example, problems: readonly Problem[], second: Second): Example {
  const triggers = problems.map((problem) => problem.trigger);
  const record: RepairRecord = {
    triggers,
    ...(second.kind !== "nothing" && { prediction: second.prediction }),
    ...(second.kind === "kept" && { kept: true as const }),
  };
  const asked: Example = { ...example, repair: record };
  if (second.kind === "answer" || second.kind === "kept") {
    asked.scores = { ...example.scores, [second.prediction.id]: second.scores };
  }
  const faults =
    second.kind === "nothing" ? ["no other candidate passes"] : second.kind === "kept" ? [] : second.faults;
  if (faults.length === 0) return asked;
  const firstFaults = problems.map((problem) => problem.figure).join(", ");
  return drop(asked, {
    stage: "repair",
    reason: "failedTwice",
    detail: `first: ${firstFaults}; then: ${faults.join(", ")}`,
  });
}

/** As it was before this stage ran on it: a run replaces what an earlier one left. */
function withoutEarlierRepair(example: Example): Example {
  const { repair: earlier, ...rest } = example;
  const stale = earlier?.prediction?.id;
  if (stale === undefined || !rest.scores || rest.teacher?.predictions.some(({ id }) => id === stale)) return rest;
  const { [stale]: _stale, ...scores } = rest.scores;
  return { ...rest, scores };
}

interface Counts {
  failed: number;
  repaired: number;
  kept: number;
  lost: number;
}

function count(example: Example, counts: Counts, context: StageContext): void {
  const outcome = example.dropped ? "lost" : example.repair?.kept ? "kept" : "repaired";
  counts.failed++;
  counts[outcome]++;
  context.log({
    stage: "repair",
    exampleId: example.id,
    reason: outcome,
    detail: example.repair?.triggers.join(", ") ?? "",
  });
}
