/**
 * The power goes at any step of the disk's, at every one in turn, and of what was not synced nothing, half or all is left.
 * Then the window opens again, and: what was captured is sent, what was dropped is not, what was acknowledged is not sent
 * again.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutboxFault } from "../../../extension/outbox/faults.ts";
import { lockStaleMs } from "../../../extension/outbox/lock.ts";
import type { Outbox } from "../../../extension/outbox/outbox.ts";
import type { Event } from "../../../shared/records/event.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import type { MemoryDisk } from "./memory-files.ts";
import { memoryDisk, PowerCut } from "./memory-files.ts";
import type { CountingServer } from "./support.ts";
import { countingServer, drain, eventOf, openWindow, smallEvent } from "./support.ts";

/** What the windows were told, and what was under way when the power went. */
interface Told {
  readonly captured: Set<string>;
  readonly dropped: Set<string>;
  readonly maybeDropped: Set<string>;
  readonly acknowledged: Set<string>;
  readonly refused: Set<string>;
}

function nothingTold(): Told {
  return {
    captured: new Set(),
    dropped: new Set(),
    maybeDropped: new Set(),
    acknowledged: new Set(),
    refused: new Set(),
  };
}

async function append(outbox: Outbox, told: Told, event: Event): Promise<void> {
  await outbox.append(event, "file:///work");
  told.captured.add(event.id);
}

async function drop(outbox: Outbox, told: Told, ids: readonly string[]): Promise<void> {
  for (const id of ids) told.maybeDropped.add(id);
  await outbox.drop({ ids });
  for (const id of ids) told.dropped.add(id);
}

async function sendSome(outbox: Outbox, told: Told, server: CountingServer, maxEvents: number): Promise<void> {
  const events = await outbox.batch({ maxEvents, maxBytes: 1_000_000 });
  const result = await server.send(events);
  if (result.kind !== "answer") return;
  await outbox.acknowledge(result.verdicts);
  for (const { id, status } of result.verdicts) (status === "refused" ? told.refused : told.acknowledged).add(id);
}

/** Two windows: they capture, send, drop, take over each other's files. */
async function work(disk: MemoryDisk, told: Told, server: CountingServer): Promise<void> {
  const given = { disk, maxBytes: 40_000, alive: new Set([1, 2]) };
  const [a, b] = [await openWindow({ ...given, pid: 1 }), await openWindow({ ...given, pid: 2 })];
  const events = [eventOf("snapshot.settled"), ...Array.from({ length: 9 }, smallEvent)];
  const [first, second, third, ...rest] = events as [Event, Event, Event, ...Event[]];
  await append(a, told, first);
  await append(a, told, second);
  await append(b, told, third);
  await drop(b, told, [second.id]);
  await a.mayUpload();
  for (const event of rest.slice(0, 3)) await append(a, told, event);
  server.refuses.add(rest[1]?.id ?? "");
  await sendSome(a, told, server, 3);
  for (const event of rest.slice(3)) await append(b, told, event);
  await drop(a, told, [rest[4]?.id ?? ""]);
  await sendSome(a, told, server, 2);
  // One of its own, so that the line that adds it and the one that takes it out are in one file.
  await drop(b, told, [rest[5]?.id ?? ""]);
  await b.refresh();
  await a.dispose();
}

/** What holds after any restart. */
async function settle(disk: MemoryDisk, told: Told, server: CountingServer): Promise<void> {
  const before = new Map(server.sent);
  const clock = manualClock();
  const again = await openWindow({ disk, clock, maxBytes: 40_000, pid: 3, alive: new Set([3]) });
  await again.refresh();
  const refused = new Set(again.refused().map(({ id }) => id));
  await again.mayUpload();
  // A lock that is half written names nobody who could be asked.
  clock.advance(lockStaleMs);
  await again.refresh();
  expect(await again.mayUpload()).toBe(true);
  await drain(again, server);
  expect(again.stats()).toMatchObject({ waiting: 0, lost: { cap: 0, disk: 0, damaged: 0 } });
  for (const id of told.captured) {
    const isAccounted = server.stored.has(id) || server.refuses.has(id) || told.maybeDropped.has(id);
    expect(isAccounted, "what was captured is sent").toBe(true);
  }
  for (const id of [...told.dropped, ...told.acknowledged, ...told.refused]) {
    expect(server.sent.get(id) ?? 0, "what was dropped or acknowledged is not sent again").toBe(before.get(id) ?? 0);
    if (!told.dropped.has(id)) continue;
    expect(disk.holds(`"add":{"id":"${id}"`), "what was dropped is off the disk").toBe(false);
  }
  for (const id of told.refused) expect(refused.has(id), "what was refused is in the list").toBe(true);
  expect(disk.names().filter((name) => name.endsWith(".tmp"))).toEqual([]);
}

describe("a power cut", () => {
  it("at no step loses what was captured, nor brings back what is gone", async () => {
    const whole = memoryDisk();
    await work(whole, nothingTold(), countingServer());
    expect(whole.steps).toBeGreaterThan(200);
    for (let cutAt = 1; cutAt <= whole.steps; cutAt++) {
      for (const survives of [0, 0.5, 1]) {
        const disk = memoryDisk();
        const [told, server] = [nothingTold(), countingServer()];
        disk.cutAt = cutAt;
        const cut = await work(disk, told, server).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(cut).toBeInstanceOf(PowerCut);
        disk.restart(() => survives);
        try {
          await settle(disk, told, server);
        } catch (error) {
          throw new Error(`cut at ${cutAt} (${disk.trace[cutAt - 1]}), ${survives} survives`, { cause: error });
        }
      }
    }
  });

  it("at no step makes the cap's count wrong", async () => {
    const capWork = async (disk: MemoryDisk): Promise<number> => {
      let captured = 0;
      try {
        const outbox = await openWindow({ disk, maxBytes: 4_000, pid: 1 });
        for (; captured < 16; captured++) await outbox.append(smallEvent());
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      return captured;
    };
    const whole = memoryDisk();
    await capWork(whole);
    for (let cutAt = 1; cutAt <= whole.steps; cutAt++) {
      const disk = memoryDisk();
      disk.cutAt = cutAt;
      const captured = await capWork(disk);
      disk.restart(() => 1);
      const again = await openWindow({ disk, maxBytes: 4_000, pid: 2, alive: new Set([2]) });
      await again.refresh();
      const { waiting, lost } = again.stats();
      // The one that was under way may be there too.
      const counted = waiting + lost.cap;
      expect([captured, captured + 1], `cut at ${cutAt} (${disk.trace[cutAt - 1]})`).toContain(counted);
    }
  });

  it("at no step counts a loss twice, or forgets it, while a file is replaced by another", async () => {
    const lose = async (cutAfter: number): Promise<number> => {
      const disk = memoryDisk();
      const outbox = await openWindow({ disk, pid: 1 });
      const events = [smallEvent(), smallEvent(), smallEvent()];
      disk.before = (_step, what) => {
        if (what.startsWith("append")) throw Object.assign(new Error("full"), { code: "ENOSPC" });
      };
      await expect(outbox.append(smallEvent())).rejects.toBeInstanceOf(OutboxFault);
      disk.before = () => undefined;
      for (const event of events) await outbox.append(event);
      const start = disk.steps;
      disk.cutAt = start + cutAfter;
      // All that is left of the file then is the loss.
      const sent = outbox.acknowledge(events.map(({ id }) => ({ id, status: "stored" })));
      if (cutAfter > 0) await expect(sent).rejects.toBeInstanceOf(PowerCut);
      else await sent;
      const steps = disk.steps - start;
      for (const survives of [0, 1]) {
        disk.restart(() => survives);
        const again = await openWindow({ disk, pid: 2, alive: new Set([2]) });
        expect(again.stats().lost, `cut at ${cutAfter} (${disk.trace.at(-1)})`).toEqual({
          cap: 0,
          disk: 1,
          damaged: 0,
        });
      }
      return steps;
    };
    // Without a cut it may take as many steps as it needs; the lock is given back in the last ones.
    const steps = await lose(Number.NEGATIVE_INFINITY);
    for (let cutAfter = 1; cutAfter <= steps; cutAfter++) await lose(cutAfter);
    expect(steps).toBeGreaterThan(15);
  });

  it("without one, sends everything once", async () => {
    const disk = memoryDisk();
    const [told, server] = [nothingTold(), countingServer()];
    await work(disk, told, server);
    await settle(disk, told, server);
    expect([...server.sent.values()].every((times) => times === 1)).toBe(true);
  });
});

const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("append" as const), window: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      window: fc.nat(2),
      most: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("drop" as const), window: fc.nat(2), which: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("refresh" as const), window: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("full" as const), window: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("cut" as const),
      after: fc.integer({ min: 1, max: 40 }),
      survives: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
);

describe("any order of appending, sending, dropping, full disks and power cuts in three windows", () => {
  it("agrees with a list", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        const disk = memoryDisk();
        const [told, server] = [nothingTold(), countingServer()];
        const all: string[] = [];
        let pid = 10;
        let windows: Outbox[] = [];
        const openAll = async () => {
          const alive = new Set([pid + 1, pid + 2, pid + 3]);
          windows = [];
          for (const each of alive) windows.push(await openWindow({ disk, maxBytes: 40_000, pid: each, alive }));
          pid += 3;
        };
        const act = async (each: (typeof actions)[number]): Promise<void> => {
          if (each.kind === "cut") {
            disk.cutAt = disk.steps + each.after;
            cutSurvives = each.survives;
            return;
          }
          const window = windows[each.window];
          if (window === undefined) return;
          if (each.kind === "append") {
            const event = smallEvent();
            all.push(event.id);
            await append(window, told, event);
          } else if (each.kind === "send") {
            await sendSome(window, told, server, each.most);
          } else if (each.kind === "drop") {
            const id = all[each.which];
            // One that was sent before is dropped no more, and rightly counts as sent.
            if (id !== undefined && !server.sent.has(id)) await drop(window, told, [id]);
          } else if (each.kind === "refresh") {
            await window.refresh();
          } else {
            disk.before = (_step, what) => {
              if (what.startsWith("append")) throw Object.assign(new Error("full"), { code: "ENOSPC" });
            };
            await expect(window.append(smallEvent())).rejects.toSatisfy(
              (error) => error instanceof OutboxFault || error instanceof PowerCut,
            );
            if (disk.isCut) throw new PowerCut();
            disk.before = () => undefined;
          }
        };
        let cutSurvives = 0;
        await openAll();
        for (const each of actions) {
          try {
            await act(each);
          } catch (error) {
            if (!(error instanceof PowerCut)) throw error;
            disk.before = () => undefined;
            disk.restart(() => cutSurvives);
            await openAll();
          }
        }
        disk.cutAt = 0;
        for (const window of windows) await window.refresh();
        const last = windows[0];
        if (last === undefined) throw new Error("there are windows");
        const waiting = new Set((await last.pending()).map(({ id }) => id));
        for (const id of told.captured) {
          const isGone = told.acknowledged.has(id) || told.dropped.has(id);
          if (isGone) expect(waiting.has(id)).toBe(false);
          else expect(waiting.has(id) || server.stored.has(id) || told.maybeDropped.has(id)).toBe(true);
        }
        const before = new Map(server.sent);
        await drain(last, server);
        for (const id of [...told.dropped, ...told.acknowledged]) {
          expect(server.sent.get(id) ?? 0).toBe(before.get(id) ?? 0);
        }
        expect(last.stats().waiting).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
