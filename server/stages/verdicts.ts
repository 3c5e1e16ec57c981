/**
 * `verdicts`: what the store knows by now of the predictions that were shown where an example was captured: what became
 * of them, how much of them stayed, how they were rated. It looks each time anew, so that what is said late reaches
 * examples that were pulled long ago.
 */
import * as z from "zod/mini";
import { snapshotId } from "../../shared/ids.ts";
import { redactSnapshot } from "../../shared/privacy/redact.ts";
import { outcome } from "../../shared/records/event.ts";
import type { Example, ShownPrediction } from "../../shared/records/example.ts";
import { natural } from "../../shared/records/fields.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";
import { ConfigurationError } from "../errors.ts";
import type { VerdictAnswer, VerdictQuestion } from "../store/families/verdicts.ts";
import type { StageContext } from "./stage.ts";
import { defineStage, drop } from "./stage.ts";
import { newestVerdict } from "./standing-ratings.ts";

const NAME = "verdicts";

/** Examples asked about at once. */
const batchSize = 64;

const options = z.strictObject({
  asOf: z._default(
    z
      .nullable(natural)
      .check(
        z.describe("What was stored up to this position of the store; none: all that is there when the stage begins."),
      ),
    null,
  ),
  rated: z._default(
    z
      .nullable(z.enum(["good", "bad"]))
      .check(z.describe("Drop what has no shown prediction that its reviewers agree to be so.")),
    null,
  ),
  outcome: z._default(
    z.array(outcome).check(z.describe("Drop what has no shown prediction with one of these outcomes.")),
    [],
  ),
});
type Options = z.infer<typeof options>;

export const verdictsStage = defineStage({
  name: NAME,
  version: 1,
  options,
  fingerprint: async (given, context) => ({ asOf: (await readingFor(given, context)).asOf }),
  async *run(examples, given, context) {
    const { store, asOf } = await readingFor(given, context);
    for await (const batch of batches(examples)) {
      const open = batch.filter((example) => !example.dropped);
      const answers = open.length === 0 ? [] : await store.verdicts.of({ questions: open.map(questionOf), asOf });
      const byExample = new Map(open.map((example, index) => [example, answers[index]]));
      for (const example of batch) {
        const answer = byExample.get(example);
        yield answer === undefined ? example : filtered(withShown(example, answer, context), given);
      }
    }
  },
});

/** @throws ConfigurationError for a position that the store has not come to: later it would mean something else */
async function readingFor({ asOf: asked }: Options, context: StageContext) {
  const { store, asOf, last } = await context.store();
  if (asked !== null && asked > last) {
    throw new ConfigurationError(`${NAME}: the store's last position is ${last}; ${asked} is still to come.`);
  }
  return { store, asOf: asked ?? asOf };
}

async function* batches(examples: AsyncIterable<Example>): AsyncGenerator<Example[]> {
  let batch: Example[] = [];
  for await (const example of examples) {
    batch.push(example);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function questionOf({ source, snapshot }: Example): VerdictQuestion {
  return { ...(source.kind === "capture" && { eventId: source.eventId }), snapshotId: snapshotId(snapshot) };
}

function withShown(example: Example, answer: VerdictAnswer, context: StageContext): Example {
  const { shown: _shown, ...rest } = example;
  const shown = example.redaction ? redactedAs(example, answer) : answer.shown;
  if (shown === undefined) {
    const detail = "what was shown cannot be redacted as the example was";
    context.log({ stage: NAME, exampleId: example.id, reason: "unredactable", detail });
    return rest;
  }
  return shown.length === 0 ? rest : { ...rest, shown: [...shown] };
}

/**
 * Once redacted, an example has placeholders where its capture has values: a shown text must have the same ones. So the
 * capture is redacted again together with what was shown. Undefined where that comes out otherwise, as by newer rules.
 */
function redactedAs(example: Example, { shown, captured }: VerdictAnswer): readonly ShownPrediction[] | undefined {
  if (shown.length === 0) return shown;
  const { snapshot, settlement } = captured ?? example;
  const result = redactSnapshot({ snapshot, settlement, rest: shown });
  if (!result.ok || regionBefore(result.snapshot) !== regionBefore(example.snapshot)) return undefined;
  return result.rest ?? shown;
}

function filtered(example: Example, { rated, outcome: wanted }: Options): Example {
  if (rated !== null && newestVerdict(example, rated) === null) {
    return drop(example, { stage: NAME, reason: rated === "good" ? "notRatedGood" : "notRatedBad" });
  }
  const outcomes = (example.shown ?? []).flatMap((shown) => shown.outcome ?? []);
  if (wanted.length > 0 && !outcomes.some((each) => wanted.includes(each))) {
    return drop(example, { stage: NAME, reason: "otherOutcome" });
  }
  return example;
}
