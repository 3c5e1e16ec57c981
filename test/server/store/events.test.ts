import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AppendResult, StoredEvent } from "../../../server/store/families/events.ts";
import { readEvents } from "../../../server/store/read-events.ts";
import type { Store } from "../../../server/store/store.ts";
import { openStore } from "../../../server/store/store.ts";
import { canonicalJson } from "../../../shared/canonical-json.ts";
import { hashOf } from "../../../shared/ids.ts";
import type { Event } from "../../../shared/records/event.ts";
import { capturedEvent } from "../../bench/captured-events.ts";
import { receivedAt, recordingLog, smallEvent } from "./support.ts";

let dataDir: string;
let store: Store;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "stillpoint-events-"));
  store = await openStore({ dataDir, log: recordingLog() });
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true });
});

const append = (events: readonly Event[], contributor = "contributor-1") =>
  store.events.append({ contributor, receivedAt, events });
const statuses = (results: readonly AppendResult[]) => results.map(({ status }) => status);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => smallEvent(from + n));
async function stored(args: { after?: number; upTo?: number; contributor?: string } = {}) {
  const events: StoredEvent[] = [];
  for await (const event of readEvents(store, { after: 0, ...args })) events.push(event);
  return events;
}

/** An order that is the same every time, and not the first one. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => hashOf(JSON.stringify(a)).localeCompare(hashOf(JSON.stringify(b))));
}

describe("events that are sent", () => {
  it("are stored as they are, in order, with what they are found by", async () => {
    const events = [capturedEvent(1), smallEvent(2), capturedEvent(3)];
    expect(await append(events)).toEqual([
      { status: "stored", position: 1 },
      { status: "stored", position: 2 },
      { status: "stored", position: 3 },
    ]);
    expect(await stored()).toEqual(
      events.map((event, n) => ({
        position: n + 1,
        id: event.id,
        contributor: "contributor-1",
        receivedAt,
        contentHash: hashOf(event),
        body: canonicalJson(event),
      })),
    );
  });

  it("are there after the store was closed and opened again, and positions go on", async () => {
    await append(range(0, 3));
    await store.close();
    store = await openStore({ dataDir, log: recordingLog() });
    expect(await store.events.lastPosition()).toBe(3);
    expect(await append(range(2, 4))).toEqual([
      { status: "duplicate", position: 3 },
      { status: "stored", position: 4 },
    ]);
  });

  it("are stored once, sent again in another order, half of them new", async () => {
    await append(range(0, 100));
    const results = await append(shuffled(range(50, 150)));
    const again = new Map(shuffled(range(50, 150)).map((event, n) => [event.id, results[n]?.status]));
    for (const event of range(50, 100)) expect(again.get(event.id)).toBe("duplicate");
    for (const event of range(100, 150)) expect(again.get(event.id)).toBe("stored");
    expect((await stored()).map(({ id }) => id).toSorted()).toEqual(
      range(0, 150)
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  it("are stored once, sent over several connections at once, whole or in part", async () => {
    const batches = [range(0, 60), shuffled(range(0, 60)), range(30, 90), shuffled(range(30, 90)), range(0, 60)];
    const results = await Promise.all(batches.map((batch) => append(batch)));
    expect(results.flatMap(statuses).filter((status) => status === "stored")).toHaveLength(90);
    const positions = new Map<string, number>();
    for (const [b, batch] of batches.entries()) {
      for (const [n, { id }] of batch.entries()) {
        const result = results[b]?.[n];
        if (result === undefined || result.status === "refused") throw new Error(`refused: ${id}`);
        // All who sent it hear of the same place.
        expect(positions.get(id) ?? result.position).toBe(result.position);
        positions.set(id, result.position);
      }
    }
    expect(await stored()).toHaveLength(90);
  });

  it("are stored once where one comes twice in one batch", async () => {
    expect(statuses(await append([smallEvent(1), smallEvent(1), smallEvent(1, 2)]))).toEqual([
      "stored",
      "duplicate",
      "refused",
    ]);
    expect(await stored()).toHaveLength(1);
  });

  it("are told from others by their content, not by the order of their fields", async () => {
    await append([smallEvent(1)]);
    const turned = Object.fromEntries(Object.entries(smallEvent(1)).reverse()) as Event;
    expect(statuses(await append([turned]))).toEqual(["duplicate"]);
  });

  it("conflict under a known id with other content, and the first stays", async () => {
    await append([smallEvent(1)]);
    const results = await append([smallEvent(0), smallEvent(1, 2), smallEvent(2)]);
    expect(results).toMatchObject([
      { status: "stored" },
      { status: "refused", code: "conflict" },
      { status: "stored" },
    ]);
    expect((await stored())[0]?.body).toBe(canonicalJson(smallEvent(1)));
  });

  it("conflict under somebody else's id, and say nothing about whose it is", async () => {
    await append([smallEvent(1)]);
    const [other] = await append([smallEvent(1)], "contributor-2");
    const [changed] = await append([smallEvent(1, 2)], "contributor-2");
    expect(other).toEqual(changed);
    expect(other).toMatchObject({ status: "refused", code: "conflict" });
    expect(JSON.stringify(other)).not.toContain("contributor");
  });

  it("leave positions without a gap, whatever was refused or known", async () => {
    await append(range(0, 5));
    await append([...range(3, 7), smallEvent(0, 2)]);
    await append([smallEvent(7)]);
    expect((await stored()).map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("may hold any text", async () => {
    const texts = ["𝒳 α \u0000 \u2028 ÿ", "", "x".repeat(100_000)];
    const events = texts.map((text, n): Event => {
      const event = capturedEvent(n);
      if (event.type !== "snapshot.settled") throw new Error("no settlement");
      return { ...event, settlement: { ...event.settlement, text } };
    });
    await append(events);
    expect((await stored()).map(({ body }) => JSON.parse(body))).toEqual(events);
  });

  it("are what a model of them says, whatever is sent by whom, together or one after the other", async () => {
    const sent = fc.record({ n: fc.nat(12), version: fc.integer({ min: 1, max: 2 }) });
    const batch = fc.record({
      contributor: fc.constantFrom("contributor-1", "contributor-2"),
      events: fc.array(sent, { maxLength: 6 }),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(batch, { maxLength: 4 }), { maxLength: 4 }), async (groups) => {
        // The ids of each round are its own.
        const first = 1_000 * ++round;
        const before = await store.events.lastPosition();
        const known = new Map<number, { contributor: string; version: number; position: number }>();
        let position = before;
        for (const group of groups) {
          const results = await Promise.all(
            group.map(({ contributor, events }) =>
              append(
                events.map(({ n, version }) => smallEvent(first + n, version)),
                contributor,
              ),
            ),
          );
          for (const [b, { contributor, events }] of group.entries()) {
            for (const [k, { n, version }] of events.entries()) {
              const there = known.get(n);
              if (there === undefined) {
                position += 1;
                known.set(n, { contributor, version, position });
                expect(results[b]?.[k]).toEqual({ status: "stored", position });
              } else if (there.contributor === contributor && there.version === version) {
                expect(results[b]?.[k]).toEqual({ status: "duplicate", position: there.position });
              } else expect(results[b]?.[k]).toMatchObject({ status: "refused", code: "conflict" });
            }
          }
        }
        expect((await stored({ after: before })).map(({ position: each }) => each)).toEqual(
          Array.from(known.values(), (each) => each.position).sort((a, b) => a - b),
        );
      }),
      { numRuns: 50 },
    );
  });
});

describe("stored events", () => {
  it("are read by range, by contributor, and in pages that end where they are full", async () => {
    const big = Array.from({ length: 6 }, (_, n): Event => {
      const event = capturedEvent(n);
      if (event.type !== "snapshot.settled") throw new Error("no settlement");
      return { ...event, settlement: { ...event.settlement, text: `${n}`.repeat(2 ** 20) } };
    });
    await append(big);
    await append(range(10, 15), "contributor-2");
    const first = await store.events.page({ after: 0, limit: 100 });
    expect(first.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
    expect((await stored()).map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect((await stored({ after: 2, upTo: 8 })).map(({ position }) => position)).toEqual([3, 4, 5, 6, 7, 8]);
    expect((await stored({ contributor: "contributor-2", after: 7 })).map(({ position }) => position)).toEqual([
      8, 9, 10, 11,
    ]);
    expect((await store.events.page({ after: 0, limit: 2 })).map(({ position }) => position)).toEqual([1, 2]);
    expect(await store.events.page({ after: 11, limit: 2 })).toEqual([]);
  });

  it("are counted by contributor and type, with their sizes", async () => {
    await append([capturedEvent(1), capturedEvent(2), smallEvent(3)]);
    await append([capturedEvent(1), smallEvent(4)]);
    await append([smallEvent(5)], "contributor-2");
    const totals = await store.events.totals({});
    expect(totals).toMatchObject([
      { contributor: "contributor-1", type: "consent.changed", events: 2 },
      { contributor: "contributor-1", type: "snapshot.settled", events: 2 },
      { contributor: "contributor-2", type: "consent.changed", events: 1 },
    ]);
    const bytes = [capturedEvent(1), capturedEvent(2)].map((event) => Buffer.byteLength(canonicalJson(event)));
    expect(totals[1]?.bodyBytes).toBe(bytes.reduce((sum, each) => sum + each));
    expect(totals[1]?.storedBytes).toBeLessThan((totals[1]?.bodyBytes ?? 0) / 2);
    expect(await store.events.totals({ contributor: "contributor-2" })).toHaveLength(1);
  });

  it("and nothing else: an empty store has none", async () => {
    expect(await append([])).toEqual([]);
    expect(await store.events.lastPosition()).toBe(0);
    expect(await stored()).toEqual([]);
    expect(await store.events.totals({})).toEqual([]);
  });
});
