/** A server on a real socket that speaks the wire format, as long as it is not told to do otherwise. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import type { Client, ClientOptions } from "../../../extension/connection/client.ts";
import { createClient } from "../../../extension/connection/client.ts";
import type { EventsAnswer } from "../../../shared/wire/events.ts";
import { manualClock } from "../../doubles/manual-clock.ts";

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Reply = (heard: Heard, response: ServerResponse) => void;

export interface WireServer {
  readonly url: string;
  readonly heard: Heard[];
  /** Ids in the order in which they came, as often as they came. */
  readonly events: string[];
  readonly stored: Set<string>;
  /** What the next requests get instead of an answer, in turn. */
  readonly faults: Reply[];
}

export async function startWireServer(): Promise<WireServer> {
  const heard: Heard[] = [];
  const events: string[] = [];
  const stored = new Set<string>();
  const faults: Reply[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const bytes = Buffer.concat(chunks);
      const isPacked = request.headers["content-encoding"] === "gzip";
      const body = (isPacked ? gunzipSync(bytes) : bytes).toString("utf8");
      const { method = "", url: path = "", headers } = request;
      const told: Heard = { method, path, headers, body };
      heard.push(told);
      const fault = faults.shift();
      if (fault) fault(told, response);
      else json(response, 200, answerTo(body));
    });
  });
  function answerTo(body: string): EventsAnswer {
    const sent = (JSON.parse(body) as { events: { id: string }[] }).events;
    const results = sent.map(({ id }) => {
      const status: "duplicate" | "stored" = stored.has(id) ? "duplicate" : "stored";
      events.push(id);
      stored.add(id);
      return { status, id };
    });
    const count = (status: string) => results.filter((each) => each.status === status).length;
    return { stored: count("stored"), duplicate: count("duplicate"), refused: 0, results };
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard, events, stored, faults };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Reply {
  return (_heard, response) => {
    const body = { type: `urn:stillpoint:problem:${code}`, title: "No", status, code, detail: `It is ${code}.` };
    json(response, status, body, { ...headers, "content-type": "application/problem+json" });
  };
}

/** What a hotel's network answers to everything. */
export function html(status: number): Reply {
  return (_heard, response) => {
    response.writeHead(status, { "content-type": "text/html" });
    response.end("<!doctype html><title>Welcome to our free network</title>");
  };
}

export function clientFor(url: string, given: Partial<ClientOptions> = {}): Client {
  return createClient({
    origin: url,
    token: async () => "stillpoint_token",
    version: "0.1.0",
    clock: manualClock(Date.parse("2026-01-31T09:05:00.000Z")),
    timeoutMs: 5_000,
    ...given,
  });
}
