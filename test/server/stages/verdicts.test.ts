import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redactStage } from "../../../server/stages/redact.ts";
import { verdictsStage } from "../../../server/stages/verdicts.ts";
import type { Store } from "../../../server/store/store.ts";
import { openStore } from "../../../server/store/store.ts";
import { exampleId } from "../../../shared/ids.ts";
import type { Event } from "../../../shared/records/event.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { eventId } from "../../bench/captured-events.ts";
import { recordingLog } from "../store/support.ts";
import { given, kept, made, outcome, ratingOf, settled, snapshotFrom, withdrawn } from "./captured.ts";
import { exampleOf } from "./examples.ts";
import { runStage } from "./running.ts";

let folder: string;
let store: Store;
/** Of the next event: no two tests meet. */
let n = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-verdicts-"));
  store = await openStore({ dataDir: folder, log: recordingLog() });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** @returns the store's last position then */
async function stores(events: readonly Event[], contributor = "contributor-1"): Promise<number> {
  const results = await store.events.append({ contributor, receivedAt: "2026-01-31T10:00:00.000Z", events });
  expect(results.map(({ status }) => status)).toEqual(events.map(() => "stored"));
  return store.events.lastPosition();
}

async function joins(examples: readonly Example[], options: Record<string, unknown> = {}, pinned?: number) {
  const last = await store.events.lastPosition();
  const run = await runStage(verdictsStage, examples, options, undefined, 1, undefined, {
    store,
    last,
    asOf: pinned ?? last,
  });
  for (const example of run.examples) exampleSchema.parse(example);
  return run;
}

/** A capture in which a prediction was asked for, and what `pull` makes of it. */
function captured(before = `const name${n} = 1;\n`, parts: { text?: string | null; predictionId?: string } = {}) {
  const { predictionId = eventId(100_000 + n), text = "predicted\n" } = parts;
  const event = settled({ n: n++, before, after: "const settled = 1;\n", predictionId });
  if (event.type !== "snapshot.settled") throw new Error("a settled snapshot is one");
  const { snapshot, settlement } = event;
  const example = exampleSchema.parse({
    schema: 1,
    id: exampleId({ kind: "capture", eventId: event.id }),
    source: { kind: "capture", contributor: "contributor-1", eventId: event.id, consentVersion: 1, at: event.at },
    snapshot,
    settlement,
  });
  return { predictionId, snapshot, example, events: [event, made(n++, predictionId, snapshot, text)] as const };
}

const shownOf = async (example: Example, options: Record<string, unknown> = {}) =>
  (await joins([example], options)).examples[0]?.shown;

describe("verdicts", () => {
  it("joins what became of the prediction: outcome, kept rates and ratings", async () => {
    const { predictionId, example, events } = captured();
    const rating = ratingOf(n++, predictionId, { verdict: "bad", comment: "reverts my edit" });
    await stores([
      ...events,
      outcome(n++, predictionId, "accepted"),
      kept(n++, predictionId, 120_000, 0.5),
      kept(n++, predictionId, 30_000, 1),
      given(n++, rating),
    ]);
    expect(await shownOf(example)).toEqual([
      {
        predictionId,
        model: "openai:student",
        variant: "a",
        text: "predicted\n",
        outcome: "accepted",
        kept: [
          { afterMs: 30_000, keptRate: 1, valid: true },
          { afterMs: 120_000, keptRate: 0.5, valid: true },
        ],
        ratings: [{ ...rating, reviewer: "contributor-1" }],
      },
    ]);
  });

  it("reaches with what comes late an example that was pulled before, and says the same as of then", async () => {
    const { predictionId, example, events } = captured();
    const then = await stores(events);
    const first = await shownOf(example);
    expect(first).toMatchObject([{ predictionId, ratings: [] }]);
    const rating = ratingOf(n++, predictionId);
    await stores([outcome(n++, predictionId, "rejected")]);
    await stores([given(n++, rating)], "contributor-2");
    const late = await shownOf(example);
    expect(late).toMatchObject([{ outcome: "rejected", ratings: [rating] }]);
    expect(await shownOf(example, { asOf: then })).toEqual(first);
    expect((await joins([example], {}, then)).examples[0]?.shown).toEqual(first);
  });

  it("leaves out a rating that was withdrawn, by whoever gave it and nobody else", async () => {
    const { predictionId, example, events } = captured();
    const [first, second] = [ratingOf(n++, predictionId), ratingOf(n++, predictionId)];
    await stores(events);
    const before = await stores([given(n++, first), given(n++, second)], "contributor-2");
    await stores([withdrawn(n++, first.id)], "contributor-2");
    await stores([withdrawn(n++, second.id)], "contributor-9");
    expect((await shownOf(example))?.[0]?.ratings).toEqual([second]);
    expect((await shownOf(example, { asOf: before }))?.[0]?.ratings).toEqual([first, second]);
  });

  it("takes for the reviewer whose token a rating came with, and a rating's id for the first that was stored", async () => {
    const { predictionId, example, events } = captured();
    const rating = ratingOf(n++, predictionId);
    await stores(events);
    await stores([given(n++, rating)], "contributor-2");
    const planted = { ...rating, verdict: "bad" as const, comment: "planted" };
    await stores([given(n++, planted), given(n++, { ...planted, id: eventId(n++) })], "contributor-9");
    const [shown] = (await shownOf(example)) ?? [];
    expect(shown?.ratings.map(({ reviewer, verdict }) => `${reviewer} ${verdict}`)).toEqual([
      "contributor-2 good",
      "contributor-9 bad",
    ]);
  });

  it("finds by the snapshot's id what was shown in the same state elsewhere, in the order of storing", async () => {
    const { predictionId, snapshot, example, events } = captured();
    const retry = eventId(200_000 + n);
    await stores(events);
    const later = { ...snapshot, capturedAt: "2026-03-01T00:00:00.000Z" };
    await stores([made(n++, retry, later, null), outcome(n++, retry, "ignored")], "contributor-2");
    const found = await shownOf(example);
    expect(found).toMatchObject([{ predictionId }, { predictionId: retry, noEdit: true, outcome: "ignored" }]);
    const fromAFile = exampleOf("unused\n", null, {
      snapshot,
      source: { kind: "file", source: "cases", name: "one" },
    });
    expect(await shownOf(fromAFile)).toEqual(found);
  });

  it("believes of outcomes and kept rates only whom the prediction was made for", async () => {
    const { predictionId, example, events } = captured();
    await stores([...events, outcome(n++, predictionId, "rejected")]);
    await stores([outcome(n++, predictionId, "accepted"), kept(n++, predictionId, 30_000, 1)], "contributor-9");
    const [shown] = (await shownOf(example)) ?? [];
    expect(shown).toMatchObject({ outcome: "rejected" });
    expect(shown).not.toHaveProperty("kept");
  });

  it("takes a prediction's id for the first that was stored under it", async () => {
    const { predictionId, snapshot, example, events } = captured();
    await stores(events);
    await stores([made(n++, predictionId, snapshot, "planted\n")], "contributor-9");
    const other = snapshotFrom({ n: n++ });
    await stores([made(n++, predictionId, other, "planted\n")], "contributor-9");
    expect(await shownOf(example)).toMatchObject([{ predictionId, text: "predicted\n" }]);
    const elsewhere = exampleOf("unused\n", null, { snapshot: other });
    expect(await shownOf(elsewhere)).toBeUndefined();
  });

  it("joins no text that is of another region", async () => {
    const { example, events } = captured();
    const [event] = events;
    const predictionId = event.type === "snapshot.settled" ? (event.predictionId ?? "") : "";
    await stores([event, made(n++, predictionId, snapshotFrom({ n: n++ }), "of another region\n")]);
    expect(await shownOf(example)).toBeUndefined();
  });

  it("joins nothing where the text was never sent, and takes away what an earlier time has left", async () => {
    const { predictionId, example, events } = captured();
    await stores([events[0], outcome(n++, predictionId, "accepted")]);
    const before = {
      ...example,
      shown: [{ predictionId, model: "m", variant: "a", noEdit: true as const, ratings: [] }],
    };
    expect(await shownOf(before)).toBeUndefined();
  });

  it("puts the example's own placeholders where a shown text repeats a secret", async () => {
    const key = ["sk-ant-api03", "Zx81qPm4", "Kd02Lw7Tn5Vb3Rc6Hy9Js1Gf4Xa8Qe2"].join("-");
    const other = key.replace("Zx81", "Yw72");
    const text = `const key = "${key}";\nconst other = "${other}";\n`;
    const { predictionId, example, events } = captured(`const key = "${key}";\n`, { text });
    const rating = ratingOf(n++, predictionId, { comment: `or ${other}`, expectedText: `const key = "${key}";\n` });
    await stores([...events, given(n++, rating)]);
    const [redacted] = (await runStage(redactStage, [example])).examples;
    if (redacted === undefined) throw new Error("redact keeps its examples");
    const [line = ""] = redacted.snapshot.excerpt.text.split("\n");
    expect(line).not.toContain(key);
    const [shown] = (await shownOf(redacted)) ?? [];
    expect(shown?.text?.split("\n")[0]).toBe(line);
    expect(shown?.ratings[0]?.expectedText).toBe(`${line}\n`);
    expect(JSON.stringify(shown)).not.toContain(other);
  });

  it("drops what is not rated so, or had no such outcome, where that is asked", async () => {
    const [good, disputed, unrated] = [captured(), captured(), captured()];
    await stores([...good.events, ...disputed.events, ...unrated.events]);
    const bad = ratingOf(n++, disputed.predictionId, { verdict: "bad", comment: "no" });
    await stores(
      [good, disputed].map(({ predictionId }) => given(n++, ratingOf(n++, predictionId))),
      "contributor-2",
    );
    await stores([given(n++, bad)], "contributor-3");
    await stores([outcome(n++, unrated.predictionId, "ignored"), outcome(n++, good.predictionId, "accepted")]);
    const all = [good, disputed, unrated].map(({ example }) => example);
    const reasons = async (options: Record<string, unknown>) =>
      (await joins(all, options)).examples.map(({ dropped }) => dropped?.reason ?? "");
    expect(await reasons({ rated: "good" })).toEqual(["", "notRatedGood", "notRatedGood"]);
    expect(await reasons({ rated: "bad" })).toEqual(["notRatedBad", "notRatedBad", "notRatedBad"]);
    expect(await reasons({ outcome: ["ignored", "rejected"] })).toEqual(["otherOutcome", "otherOutcome", ""]);
  });

  it("passes more than a batch in their order, the dropped ones untouched", async () => {
    const { example, events } = captured();
    await stores(events);
    const dropped = { ...example, dropped: { stage: "redact", reason: "tooLong" } };
    const many = Array.from({ length: 150 }, (_, i) => (i === 70 ? dropped : exampleOf(`a${i}\n`, "b\n", {}, i)));
    const { examples } = await joins([...many, example]);
    expect(examples.slice(0, -1)).toEqual(many);
    expect(examples.at(-1)?.shown).toHaveLength(1);
  });

  it("refuses a position that the store has not come to, since it would mean something else tomorrow", async () => {
    const last = await store.events.lastPosition();
    await expect(joins([], { asOf: last + 1 })).rejects.toThrow(
      `verdicts: the store's last position is ${last}; ${last + 1} is still to come.`,
    );
  });
});
