/** The server that the settings name: what goes there, and as whom. */
import { describe, expect, it } from "vitest";
import type { Client, Me, PolicyResult } from "../../../extension/connection/client.ts";
import type { ServerHolder } from "../../../extension/editor/server.ts";
import { holdServer } from "../../../extension/editor/server.ts";
import { inEnglish } from "../../../extension/translate.ts";
import { defaultPolicy } from "../../../shared/wire/policy.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { unexpected } from "../../doubles/unexpected.ts";
import { clientFor } from "../connection/support.ts";
import { memoryDisk } from "../outbox/memory-files.ts";
import { countingServer, openWindow, smallEvent } from "../outbox/support.ts";

const known: Me = {
  contributor: "contributor-1",
  token: { id: "0123456789ab", role: "contributor" },
  stored: { events: 0, bytes: 0, byType: {} },
};
const answer = { version: 1, allowed: true, policy: defaultPolicy };

async function holding(policy?: () => Promise<PolicyResult>) {
  const clock = manualClock();
  const outbox = await openWindow({ disk: memoryDisk(), clock });
  const server = countingServer();
  const person = { isConnected: false };
  const stored = new Map<string, unknown>();
  const network = { isAway: false };
  const away = { kind: "offline", sentence: "connect ECONNREFUSED" } as const;
  const clientOf = (origin: string): Client => ({
    ...clientFor(origin),
    sendEvents: async (events) => (network.isAway ? away : await server.send(events)),
    me: async () => (network.isAway ? away : { kind: "answer", answer: known }),
    policy: policy ?? (async () => ({ kind: "answer", answer, etag: "1" })),
  });
  const changes: (string | undefined)[] = [];
  const holder: ServerHolder = holdServer({
    address: () => "http://127.0.0.1:7431",
    isLive: () => true,
    isConnected: () => person.isConnected,
    clientOf,
    outbox,
    store: { get: (key) => stored.get(key), set: async (key, value) => void stored.set(key, value) },
    clock,
    random: () => 0,
    changed: () => void changes.push(holder.trouble()),
    translate: inEnglish,
    fault: unexpected,
  });
  return { holder, outbox, server, person, clock, changes, network };
}

describe("an address that was written into the settings by hand", () => {
  it("gets nothing of what waits before the person has connected to it, though a token for it was entered once", async () => {
    const { holder, outbox, server, person, clock } = await holding();
    await outbox.append(smallEvent());
    await holder.update();
    await clock.advanceAsync(60_000);
    expect(server.stored.size).toBe(0);
    expect(holder.current()?.policy.current()).toMatchObject({ known: true });

    person.isConnected = true;
    await holder.update();
    await clock.advanceAsync(60_000);
    expect(server.stored.size).toBe(1);

    person.isConnected = false;
    await holder.update();
    await outbox.append(smallEvent());
    await clock.advanceAsync(60_000);
    expect(server.stored.size).toBe(1);
    await holder.dispose();
  });
});

describe("a server that was away for long", () => {
  it("is no trouble any more once it has answered something that the person asked for", async () => {
    const { holder, outbox, server, person, clock, network } = await holding();
    person.isConnected = true;
    network.isAway = true;
    await outbox.append(smallEvent());
    await holder.update();
    await clock.advanceAsync(600_000);
    expect(holder.trouble()).toBe("connect ECONNREFUSED");
    expect(holder.isCutOff()).toBe(true);
    await holder.current()?.client.me();
    expect(holder.isCutOff()).toBe(true);

    network.isAway = false;
    await holder.current()?.client.me();
    expect(holder.trouble()).toBeUndefined();
    expect(holder.isCutOff()).toBe(false);
    await clock.advanceAsync(0);
    expect(server.stored.size).toBe(1);
    await holder.dispose();
  });
});

describe("a server that has never said what may be captured", () => {
  it("is a trouble that is told with why, until it has", async () => {
    let said: PolicyResult = { kind: "offline", sentence: "The server cannot be reached." };
    const { holder, clock, changes } = await holding(async () => said);
    await holder.update();
    await clock.advanceAsync(1);
    expect(holder.trouble()).toBe("The server's policy is not known yet. The server cannot be reached.");
    expect(changes.at(-1)).toBe(holder.trouble());

    said = { kind: "answer", answer, etag: "1" };
    await clock.advanceAsync(60_000);
    expect(holder.trouble()).toBeUndefined();
    expect(changes.at(-1)).toBeUndefined();
    await holder.dispose();
  });
});
