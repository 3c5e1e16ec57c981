/** What clients hear, and the operator reads, while the database is held, overrun or damaged: over a socket, of a real SQLite. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { damage } from "../store/damage.ts";
import type { TestClock, TestServer } from "./support.ts";
import { someEvent, startTestServer, testClock } from "./support.ts";

/** In every settled snapshot that is sent here. */
const words = "snapshot-of-a-contributor";

const upload = (count = 1) => {
  const sessionId = words;
  return { events: Array.from({ length: count }, () => ({ ...someEvent(), sessionId })) };
};

const post = (server: TestServer, body: object) =>
  server.send({ method: "POST", path: "/v1/events", token: server.admin, body });

const get = async (server: TestServer, path: string) => (await server.send({ path, token: server.admin })).status;

/** Who sleeps makes the time pass, once it is let go. */
function passingClock(): TestClock & { readonly letGo: () => void; onWake: (ms: number) => Promise<void> } {
  const clock = testClock();
  const { promise: held, resolve } = Promise.withResolvers<void>();
  const startMs = clock.monotonicMs();
  const passing = {
    ...clock,
    letGo: () => resolve(),
    onWake: async (_ms: number): Promise<void> => undefined,
    async sleep(ms: number) {
      await held;
      clock.advance(ms);
      await passing.onWake(clock.monotonicMs() - startMs);
      await setImmediate();
    },
  };
  return passing;
}

const holder = `
  import Sqlite from "better-sqlite3";
  const sqlite = new Sqlite(process.argv[1]);
  sqlite.exec("BEGIN IMMEDIATE");
  process.stdout.write("held");
  process.stdin.resume().on("end", () => sqlite.close());
`;

/** Another process takes the database for itself. @returns what makes it let go */
async function hold(server: TestServer): Promise<() => Promise<void>> {
  const file = join(server.dataDir, "events.db");
  const other = spawn(process.execPath, ["--input-type=module", "-e", holder, file], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => {
    other.kill("SIGKILL");
  });
  await once(other.stdout, "data");
  return async () => {
    if (other.exitCode !== null) return;
    other.stdin.end();
    await once(other, "close");
  };
}

function linesOf(server: TestServer, level: string): { msg: string; code?: string; detail?: string }[] {
  const lines = server.log().trim().split("\n");
  return lines.map((line) => JSON.parse(line)).filter((line) => line.level === level);
}

/** What the store has told, apart from the requests' own lines. */
function told(server: TestServer): string[] {
  const lines = [...linesOf(server, "error"), ...linesOf(server, "info")];
  return lines.map(({ msg }) => msg).filter((msg) => msg.startsWith("the store can"));
}

describe("a database that another process holds for 10 s", () => {
  it("fails uploads with 503 after a while, while others are answered, and takes them once it is let go", async () => {
    const clock = passingClock();
    const server = await startTestServer({ clock });
    const letGo = await hold(server);
    clock.onWake = async (ms) => {
      if (ms >= 10_000) await letGo();
    };
    let answered = false;
    const body = upload();
    const first = post(server, body).finally(() => {
      answered = true;
    });
    // Time stands still: it waits for the lock, and nobody waits for it.
    for (const path of ["/healthz", "/v1/me", "/v1/policy", "/v1/contributors"]) {
      expect([path, await get(server, path)]).toEqual([path, 200]);
    }
    expect(answered).toBe(false);
    clock.letGo();
    const refused = await first;
    expect(refused).toMatchObject({
      status: 503,
      headers: { "content-type": "application/problem+json", "retry-after": "10" },
      body: { status: 503, code: "store-locked" },
    });
    // Sent again, as its client does, it outlasts the lock.
    expect(await post(server, body)).toMatchObject({ status: 200, body: { stored: 1 } });
    expect(await post(server, body)).toMatchObject({ status: 200, body: { duplicate: 1 } });
    expect(await server.stored()).toBe(1);
    expect(told(server)).toEqual([
      "the store cannot write: another process holds the database; it tries again at each request",
      "the store can write again",
    ]);
    expect(server.log()).not.toContain(words);
  });

  it("turns away what has no room to wait, with a time to come back, and stores what waited", async () => {
    const clock = passingClock();
    const server = await startTestServer({ clock, storeLimits: { maxWaitingBytes: 20_000 } });
    const letGo = await hold(server);
    const bodies = Array.from({ length: 40 }, () => upload());
    const sent = bodies.map((body) => post(server, body));
    const { value: turnedAway } = await firstRefused(sent);
    expect(turnedAway).toMatchObject({
      status: 429,
      headers: { "content-type": "application/problem+json", "retry-after": expect.stringMatching(/^[1-9]\d*$/u) },
      body: { code: "backlog" },
    });
    await letGo();
    clock.letGo();
    const answers = await Promise.all(sent);
    const stored = answers.filter(({ status }) => status === 200).length;
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(bodies.length - stored);
    expect(stored).toBeGreaterThan(0);
    expect(await server.stored()).toBe(stored);
    const again = await Promise.all(bodies.map((body) => post(server, body)));
    expect(new Set(again.map(({ status }) => status))).toContain(200);
    expect(server.log()).not.toContain(words);
  });
});

/** The first that is not answered by 200, whichever comes first. */
async function firstRefused(sent: readonly ReturnType<typeof post>[]) {
  const refused = sent.map(async (each) => {
    const value = await each;
    if (value.status === 200) throw new Error("it was stored");
    return { value };
  });
  return await Promise.any(refused);
}

describe("a damaged page of the database", () => {
  it("fails the uploads that need it with 503, says so once, and nobody else; repaired, it serves all", async () => {
    const server = await startTestServer();
    const kept = upload(100);
    expect(await post(server, kept)).toMatchObject({ status: 200, body: { stored: 100 } });
    const repair = damage(join(server.dataDir, "events.db"), "sqlite_autoindex_events_1");
    for (let n = 0; n < 3; n++) {
      expect(await post(server, upload())).toMatchObject({
        status: 503,
        headers: { "content-type": "application/problem+json" },
        body: { code: "store-corrupt" },
      });
    }
    for (const path of ["/healthz", "/v1/me", "/v1/me/data", "/v1/policy"]) {
      expect([path, await get(server, path)]).toEqual([path, 200]);
    }
    expect(linesOf(server, "error")).toMatchObject([{ code: "corrupt", detail: expect.stringContaining("damaged") }]);
    repair();
    expect(await post(server, kept)).toMatchObject({ status: 200, body: { duplicate: 100 } });
    expect(await post(server, upload())).toMatchObject({ status: 200, body: { stored: 1 } });
    expect(await server.stored()).toBe(101);
    expect(told(server).at(-1)).toBe("the store can write again");
    expect(server.log()).not.toContain(words);
  });
});
