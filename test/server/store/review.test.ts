/** The review queue's leases against a model of them that a person can read, through clocks that move and servers that end. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { openEventDatabase } from "../../../server/store/event-database.ts";
import { events } from "../../../server/store/families/events.ts";
import { review } from "../../../server/store/families/review.ts";
import { seededShare } from "../../../shared/ids.ts";
import type { Event } from "../../../shared/records/event.ts";
import { eventId } from "../../bench/captured-events.ts";
import { validEvents } from "../../shared/records/valid.ts";

const leaseMs = 300_000;
const twiceShare = 0.5;
const reviewers = ["reviewer-0", "reviewer-1", "reviewer-2"];
const items = [1, 2, 3].map(eventId);
const places = (item: string) => (seededShare(0, "review", item) < twiceShare ? 2 : 1);

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant("next" as const), who: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("rate" as const), who: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("skip" as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("undo" as const), who: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant("wait" as const), ms: fc.constantFrom(1, leaseMs - 1, leaseMs) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("restart" as const) }) },
);

function made(predictionId: string): Event[] {
  const of = (type: Event["type"], id: string) =>
    ({ ...validEvents.find((each) => each.type === type), id, predictionId }) as Event;
  const n = items.indexOf(predictionId);
  return [of("prediction.made", eventId(100 + n)), of("prediction.outcome", eventId(200 + n))];
}

it("leases are as their model says, whoever comes when, and whatever is undone", async () => {
  expect(new Set(items.map(places))).toEqual(new Set([1, 2]));
  await fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const folder = mkdtempSync(join(tmpdir(), "stillpoint-review-"));
      const open = () => openEventDatabase({ file: join(folder, "events.db"), readonly: false, create: true });
      let db = open();
      let now = Date.parse("2026-01-31T09:05:00.000Z");
      let ids = 1_000;
      const timestamp = (ms: number) => new Date(ms).toISOString();
      const leases = new Map<string, Map<string, number>>(items.map((item) => [item, new Map()]));
      const rated = new Map<string, Set<string>>(items.map((item) => [item, new Set()]));
      const skipped = new Map<string, Set<string>>(items.map((item) => [item, new Set()]));
      const offered = new Map<string, string>();
      const given = new Map<string, { id: string; item: string }[]>();
      const set = <Value>(map: Map<string, Value>, key: string): Value => map.get(key) as Value;
      const others = (item: string, who: string) =>
        [...set(leases, item)].filter(([holder, until]) => holder !== who && until > now).length +
        [...set(rated, item)].filter((rater) => rater !== who).length;
      const held = (who: string) => items.filter((item) => (set(leases, item).get(who) ?? 0) > now);
      const mayHave = (item: string, who: string) =>
        !set(rated, item).has(who) && !set(skipped, item).has(who) && others(item, who) < places(item);
      try {
        const { prepare, run } = events.write.append;
        const all = items.flatMap(made);
        db.transaction(() =>
          run(db, prepare({ contributor: "contributor-1", receivedAt: timestamp(now), events: all })),
        );
        for (const each of steps) {
          if (each.does === "wait") now += each.ms;
          if (each.does === "restart") {
            db.close();
            db = open();
          }
          if (!("who" in each)) continue;
          const reviewer = reviewers[each.who] as string;
          const asking = { reviewer, at: timestamp(now), until: timestamp(now + leaseMs), twiceShare };
          const last = offered.get(reviewer);
          if (each.does === "next") {
            const mine = held(reviewer);
            const item = db.transaction(() => review.write.next(db, asking))?.predictionId;
            if (mine.length > 0) expect(mine).toContain(item);
            else if (item === undefined) expect(items.filter((one) => mayHave(one, reviewer))).toEqual([]);
            else expect(mayHave(item, reviewer)).toBe(true);
            if (item === undefined) continue;
            set(leases, item).set(reviewer, now + leaseMs);
            offered.set(reviewer, item);
          } else if (each.does === "rate" && last !== undefined) {
            const id = eventId(ids++);
            const rating = {
              id,
              predictionId: last,
              reviewer,
              verdict: "good",
              categories: [],
              secondsSpent: 1,
            } as const;
            db.transaction(() => review.write.give(db, { ...rating, categories: [], at: timestamp(now) }));
            set(rated, last).add(reviewer);
            set(leases, last).delete(reviewer);
            given.set(reviewer, [...(given.get(reviewer) ?? []), { id, item: last }]);
            offered.delete(reviewer);
          } else if (each.does === "skip" && last !== undefined) {
            db.transaction(() => review.write.skip(db, { reviewer, predictionId: last, at: timestamp(now) }));
            set(skipped, last).add(reviewer);
            set(leases, last).delete(reviewer);
            offered.delete(reviewer);
          } else if (each.does === "undo") {
            const undone = given.get(reviewer)?.pop();
            if (undone === undefined) continue;
            const { id: ratingId, item } = undone;
            const back = db.transaction(() =>
              review.write.withdraw(db, { ...asking, ratingId, eventId: eventId(ids++) }),
            );
            set(rated, item).delete(reviewer);
            const free = others(item, reviewer) < places(item);
            expect(back).toEqual({ predictionId: item, leasedUntil: free ? asking.until : null });
            if (!free) continue;
            set(leases, item).set(reviewer, now + leaseMs);
            offered.set(reviewer, item);
          }
        }
      } finally {
        db.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 150 },
  );
}, 120_000);
