/** The outbox against the companion server itself: on real sockets and a real disk, in windows that are killed. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemFiles } from "../../../extension/outbox/files.ts";
import { lockStaleMs } from "../../../extension/outbox/lock.ts";
import { openOutbox } from "../../../extension/outbox/outbox.ts";
import { createUploader } from "../../../extension/outbox/uploader.ts";
import type { Event } from "../../../shared/records/event.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { unexpected } from "../../doubles/unexpected.ts";
import { startTestServer } from "../../server/http/support.ts";
import { clientFor } from "../connection/support.ts";
import { eventOf } from "./support.ts";

function outboxFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-outbox-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "outbox");
}

interface Lived {
  readonly captured: string[];
  readonly dropped: string[];
  /** Undefined where it was killed. */
  readonly steps: number | undefined;
}

async function live(folder: string, url: string, token: string, run: number, killAt: number): Promise<Lived> {
  const file = join(import.meta.dirname, "killed-window.ts");
  const child = spawn(process.execPath, [file, folder, url, token, String(run), String(killAt)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let faults = "";
  child.stdout.on("data", (piece: Buffer) => {
    said += piece.toString();
  });
  child.stderr.on("data", (piece: Buffer) => {
    faults += piece.toString();
  });
  const signal = await new Promise<string | null>((resolve) => child.on("close", (_code, by) => resolve(by)));
  const told = (what: string) =>
    [...said.matchAll(new RegExp(`^${what} (.+)$`, "gmu"))].map(([, value]) => value ?? "");
  const [steps] = told("steps");
  if (steps === undefined && signal !== "SIGKILL") throw new Error(`the window ended by itself: ${faults}`);
  return {
    captured: told("captured"),
    dropped: told("dropped"),
    steps: steps === undefined ? undefined : Number(steps),
  };
}

/** Another window, later. */
async function sendRest(folder: string, url: string, token: string): Promise<void> {
  const clock = manualClock();
  const outbox = await openOutbox({ folder, files: systemFiles, clock, maxBytes: 60_000 });
  const client = clientFor(url, { token: async () => token });
  const uploader = createUploader({ outbox, send: client.sendEvents, clock, random: () => 0.5, fault: unexpected });
  await uploader.flush();
  // For a lock that is half written, and names nobody who could be asked.
  clock.advance(lockStaleMs);
  expect(await uploader.flush()).toEqual({ kind: "idle" });
  expect(outbox.stats()).toMatchObject({ waiting: 0, refused: 0, lost: { cap: 0, disk: 0, damaged: 0 } });
  await uploader.dispose();
  await outbox.dispose();
}

describe("a window that is killed", () => {
  it("between any two steps, and in the middle of each write, loses nothing; and the server stores nothing twice", async () => {
    const server = await startTestServer();
    const { secret } = await server.token("contributor");
    const whole = await live(outboxFolder(), server.url, secret, 0, 0);
    const steps = whole.steps ?? 0;
    expect(steps).toBeGreaterThan(30);
    const lives: Lived[] = [whole];
    const waiting = Array.from({ length: steps }, (_, i) => i + 1);
    const worker = async (): Promise<void> => {
      for (let killAt = waiting.shift(); killAt !== undefined; killAt = waiting.shift()) {
        const folder = outboxFolder();
        lives.push(await live(folder, server.url, secret, killAt, killAt));
        await sendRest(folder, server.url, secret);
      }
    };
    await Promise.all([worker(), worker()]);
    expect(lives.filter(({ steps: lived }) => lived === undefined).length).toBe(steps);

    const copy = await server.send({ method: "GET", path: "/v1/me/data", token: secret });
    const lines = copy.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; event?: Event });
    const stored = lines.flatMap(({ event }) => (event === undefined ? [] : [event.id]));
    expect(new Set(stored).size).toBe(stored.length);
    const dropped = lives.flatMap((each) => each.dropped);
    const captured = lives.flatMap((each) => each.captured);
    expect(stored.filter((id) => dropped.includes(id))).toEqual([]);
    // The second of each life is the one that is dropped; killed meanwhile, it may be gone already.
    const lost = captured.filter((id) => !stored.includes(id) && !id.endsWith("000002"));
    expect(lost).toEqual([]);
  }, 300_000);
});

describe("the companion server", () => {
  it("takes what it may, and says of the rest why not", async () => {
    const server = await startTestServer();
    const { secret } = await server.token("contributor");
    const outbox = await openOutbox({ folder: outboxFolder(), files: systemFiles, clock: manualClock() });
    const client = clientFor(server.url, { token: async () => secret });
    const uploader = createUploader({
      outbox,
      send: client.sendEvents,
      clock: manualClock(),
      random: () => 0.5,
      fault: unexpected,
    });
    const good = Array.from({ length: 120 }, () => eventOf("snapshot.settled"));
    const bad = { ...eventOf("snapshot.settled"), schema: 2 } as unknown as Event;
    for (const event of [...good.slice(0, 60), bad, ...good.slice(60)]) await outbox.append(event);
    expect(await uploader.flush()).toEqual({ kind: "idle" });
    expect(await server.stored()).toBe(120);
    expect(outbox.refused()).toMatchObject([{ id: bad.id, code: "invalid", field: "schema" }]);
    expect(outbox.stats()).toMatchObject({ waiting: 0, refused: 1 });
    await uploader.dispose();
    await outbox.dispose();
  });

  it("does not take a token that was revoked, and the events stay", async () => {
    const server = await startTestServer();
    const { secret, id } = await server.token("contributor");
    await server.send({ method: "DELETE", path: `/v1/tokens/${id}`, token: server.admin });
    const outbox = await openOutbox({ folder: outboxFolder(), files: systemFiles, clock: manualClock() });
    const client = clientFor(server.url, { token: async () => secret });
    const uploader = createUploader({
      outbox,
      send: client.sendEvents,
      clock: manualClock(),
      random: () => 0.5,
      fault: unexpected,
    });
    await outbox.append(eventOf("snapshot.settled"));
    expect(await uploader.flush()).toEqual({ kind: "stopped", sentence: expect.stringContaining("revoked") });
    expect(outbox.stats().waiting).toBe(1);
    await uploader.dispose();
    await outbox.dispose();
  });
});
