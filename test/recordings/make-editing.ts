/**
 * Makes `media/demo/editing.jsonl`, the events that `stillpoint demo-server` sends: `node test/recordings/make-editing.ts`.
 *
 * They are no recording of a person. The snapshots and what they settled on are this repository's own commits, replayed
 * by `import-git`; the predictions are the builtin model's own for these snapshots; what became of them follows from the
 * settled text (accepted where it is the same) and, where it does not, from the seed; kept rates are measured against
 * the settled text. Snapshots with a prediction are preferred. Times are made up, in three sessions of editing and one of
 * reviewing.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pseudonymKeyOfSeed } from "../../server/import/contributor.ts";
import { openGitImport } from "../../server/import/import-git.ts";
import { keptRates } from "../../server/metrics/kept-rate.ts";
import { unitBase, unitEdit } from "../../server/metrics/unit-edit.ts";
import { builtinCandidates } from "../../server/models/builtin/index.ts";
import { canonicalJson } from "../../shared/canonical-json.ts";
import { hashOf, seededShare } from "../../shared/ids.ts";
import type { Event } from "../../shared/records/event.ts";
import { event as eventSchema } from "../../shared/records/event.ts";
import type { Example } from "../../shared/records/example.ts";
import type { Rating } from "../../shared/records/rating.ts";
import { regionBefore } from "../../shared/records/snapshot.ts";

const root = join(import.meta.dirname, "..", "..");
const seed = 1;
const captures = 75;
/** Of them, those where the builtin model foresees the settled text, and where it foresees another: more than there are
 * in a history as it comes, so that there is something to see. */
const maxExact = 14;
const maxOther = 16;
/** Of a snapshot's JSON, so that the recording stays readable. */
const maxCharacters = 6_000;
const maxPredictedCharacters = 11_000;
/** When each session begins. */
const sessions = ["2026-01-12T09:04:00.000Z", "2026-01-13T13:31:00.000Z", "2026-01-15T08:47:00.000Z"];
const reviewing = "2026-01-15T16:00:00.000Z";

type Outcome = Extract<Event, { type: "prediction.outcome" }>["outcome"];
/** What became of a prediction that is not what was settled on, by shares that add up to 1. */
const outcomes: readonly (readonly [Outcome, number])[] = [
  ["rejected", 0.45],
  ["ignored", 0.3],
  ["invalidated", 0.15],
  ["accepted", 0.1],
];

interface Timed {
  readonly at: number;
  readonly session: string;
  readonly body: Record<string, unknown>;
}

/** UUIDv7 (RFC 9562) of a time, and of what it names instead of chance. */
function uuidv7(at: number, name: string): string {
  const time = at.toString(16).padStart(12, "0");
  const random = hashOf({ at, name });
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

const draw = (...purpose: string[]) => seededShare(seed, ...purpose);
const iso = (at: number) => new Date(at).toISOString();

async function replayed(): Promise<Example[]> {
  const gitImport = await openGitImport({
    repo: root,
    repoShown: root,
    seed,
    perCommit: 4,
    contributorKey: pseudonymKeyOfSeed(seed),
    env: process.env,
    signal: new AbortController().signal,
  });
  const predicted: Example[] = [];
  const others: Example[] = [];
  for await (const example of gitImport.examples()) {
    const characters = canonicalJson(example.snapshot).length;
    if (prediction(example) !== undefined && characters <= maxPredictedCharacters) predicted.push(example);
    else if (characters <= maxCharacters) others.push(example);
  }
  const exact = predicted.filter((example) => prediction(example) === example.settlement?.text);
  const rest = predicted.filter((example) => !exact.includes(example));
  const chosen = new Set([...exact.slice(0, maxExact), ...rest.slice(0, maxOther), ...others].slice(0, captures));
  // Commits come newest first; a person works the other way.
  return [...predicted, ...others].filter((example) => chosen.has(example)).sort(byCommitTime);
}

function byCommitTime(a: Example, b: Example): number {
  return Date.parse(a.snapshot.capturedAt) - Date.parse(b.snapshot.capturedAt) || (a.id < b.id ? -1 : 1);
}

/** What the builtin model makes of the region; undefined where it would leave it. */
function prediction({ snapshot }: Example): string | undefined {
  const [best] = builtinCandidates(snapshot, 1);
  return best === undefined || "noEdit" in best ? undefined : best.text;
}

function outcomeOf(id: string, exact: boolean): Outcome {
  if (exact) return "accepted";
  let left = draw(id, "outcome");
  for (const [outcome, share] of outcomes) {
    left -= share;
    if (left < 0) return outcome;
  }
  return "ignored";
}

/** @returns when the person went on */
function record(example: Example, at: number, session: string, timed: Timed[], shown: Shown[]): number {
  const { id, settlement } = example;
  if (settlement === undefined) throw new Error("an import settles what it gives");
  const before = regionBefore(example.snapshot);
  const waitedMs = 3_000 + Math.round(draw(id, "waited") * 14_000);
  const settledAt = at + waitedMs;
  const snapshot = {
    ...example.snapshot,
    repo: { ...example.snapshot.repo, remote: "https://example.com/stillpoint/stillpoint.git", folder: undefined },
    capturedAt: iso(at),
  };
  const text = prediction(example) ?? before;
  const exact = text === settlement.text;
  const asked = text !== before || draw(id, "asked") < 0.2;
  const predictionId = asked ? uuidv7(at, `prediction ${id}`) : undefined;
  timed.push({
    at: settledAt,
    session,
    body: {
      type: "snapshot.settled",
      snapshot,
      settlement: { ...settlement, settledAt: iso(settledAt), waitedMs, quietMs: 2_000 },
      predictionId,
    },
  });
  if (predictionId === undefined) return settledAt;
  const by = { predictionId, model: "builtin", variant: "demo" };
  timed.push({
    at: settledAt + 1,
    session,
    body: { type: "prediction.made", ...by, snapshot, ...(text === before ? { noEdit: true } : { text }) },
  });
  if (text === before) return settledAt;
  const outcome = outcomeOf(id, exact);
  const accepted = outcome === "accepted";
  timed.push({
    at: at + 700 + Math.round(draw(id, "shown") * 2_000),
    session,
    body: {
      type: "prediction.outcome",
      ...by,
      outcome,
      shownMs: 600 + Math.round(draw(id, "shown") * 1_900),
      latencyMs: 20 + Math.round(draw(id, "latency") * 60),
      rendering: "inline",
      acceptedChars: accepted ? Math.max(0, text.length - before.length) : 0,
      partial: false,
    },
  });
  if (accepted) {
    const base = unitBase(before);
    const { keptRate } = keptRates(base, unitEdit(base, text), text, settlement.text);
    for (const afterMs of [30_000, 120_000]) {
      const kept = { type: "prediction.kept", predictionId, afterMs, keptRate: keptRate ?? 0, valid: true };
      timed.push({ at: settledAt + afterMs, session, body: kept });
    }
  }
  shown.push({ predictionId, exact, settled: settlement.text });
  return settledAt;
}

interface Shown {
  readonly predictionId: string;
  readonly exact: boolean;
  readonly settled: string;
}

/** Somebody looks at every other prediction, says what should have stood there now and then, and takes one back. */
function review(shown: readonly Shown[], timed: Timed[]): void {
  let at = Date.parse(reviewing);
  for (const [index, { predictionId, exact, settled }] of shown.entries()) {
    if (index % 2 === 1) continue;
    const secondsSpent = 5 + Math.round(draw(predictionId, "seconds") * 20);
    at += secondsSpent * 1_000;
    const rating: Rating = {
      id: uuidv7(at, `rating ${predictionId}`),
      predictionId,
      reviewer: "reviewer-1",
      verdict: exact ? "good" : "bad",
      categories: exact ? [] : ["location"],
      ...(!exact && index % 4 === 0 && { expectedText: settled }),
      secondsSpent,
      at: iso(at),
    };
    timed.push({ at, session: "reviewing", body: { type: "rating.given", rating } });
    if (index === 6)
      timed.push({ at: at + 900, session: "reviewing", body: { type: "rating.withdrawn", ratingId: rating.id } });
  }
}

const examples = await replayed();
const timed: Timed[] = [];
const shown: Shown[] = [];
const each = Math.ceil(examples.length / sessions.length);
for (const [number, began] of sessions.entries()) {
  let at = Date.parse(began);
  for (const example of examples.slice(number * each, (number + 1) * each)) {
    at += 8_000 + Math.round(draw(example.id, "pause") * 60_000);
    at = record(example, at, `editing-${number + 1}`, timed, shown);
  }
}
review(shown, timed);
timed.sort((a, b) => a.at - b.at);
const sequences = new Map<string, number>();
const lines = timed.map(({ at, session, body }, index) => {
  const sequence = sequences.get(session) ?? 0;
  sequences.set(session, sequence + 1);
  const made = {
    id: uuidv7(at, `event ${index}`),
    schema: 1,
    at: iso(at),
    sessionId: session,
    sequence,
    consentVersion: 1,
    ...body,
  };
  return canonicalJson(eventSchema.parse(JSON.parse(JSON.stringify(made))));
});
writeFileSync(join(root, "media", "demo", "editing.jsonl"), `${lines.join("\n")}\n`);
