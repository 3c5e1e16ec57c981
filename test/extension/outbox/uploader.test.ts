/** When the uploader sends, what it does about a server that is away or refuses, and which window it is that sends. */
import { describe, expect, it } from "vitest";
import type { EventToSend, SendResult } from "../../../extension/connection/client.ts";
import { createUploader } from "../../../extension/outbox/uploader.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { unexpected } from "../../doubles/unexpected.ts";
import { memoryDisk, systemError } from "./memory-files.ts";
import type { CountingServer } from "./support.ts";
import { countingServer, eventOf, openWindow, smallEvent } from "./support.ts";

const offline: SendResult = { kind: "offline", sentence: "The server cannot be reached." };

interface Given {
  readonly disk?: ReturnType<typeof memoryDisk>;
  readonly pid?: number;
  readonly alive?: Set<number>;
  readonly clock?: ReturnType<typeof manualClock>;
  readonly server?: CountingServer;
  readonly fault?: (error: unknown) => string;
}

/** `answers` come first, one for each request; then the server's own. */
async function started({
  disk = memoryDisk(),
  pid = 1,
  alive,
  clock = manualClock(),
  server = countingServer(),
  fault = unexpected,
}: Given = {}) {
  const answers: (SendResult | ((events: readonly EventToSend[]) => SendResult))[] = [];
  const requests: { readonly atMs: number; readonly events: number }[] = [];
  const outbox = await openWindow({ disk, pid, clock, ...(alive && { alive }) });
  const send = async (events: readonly EventToSend[]): Promise<SendResult> => {
    requests.push({ atMs: clock.monotonicMs(), events: events.length });
    const answer = answers.shift();
    if (answer === undefined) return await server.send(events);
    return typeof answer === "function" ? answer(events) : answer;
  };
  const uploader = createUploader({ outbox, send, clock, random: () => 0.999, fault });
  uploader.start();
  return { outbox, uploader, clock, server, answers, requests, disk };
}

describe("what waits is sent", () => {
  it("within 15 s", async () => {
    const { outbox, clock, server, requests, uploader } = await started();
    await clock.advanceAsync(4_000);
    await outbox.append(smallEvent());
    await outbox.append(smallEvent());
    await clock.advanceAsync(10_999);
    expect(requests).toEqual([]);
    await clock.advanceAsync(1);
    expect(requests).toEqual([{ atMs: 15_000, events: 2 }]);
    expect(server.stored.size).toBe(2);
    expect(uploader.state()).toEqual({ kind: "idle" });
    expect(outbox.stats().waiting).toBe(0);
    await clock.advanceAsync(60_000);
    expect(requests).toHaveLength(1);
  });

  it("at once when there are 50", async () => {
    const { outbox, clock, requests } = await started();
    for (let i = 0; i < 49; i++) await outbox.append(smallEvent());
    await clock.advanceAsync(0);
    expect(requests).toEqual([]);
    await outbox.append(smallEvent());
    await clock.advanceAsync(0);
    expect(requests).toEqual([{ atMs: 0, events: 50 }]);
  });
});

describe("a server that is away", () => {
  it("is told as such after five minutes, also while it is tried again, until it takes something", async () => {
    const { outbox, clock, answers, uploader } = await started();
    answers.push(...Array.from({ length: 100 }, () => offline));
    const told: boolean[] = [];
    uploader.onChange(() => told.push(uploader.isCutOff()));
    await outbox.append(smallEvent());
    await clock.advanceAsync(15_000 + 299_999);
    expect(uploader.state()).toMatchObject({ kind: "waiting" });
    expect(uploader.isCutOff()).toBe(false);
    expect(told).not.toContain(true);
    // A window looks every 15 s, and says so without a try of its own.
    await clock.advanceAsync(15_001);
    expect(told.at(-1)).toBe(true);
    await clock.advanceAsync(3_600_000);
    expect(told.slice(told.indexOf(true))).not.toContain(false);
    answers.length = 0;
    await clock.advanceAsync(600_000);
    expect(uploader.isCutOff()).toBe(false);
    expect(told.at(-1)).toBe(false);
  });

  it("is tried at once, with no word of trouble left, when it has answered something else", async () => {
    const { outbox, clock, answers, requests, uploader, server } = await started();
    answers.push(...Array.from({ length: 9 }, () => offline));
    await outbox.append(smallEvent());
    await clock.advanceAsync(400_000);
    expect(uploader.isCutOff()).toBe(true);
    answers.length = 0;
    const before = requests.length;
    uploader.reached();
    expect(uploader.state()).toEqual({ kind: "idle" });
    expect(uploader.isCutOff()).toBe(false);
    await clock.advanceAsync(0);
    expect(requests.length).toBe(before + 1);
    expect(server.stored.size).toBe(1);
  });

  it("is left its time where it asked for it, whatever else it answers", async () => {
    const { outbox, clock, answers, requests, uploader } = await started();
    answers.push({ kind: "busy", retryAfterMs: 120_000, sentence: "The server is busy." });
    await outbox.append(smallEvent());
    await clock.advanceAsync(15_000);
    expect(uploader.state()).toMatchObject({ why: "server" });
    uploader.reached();
    await clock.advanceAsync(60_000);
    expect(requests).toHaveLength(1);
  });

  it("for an hour costs a try every few minutes and nothing else", async () => {
    const { outbox, clock, answers, requests, uploader, server } = await started();
    const states: string[] = [];
    uploader.onChange(() => states.push(uploader.state().kind));
    answers.push(...Array.from({ length: 100 }, () => offline));
    const events = Array.from({ length: 130 }, smallEvent);
    for (const event of events) await outbox.append(event);
    await clock.advanceAsync(3_600_000);
    // 2, 4, 8 … 512 s, then every 10 minutes: at most, since chance makes it less.
    expect(requests.length).toBeGreaterThan(8);
    expect(requests.length).toBeLessThan(20);
    expect(uploader.state()).toEqual({ kind: "waiting", why: "offline", sentence: "The server cannot be reached." });
    const gaps = requests.slice(1).map(({ atMs }, i) => atMs - (requests[i]?.atMs ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(600_000);
    answers.length = 0;
    await clock.advanceAsync(600_000);
    expect([...server.stored].sort()).toEqual(events.map(({ id }) => id));
    expect([...server.sent.values()].every((times) => times === 1)).toBe(true);
    expect(requests.slice(-2).map(({ events: count }) => count)).toEqual([100, 30]);
    expect(uploader.state().kind).toBe("idle");
    expect(new Set(states)).toEqual(new Set(["sending", "waiting", "idle"]));
  });

  it("asks for time, and gets it", async () => {
    const { outbox, clock, answers, requests } = await started();
    answers.push({ kind: "busy", sentence: "Come again.", retryAfterMs: 120_000 });
    await outbox.append(smallEvent());
    await clock.advanceAsync(15_000 + 119_999);
    expect(requests).toHaveLength(1);
    await clock.advanceAsync(14_000);
    expect(requests).toHaveLength(2);
    expect(requests[1]?.atMs).toBeGreaterThanOrEqual(15_000 + 120_000);
  });

  it("whose answer was lost stores nothing twice", async () => {
    const { outbox, clock, answers, server } = await started();
    const event = smallEvent();
    await outbox.append(event);
    // It has it on disk, and the answer does not arrive.
    answers.push((events) => {
      for (const { id } of events) server.stored.add(id);
      return offline;
    });
    await clock.advanceAsync(60_000);
    expect([...server.stored]).toEqual([event.id]);
    expect(outbox.stats()).toMatchObject({ waiting: 0, refused: 0 });
  });
});

describe("a token that is not taken", () => {
  it("stops it, says so, and another one lets it go on", async () => {
    const { outbox, clock, answers, requests, uploader, server } = await started();
    answers.push({ kind: "unauthorised", sentence: "The token was revoked." });
    await outbox.append(smallEvent());
    await clock.advanceAsync(15_000);
    expect(uploader.state()).toEqual({ kind: "stopped", sentence: "The token was revoked." });
    expect(uploader.isCutOff()).toBe(true);
    await clock.advanceAsync(3_600_000);
    expect(requests).toHaveLength(1);
    uploader.tokenChanged();
    await clock.advanceAsync(0);
    expect(server.stored.size).toBe(1);
    expect(uploader.state()).toEqual({ kind: "idle" });
  });
});

describe("a batch that the server does not take", () => {
  it("because it is too large goes in halves", async () => {
    const { outbox, uploader, answers, requests, server } = await started();
    for (let i = 0; i < 8; i++) await outbox.append(smallEvent());
    answers.push({ kind: "tooLarge", sentence: "Too large." }, { kind: "tooLarge", sentence: "Too large." });
    await uploader.flush();
    expect(requests.map(({ events }) => events)).toEqual([8, 4, 2, 2, 4]);
    expect(server.stored.size).toBe(8);
    expect([...server.sent.values()].every((times) => times === 1)).toBe(true);
  });

  it("because one event is too large for any request refuses that one", async () => {
    const { outbox, uploader, answers } = await started();
    const event = smallEvent();
    await outbox.append(event);
    answers.push({ kind: "tooLarge", sentence: "Too large." });
    await uploader.flush();
    expect(outbox.refused()).toMatchObject([{ id: event.id, code: "too-large" }]);
  });

  it.each([400, 422])(
    "as a whole (%i) is halved until the one at fault stands alone, which is refused",
    async (status) => {
      const { outbox, uploader, server } = await started();
      const events = Array.from({ length: 9 }, smallEvent);
      for (const event of events) await outbox.append(event);
      const bad = events[6]?.id ?? "";
      const send = server.send;
      const picky: CountingServer = {
        ...server,
        send: async (batch) =>
          batch.some(({ id }) => id === bad)
            ? { kind: "refused", status, code: "invalid", sentence: "It is not valid." }
            : await send(batch),
      };
      await uploader.dispose();
      const again = createUploader({
        outbox,
        send: picky.send,
        clock: manualClock(),
        random: () => 0.5,
        fault: unexpected,
      });
      await again.flush();
      expect(server.stored.size).toBe(8);
      expect([...server.sent.values()].every((times) => times === 1)).toBe(true);
      expect(outbox.refused()).toMatchObject([{ id: bad, code: "invalid", detail: "It is not valid." }]);
      expect(outbox.stats()).toMatchObject({ waiting: 0, refused: 1 });
      await again.dispose();
    },
  );

  it("because it is called by another name keeps it, and tries again", async () => {
    const { outbox, uploader, answers, clock, server } = await started();
    answers.push({ kind: "refused", status: 421, code: "host-not-allowed", sentence: "Not by this name." });
    await outbox.append(smallEvent());
    expect(await uploader.flush()).toEqual({ kind: "waiting", why: "server", sentence: "Not by this name." });
    expect(outbox.stats()).toMatchObject({ waiting: 1, refused: 0 });
    await clock.advanceAsync(30_000);
    expect(server.stored.size).toBe(1);
  });
});

describe("two windows", () => {
  it("send from one, and from the other as soon as that one is gone", async () => {
    const disk = memoryDisk();
    const [clock, server] = [manualClock(), countingServer()];
    const alive = new Set([1, 2]);
    const a = await started({ disk, pid: 1, alive, clock, server });
    const b = await started({ disk, pid: 2, alive, clock, server });
    await a.outbox.append(smallEvent());
    await b.outbox.append(smallEvent());
    await clock.advanceAsync(30_000);
    expect(server.stored.size).toBe(2);
    expect([a.requests.length > 0, b.requests.length > 0].filter((sends) => sends)).toHaveLength(1);
    const [sender, other] = a.requests.length > 0 ? [a, b] : [b, a];
    expect(other.uploader.state()).toEqual({ kind: "standby" });
    expect([...server.sent.values()]).toEqual([1, 1]);
    // Killed: it gives nothing back.
    alive.delete(sender === a ? 1 : 2);
    await sender.uploader.dispose();
    await other.outbox.append(eventOf("consent.changed"));
    await clock.advanceAsync(30_000);
    expect(server.stored.size).toBe(3);
    expect(other.uploader.state()).toEqual({ kind: "idle" });
  });
});

describe("a window that leaves the sending to another", () => {
  it("says, too, that what waits cannot be sent, for as long as it cannot", async () => {
    const disk = memoryDisk();
    const [clock, server] = [manualClock(), countingServer()];
    const a = await started({ disk, pid: 1, clock, server });
    await a.outbox.append(smallEvent());
    a.answers.push(...Array.from({ length: 100 }, () => offline));
    await clock.advanceAsync(15_000);
    const b = await started({ disk, pid: 2, clock, server });
    await clock.advanceAsync(15_000);
    expect(b.uploader.state()).toEqual({ kind: "standby" });
    expect(b.uploader.isCutOff()).toBe(false);
    await clock.advanceAsync(330_000);
    expect(b.requests).toEqual([]);
    expect(b.uploader.isCutOff()).toBe(true);
    a.answers.length = 0;
    await clock.advanceAsync(630_000);
    expect(b.uploader.isCutOff()).toBe(false);
  });

  it("stays quiet where each event waits for a moment only", async () => {
    const disk = memoryDisk();
    const [clock, server] = [manualClock(), countingServer()];
    const a = await started({ disk, pid: 1, clock, server });
    await a.outbox.append(smallEvent());
    await clock.advanceAsync(15_000);
    await clock.advanceAsync(7_000);
    const b = await started({ disk, pid: 2, clock, server });
    // Between the one's sending and the other's look, which so finds something waiting each time.
    await clock.advanceAsync(10_000);
    for (let i = 0; i < 40; i++) {
      await a.outbox.append(smallEvent());
      await clock.advanceAsync(15_000);
      expect(b.uploader.isCutOff()).toBe(false);
    }
    expect(b.uploader.state()).toEqual({ kind: "standby" });
  });
});

describe("a disk that is full", () => {
  it("is a state, what is sent is not sent again, and it ends when there is room", async () => {
    const { outbox, clock, uploader, disk, server } = await started();
    await outbox.append(smallEvent());
    await outbox.mayUpload();
    disk.before = (_step, what) => {
      if (what.startsWith("append") || what.startsWith("create")) throw systemError("ENOSPC");
    };
    await clock.advanceAsync(60_000);
    expect(uploader.state()).toMatchObject({ kind: "waiting", why: "disk" });
    expect([...server.sent.values()]).toEqual([1]);
    disk.before = () => undefined;
    await clock.advanceAsync(600_000);
    expect(uploader.state()).toEqual({ kind: "idle" });
    expect([...server.sent.values()]).toEqual([1]);
    expect(outbox.stats()).toMatchObject({ waiting: 0, fault: undefined });
  });
});

it("tells of a fault of its own, without its words, and tries again", async () => {
  const told: unknown[] = [];
  const fault = (error: unknown) => {
    told.push(error);
    return "It could not be sent.";
  };
  const { outbox, uploader, clock, server, answers } = await started({ fault });
  const defect = new TypeError('"const password" is not iterable');
  answers.push(() => {
    throw defect;
  });
  await outbox.append(smallEvent());
  await clock.advanceAsync(15_000);
  expect(uploader.state()).toEqual({ kind: "waiting", why: "fault", sentence: "It could not be sent." });
  expect(told).toEqual([defect]);
  await clock.advanceAsync(15_000);
  expect(server.stored.size).toBe(1);
  await uploader.dispose();
});
