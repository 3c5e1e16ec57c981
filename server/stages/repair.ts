/**
 * Asks again where the teacher failed: a language model continues the conversation and is told what is wrong, the
 * builtin model offers its next candidate. What fails twice is dropped with both reasons.
 */
import * as z from "zod/mini";
import type { Example, RepairRecord } from "../../shared/records/example.ts";
import type { Prediction } from "../../shared/records/prediction.ts";
import { predictedText } from "../../shared/records/prediction.ts";
import type { Scores } from "../../shared/records/scores.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { ConfigurationError } from "../errors.ts";
import { isBuiltin } from "../models/builtin-id.ts";
import type { Model, PredictRequest, Prompt } from "../models/model.ts";
import { answersKeep, parseRepairAnswer, REPAIR_VERSION, repairPrompt } from "../prompts/repair.ts";
import { askingOptions, modelOption, openAsker } from "./asking.ts";
import { mapOrdered } from "./map-ordered.ts";
import { scoreAnswer } from "./score.ts";
import type { StageContext } from "./stage.ts";
import { defineStage, drop, passesThrough } from "./stage.ts";
import { teachersAnswer } from "./teachers-answer.ts";

const NAME = "repair";
/** Of the builtin model's candidates, how many are tried. */
const maxCandidates = 10;

const options = z.strictObject({
  model: modelOption(
    "Which model repairs, usually the teacher's or a stronger one; builtin offers its next candidate that passes",
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
  ...askingOptions,
});
type Options = z.infer<typeof options>;

export const repairStage = defineStage({
  name: NAME,
  version: 2,
  options,
  fingerprint: ({ model }, context) => ({ model: context.model(model).identity, prompt: REPAIR_VERSION }),
  async *run(examples, given, context) {
    const model = context.model(given.model);
    const counts = { failed: 0, repaired: 0, kept: 0, lost: 0 };
    const samples = isBuiltin(model.id) ? maxCandidates : 1;
    const asking = { stage: NAME, model, samples, asksFor: "every example whose answer failed" };
    const asker = openAsker(asking, given, context);
    const work = async (example: Example, signal: AbortSignal) => {
      const repaired = await repair(example, given, { model, ask: (of, asked) => asker.ask(of, asked, signal) });
      if (repaired !== example && repaired.repair) {
        count(repaired, counts, context);
        sayWhoRepairsWhom(repaired, model, context);
      }
      return repaired;
    };
    yield* asker.onceAnswered(mapOrdered(examples, context.concurrency, work, context.signal));
    const { failed, repaired, kept, lost } = counts;
    const asked = asker.summary();
    context.log({
      stage: NAME,
      reason: "summary",
      detail:
        `${failed} asked again: ${repaired} saved by a repair, ${kept} kept as they were, ${lost} lost` +
        (asked === undefined ? "" : `; ${asked}`),
    });
  },
});

/** The one who repairs, and how it is asked. */
interface Repairer {
  readonly model: Model;
  readonly ask: (example: Example, asked: Pick<PredictRequest, "prompt" | "parse">) => Promise<readonly Prediction[]>;
}

async function repair(example: Example, given: Options, repairer: Repairer): Promise<Example> {
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
  const second = isBuiltin(repairer.model.id)
    ? await nextCandidate(clean, first, given, repairer)
    : await continueConversation(clean, first, problems, given, repairer);
  return concluded(clean, problems, second);
}

function sayWhoRepairsWhom(repaired: Example, model: Model, context: StageContext): void {
  const teacher = teachersAnswer(repaired)?.model;
  if (!isBuiltin(model.id) || teacher === undefined || teacher === model.id) return;
  context.warn(
    `Answers of ${teacher} are repaired by ${model.id}, which is not told what is wrong; --model names another.`,
  );
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

/** The next of the builtin model's candidates that passes; it takes no part in a conversation. */
async function nextCandidate(example: Example, first: Prediction, given: Options, { ask }: Repairer): Promise<Second> {
  const before = regionBefore(example.snapshot);
  const parse = () => ({ kind: "error", error: "unparsable" }) as const;
  for (const prediction of await ask(example, { prompt: noPrompt, parse })) {
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
  { ask }: Repairer,
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
  const [prediction] = await ask(example, { prompt, parse });
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
    stage: NAME,
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
    stage: NAME,
    exampleId: example.id,
    reason: outcome,
    detail: example.repair?.triggers.join(", ") ?? "",
  });
}
