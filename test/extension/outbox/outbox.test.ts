/** The outbox: what it has taken stays, whatever the disk and the other windows do. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { OutboxFault } from "../../../extension/outbox/faults.ts";
import { systemFiles } from "../../../extension/outbox/files.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { memoryDisk, systemError } from "./memory-files.ts";
import { countingServer, drain, eventOf, openWindow, smallEvent } from "./support.ts";

const smallBytes = JSON.stringify(smallEvent()).length;

function realFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-outbox-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "global", "outbox");
}

async function idsOf(outbox: Awaited<ReturnType<typeof openWindow>>): Promise<string[]> {
  return (await outbox.pending()).map(({ id }) => id);
}

describe("an event that was appended", () => {
  it("was synced, with its folder, before append resolved", async () => {
    const disk = memoryDisk();
    const outbox = await openWindow({ disk });
    const [first, second] = [smallEvent(), smallEvent()];
    await outbox.append(first);
    disk.restart(() => 0);
    const again = await openWindow({ disk });
    expect(await idsOf(again)).toEqual([first.id]);
    await again.append(second);
    disk.restart(() => 0);
    expect(await idsOf(await openWindow({ disk }))).toEqual([first.id, second.id]);
  });

  it("is listed with what it is about, and read whole", async () => {
    const outbox = await openWindow({ disk: memoryDisk() });
    const event = eventOf("snapshot.settled", "src/ü.ts");
    await outbox.append(event, "file:///work/app");
    expect(await outbox.pending()).toEqual([
      {
        id: event.id,
        type: "snapshot.settled",
        at: event.at,
        path: "src/ü.ts",
        folder: "file:///work/app",
        bytes: Buffer.byteLength(JSON.stringify(event)),
      },
    ]);
    expect(await outbox.read(event.id)).toEqual(event);
    expect(await outbox.read("nobody's")).toBeUndefined();
  });

  it("is sent without the folder that it came from", async () => {
    const outbox = await openWindow({ disk: memoryDisk() });
    await outbox.append(eventOf("snapshot.settled"), "file:///home/ada/secret-project");
    const [sent] = await outbox.batch({ maxEvents: 100, maxBytes: 1_000_000 });
    expect(sent?.json).not.toContain("ada");
  });

  it("is readable for its owner alone", async () => {
    const folder = realFolder();
    const outbox = await openWindow({ folder, files: systemFiles });
    await outbox.append(smallEvent());
    await outbox.mayUpload();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
    await outbox.dispose();
  });
});

describe("what is taken out", () => {
  it("is the oldest first, in batches of so many events and bytes", async () => {
    const outbox = await openWindow({ disk: memoryDisk() });
    const events = Array.from({ length: 5 }, smallEvent);
    for (const event of events.toReversed()) await outbox.append(event);
    const batchOf = async (maxEvents: number, maxBytes: number) =>
      (await outbox.batch({ maxEvents, maxBytes })).map(({ id }) => id);
    const ids = events.map(({ id }) => id);
    expect(await batchOf(3, 1_000_000)).toEqual(ids.slice(0, 3));
    expect(await batchOf(100, smallBytes * 2)).toEqual(ids.slice(0, 2));
    expect(await batchOf(100, 1)).toEqual(ids.slice(0, 1));
  });

  it("does not come back once it was acknowledged, and leaves nothing on disk", async () => {
    const disk = memoryDisk();
    const outbox = await openWindow({ disk });
    const event = eventOf("snapshot.settled");
    await outbox.append(event);
    await outbox.acknowledge([{ id: event.id, status: "stored" }]);
    disk.restart(() => 0);
    const again = await openWindow({ disk });
    expect(await again.pending()).toEqual([]);
    expect(disk.names().filter((name) => name.endsWith(".log"))).toEqual([]);
  });

  it("is by id, by file, by folder, by type, or all; and the code is off the disk at once", async () => {
    const disk = memoryDisk();
    const [first, second] = [await openWindow({ disk, pid: 1 }), await openWindow({ disk, pid: 2 })];
    const a = eventOf("snapshot.settled", "src/a.ts");
    const b = eventOf("snapshot.settled", "src/only-b.ts");
    const elsewhere = eventOf("snapshot.settled", "src/a.ts");
    const outcome = eventOf("prediction.outcome");
    const consent = eventOf("consent.changed");
    await first.append(a, "file:///one");
    await first.append(b, "file:///one");
    await second.append(elsewhere, "file:///two");
    await second.append(outcome, "file:///two");
    await second.append(consent, "file:///two");
    expect(await second.drop({ path: "src/a.ts", folder: "file:///one" })).toBe(1);
    expect(disk.holds(`"add":{"id":"${a.id}"`)).toBe(false);
    expect(disk.holds(`"add":{"id":"${elsewhere.id}"`)).toBe(true);
    expect(await first.drop({ ids: [b.id] })).toBe(1);
    expect(disk.holds("src/only-b.ts")).toBe(false);
    expect(await idsOf(first)).toEqual([elsewhere.id, outcome.id, consent.id]);
    expect(await first.drop({ folder: "file:///two", types: ["snapshot.settled", "prediction.outcome"] })).toBe(2);
    expect(await idsOf(second)).toEqual([consent.id]);
    expect(await first.drop({})).toBe(1);
    expect(disk.names()).toEqual([]);
  });

  it("stays in a list with the server's reason where the server refused it, until it is dropped there", async () => {
    const disk = memoryDisk();
    const outbox = await openWindow({ disk });
    const [event, good] = [eventOf("snapshot.settled", "src/a.ts"), smallEvent()];
    await outbox.append(event, "file:///one");
    await outbox.append(good);
    await outbox.acknowledge([
      { id: event.id, status: "refused", code: "policy", detail: "The policy does not allow this repository." },
      { id: good.id, status: "duplicate" },
    ]);
    const again = await openWindow({ disk });
    expect(await again.pending()).toEqual([]);
    expect(again.stats()).toMatchObject({ waiting: 0, refused: 1 });
    expect(again.refused()).toMatchObject([
      { id: event.id, path: "src/a.ts", code: "policy", detail: "The policy does not allow this repository." },
    ]);
    await again.drop({ folder: "file:///one" });
    expect(again.refused()).toEqual([]);
    expect(disk.names()).toEqual([]);
  });

  it("keeps the newest 200 refusals", async () => {
    const outbox = await openWindow({ disk: memoryDisk() });
    const events = Array.from({ length: 230 }, smallEvent);
    for (const event of events) await outbox.append(event);
    await outbox.acknowledge(
      events.map(({ id }) => ({ id, status: "refused", code: "invalid", detail: "x".repeat(9_000) })),
    );
    expect(outbox.refused()).toHaveLength(200);
    expect(outbox.refused()[0]?.id).toBe(events.at(-1)?.id);
    expect(outbox.refused()[0]?.detail).toHaveLength(500);
    expect(await outbox.pending()).toEqual([]);
  });
});

describe("the cap", () => {
  it("lets the oldest go, counts them, and remembers the count", async () => {
    const disk = memoryDisk();
    const maxBytes = smallBytes * 100 + 1;
    const outbox = await openWindow({ disk, maxBytes });
    const events = Array.from({ length: 170 }, smallEvent);
    let mostBytes = 0;
    for (const event of events) {
      await outbox.append(event);
      mostBytes = Math.max(mostBytes, disk.bytes());
    }
    expect(await idsOf(outbox)).toEqual(events.slice(-100).map(({ id }) => id));
    expect(outbox.stats().lost).toEqual({ cap: 70, disk: 0, damaged: 0 });
    disk.restart(() => 0);
    const again = await openWindow({ disk, maxBytes });
    expect(again.stats()).toMatchObject({ waiting: 100, lost: { cap: 70 } });
    // With what is known of each event, and one or two files of which the first half is gone.
    expect(mostBytes).toBeLessThan(maxBytes * 1.6);
  });

  it("is one for all windows, and what two of them let go at once is counted once", async () => {
    const disk = memoryDisk();
    const maxBytes = smallBytes * 50 + 1;
    const windows = [await openWindow({ disk, maxBytes, pid: 1 }), await openWindow({ disk, maxBytes, pid: 2 })];
    await Promise.all(
      windows.map(async (outbox) => {
        for (let i = 0; i < 40; i++) await outbox.append(smallEvent());
      }),
    );
    const last = await openWindow({ disk, maxBytes });
    await last.refresh();
    const { waiting, lost } = last.stats();
    expect(waiting).toBeLessThanOrEqual(50);
    expect(waiting + lost.cap).toBe(80);
  });
});

describe("a disk that does not take it", () => {
  it("makes append reject with why, counts the loss, and is used again once there is room", async () => {
    const disk = memoryDisk();
    const outbox = await openWindow({ disk });
    const [before, lost, after] = [smallEvent(), smallEvent(), smallEvent()];
    await outbox.append(before);
    const told: (string | undefined)[] = [];
    outbox.onChange(() => told.push(outbox.stats().fault));
    disk.before = (_step, what) => {
      if (what.startsWith("append") || what.startsWith("create")) throw systemError("ENOSPC");
    };
    const append = outbox.append(lost);
    await expect(append).rejects.toBeInstanceOf(OutboxFault);
    await expect(append).rejects.toMatchObject({ kind: "full" });
    expect(outbox.stats()).toMatchObject({
      waiting: 1,
      lost: { disk: 1 },
      fault: expect.stringContaining("disk is full"),
    });
    await expect(outbox.refresh()).rejects.toBeInstanceOf(OutboxFault);
    disk.before = () => undefined;
    await outbox.append(after);
    expect(outbox.stats()).toMatchObject({ waiting: 2, lost: { disk: 1 }, fault: undefined });
    expect(told).toEqual([expect.stringContaining("full"), undefined]);
    disk.restart(() => 0);
    const again = await openWindow({ disk });
    expect(await idsOf(again)).toEqual([before.id, after.id]);
    expect(again.stats().lost).toEqual({ cap: 0, disk: 1, damaged: 0 });
  });

  it.each(["append", "sync", "syncFolder", "create"])(
    "keeps nothing of an event for which %s failed",
    async (failing) => {
      const disk = memoryDisk();
      const outbox = await openWindow({ disk });
      const event = eventOf("snapshot.settled", "src/half.ts");
      disk.before = (_step, what) => {
        if (what.startsWith(failing)) throw systemError("EIO");
      };
      await expect(outbox.append(event)).rejects.toBeInstanceOf(OutboxFault);
      disk.before = () => undefined;
      const good = smallEvent();
      await outbox.append(good);
      expect(await idsOf(outbox)).toEqual([good.id]);
    },
  );

  it("still takes in what the server has said, and does not send it again", async () => {
    const disk = memoryDisk();
    const outbox = await openWindow({ disk });
    const [sent, next] = [smallEvent(), smallEvent()];
    await outbox.append(sent);
    await outbox.append(next);
    disk.before = (_step, what) => {
      if (what.startsWith("append") || what.startsWith("create")) throw systemError("ENOSPC");
    };
    await expect(outbox.acknowledge([{ id: sent.id, status: "stored" }])).rejects.toMatchObject({ kind: "full" });
    expect((await outbox.batch({ maxEvents: 100, maxBytes: 1_000_000 })).map(({ id }) => id)).toEqual([next.id]);
    disk.before = () => undefined;
    await outbox.refresh();
    disk.restart(() => 0);
    expect(await idsOf(await openWindow({ disk }))).toEqual([next.id]);
  });

  it("still lets the person take out what waits", async () => {
    const disk = memoryDisk();
    const outbox = await openWindow({ disk });
    await outbox.append(eventOf("snapshot.settled", "src/a.ts"));
    disk.before = (_step, what) => {
      if (what.startsWith("append") && what.endsWith(".log")) throw systemError("ENOSPC");
    };
    await expect(outbox.drop({})).rejects.toMatchObject({ kind: "full" });
    expect(await outbox.pending()).toEqual([]);
    expect(disk.holds("src/a.ts")).toBe(false);
  });

  it("that is read-only, or another's, is said so, and opening does not fail", async () => {
    const disk = memoryDisk();
    disk.before = () => {
      throw systemError("EACCES");
    };
    const outbox = await openWindow({ disk });
    expect(outbox.stats().fault).toContain("cannot be written");
    await expect(outbox.append(smallEvent())).rejects.toMatchObject({ kind: "unwritable" });
    disk.before = () => undefined;
    await outbox.append(smallEvent());
    expect(outbox.stats()).toMatchObject({ waiting: 1, lost: { disk: 1 }, fault: undefined });
  });

  it("whose folder was removed under way gets a new one", async () => {
    const folder = realFolder();
    const outbox = await openWindow({ folder, files: systemFiles });
    await outbox.append(smallEvent());
    rmSync(folder, { recursive: true });
    const event = smallEvent();
    await outbox.append(event);
    expect(await idsOf(outbox)).toEqual([event.id]);
    await outbox.dispose();
  });
});

describe("a file that is not as it was written", () => {
  it("loses its torn last line and nothing else, and is written to no more", async () => {
    const disk = memoryDisk();
    const [first, torn, after] = [smallEvent(), smallEvent(), smallEvent()];
    const outbox = await openWindow({ disk });
    await outbox.append(first);
    await outbox.append(torn);
    const [name = ""] = disk.names();
    disk.spoil(name, (content) => content.subarray(0, content.length - 30));
    const again = await openWindow({ disk });
    await again.append(after);
    expect(await idsOf(again)).toEqual([first.id, after.id]);
    const server = countingServer();
    await drain(again, server);
    expect([...server.stored]).toEqual([first.id, after.id]);
    expect(disk.names()).toEqual([]);
  });

  it("gives what is whole, counts what is not, and sends nothing of that", async () => {
    const disk = memoryDisk();
    const outbox = await openWindow({ disk });
    const events = Array.from({ length: 4 }, smallEvent);
    for (const event of events) await outbox.append(event);
    const [name = ""] = disk.names();
    disk.spoil(name, (content) => {
      const lines = content.toString().split("\n");
      // The second is noise; the third has a fault inside of the event.
      lines[1] = "\0".repeat(lines[1]?.length ?? 0);
      lines[2] = lines[2]?.replace('"sequence":', '"sequence"!') ?? "";
      return Buffer.from(lines.join("\n"));
    });
    const again = await openWindow({ disk });
    const server = countingServer();
    await drain(again, server);
    expect([...server.stored]).toEqual([events[0]?.id, events[3]?.id]);
    expect(again.stats()).toMatchObject({ waiting: 0, lost: { damaged: 2 } });
    await again.refresh();
    expect((await openWindow({ disk })).stats().lost).toEqual({ cap: 0, disk: 0, damaged: 2 });
  });
});

describe("several windows with one folder", () => {
  it("see each other's events, and what one drops is sent by none", async () => {
    const disk = memoryDisk();
    const [a, b] = [await openWindow({ disk, pid: 1 }), await openWindow({ disk, pid: 2 })];
    const [one, two, three] = [smallEvent(), smallEvent(), smallEvent()];
    await a.append(one);
    await b.append(two);
    await a.append(three);
    expect(await idsOf(a)).toEqual([one.id, two.id, three.id]);
    expect(await idsOf(b)).toEqual([one.id, two.id, three.id]);
    await b.drop({ ids: [one.id] });
    expect((await a.batch({ maxEvents: 100, maxBytes: 1_000_000 })).map(({ id }) => id)).toEqual([two.id, three.id]);
  });

  it("goes on in a new file when another has taken over the one that it wrote to", async () => {
    const disk = memoryDisk();
    const [a, b] = [await openWindow({ disk, pid: 1 }), await openWindow({ disk, pid: 2 })];
    const [one, two, three] = [smallEvent(), smallEvent(), smallEvent()];
    await a.append(one);
    await a.append(two);
    await b.drop({ ids: [one.id] });
    await a.append(three);
    expect(await idsOf(b)).toEqual([two.id, three.id]);
    expect(disk.holds(one.id)).toBe(false);
  });

  it("loses nothing when a file is taken over in the middle of a write to it, at whichever step", async () => {
    const count = async (at: number): Promise<number> => {
      const disk = memoryDisk();
      const [a, b] = [await openWindow({ disk, pid: 1 }), await openWindow({ disk, pid: 2 })];
      const [dropped, one, two] = [smallEvent(), smallEvent(), smallEvent()];
      await a.append(dropped);
      await a.append(one);
      const start = disk.steps;
      let isTaken = false;
      disk.before = async (step) => {
        if (step - start !== at) return;
        isTaken = true;
        await b.drop({ ids: [dropped.id] });
      };
      await a.append(two);
      const steps = disk.steps - start;
      const third = await openWindow({ disk, pid: 3 });
      expect(await idsOf(third), `at step ${at}`).toEqual(isTaken ? [one.id, two.id] : [dropped.id, one.id, two.id]);
      return steps;
    };
    const steps = await count(0);
    for (let at = 1; at <= steps; at++) await count(at);
    expect(steps).toBeGreaterThan(5);
  });

  it("has one uploader, and another as soon as that one's process is gone", async () => {
    const disk = memoryDisk();
    const alive = new Set([1, 2]);
    const [a, b] = [await openWindow({ disk, pid: 1, alive }), await openWindow({ disk, pid: 2, alive })];
    expect([await a.mayUpload(), await b.mayUpload(), await a.mayUpload()]).toEqual([true, false, true]);
    alive.delete(1);
    expect(await b.mayUpload()).toBe(true);
    expect(await a.mayUpload()).toBe(false);
  });

  it("gives the uploader's place up when it closes", async () => {
    const disk = memoryDisk();
    const [a, b] = [await openWindow({ disk, pid: 1 }), await openWindow({ disk, pid: 2 })];
    await a.mayUpload();
    await a.dispose();
    expect(await b.mayUpload()).toBe(true);
  });

  it("takes the place of one that is silent for a minute, where processes cannot be asked", async () => {
    const disk = memoryDisk();
    const clock = manualClock();
    const elsewhere = { pid: 7, host: "container", isAlive: () => false };
    const a = await openWindow({ disk, process: elsewhere });
    const b = await openWindow({ disk, clock });
    expect([await a.mayUpload(), await b.mayUpload()]).toEqual([true, false]);
    clock.advance(59_000);
    expect(await b.mayUpload()).toBe(false);
    // A laptop that sleeps is not a window that is silent.
    clock.jump(3_600_000);
    expect(await b.mayUpload()).toBe(false);
    await a.mayUpload();
    clock.advance(59_000);
    expect(await b.mayUpload()).toBe(false);
    clock.advance(61_000);
    expect(await b.mayUpload()).toBe(true);
  });

  it("lets one of many through that find a dead window's lock at the same moment", async () => {
    const disk = memoryDisk();
    const alive = new Set([1]);
    const dead = await openWindow({ disk, pid: 1, alive });
    await dead.mayUpload();
    alive.clear();
    for (let pid = 2; pid < 10; pid++) alive.add(pid);
    const windows = await Promise.all([...alive].map((pid) => openWindow({ disk, pid, alive })));
    await Promise.all(windows.map((window) => window.mayUpload()));
    const held = [];
    for (const window of windows) held.push(await window.mayUpload());
    expect(held.filter((isHeld) => isHeld)).toHaveLength(1);
  });

  it("keeps the folder small though every window that ever wrote left a file", async () => {
    const disk = memoryDisk();
    const events = Array.from({ length: 60 }, smallEvent);
    for (const [pid, event] of events.entries()) {
      const window = await openWindow({ disk, pid });
      await window.append(event);
      await window.refresh();
      await window.dispose();
    }
    expect(disk.names().length).toBeLessThanOrEqual(10);
    expect(await idsOf(await openWindow({ disk }))).toEqual(events.map(({ id }) => id));
  });
});
