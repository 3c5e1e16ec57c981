/** How much may come, what becomes of requests that the store cannot serve, and of clients that leave. */

import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKey, createRateLimit } from "../../../server/http/rate-limit.ts";
import { StoreBacklogged, StoreUnavailable } from "../../../server/store/faults.ts";
import { someEvent, startTestServer, testClock } from "./support.ts";

describe("a rate limit", () => {
  it("lets a burst pass, then so many a second", () => {
    const clock = testClock();
    const limit = createRateLimit({ perSecond: 2, burst: 3, clock });
    expect([1, 2, 3, 4].map(() => limit.take("a"))).toEqual([0, 0, 0, 1]);
    expect(limit.take("b")).toBe(0);
    clock.advance(500);
    expect([limit.take("a"), limit.take("a")]).toEqual([0, 1]);
  });

  it("over any time lets no more pass than the burst and what that time brings", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 10 }),
        (pauses, perSecond, burst) => {
          const clock = testClock();
          const limit = createRateLimit({ perSecond, burst, clock });
          let passed = 0;
          let elapsedMs = 0;
          for (const pause of pauses) {
            clock.advance(pause);
            elapsedMs += pause;
            const wait = limit.take("key");
            if (wait === 0) passed += 1;
            else expect(wait).toBeGreaterThanOrEqual(1);
          }
          expect(passed).toBeLessThanOrEqual(burst + (elapsedMs / 1_000) * perSecond + 1e-6);
        },
      ),
    );
  });

  it("who waits as long as was said may pass", () => {
    const clock = testClock();
    const limit = createRateLimit({ perSecond: 0.3, burst: 1, clock });
    limit.take("a");
    clock.advance(limit.take("a") * 1_000);
    expect(limit.take("a")).toBe(0);
  });

  it("remembers a bounded number of keys, those that asked last", () => {
    const limit = createRateLimit({ perSecond: 1, burst: 1, clock: testClock(), maxKeys: 10 });
    for (let i = 0; i < 1_000; i++) limit.take(`key-${i}`);
    expect(limit.take("key-999")).toBe(1);
    expect(limit.take("key-0")).toBe(0);
  });

  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    [undefined, "unknown"],
  ])("counts %s as %s", (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe("too many requests", () => {
  it("of one token are answered with 429 and when to come again; another token's are not", async () => {
    const server = await startTestServer({
      configuration: {
        concurrency: 1,
        seed: 1,
        models: {},
        file: undefined,
        server: { requestsPerSecond: 1, requestBurst: 3 },
      },
    });
    const { secret } = await server.token("contributor");
    const ask = async () => await server.send({ path: "/v1/me", token: secret });
    for (let i = 0; i < 3; i++) expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 429, code: "too-many-requests" });
    expect(refused.headers["retry-after"]).toBe("1");
    expect((await server.send({ path: "/v1/me", token: server.admin })).status).toBe(200);
    server.clock.advance(1_000);
    expect((await ask()).status).toBe(200);
  });

  it("without a valid token are refused by address, while a valid one from there still passes", async () => {
    const server = await startTestServer();
    const guess = async () =>
      (await server.send({ path: "/v1/me", token: `stillpoint_${"0".repeat(12)}_${"0".repeat(64)}` })).status;
    const statuses = [];
    for (let i = 0; i < 25; i++) statuses.push(await guess());
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
    expect(statuses.slice(20)).toEqual(Array(5).fill(429));
    expect((await server.send({ path: "/v1/me", token: server.admin })).status).toBe(200);
    server.clock.advance(2_000);
    expect(await guess()).toBe(401);
  });

  it("behind a proxy are counted by the address that the proxy saw", async () => {
    const server = await startTestServer({ behindProxy: true });
    const guess = async (from: string) =>
      (await server.send({ path: "/v1/me", headers: { "x-forwarded-for": `203.0.113.9, ${from}` } })).status;
    for (let i = 0; i < 20; i++) await guess("192.0.2.1");
    expect(await guess("192.0.2.1")).toBe(429);
    expect(await guess("192.0.2.2")).toBe(401);
  });
});

describe("a store that cannot", () => {
  it.each([
    [new StoreUnavailable("full", "DATA/events.db: SQLITE_FULL"), 503, "store-full", "10"],
    [new StoreUnavailable("locked", "DATA/events.db: SQLITE_BUSY"), 503, "store-locked", "10"],
    [new StoreBacklogged(7), 429, "backlog", "7"],
  ])("is told as %s", async (fault, status, code, retryAfter) => {
    const server = await startTestServer();
    const { store } = server.server.context;
    const { append } = store.events;
    Object.assign(store.events, { append: () => Promise.reject(fault) });
    const upload = { method: "POST", path: "/v1/events", body: { events: [someEvent()] }, token: server.admin };
    const refused = await server.send(upload);
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status, code });
    expect(refused.headers["retry-after"]).toBe(retryAfter);
    expect(refused.text).not.toContain("events.db");
    if (fault instanceof StoreUnavailable) expect(server.log()).toContain(fault.detail);
    // The others are answered meanwhile, and this one once the cause is gone.
    expect((await server.send({ path: "/healthz" })).status).toBe(200);
    Object.assign(store.events, { append });
    expect((await server.send(upload)).body).toMatchObject({ stored: 1 });
  });

  it("is not ready, and ready again", async () => {
    const server = await startTestServer();
    const { store } = server.server.context;
    const { used } = store.tokens;
    expect((await server.send({ path: "/readyz" })).status).toBe(200);
    Object.assign(store.tokens, { used: () => Promise.reject(new StoreUnavailable("locked", "held")) });
    server.clock.advance(1_000);
    expect((await server.send({ path: "/readyz" })).body).toMatchObject({ status: 503, code: "store-locked" });
    Object.assign(store.tokens, { used });
    server.clock.advance(1_000);
    expect((await server.send({ path: "/readyz" })).status).toBe(200);
  });
});

describe("a client that leaves in the middle of its upload", () => {
  it("leaves nothing behind, and the server goes on", async () => {
    const server = await startTestServer();
    const { port } = new URL(server.url);
    const socket = connect(Number(port), "127.0.0.1");
    await once(socket, "connect");
    const head = ["POST /v1/events HTTP/1.1", "Host: localhost", `Authorization: Bearer ${server.admin}`];
    socket.write([...head, "Content-Type: application/json", "Content-Length: 1000", "", '{"events":['].join("\r\n"));
    const left = new Promise<void>((resolve) => {
      const look = () => (server.log().includes("the client left") ? resolve() : setImmediate(look));
      look();
    });
    // The server has seen the head once it has read on; then the line drops.
    socket.destroySoon();
    await left;
    expect(await server.stored()).toBe(0);
    expect((await server.send({ path: "/healthz" })).status).toBe(200);
  });
});
