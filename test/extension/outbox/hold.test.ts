/** While somebody reads what waits, it stays: in every window, and not for good. */
import { describe, expect, it } from "vitest";
import { createHold, maxHoldMs } from "../../../extension/outbox/hold.ts";
import { createUploader } from "../../../extension/outbox/uploader.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { unexpected } from "../../doubles/unexpected.ts";
import { memoryDisk } from "./memory-files.ts";
import { countingServer, openWindow, smallEvent } from "./support.ts";

function office() {
  return { disk: memoryDisk(), clock: manualClock(), server: countingServer(), alive: new Set<number>() };
}

/** A window with its list of what waits. */
async function windowIn({ disk, clock, server, alive }: ReturnType<typeof office>, pid = 1) {
  alive.add(pid);
  const outbox = await openWindow({ disk, pid, clock, alive });
  const uploader = createUploader({ outbox, send: server.send, clock, random: () => 0.5, fault: unexpected });
  const doing: Promise<void>[] = [];
  const hold = createHold({
    ...{ outbox, clock },
    inBackground: (run) => void doing.push(run()),
    changed: () => uploader.holdChanged(),
  });
  uploader.start();
  return { outbox, uploader, hold };
}

describe("while the list is open", () => {
  it("nothing is sent, however much comes, and it is once the list is closed", async () => {
    const shared = office();
    const { outbox, uploader, hold } = await windowIn(shared);
    await outbox.append(smallEvent());
    hold.set(true);
    await shared.clock.advanceAsync(0);
    expect(uploader.state()).toEqual({ kind: "held" });
    for (let i = 0; i < 60; i++) await outbox.append(smallEvent());
    await shared.clock.advanceAsync(600_000);
    expect(shared.server.stored.size).toBe(0);
    hold.set(false);
    await shared.clock.advanceAsync(0);
    expect(shared.server.stored.size).toBe(61);
    expect(uploader.state()).toEqual({ kind: "idle" });
  });

  it("nothing is sent from another window either, also not from the one whose turn it was", async () => {
    const shared = office();
    const [sends, reads] = [await windowIn(shared, 1), await windowIn(shared, 2)];
    await shared.clock.advanceAsync(15_000);
    expect(reads.uploader.state()).toEqual({ kind: "standby" });
    reads.hold.set(true);
    await shared.clock.advanceAsync(0);
    await sends.outbox.append(smallEvent());
    await shared.clock.advanceAsync(600_000);
    expect(shared.server.stored.size).toBe(0);
    expect(sends.uploader.state()).toEqual({ kind: "held" });
    reads.hold.set(false);
    await shared.clock.advanceAsync(15_000);
    expect(shared.server.stored.size).toBe(1);
  });

  it("a person sends all the same when they say so, from the window that they read in, and the rest stays", async () => {
    const shared = office();
    const [other, reads] = [await windowIn(shared, 1), await windowIn(shared, 2)];
    await shared.clock.advanceAsync(15_000);
    reads.hold.set(true);
    await shared.clock.advanceAsync(0);
    await other.outbox.append(smallEvent());
    await reads.uploader.flush();
    expect(shared.server.stored.size).toBe(1);
    await reads.outbox.append(smallEvent());
    await shared.clock.advanceAsync(60_000);
    expect(shared.server.stored.size).toBe(1);
  });

  it("it is over after half an hour, until the list is opened anew", async () => {
    const shared = office();
    const { outbox, hold } = await windowIn(shared);
    hold.set(true);
    await outbox.append(smallEvent());
    await shared.clock.advanceAsync(maxHoldMs - 1);
    expect(shared.server.stored.size).toBe(0);
    await shared.clock.advanceAsync(15_001);
    expect(shared.server.stored.size).toBe(1);
    expect(hold.state()).toBe("over");
    hold.set(true);
    await outbox.append(smallEvent());
    await shared.clock.advanceAsync(15_000);
    expect(shared.server.stored.size).toBe(2);
    hold.set(false);
    hold.set(true);
    await outbox.append(smallEvent());
    await shared.clock.advanceAsync(60_000);
    expect(shared.server.stored.size).toBe(2);
  });

  it("a window that is killed holds nothing back", async () => {
    const shared = office();
    const [sends, reads] = [await windowIn(shared, 1), await windowIn(shared, 2)];
    reads.hold.set(true);
    await sends.outbox.append(smallEvent());
    await shared.clock.advanceAsync(30_000);
    expect(shared.server.stored.size).toBe(0);
    shared.alive.delete(2);
    await reads.uploader.dispose();
    await shared.clock.advanceAsync(30_000);
    expect(shared.server.stored.size).toBe(1);
    expect(shared.disk.names().filter((name) => name.startsWith("reading"))).toEqual([]);
  });

  it("a window that is closed holds nothing back, and of two that read the last one counts", async () => {
    const shared = office();
    const [one, two] = [await windowIn(shared, 1), await windowIn(shared, 2)];
    one.hold.set(true);
    two.hold.set(true);
    await one.outbox.append(smallEvent());
    await shared.clock.advanceAsync(30_000);
    one.hold.set(false);
    await shared.clock.advanceAsync(60_000);
    expect(shared.server.stored.size).toBe(0);
    await two.uploader.dispose();
    await two.outbox.dispose();
    shared.alive.delete(2);
    await shared.clock.advanceAsync(30_000);
    expect(shared.server.stored.size).toBe(1);
  });
});
