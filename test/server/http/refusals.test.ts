/** What must not come in: the right status, nothing stored, and nothing of it in the log. */

import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { makeToken } from "../../../server/http/token-book.ts";
import type { Received, Sent } from "./support.ts";
import { send, sharedTestServer, someEvent, startTestServer } from "./support.ts";

/** Stands in every request where its sender could put somebody's code. */
const planted = "plantedSourceCode";

interface Tokens {
  readonly admin: string;
  readonly contributor: string;
  readonly reviewer: string;
  readonly revoked: string;
  readonly ofAnotherServer: string;
}

interface Case {
  readonly what: string;
  readonly request: (tokens: Tokens) => Sent;
  readonly status: number;
  readonly code: string;
}

const oneEvent = { events: [withPlanted()] };

function withPlanted() {
  const event = someEvent();
  if (event.type !== "snapshot.settled") throw new Error("no snapshot");
  return { ...event, snapshot: { ...event.snapshot, excerpt: { startLine: 0, text: `one\ntwo\n${planted}\n` } } };
}

/** A whole and valid upload, from which each case departs in one way. */
function upload(token: string, departing: Partial<Sent> = {}): Sent {
  return { method: "POST", path: "/v1/events", token, body: oneEvent, ...departing };
}

function raw(token: string, body: string | Uint8Array, headers: Sent["headers"] = {}): Sent {
  return upload(token, { body, headers: { "content-type": "application/json", ...headers } });
}

const megabyte = 1_048_576;

const pages: Case[] = [
  {
    what: "a page of another origin",
    request: (t) => upload(t.contributor, { headers: { origin: `https://${planted}.example` } }),
    status: 403,
    code: "origin-not-allowed",
  },
  {
    what: "a page of another port of this machine",
    request: (t) => upload(t.contributor, { headers: { origin: "http://127.0.0.1:3000" } }),
    status: 403,
    code: "origin-not-allowed",
  },
  {
    what: "a sandboxed page, whose origin is null",
    request: (t) => upload(t.contributor, { headers: { origin: "null" } }),
    status: 403,
    code: "origin-not-allowed",
  },
  {
    what: "a page whose own name was rebound to this machine",
    request: (t) => upload(t.contributor, { headers: { host: `${planted}.example:7431` } }),
    status: 421,
    code: "host-not-allowed",
  },
  {
    what: "a rebound name that begins like an allowed one",
    request: (t) => upload(t.contributor, { headers: { host: "localhost.example" } }),
    status: 421,
    code: "host-not-allowed",
  },
  {
    what: "an address that is not the one it came in by",
    request: (t) => upload(t.contributor, { headers: { host: "192.0.2.1" } }),
    status: 421,
    code: "host-not-allowed",
  },
  {
    what: "a Host that is none",
    request: (t) => upload(t.contributor, { headers: { host: "localhost@x" } }),
    status: 400,
    code: "host-malformed",
  },
  {
    what: "a simple cross-site GET with cookies",
    request: () => ({
      path: "/v1/policy",
      headers: { cookie: `session=${planted}`, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    }),
    status: 403,
    code: "cross-site",
  },
  {
    what: "a page of the same site but another origin",
    request: () => ({ path: "/v1/policy", headers: { "sec-fetch-site": "same-site" } }),
    status: 403,
    code: "cross-site",
  },
  {
    what: "a preflight of another origin",
    request: () => ({
      method: "OPTIONS",
      path: "/v1/events",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    }),
    status: 403,
    code: "origin-not-allowed",
  },
  {
    what: "a form",
    request: (t) =>
      upload(t.contributor, {
        body: `text=${planted}`,
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
    status: 415,
    code: "content-type",
  },
  {
    what: "a form of plain text that reads as JSON",
    request: (t) => upload(t.contributor, { headers: { "content-type": "text/plain" } }),
    status: 415,
    code: "content-type",
  },
  {
    what: "a body without a type",
    request: (t) => upload(t.contributor, { body: planted }),
    status: 415,
    code: "content-type",
  },
  {
    what: "JSON in another encoding",
    request: (t) =>
      raw(t.contributor, Buffer.from(JSON.stringify(oneEvent), "utf16le"), {
        "content-type": "application/json; charset=utf-16le",
      }),
    status: 415,
    code: "content-type",
  },
];

const tokens: Case[] = [
  {
    what: "no token",
    request: (t) => ({ ...upload(t.contributor), token: undefined as never, headers: {} }),
    status: 401,
    code: "token-missing",
  },
  {
    what: "a token in the query",
    request: (t) => ({ path: `/v1/policy?token=${t.admin}` }),
    status: 401,
    code: "token-missing",
  },
  {
    what: "a password",
    request: () => ({ path: "/v1/policy", headers: { authorization: `Basic ${planted}` } }),
    status: 401,
    code: "token-malformed",
  },
  {
    what: "a truncated token",
    request: (t) => upload(t.contributor.slice(0, -1)),
    status: 401,
    code: "token-malformed",
  },
  {
    what: "a token with another end",
    request: (t) => upload(`${t.contributor.slice(0, -4)}0000`),
    status: 401,
    code: "token-unknown",
  },
  { what: "a token of another server", request: (t) => upload(t.ofAnotherServer), status: 401, code: "token-unknown" },
  { what: "a revoked token", request: (t) => upload(t.revoked), status: 401, code: "token-revoked" },
  {
    what: "a contributor at an admin's route",
    request: (t) => ({ path: "/v1/tokens", token: t.contributor }),
    status: 403,
    code: "role",
  },
  {
    what: "a reviewer at an admin's route",
    request: (t) => ({ path: "/v1/audit", token: t.reviewer }),
    status: 403,
    code: "role",
  },
  {
    what: "a contributor who would make an admin",
    request: (t) => ({
      method: "POST",
      path: "/v1/tokens",
      token: t.contributor,
      body: { name: planted, role: "admin" },
    }),
    status: 403,
    code: "role",
  },
];

const bodies: Case[] = [
  {
    what: "10 MB",
    request: (t) => raw(t.contributor, `"${planted.repeat(650_000)}"`),
    status: 413,
    code: "body-too-large",
  },
  {
    what: "10 MB that do not say how many they are",
    request: (t) =>
      raw(t.contributor, `"${planted.repeat(650_000)}"`, {
        "transfer-encoding": "chunked",
      }),
    status: 413,
    code: "body-too-large",
  },
  {
    what: "a gzip bomb of 100 MB",
    request: (t) => raw(t.contributor, gzipSync(Buffer.alloc(100 * megabyte, "[")), { "content-encoding": "gzip" }),
    status: 413,
    code: "body-too-large",
  },
  {
    what: "a gzip bomb in a gzip bomb",
    request: (t) =>
      raw(t.contributor, gzipSync(gzipSync(Buffer.alloc(100 * megabyte))), { "content-encoding": "gzip, gzip" }),
    status: 415,
    code: "content-encoding",
  },
  {
    what: "half of a gzip",
    request: (t) =>
      raw(t.contributor, gzipSync(JSON.stringify(oneEvent)).subarray(0, 100), { "content-encoding": "gzip" }),
    status: 400,
    code: "gzip",
  },
  {
    what: "no gzip at all",
    request: (t) => raw(t.contributor, JSON.stringify(oneEvent), { "content-encoding": "gzip" }),
    status: 400,
    code: "gzip",
  },
  {
    what: "another packing",
    request: (t) => raw(t.contributor, planted, { "content-encoding": "br" }),
    status: 415,
    code: "content-encoding",
  },
  {
    what: "JSON a million deep",
    request: (t) => raw(t.contributor, "[".repeat(1_000_000)),
    status: 400,
    code: "json-too-deep",
  },
  {
    what: "valid JSON that is deep",
    request: (t) => raw(t.contributor, `{"events":${"[".repeat(100)}"${planted}"${"]".repeat(100)}}`),
    status: 400,
    code: "json-too-deep",
  },
  {
    what: "invalid UTF-8",
    request: (t) =>
      raw(
        t.contributor,
        Buffer.concat([Buffer.from(`{"events":["${planted}`), Buffer.from([0xc3, 0x28]), Buffer.from('"]}')]),
      ),
    status: 400,
    code: "utf-8",
  },
  { what: "no JSON", request: (t) => raw(t.contributor, `{"events":[${planted}]}`), status: 400, code: "json" },
  {
    what: "an empty body",
    request: (t) => upload(t.contributor, { body: undefined }),
    status: 400,
    code: "body-missing",
  },
  { what: "no events", request: (t) => upload(t.contributor, { body: { events: [] } }), status: 422, code: "invalid" },
  {
    what: "101 events",
    request: (t) => upload(t.contributor, { body: { events: Array(101).fill({ planted }) } }),
    status: 422,
    code: "invalid",
  },
  {
    what: "an unknown field beside them",
    request: (t) => upload(t.contributor, { body: { ...oneEvent, [planted]: 1 } }),
    status: 422,
    code: "invalid",
  },
  {
    what: "a prototype beside them",
    request: (t) => raw(t.contributor, `{"events":[${JSON.stringify(oneEvent.events[0])}],"__proto__":{"x":1}}`),
    status: 422,
    code: "invalid",
  },
  {
    what: "half a surrogate pair",
    request: (t) => ({ ...raw(t.admin, '{"name":"\\ud800","role":"admin"}'), path: "/v1/tokens" }),
    status: 422,
    code: "invalid",
  },
  {
    what: "a body where none is expected",
    request: (t) => ({ method: "DELETE", path: "/v1/tokens/0123456789ab", token: t.admin, body: { planted } }),
    status: 400,
    code: "body-not-expected",
  },
];

const addresses: Case[] = [
  {
    what: "a path that is none",
    request: (t) => ({ path: `/${planted}`, token: t.admin }),
    status: 404,
    code: "unknown-route",
  },
  {
    what: "a path that climbs",
    request: (t) => ({ path: `/v1/../../${planted}`, token: t.admin }),
    status: 404,
    code: "unknown-route",
  },
  {
    what: "an escape that is no UTF-8",
    request: (t) => ({ method: "DELETE", path: "/v1/tokens/%ff%fe", token: t.admin }),
    status: 400,
    code: "url",
  },
  {
    what: "another method",
    request: (t) => ({ method: "DELETE", path: "/v1/policy", token: t.admin }),
    status: 405,
    code: "method-not-allowed",
  },
  {
    what: "an unknown parameter",
    request: (t) => ({ path: `/v1/audit?${planted}=1`, token: t.admin }),
    status: 422,
    code: "invalid",
  },
  {
    what: "a parameter of another kind",
    request: (t) => ({ path: `/v1/audit?limit=${planted}`, token: t.admin }),
    status: 422,
    code: "invalid",
  },
];

describe("what must not come in", () => {
  const server = sharedTestServer();
  let known: Tokens;
  beforeAll(async () => {
    const revoked = await server().token("contributor");
    await server().send({ method: "DELETE", path: `/v1/tokens/${revoked.id}`, token: server().admin });
    known = {
      admin: server().admin,
      contributor: (await server().token("contributor")).secret,
      reviewer: (await server().token("reviewer")).secret,
      revoked: revoked.secret,
      ofAnotherServer: makeToken(randomBytes).token,
    };
  });

  describe.each([
    ["pages in a browser", pages],
    ["tokens", tokens],
    ["bodies", bodies],
    ["addresses", addresses],
  ])("%s", (_, cases) => {
    it.each(cases)("$what: $status $code", async ({ request, status, code }) => {
      const { log, send, stored, clock } = server();
      const before = { log: log().length, stored: await stored() };
      expectRefused(await send(request(known)), status, code);
      expect(await stored()).toBe(before.stored);
      // The server answers the next one, and no line of its log holds anything of what was sent.
      clock.advance(60_000);
      expect((await send({ path: "/v1/me", token: known.contributor })).status).toBe(200);
      expect(log().slice(before.log)).toContain(`"code":"${code}"`);
      expect(log()).not.toContain(planted);
      for (const token of Object.values(known)) expect(log()).not.toContain(token.slice(-20));
    });
  });

  it("of all of that nothing was stored, and the upload that each departed from is taken", async () => {
    expect(await server().stored()).toBe(0);
    expect((await server().send(upload(known.contributor))).body).toMatchObject({ stored: 1 });
  });
});

function expectRefused(received: Received, status: number, code: string): void {
  expect({ status: received.status, code: received.body?.code }).toEqual({ status, code });
  expect(received.headers["content-type"]).toBe("application/problem+json");
  expect(received.body).toMatchObject({
    type: `urn:stillpoint:problem:${code}`,
    status,
    detail: expect.stringMatching(/^[^\n]{10,}[.?]$/u),
  });
  expect(received.headers["access-control-allow-origin"]).toBeUndefined();
  // Who sent a field that is unknown is told its name, and nobody is told what a field holds.
  if (code !== "invalid") expect(received.text).not.toContain(planted);
}

describe("what the application never sees, or fails at", () => {
  it("what is no HTTP is answered with a problem too", async () => {
    const server = await startTestServer();
    const headers = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x-${i}`, planted.repeat(20)]));
    const received = await send(server.url, { path: "/healthz", headers });
    expect({ status: received.status, code: received.body.code }).toEqual({ status: 431, code: "headers-too-large" });
    expect(server.log()).not.toContain(planted);
  });

  it("what a fault of our own holds is neither told nor logged", async () => {
    const server = await startTestServer();
    const { store } = server.server.context;
    Object.assign(store.audit, { page: () => Promise.reject(new TypeError(`cannot read ${planted}`)) });
    expectRefused(await server.send({ path: "/v1/audit", token: server.admin }), 500, "fault");
    expect(server.log()).toContain('"error":"TypeError"');
    expect(server.log()).not.toContain(planted);
  });
});

describe("who is let in", () => {
  const shared = sharedTestServer();

  it.each([
    ["a program, which sends neither Origin nor Sec-Fetch-Site", {}],
    ["a page of this server", { "sec-fetch-site": "same-origin" }],
    ["an address that somebody typed", { "sec-fetch-site": "none" }],
    ["a Host in capitals with a dot at its end", { host: "LOCALHOST.:7431" }],
    ["a Host that is the loopback's IPv6 address", { host: "[::1]:7431" }],
  ])("%s", async (_, headers) => {
    expect((await shared().send({ path: "/healthz", headers })).status).toBe(200);
  });

  it("a page of this server, by its Origin", async () => {
    expect((await shared().send({ path: "/healthz", headers: { origin: shared().url } })).status).toBe(200);
  });

  it("the names and origins of the configuration", async () => {
    const settings = { hosts: ["stillpoint.example.com"], origins: ["https://stillpoint.example.com"] };
    const server = await startTestServer({
      configuration: { concurrency: 1, seed: 1, models: {}, file: undefined, server: settings },
    });
    const headers = { host: "stillpoint.example.com", origin: "https://stillpoint.example.com" };
    expect((await server.send({ path: "/healthz", headers })).status).toBe(200);
  });

  it("each role at the routes of those before it", async () => {
    for (const role of ["contributor", "reviewer", "admin"] as const) {
      const { secret } = await shared().token(role);
      expect((await shared().send({ path: "/v1/me", token: secret })).body.token).toMatchObject({ role });
    }
  });
});
