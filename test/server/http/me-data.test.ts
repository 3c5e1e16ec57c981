/** The copy of what is stored of a person, however its download goes. */
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { StoreUnavailable } from "../../../server/store/faults.ts";
import type { TestServer } from "./support.ts";
import { someEvent, startTestServer } from "./support.ts";

const eventsAtOnce = 100;
const enoughBytes = 200_000;

async function withEvents(uploads: number): Promise<TestServer> {
  const server = await startTestServer();
  for (let n = 0; n < uploads; n++) {
    const events = Array.from({ length: eventsAtOnce }, () => ({ ...someEvent(), sessionId: "s".repeat(2_000) }));
    await server.send({ method: "POST", path: "/v1/events", body: { events }, token: server.admin });
  }
  return server;
}

const faults = (server: TestServer) => server.log().includes("a fault of Stillpoint's own");

describe("a copy of what is stored of me", () => {
  it("has a line for its owner, one for each event and one for how many", async () => {
    const server = await withEvents(1);
    const { status, text, headers } = await server.send({ path: "/v1/me/data", token: server.admin });
    expect({ status, type: headers["content-type"] }).toEqual({ status: 200, type: "application/x-ndjson" });
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ kind: "contributor" });
    expect(lines.slice(1, -1).map(({ kind }) => kind)).toEqual(Array(eventsAtOnce).fill("event"));
    expect(lines.at(-1)).toEqual({ kind: "end", events: eventsAtOnce });
  });

  it("is not read for who asks for its head alone", async () => {
    const server = await startTestServer();
    Object.assign(server.server.context.store.events, { page: () => Promise.reject(new StoreUnavailable("disk", "")) });
    const answered = await server.send({ method: "HEAD", path: "/v1/me/data", token: server.admin });
    expect(answered).toMatchObject({ status: 200, text: "" });
    expect(server.log()).not.toContain("the client left");
  });

  it("that is broken off looks like no whole one", async () => {
    const server = await startTestServer();
    Object.assign(server.server.context.store.events, { page: () => Promise.reject(new StoreUnavailable("disk", "")) });
    await expect(server.send({ path: "/v1/me/data", token: server.admin })).rejects.toThrow();
  });

  it("whose client leaves in the middle is no fault of the server's", async () => {
    const server = await startTestServer();
    // More than the sockets of both sides hold.
    const event = { receivedAt: "2026-01-31T09:05:00.123Z", body: JSON.stringify("x".repeat(100_000)) };
    Object.assign(server.server.context.store.events, { page: async () => Array(1_000).fill(event) });
    const socket = connect({ port: Number(new URL(server.url).port), host: "127.0.0.1" });
    socket.write(`GET /v1/me/data HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${server.admin}\r\n\r\n`);
    // Behind the head comes a page of events, line by line, and the server waits for room between them.
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > enoughBytes) socket.destroy();
    });
    await once(socket, "close");
    await vi.waitFor(() => expect(server.log()).toContain("the client left before it was answered"), {
      timeout: 20_000,
    });
    expect((await server.send({ path: "/v1/me", token: server.admin })).status).toBe(200);
    expect(faults(server)).toBe(false);
  });
});
