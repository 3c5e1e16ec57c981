/** `stillpoint serve` on a disk that is full, that reports errors, or that may only be read: refused, alive, and well again. */
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { someEvent } from "../server/http/support.ts";
import {
  hasLimits,
  hasModes,
  hasSmallDisk,
  onSmallDisk,
  run,
  withoutPrivileges,
} from "../server/store/circumstances.ts";
import type { Connection } from "./server-process.ts";
import { connect, startServerProcess } from "./server-process.ts";

/** In every event that is sent here. */
const words = "words-of-a-contributor";
const eventsAtOnce = 100;
const mostUploads = 150;

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "stillpoint-store-faults-"));
  onTestFinished(() => {
    chmodSync(made, 0o700);
    rmSync(made, { recursive: true, force: true });
  });
  return made;
}

/** @param seen where the data folder is found from here */
async function served(dataDir: string, within: readonly string[], seen: (pid: number) => string = () => dataDir) {
  const server = startServerProcess(dataDir, { within });
  onTestFinished(() => server.kill("SIGKILL"));
  const url = await server.url;
  if (url === undefined) throw new Error((await server.ended).err);
  const from = seen(server.pid);
  const connection = connect(url, readFileSync(join(from, "admin-token"), "utf8").trim());
  onTestFinished(() => connection.close());
  return { server, url, connection, from };
}

const batch = () =>
  JSON.stringify({ events: Array.from({ length: eventsAtOnce }, () => ({ ...someEvent(), sessionId: words })) });

async function post(connection: Connection, body: string) {
  const answered = await connection.post("/v1/events", body);
  if (answered === undefined) throw new Error("the server is gone");
  return { status: answered.status, body: JSON.parse(answered.body), text: body };
}

/** Sends until something is refused. @returns the refusal, and how many events were acknowledged before */
async function sendUntilRefused(connection: Connection) {
  for (let uploads = 0; uploads < mostUploads; uploads++) {
    const answered = await post(connection, batch());
    if (answered.status !== 200) return { refused: answered, acknowledged: uploads * eventsAtOnce };
    expect(answered.body.stored).toBe(eventsAtOnce);
  }
  throw new Error("nothing was refused");
}

const askMe = (url: string, token: string) => fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });

async function storedOf(url: string, token: string): Promise<number> {
  const answered = await askMe(url, token);
  expect(answered.status).toBe(200);
  return ((await answered.json()) as { stored: { events: number } }).stored.events;
}

/** Ends it as its operator would, and reads its log. */
async function endedLog({ server }: Awaited<ReturnType<typeof served>>) {
  server.kill("SIGTERM");
  const { exitCode, err } = await server.ended;
  expect(exitCode).toBe(0);
  expect(err).not.toContain(words);
  const lines = err
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { level: string; msg: string; code?: string; store?: string });
  return lines.filter(({ level, msg }) => level === "error" || msg.startsWith("the store can"));
}

function fill(path: string): void {
  const fd = openSync(path, "w");
  for (let bytes = 65_536; bytes >= 1; ) {
    try {
      writeSync(fd, Buffer.alloc(bytes));
    } catch {
      bytes /= 2;
    }
  }
  closeSync(fd);
}

describe("stillpoint serve", () => {
  it.skipIf(!hasSmallDisk)(
    "on a full disk refuses with 503, and takes the same again once there is space",
    async () => {
      const dataDir = folder();
      // The disk is mounted for that process alone; as root of its own it may be looked at.
      const running = await served(dataDir, onSmallDisk(dataDir), (pid) => `/proc/${pid}/root${dataDir}`);
      const { connection, url, from } = running;
      const token = readFileSync(join(from, "admin-token"), "utf8").trim();
      expect(await post(connection, batch())).toMatchObject({ status: 200 });
      fill(join(from, "filler"));
      const { refused, acknowledged } = await sendUntilRefused(connection);
      expect(refused).toMatchObject({ status: 503, body: { code: "store-full" } });
      expect(await post(connection, refused.text)).toMatchObject({ status: 503 });
      expect(await storedOf(url, token)).toBe(eventsAtOnce + acknowledged);
      rmSync(join(from, "filler"));
      expect(await post(connection, refused.text)).toMatchObject({ status: 200, body: { stored: eventsAtOnce } });
      expect(await storedOf(url, token)).toBe(2 * eventsAtOnce + acknowledged);
      expect(await endedLog(running)).toMatchObject([
        { level: "error", code: "full" },
        { level: "info", code: "full" },
      ]);
    },
  );

  it.skipIf(!hasLimits)("on a disk that reports errors refuses with 503, and goes on when it is well", async () => {
    const dataDir = folder();
    const running = await served(dataDir, []);
    const { connection, server, url } = running;
    const token = readFileSync(join(dataDir, "admin-token"), "utf8").trim();
    // The kernel refuses every write behind this many bytes of a file (EFBIG), until the limit is lifted.
    expect(run(["prlimit", `--pid=${server.pid}`, "--fsize=1000000:"])).toBe(0);
    const { refused, acknowledged } = await sendUntilRefused(connection);
    expect(refused).toMatchObject({ status: 503, body: { code: "store-disk" } });
    expect(await storedOf(url, token)).toBe(acknowledged);
    expect(run(["prlimit", `--pid=${server.pid}`, "--fsize=unlimited:"])).toBe(0);
    expect(await post(connection, refused.text)).toMatchObject({ status: 200, body: { stored: eventsAtOnce } });
    expect(await endedLog(running)).toMatchObject([
      { level: "error", code: "disk" },
      { level: "info", code: "disk" },
    ]);
  });

  it.skipIf(!hasModes)("with a folder that may only be read refuses with 503 until it may be written", async () => {
    const dataDir = folder();
    const running = await served(dataDir, withoutPrivileges);
    const { connection, url } = running;
    const token = readFileSync(join(dataDir, "admin-token"), "utf8").trim();
    const file = join(dataDir, "events.db");
    expect(await post(connection, batch())).toMatchObject({ status: 200 });
    // What is open stays open to who has it: only when both threads open it anew is the mode asked.
    renameSync(file, `${file}.away`);
    expect(await post(connection, batch())).toMatchObject({ status: 503, body: { code: "store-missing" } });
    expect(await askMe(url, token)).toMatchObject({ status: 503 });
    renameSync(`${file}.away`, file);
    chmodSync(file, 0o444);
    chmodSync(dataDir, 0o555);
    const body = batch();
    expect(await post(connection, body)).toMatchObject({ status: 503, body: { code: "store-read-only" } });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    chmodSync(dataDir, 0o700);
    chmodSync(file, 0o600);
    expect(await post(connection, body)).toMatchObject({ status: 200, body: { stored: eventsAtOnce } });
    expect(await storedOf(url, token)).toBe(2 * eventsAtOnce);
    const told = (await endedLog(running)).map(({ level, store, code }) => [level, store, code]);
    expect(told.filter(([, store]) => store === "write")).toEqual([
      ["error", "write", "missing"],
      ["error", "write", "read-only"],
      ["info", "write", "read-only"],
    ]);
  });
});
