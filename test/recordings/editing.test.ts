/** The recording that the server's demo sends is what editors could have sent. */
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { shippedRecording } from "../../server/runs/shipped-tasks.ts";
import { redactSnapshot } from "../../shared/privacy/redact.ts";
import type { Event } from "../../shared/records/event.ts";
import { event as eventSchema } from "../../shared/records/event.ts";
import { parseRecord } from "../../shared/records/parse.ts";

const maxBytes = 1_000_000;

async function recording(): Promise<Event[]> {
  const text = await readFile(shippedRecording(), "utf8");
  expect(Buffer.byteLength(text)).toBeLessThan(maxBytes);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const parsed = parseRecord(eventSchema, JSON.parse(line));
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
      return parsed.value;
    });
}

it("is of valid events, each once, numbered within its session in the order of their times", async () => {
  const events = await recording();
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  const sessions = Map.groupBy(events, ({ sessionId }) => sessionId);
  expect([...sessions.keys()]).toHaveLength(4);
  for (const session of sessions.values()) {
    expect(session.map(({ sequence }) => sequence)).toEqual([...session.keys()]);
    expect(session.map(({ at }) => at)).toEqual(session.map(({ at }) => at).sort());
  }
});

it("tells of no prediction that was not made", async () => {
  const events = await recording();
  const made = new Set(events.flatMap((event) => (event.type === "prediction.made" ? event.predictionId : [])));
  const named = events.flatMap((event) => {
    if (event.type === "rating.given") return event.rating.predictionId ?? [];
    return "predictionId" in event ? (event.predictionId ?? []) : [];
  });
  expect(made.size).toBeGreaterThan(20);
  expect(named.filter((id) => !made.has(id))).toEqual([]);
});

it("holds nothing that redaction would take out", async () => {
  for (const event of await recording()) {
    if (!("snapshot" in event)) continue;
    const { snapshot, ...rest } = event;
    expect(redactSnapshot({ snapshot, rest }), event.id).toMatchObject({ ok: true, counts: {} });
  }
});
