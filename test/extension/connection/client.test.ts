/** The client against servers that break, lie, redirect, or are none of ours. */
import { describe, expect, it, vi } from "vitest";
import { createClient } from "../../../extension/connection/client.ts";
import { parseOrigin } from "../../../extension/connection/origin.ts";
import type { Reply } from "./support.ts";
import { clientFor, html, json, problem, startWireServer } from "./support.ts";

const events = [
  { id: "a", json: '{"id":"a","text":"ünï"}' },
  { id: "b", json: '{"id":"b"}' },
];

const policyBody = {
  version: 0,
  allowed: true,
  policy: {
    schema: 1,
    paused: false,
    repositories: { allow: [], deny: [] },
    rates: { captures: 1, unchanged: 0.1 },
    licences: [],
    minimumClientVersion: null,
    retention: { days: null, repositories: [] },
  },
};

describe("events", () => {
  it("go packed, with the token, as they wait", async () => {
    const server = await startWireServer();
    const result = await clientFor(server.url).sendEvents(events);
    expect(result).toEqual({
      kind: "answer",
      verdicts: [
        { id: "a", status: "stored" },
        { id: "b", status: "stored" },
      ],
    });
    expect(server.heard[0]).toMatchObject({
      method: "POST",
      path: "/v1/events",
      headers: {
        authorization: "Bearer stillpoint_token",
        "content-encoding": "gzip",
        "content-type": "application/json",
      },
      body: '{"events":[{"id":"a","text":"ünï"},{"id":"b"}]}',
    });
  });

  const cutShort: Reply = (_heard, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
    response.write('{"stored":2,"du', () => response.socket?.resetAndDestroy());
  };
  const truncated: Reply = (_heard, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end('{"stored":2,"dupl');
  };
  const lying: Reply = (_heard, response) =>
    json(response, 200, {
      stored: 1,
      duplicate: 0,
      refused: 0,
      results: [{ status: "stored", id: "somebody else's" }],
    });
  const endless: Reply = (_heard, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  };

  it.each<[name: string, reply: Reply, expected: object]>([
    ["a connection that is reset in the middle of the answer", cutShort, { kind: "offline" }],
    ["an answer that stops in the middle", truncated, { kind: "foreign" }],
    ["an answer about other events", lying, { kind: "foreign" }],
    ["an answer that has no end", endless, { kind: "foreign" }],
    ["a login page", html(200), { kind: "foreign" }],
    ["a login page that looks like a refusal", html(401), { kind: "foreign" }],
    ["a proxy's own refusal", html(403), { kind: "foreign" }],
    [
      "a redirect",
      (_h, r) => r.writeHead(307, { location: "http://127.0.0.1:1/elsewhere" }).end(),
      { kind: "foreign" },
    ],
    ["a proxy that is too small", html(413), { kind: "tooLarge" }],
    ["a fault of the server's", html(500), { kind: "busy", retryAfterMs: undefined }],
    ["a server that starts", problem(503, "starting", { "retry-after": "7" }), { kind: "busy", retryAfterMs: 7_000 }],
    [
      "a server that names a date",
      problem(429, "slow", { "retry-after": "Sat, 31 Jan 2026 09:05:30 GMT", date: "Sat, 31 Jan 2026 09:05:10 GMT" }),
      { kind: "busy", retryAfterMs: 20_000 },
    ],
    ["a server that asks for a year", problem(429, "slow", { "retry-after": "31536000" }), { retryAfterMs: 3_600_000 }],
    ["a server that asks for nonsense", problem(429, "slow", { "retry-after": "soon" }), { retryAfterMs: undefined }],
    [
      "a token that was revoked",
      problem(401, "token-revoked"),
      { kind: "unauthorised", sentence: "It is token-revoked." },
    ],
    ["a role that is too low", problem(403, "role"), { kind: "unauthorised" }],
    ["a body that is not understood", problem(400, "utf-8"), { kind: "refused", status: 400, code: "utf-8" }],
  ])("%s is a value", async (_name, reply, expected) => {
    const server = await startWireServer();
    server.faults.push(reply);
    expect(await clientFor(server.url).sendEvents(events)).toMatchObject(expected);
    // And then all is well again.
    expect(await clientFor(server.url).sendEvents(events)).toMatchObject({ kind: "answer" });
  });

  it("are not sent again to where a redirect points, and no token goes there", async () => {
    const [server, elsewhere] = [await startWireServer(), await startWireServer()];
    for (const status of [301, 302, 303, 307, 308]) {
      server.faults.push((_heard, response) =>
        response.writeHead(status, { location: `${elsewhere.url}/v1/events` }).end(),
      );
      expect(await clientFor(server.url).sendEvents(events)).toMatchObject({ kind: "foreign" });
    }
    expect(elsewhere.heard).toEqual([]);
  });

  it("to a server that says nothing are given up after a while, and when the window closes", async () => {
    const server = await startWireServer();
    server.faults.push(
      () => undefined,
      () => undefined,
    );
    expect(await clientFor(server.url, { timeoutMs: 50 }).sendEvents(events)).toMatchObject({
      kind: "offline",
      sentence: "The server did not answer in time.",
    });
    const closing = new AbortController();
    const sent = clientFor(server.url).sendEvents(events, closing.signal);
    closing.abort();
    expect(await sent).toMatchObject({ kind: "offline" });
  });

  it("to nobody are offline, with the system's code", async () => {
    const server = await startWireServer();
    const client = clientFor(server.url.replace(/:\d+$/u, ":1"));
    expect(await client.sendEvents(events)).toEqual({
      kind: "offline",
      sentence: expect.stringMatching(/^The server cannot be reached/u),
    });
  });

  it("beyond 1 MB packed or 8 MB unpacked are not sent at all", async () => {
    const server = await startWireServer();
    const noise = Array.from({ length: 300_000 }, (_, i) => Math.sin(i).toString(36).slice(2)).join("");
    const client = clientFor(server.url);
    expect(await client.sendEvents([{ id: "a", json: JSON.stringify({ id: "a", noise }) }])).toMatchObject({
      kind: "tooLarge",
    });
    const long = JSON.stringify({ id: "a", text: "a".repeat(9_000_000) });
    expect(await client.sendEvents([{ id: "a", json: long }])).toMatchObject({ kind: "tooLarge" });
    expect(server.heard).toEqual([]);
  });
});

describe("a token", () => {
  it("is asked for by origin, and without one nothing is sent", async () => {
    const server = await startWireServer();
    const token = vi.fn(async () => undefined);
    expect(await clientFor(server.url, { token }).sendEvents(events)).toMatchObject({ kind: "unauthorised" });
    expect(token).toHaveBeenCalledWith(server.url);
    const broken = clientFor(server.url, { token: async () => "two\nlines" });
    expect(await broken.me()).toMatchObject({ kind: "unauthorised" });
    expect(server.heard).toEqual([]);
  });

  it("is not sent for what everybody may read", async () => {
    const server = await startWireServer();
    const key = { algorithm: "Ed25519", publicKey: "A".repeat(43) };
    server.faults.push((_heard, response) => json(response, 200, key));
    expect(await clientFor(server.url).receiptKey()).toEqual({ kind: "answer", answer: key });
    expect(server.heard[0]?.headers.authorization).toBeUndefined();
  });
});

describe("an address", () => {
  it.each([
    ["https://stillpoint.example.com", "https://stillpoint.example.com"],
    [" https://Stillpoint.Example.com:8443/ ", "https://stillpoint.example.com:8443"],
    ["http://127.0.0.1:7431", "http://127.0.0.1:7431"],
    ["http://127.1:7431", "http://127.0.0.1:7431"],
    ["http://[::1]:7431", "http://[::1]:7431"],
    ["http://localhost:7431/", "http://localhost:7431"],
    ["https://tools.example.com/stillpoint", "https://tools.example.com/stillpoint"],
    ["https://tools.example.com/a/b/", "https://tools.example.com/a/b"],
    ["https://tools.example.com/a/../stillpoint", "https://tools.example.com/stillpoint"],
  ])("%s is %s", (address, origin) => {
    expect(parseOrigin(address)).toEqual({ ok: true, origin });
  });

  it.each([
    "stillpoint.example.com",
    "http://stillpoint.example.com",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://10.0.0.1:7431",
    "https://ada:secret@stillpoint.example.com",
    "https://stillpoint.example.com/?a=b",
    "https://stillpoint.example.com/?",
    "https://stillpoint.example.com/path#there",
    "https://stillpoint.example.com//path",
    "https://stillpoint.example.com/path//",
    "https://stillpoint.example.com/one%2Ftwo",
    "https://stillpoint.example.com/%70ath",
    "http://stillpoint.example.com/path",
    "file:///etc/passwd",
    "",
  ])("%s is refused with why", (address) => {
    expect(parseOrigin(address)).toEqual({ ok: false, sentence: expect.stringMatching(/\.$/u) });
    expect(() =>
      createClient({ origin: address, token: async () => "t", version: "1", clock: { now: () => 0 } }),
    ).toThrow();
  });
});

describe("a server below a path", () => {
  it("gets its requests there, with the token of that path", async () => {
    const server = await startWireServer();
    const token = vi.fn(async () => "stillpoint_token");
    const client = clientFor(`${server.url}/stillpoint/`, { token });
    expect(client.origin).toBe(`${server.url}/stillpoint`);
    expect(await client.sendEvents(events)).toMatchObject({ kind: "answer" });
    expect(token).toHaveBeenCalledWith(`${server.url}/stillpoint`);
    server.faults.push(problem(404, "none"), problem(404, "none"));
    await client.policy();
    await client.deletion("0".repeat(32));
    expect(server.heard.map(({ path }) => path)).toEqual([
      "/stillpoint/v1/events",
      "/stillpoint/v1/policy",
      `/stillpoint/v1/me/deletions/${"0".repeat(32)}`,
    ]);
  });
});

describe("what is said", () => {
  it("is in the person's language, values and all", async () => {
    const server = await startWireServer();
    server.faults.push(html(403));
    const translate = (message: string, values?: object) => `‹${message}› ${JSON.stringify(values ?? {})}`;
    expect(await clientFor(server.url, { translate }).sendEvents(events)).toEqual({
      kind: "foreign",
      sentence:
        '‹What answered ({status}) is no Stillpoint server. A network may ask you to sign in first.› {"status":403}',
    });
  });
});

describe("the policy", () => {
  it("is asked for by its tag, and heard to be unchanged", async () => {
    const server = await startWireServer();
    server.faults.push(
      (_heard, response) => json(response, 200, policyBody, { etag: '"0-abc"' }),
      (_heard, response) => response.writeHead(304).end(),
      (_heard, response) => response.writeHead(304).end(),
    );
    const client = clientFor(server.url);
    expect(await client.policy()).toEqual({ kind: "answer", answer: policyBody, etag: '"0-abc"' });
    expect(await client.policy('"0-abc"')).toEqual({ kind: "unchanged" });
    expect(server.heard[1]?.headers["if-none-match"]).toBe('"0-abc"');
    expect(await client.policy()).toMatchObject({ kind: "foreign" });
  });
});
