/**
 * Chooses what an example teaches: the target, and an answer to prefer it to. In training the first source of an order
 * that has one and passes the check; in eval and test what a person wrote, else what they settled on.
 */
import * as z from "zod/mini";
import type { Example, Expected, Rejected } from "../../shared/records/example.ts";
import { predictedText } from "../../shared/records/prediction.ts";
import type { Rating } from "../../shared/records/rating.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { findMarker } from "../prompts/markers.ts";
import { defineStage, drop } from "./stage.ts";
import { byAge, newestVerdict } from "./standing-ratings.ts";
import { teachersAnswer } from "./teachers-answer.ts";

const sourceName = z.enum(["reviewer", "rated", "sample", "repair", "teacher"]);
type SourceName = z.infer<typeof sourceName>;

export const expectStage = defineStage({
  name: "expect",
  version: 1,
  options: z.strictObject({
    order: z._default(
      z
        .array(sourceName)
        .check(
          z.minLength(1),
          z.describe(
            "Where the target of a training example is taken from: the first of these that has one. reviewer: what a person " +
              "wrote; rated: a prediction rated good; sample: the closest sample; repair: the repaired answer; teacher: the " +
              "teacher's answer that needed no repair.",
          ),
        ),
      ["reviewer", "rated", "sample", "repair", "teacher"],
    ),
  }),
  async *run(examples, { order }) {
    for await (const example of examples) yield example.dropped ? example : withTarget(example, order);
  },
});

function withTarget(example: Example, order: readonly SourceName[]): Example {
  const { expected: _expected, rejected: _rejected, ...rest } = example;
  const trains = (example.split?.name ?? "train") === "train";
  const candidates = trains ? order.map((name) => targetFrom[name](example)) : heldOutTargets(example);
  const found = candidates.filter((candidate) => candidate !== null);
  const expected = found.find(({ text }) => findMarker(text) === undefined);
  if (!expected) {
    const sources = found.map(({ from }) => from).join(", ");
    return found.length > 0
      ? drop(rest, { stage: "expect", reason: "marker", detail: `a prompt's marker stands in the text of: ${sources}` })
      : drop(rest, {
          stage: "expect",
          reason: "noTarget",
          detail: `nothing from ${trains ? order.join(", ") : "reviewer, settled"}`,
        });
  }
  const rejected = rejectedAnswers(example).find(
    ({ text }) => text !== expected.text && findMarker(text) === undefined,
  );
  return { ...rest, expected, ...(rejected && { rejected }) };
}

const targetFrom: Readonly<Record<SourceName, (example: Example) => Expected | null>> = {
  reviewer: reviewersText,
  rated: (example) => {
    const rated = newestVerdict(example, "good");
    return rated && asTarget(example, rated, "rated");
  },
  sample: closestSample,
  repair: (example) => {
    const { repair } = example;
    return repair?.prediction && !repair.kept ? asTarget(example, repair.prediction, "repair") : null;
  },
  teacher: (example) => {
    // One that the teacher was asked about again and stood by needed no repair after all.
    if (example.repair && !example.repair.kept) return null;
    const answer = teachersAnswer(example);
    return answer && asTarget(example, answer, "teacher");
  },
};

function heldOutTargets(example: Example): (Expected | null)[] {
  const settled = example.settlement ? { text: example.settlement.text, from: "settled" as const } : null;
  return [reviewersText(example), settled];
}

interface Answer {
  readonly text?: string | undefined;
  readonly noEdit?: true | undefined;
}

/** No edit as a target is the region as it is. */
function asTarget<From extends Expected["from"] | Rejected["from"]>(
  example: Example,
  answer: Answer,
  from: From,
): { text: string; from: From } | null {
  const text = predictedText(answer, regionBefore(example.snapshot));
  return text === undefined ? null : { text, from };
}

/** What a case written by hand expects, or the newest text that a rating gives. */
function reviewersText(example: Example): Expected | null {
  const written = writtenByHand(example) ? example.expected : undefined;
  if (written?.from === "reviewer") return written;
  const texts = ratingsOf(example).filter((rating) => rating.expectedText !== undefined);
  const newest = texts.toSorted(byAge).at(-1)?.expectedText;
  return newest === undefined ? null : { text: newest, from: "reviewer" };
}

/** An import sets `expected` itself; elsewhere it is what an earlier run of this stage left. */
function writtenByHand({ source }: Example): boolean {
  return source.kind === "file" || source.kind === "derived";
}

function ratingsOf(example: Example): Rating[] {
  return (example.shown ?? []).flatMap((shown) => shown.ratings);
}

/** Of learnable examples and of the trivial ones that were kept, whose closest sample is what the person settled on. */
function closestSample(example: Example): Expected | null {
  const { selection, samples, settlement, snapshot } = example;
  if (!selection || selection.band === "noise") return null;
  const before = regionBefore(snapshot);
  if (settlement?.text === before) return { text: before, from: "sample" };
  const closest = selection.closest === null ? undefined : samples?.distinct[selection.closest];
  return closest ? asTarget(example, closest, "sample") : null;
}

/** Best first. */
function rejectedAnswers(example: Example): Rejected[] {
  const { selection, samples, repair } = example;
  const written = writtenByHand(example) && example.rejected?.from === "reviewer" ? example.rejected : null;
  const bad = newestVerdict(example, "bad");
  const refused = (example.shown ?? []).filter((shown) => shown.outcome === "rejected" && shown.ratings.length === 0);
  const repaired = repair && !repair.kept ? teachersAnswer(example) : null;
  const farthest = selection && selection.farthest !== null ? samples?.distinct[selection.farthest] : undefined;
  return [
    written,
    bad && asTarget(example, bad, "rated"),
    ...refused.map((shown) => asTarget(example, shown, "shown")),
    repaired && asTarget(example, repaired, "teacher"),
    farthest && asTarget(example, farthest, "sample"),
  ].filter((answer) => answer !== null && answer !== undefined);
}
