/** A server on a real socket, with a data folder, a log and a clock of its own; and a client that lets nothing be mended on its way. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { WaitingClock } from "../../../server/clock.ts";
import { createServerLog } from "../../../server/serve/server-log.ts";
import type { RunningServer, ServerOptions } from "../../../server/serve/start.ts";
import { startServer } from "../../../server/serve/start.ts";
import type { Event } from "../../../shared/records/event.ts";
import type { Role } from "../../../shared/wire/roles.ts";
import { validEvents } from "../../shared/records/valid.ts";

/** A clock that moves when it is told to. */
export interface TestClock extends WaitingClock {
  advance(ms: number): void;
}

export function testClock(): TestClock {
  let ms = Date.parse("2026-01-31T09:05:00.123Z");
  return {
    now: () => ms,
    monotonicMs: () => ms,
    advance(more) {
      ms += more;
    },
    sleep: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-server-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

type GivenOptions = Partial<ServerOptions> & { readonly clock?: TestClock };

/** Ends with the test. */
export async function startTestServer(given: GivenOptions = {}): Promise<TestServer> {
  const server = await openTestServer(given.dataDir ?? temporaryFolder(), given);
  onTestFinished(() => server.close());
  return server;
}

/** One server for all tests of the `describe` that this is called in. */
export function sharedTestServer(given: GivenOptions = {}): () => TestServer {
  let server: TestServer | undefined;
  beforeAll(async () => {
    server = await openTestServer(mkdtempSync(join(tmpdir(), "stillpoint-server-")), given);
  });
  afterAll(async () => {
    await server?.close();
    if (server) rmSync(server.dataDir, { recursive: true, force: true });
  });
  return () => {
    if (server === undefined) throw new Error("the server is started before the first test");
    return server;
  };
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** An object is sent as JSON, with its Content-Type unless `headers` says another. */
  readonly body?: unknown;
  readonly token?: string;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is what each test says it is
  readonly body: any;
}

/** Over `http.request`, which sends the headers that it is given. */
export async function send(
  url: string,
  { method = "GET", path = "/", headers = {}, body, token }: Sent,
): Promise<Received> {
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const bytes = body === undefined ? undefined : Buffer.from(isRaw ? body : JSON.stringify(body));
  return await new Promise((resolve, reject) => {
    const request = httpRequest(`${url}${path}`, {
      method,
      // Each on a connection of its own.
      agent: false,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(bytes && headers["transfer-encoding"] === undefined && { "content-length": bytes.length }),
        ...(bytes && !isRaw && { "content-type": "application/json" }),
        ...headers,
      },
    });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const isJson = /\/(?:[\w.-]+\+)?json\b/u.test(response.headers["content-type"] ?? "");
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          body: isJson ? JSON.parse(text) : undefined,
        });
      });
    });
    request.end(bytes);
  });
}

export interface TestServer {
  readonly url: string;
  readonly dataDir: string;
  readonly server: RunningServer;
  readonly clock: TestClock;
  readonly admin: string;
  /** All lines of the log, from debug on. */
  log(): string;
  send(sent: Sent): Promise<Received>;
  /** Makes a token, for a contributor of its own unless one is named. */
  token(
    role: Role,
    contributor?: string,
  ): Promise<{ readonly secret: string; readonly id: string; readonly contributor: string }>;
  /** How many events are stored. */
  stored(): Promise<number>;
  close(): Promise<void>;
}

/** For hooks; a test takes `startTestServer`. */
export async function openTestServer(dataDir: string, given: GivenOptions): Promise<TestServer> {
  const clock = given.clock ?? testClock();
  const lines: string[] = [];
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString("utf8"));
      done();
    },
  });
  const server = await startServer({
    dataDir,
    dataDirShown: "DATA",
    configuration: { concurrency: 1, seed: 1, models: {}, file: undefined, server: { requestBurst: 10_000 } },
    log: createServerLog({ to, level: "debug", format: "json", colours: false, clock }),
    host: "127.0.0.1",
    port: 0,
    ...given,
    clock,
  });
  const admin = (await readFile(join(dataDir, "admin-token"), "utf8")).trim();
  return {
    url: server.url,
    dataDir,
    server,
    clock,
    admin,
    log: () => lines.join(""),
    send: (sent) => send(server.url, sent),
    async token(role, contributor) {
      const body = { name: `${role}'s`, role, ...(contributor !== undefined && { contributor }) };
      const answered = await send(server.url, { method: "POST", path: "/v1/tokens", body, token: admin });
      if (answered.status !== 201) throw new Error(`no token: ${answered.text}`);
      return answered.body;
    },
    stored: () => server.context.store.events.lastPosition(),
    async close() {
      await server.stop();
    },
  };
}

/** A valid event with an id of its own: a settled snapshot unless another type is named. */
export function someEvent(type: Event["type"] = "snapshot.settled"): Event {
  const found = validEvents.find((each) => each.type === type);
  if (found === undefined) throw new Error(`no event of type ${type}`);
  return { ...found, id: someUuidv7() };
}

export function someUuidv7(): string {
  const hex = randomBytes(16).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
