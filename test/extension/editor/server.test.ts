/** The server that the settings name: what goes there, and as whom. */
import { describe, expect, it } from "vitest";
import type { Client, PolicyResult } from "../../../extension/connection/client.ts";
import type { ServerHolder } from "../../../extension/editor/server.ts";
import { holdServer } from "../../../extension/editor/server.ts";
import { inEnglish } from "../../../extension/translate.ts";
import { defaultPolicy } from "../../../shared/wire/policy.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { unexpected } from "../../doubles/unexpected.ts";
import { clientFor } from "../connection/support.ts";
import { memoryDisk } from "../outbox/memory-files.ts";
import { countingServer, openWindow, smallEvent } from "../outbox/support.ts";

const answer = { version: 1, allowed: true, policy: defaultPolicy };

async function holding(policy?: () => Promise<PolicyResult>) {
  const clock = manualClock();
  const outbox = await openWindow({ disk: memoryDisk(), clock });
  const server = countingServer();
  const person = { isConnected: false };
  const stored = new Map<string, unknown>();
  const clientOf = (origin: string): Client => ({
    ...clientFor(origin),
    sendEvents: server.send,
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
  return { holder, outbox, server, person, clock, changes };
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
