/**
 * Sessions that were recorded in a real VS Code, and beside each exactly what capture makes of it: `NAME.golden.json`.
 * A golden is read by a person before it is committed; what can be known without it is tested here as well.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../../shared/ids.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { settlement as settlementSchema } from "../../../shared/records/settlement.ts";
import type { HistoryEntry, Snapshot } from "../../../shared/records/snapshot.ts";
import { regionBefore, snapshot as snapshotSchema } from "../../../shared/records/snapshot.ts";
import { applyUnifiedDiff, unapplyUnifiedDiff } from "../../../shared/text/unified-diff.ts";
import type { RecordedSession } from "../../vscode/inside/recorded-session.ts";
import type { Outcome, Replayed } from "./replay.ts";
import { replay, startedAt } from "./replay.ts";

const recordings = resolve(import.meta.dirname, "../../fixtures/recordings");
const names = readdirSync(recordings)
  .filter((file) => file.endsWith(".json") && !file.endsWith(".golden.json"))
  .map((file) => file.slice(0, -".json".length));

function readSession(name: string): RecordedSession {
  return JSON.parse(readFileSync(join(recordings, `${name}.json`), "utf8"));
}

const msOf = (time: string) => Date.parse(time) - startedAt;

/** For reading: texts as lines, with the editable region within ⟦ and ⟧, and the cursor as ‸. */
function readable(outcome: Outcome): unknown {
  if (!("settled" in outcome)) return outcome;
  const { snapshot, settlement } = outcome.settled;
  return {
    atMs: outcome.atMs,
    snapshot: {
      ...snapshot,
      excerpt: { startLine: snapshot.excerpt.startLine, lines: marked(snapshot) },
      history: snapshot.history.map(withLines),
    },
    settlement: {
      ...settlement,
      text: withCursor(settlement.text, settlement.cursor).split("\n"),
      futureHistory: settlement.futureHistory.map(withLines),
    },
  };
}

function marked({ excerpt: { text }, editable: { start, end }, cursor }: Snapshot): string[] {
  const region = withCursor(text.slice(start, end), cursor - start);
  return `${text.slice(0, start)}⟦${region}⟧${text.slice(end)}`.split("\n");
}

function withCursor(text: string, cursor: number | null): string {
  return cursor === null ? text : `${text.slice(0, cursor)}‸${text.slice(cursor)}`;
}

function withLines({ diff, ...entry }: HistoryEntry) {
  return { ...entry, ...(diff === undefined ? {} : { diff: diff.split("\n") }) };
}

/** Of one settled capture, by what the documents really held. */
function expectTrue({ settled: { snapshot, settlement } }: Extract<Outcome, { settled: unknown }>, was: Replayed) {
  expect(parseRecord(snapshotSchema, snapshot).ok).toBe(true);
  expect(parseRecord(settlementSchema, settlement).ok).toBe(true);
  const { path } = snapshot.document;
  const capturedMs = msOf(snapshot.capturedAt);
  const text = was.textAt(path, capturedMs);
  expect(snapshot.document.sha256).toBe(sha256Hex(text));
  const lines = text.split("\n");
  expect(`${lines.slice(snapshot.excerpt.startLine).join("\n")}\n`).toContain(snapshot.excerpt.text);

  const texts = new Map<string, string>();
  const textNow = (name: string) => texts.get(name) ?? was.textAt(name, capturedMs);
  for (const { path: name, diff, startedAt: began } of snapshot.history.toReversed()) {
    if (diff === undefined) break;
    const earlier = unapplyUnifiedDiff(textNow(name), diff);
    expect(earlier).toEqual({ ok: true, text: was.textAt(name, msOf(began ?? "") - 1) });
    if (earlier.ok) texts.set(name, earlier.text);
  }

  // Applied in turn, future edits of the document lead to the text in which the settled region stands.
  texts.clear();
  for (const { path: name, diff, endedAt } of settlement.futureHistory) {
    if (diff === undefined) break;
    const later = applyUnifiedDiff(textNow(name), diff);
    expect(later).toEqual({ ok: true, text: was.textAt(name, msOf(endedAt ?? "")) });
    if (later.ok) texts.set(name, later.text);
  }
  const then = was.textAt(path, msOf(settlement.settledAt));
  expect(then).toContain(settlement.text);
  expect(settlement.unchanged).toBe(settlement.text === regionBefore(snapshot));
  if (snapshot.excerpt.text === text) {
    // The excerpt is the whole document: nothing but the region can have changed, unless it was around it.
    const { start, end } = snapshot.editable;
    if (start === 0 && end === text.length) expect(settlement.text).toBe(then);
  }
}

describe("a session recorded in VS Code", () => {
  it("is there for each thing that people do", () => {
    expect(names.length).toBeGreaterThanOrEqual(10);
  });

  it.each(names)("%s: gives the snapshots and settlements beside it, and they are true", async (name) => {
    const replayed = await replay(readSession(name));
    for (const outcome of replayed.outcomes) if ("settled" in outcome) expectTrue(outcome, replayed);
    const result = { open: replayed.open, outcomes: replayed.outcomes.map(readable) };
    await expect(`${JSON.stringify(result, null, 2)}\n`).toMatchFileSnapshot(join(recordings, `${name}.golden.json`));
  });

  it.each(names)("%s: gives the same when it is replayed again", async (name) => {
    const session = readSession(name);
    expect((await replay(session)).outcomes).toEqual((await replay(session)).outcomes);
  });
});
