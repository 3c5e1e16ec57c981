/**
 * Whatever is sent, the server answers it as its own document says, stays up, and tells nothing of it in its log.
 * `STILLPOINT_FUZZ=SEED:COUNT` sends others; the n-th request of a seed is always the same.
 */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { allRoutes } from "../../../server/http/routes/index.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { problemDocument } from "../../../shared/wire/problem.ts";
import type { FuzzRequest } from "./fuzz-requests.ts";
import { fuzzer } from "./fuzz-requests.ts";
import { planted } from "./fuzz-values.ts";
import type { TestServer } from "./support.ts";
import { startTestServer } from "./support.ts";

const [seed = 1, count = 10_000] = (process.env["STILLPOINT_FUZZ"] ?? "1:10000").split(":").map(Number);
const atOnce = 8;
/** A stream of events need not end: its beginning will do. */
const enoughBytes = 4_000;
/** On a machine that does other things as well. */
const patienceMs = 300_000;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: atOnce });

function exchange(url: string, { method, path, headers, body }: FuzzRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body && headers["transfer-encoding"] === undefined ? { "content-length": body.length } : {};
    const request = httpRequest(url, { method, path, agent, headers: { ...length, ...headers } }, (response) => {
      let text = "";
      const type = response.headers["content-type"] ?? "";
      const done = () => resolve({ status: response.statusCode ?? 0, type, text });
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        if (type.startsWith("text/event-stream") && text.length > enoughBytes) request.destroy();
      });
      response.on("close", done).on("error", done);
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** What is wrong with an answer; undefined where nothing is. */
type Judge = (asked: FuzzRequest, answer: Answer) => string | undefined;

// biome-ignore lint/suspicious/noExplicitAny: the document of the server under test
function judge(server: TestServer, document: any): Judge {
  const routes = allRoutes({ ...server.server.context, metrics: new Registry() });
  const bodies = new Map(routes.map((route) => [`${route.method} ${documented(route.path)}`, route.response]));
  return ({ method, from }, { status, type, text }) => {
    if (status < 200 || status >= 500) return `is answered ${status}: ${text}`;
    const [ownMethod = "", path = ""] = from.split(" ");
    const asDocumented = method.toLowerCase() === ownMethod;
    const named = Object.keys(document.paths[path][ownMethod].responses);
    // Of what never came to the route: another address, another method.
    const elsewhere = [400, 404, 405, 421, 431];
    if (asDocumented && !named.includes(String(status)) && !elsewhere.includes(status)) {
      return `is answered ${status}, which its document does not name: ${text}`;
    }
    if (status >= 400) return method === "HEAD" ? undefined : problemFault(status, type, text);
    const { body, status: usual = 200 } = bodies.get(from) ?? {};
    if (!asDocumented || body === undefined || status !== usual) return undefined;
    const parsed = parseRecord(body, JSON.parse(text));
    return parsed.ok
      ? undefined
      : `is not what its schema says: ${parsed.issues[0]?.path} ${parsed.issues[0]?.message}`;
  };
}

function documented(path: string): string {
  return path.replace(/[:*](?<name>\w+)/gu, "{$<name>}");
}

function problemFault(status: number, type: string, text: string): string | undefined {
  if (!type.startsWith("application/problem+json")) return `${status} is no problem document: ${type} ${text}`;
  const parsed = parseRecord(problemDocument, JSON.parse(text));
  if (!parsed.ok) return `${status} is no problem document: ${text}`;
  const { code, detail } = parsed.value;
  if (parsed.value.status !== status) return `the document of ${status} says ${parsed.value.status}`;
  return /^[a-z0-9]+(?:-[a-z0-9]+)*$/u.test(code) && detail.length > 0 ? undefined : `the code is ${code}: ${detail}`;
}

async function startFilledServer(): Promise<TestServer> {
  const server = await startTestServer({
    // Whoever comes without a token comes from another address each time, and is not only told to wait.
    behindProxy: true,
    configuration: {
      concurrency: 1,
      seed: 1,
      models: { fast: { provider: "openai", model: "m", revision: "r", baseUrl: "http://127.0.0.1:9/v1" } },
      file: undefined,
      server: { requestsPerSecond: 1e9, requestBurst: 1e9 },
    },
    // A run that has come and gone.
    startRunProcess: async () => ({
      pid: process.pid,
      ended: Promise.resolve({ exitCode: 0, signal: undefined, sentence: undefined }),
      kill: () => undefined,
    }),
  });
  const dataset = join(server.dataDir, "datasets", "tiny");
  await mkdir(dataset, { recursive: true });
  await cp(join(import.meta.dirname, "..", "..", "fixtures", "datasets", "tiny"), join(dataset, "v1"), {
    recursive: true,
  });
  await writeFile(join(server.dataDir, "in.jsonl"), "");
  return server;
}

describe("requests of every kind", () => {
  it(
    `are answered as the document says: ${count} of seed ${seed}`,
    async () => {
      const server = await startFilledServer();
      const { body: document } = await server.send({ path: "/v1/openapi.json" });
      const [contributor, reviewer, victim] = await Promise.all(
        (["contributor", "reviewer", "contributor"] as const).map((role) => server.token(role)),
      );
      if (!contributor || !reviewer || !victim) throw new Error("no tokens");
      const make = fuzzer(document, {
        adminToken: server.admin,
        tokens: [contributor.secret, reviewer.secret],
        known: {
          id: [victim.contributor, victim.id, "contributor-0", "00000000000000000000000000000000"],
          name: ["small", "settled", "pulled", "tiny"],
          version: ["v1", "v1", "v2"],
          "/v1/datasets/{name}/{version} name": ["tiny"],
          "/v1/datasets/{name}/{version}/files/{path} name": ["tiny"],
          path: ["data/train.jsonl", "README.md", "manifest.json", "run.json", "../../../admin-token"],
        },
      });
      const wrong = judge(server, document);
      const faults: string[] = [];
      const statuses = new Map<number, number>();
      let next = 0;
      const send = async () => {
        for (let n = next++; n < count; n = next++) {
          const asked = make(seed, n);
          const answer = await exchange(server.url, asked);
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          const fault = wrong(asked, answer);
          if (fault !== undefined) faults.push(`request ${n} of seed ${seed}, ${asked.method} ${asked.path}: ${fault}`);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, send));

      expect(faults).toEqual([]);
      // Both what is right and what is wrong gets through to the handlers.
      for (const status of [200, 201, 202, 400, 401, 403, 404, 405, 415, 422]) {
        expect([status, statuses.get(status) ?? 0]).not.toEqual([status, 0]);
      }
      expect((await server.send({ path: "/readyz" })).status).toBe(200);
      expect(
        server
          .log()
          .split("\n")
          .filter((line) => line.includes('"level":"error"')),
      ).toEqual([]);
      expect(server.log()).not.toContain(planted);
    },
    patienceMs,
  );

  it("that are no HTTP at all are refused or cut off, and the server answers the next", async () => {
    const server = await startFilledServer();
    const { port } = new URL(server.url);
    const crlf = "\r\n";
    const beginnings = [
      "",
      crlf,
      "\u0000\u0001\u0002",
      "GET",
      `GET /healthz${crlf}${crlf}`,
      `GET /healthz HTTP/9.9${crlf}${crlf}`,
      `GET /healthz HTTP/1.1${crlf}${crlf}`,
      `GET /healthz HTTP/1.1${crlf}Host: a${crlf}Host: b${crlf}${crlf}`,
      `GET /healthz HTTP/1.1${crlf}Host: localhost${crlf}X: ${"a".repeat(100_000)}${crlf}${crlf}`,
      `GET /healthz HTTP/1.1${crlf}Host localhost${crlf}${crlf}`,
      `POST /v1/events HTTP/1.1${crlf}Host: localhost${crlf}Content-Length: -5${crlf}${crlf}`,
      `POST /v1/events HTTP/1.1${crlf}Host: localhost${crlf}Content-Length: 5${crlf}Transfer-Encoding: chunked${crlf}${crlf}0${crlf}${crlf}`,
      `POST /v1/events HTTP/1.1${crlf}Host: localhost${crlf}Transfer-Encoding: chunked${crlf}${crlf}zz${crlf}`,
      `CONNECT evil.example:443 HTTP/1.1${crlf}Host: evil.example:443${crlf}${crlf}`,
      `GET /healthz HTTP/1.1${crlf}Host: localhost${crlf}Upgrade: websocket${crlf}Connection: Upgrade${crlf}${crlf}`,
      `PRI * HTTP/2.0${crlf}${crlf}SM${crlf}${crlf}`,
    ];
    for (const beginning of beginnings) {
      const said = await new Promise<string>((resolve) => {
        let text = "";
        const socket = connect(Number(port), "127.0.0.1", () => socket.end(beginning));
        socket.on("data", (chunk) => {
          text += chunk.toString("latin1");
        });
        socket.on("error", () => undefined);
        socket.on("close", () => resolve(text));
      });
      expect([beginning.slice(0, 60), /^HTTP\/1\.1 5/u.test(said)]).toEqual([beginning.slice(0, 60), false]);
      expect((await server.send({ path: "/healthz" })).status).toBe(200);
    }
  });
});
