/** How the server takes a data folder, who may reach it, and how it lets go. */
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigurationError, Failure } from "../../../server/errors.ts";
import { whoHolds } from "../../../server/serve/data-lock.ts";
import { isLoopback } from "../../../server/serve/exposure.ts";
import { send, someEvent, startTestServer, temporaryFolder } from "../http/support.ts";

describe("a data folder", () => {
  it("gets a first admin's token that its owner alone may read", async () => {
    const server = await startTestServer();
    expect(server.server.firstToken).toBe(true);
    const path = join(server.dataDir, "admin-token");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await server.send({ path: "/v1/me", token: server.admin })).body.token.role).toBe("admin");
  });

  it("keeps that token, and gets no other, when it is served again", async () => {
    const first = await startTestServer();
    await first.send({ method: "POST", path: "/v1/events", body: { events: [someEvent()] }, token: first.admin });
    await first.server.stop();
    const second = await startTestServer({ dataDir: first.dataDir });
    expect(second.server.firstToken).toBe(false);
    expect(second.admin).toBe(first.admin);
    expect((await second.send({ path: "/v1/me", token: first.admin })).body.stored.events).toBe(1);
  });

  it("is not given a new admin because all tokens were revoked", async () => {
    const first = await startTestServer();
    const [, id] = first.admin.split("_");
    await first.send({ method: "DELETE", path: `/v1/tokens/${id}`, token: first.admin });
    await first.server.stop();
    const second = await startTestServer({ dataDir: first.dataDir });
    expect((await second.send({ path: "/v1/me", token: first.admin })).body.code).toBe("token-revoked");
  });

  it("is not served twice: the second is told which process has it, and where", async () => {
    const first = await startTestServer();
    const second = startTestServer({ dataDir: first.dataDir });
    await expect(second).rejects.toThrow(Failure);
    await expect(second).rejects.toThrow(`DATA is served already, by process ${process.pid} at ${first.url}.`);
    expect((await first.send({ path: "/readyz" })).status).toBe(200);
    await first.server.stop();
    await startTestServer({ dataDir: first.dataDir });
  });

  it("says where its server is to be found, and nothing once that has stopped", async () => {
    const server = await startTestServer();
    expect(await whoHolds(server.dataDir)).toMatchObject({
      pid: process.pid,
      about: "stillpoint serve",
      address: { url: server.url, localUrl: server.url },
    });
    await server.server.stop();
    expect(await whoHolds(server.dataDir)).toBeUndefined();
    await expect(stat(join(server.dataDir, "server.json"))).rejects.toThrow("ENOENT");
  });

  it("whose database is lost or empty is not taken for a new one, and keeps what it holds", async () => {
    const first = await startTestServer();
    await first.server.stop();
    const { dataDir, admin } = first;
    const database = join(dataDir, "events.db");
    for (const [lose, how] of [
      [() => truncateSync(database), "is empty"],
      [() => rmSync(database), "is missing"],
    ] as const) {
      lose();
      const again = startTestServer({ dataDir });
      await expect(again).rejects.toThrow(Failure);
      await expect(again).rejects.toThrow(`DATA/events.db ${how}, but a server has had DATA: it holds admin-token.`);
      expect(readFileSync(join(dataDir, "admin-token"), "utf8").trim()).toBe(admin);
    }
    // What a command that was killed has left, and what no server makes.
    rmSync(join(dataDir, "admin-token"));
    writeFileSync(database, "");
    mkdirSync(join(dataDir, "runs"));
    expect((await startTestServer({ dataDir })).server.firstToken).toBe(true);
  });

  it("of a server that was killed is taken over", async () => {
    const dataDir = temporaryFolder();
    writeFileSync(
      join(dataDir, "server.lock"),
      JSON.stringify({ pid: 2 ** 22 + 1, about: "stillpoint serve", startMark: "1", nonce: "x" }),
    );
    writeFileSync(
      join(dataDir, "server.json"),
      JSON.stringify({ pid: 2 ** 22 + 1, url: "http://127.0.0.1:1", localUrl: "http://127.0.0.1:1" }),
    );
    const server = await startTestServer({ dataDir });
    expect((await server.send({ path: "/healthz" })).status).toBe(200);
  });
});

describe("an address", () => {
  const outside = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const own = outside.filter(({ internal }) => !internal).map(({ address }) => address);

  it.each(["192.0.2.1", "999.1.1.1", "stillpoint.invalid"])("%s is none of this machine", async (host) => {
    const started = startTestServer({ host });
    await expect(started).rejects.toThrow(ConfigurationError);
    await expect(started).rejects.toThrow(`${host} is no address of this machine, and no name of one.`);
  });

  it.each(["0.0.0.0", "::", ...own])("%s is refused in the clear", async (host) => {
    const started = startTestServer({ host });
    await expect(started).rejects.toThrow(ConfigurationError);
    await expect(started).rejects.toThrow("--tls-cert FILE --tls-key FILE");
  });

  it("of every network is served behind a proxy", async () => {
    const server = await startTestServer({ host: "0.0.0.0", behindProxy: true });
    expect((await server.send({ path: "/healthz" })).status).toBe(200);
  });

  it("that is taken is said to be, and the folder is free again", async () => {
    const first = await startTestServer();
    const dataDir = temporaryFolder();
    const port = Number(new URL(first.url).port);
    await expect(startTestServer({ dataDir, port })).rejects.toThrow(`port ${port} of 127.0.0.1 is taken`);
    expect(await whoHolds(dataDir)).toBeUndefined();
    await startTestServer({ dataDir });
  });

  it.each([
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["::1", true],
    ["localhost", true],
    ["localhost.example.com", false],
    ["127.0.0.1.example.com", false],
    ["0.0.0.0", false],
    ["192.168.1.1", false],
  ])("%s is a loopback address: %s", (host, is) => {
    expect(isLoopback(host)).toBe(is);
  });

  it("with a certificate is served over TLS, and to this machine's commands beside it", async () => {
    const fixture = (name: string) => readFileSync(join(import.meta.dirname, "..", "..", "fixtures", "tls", name));
    const server = await startTestServer({ tls: { cert: fixture("cert.pem"), key: fixture("key.pem") } });
    expect(server.url).toMatch(/^https:/u);
    const holder = await whoHolds(server.dataDir);
    expect(holder?.address?.localUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/u);
    const local = await send(holder?.address?.localUrl ?? "", { path: "/v1/me", token: server.admin });
    expect(local.status).toBe(200);
    const origin = { origin: server.url };
    const { request } = await import("node:https");
    const asked = request(`${server.url}/healthz`, { rejectUnauthorized: false, headers: origin }).end();
    const [response] = await once(asked, "response");
    expect(response.statusCode).toBe(200);
    response.resume();
  });
});

describe("a server that is told to stop", () => {
  it("finishes what is under way, takes nothing new, and what it acknowledged is stored", async () => {
    const server = await startTestServer();
    const { store } = server.server.context;
    const { append } = store.events;
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    Object.assign(store.events, {
      append: async (args: Parameters<typeof append>[0]) => {
        reached.resolve();
        await held.promise;
        return await append(args);
      },
    });
    const event = someEvent();
    const upload = server.send({ method: "POST", path: "/v1/events", body: { events: [event] }, token: server.admin });
    await reached.promise;
    const stopped = server.server.stop();
    await expect(server.send({ path: "/healthz" })).rejects.toThrow("ECONNREFUSED");
    held.resolve();
    expect((await upload).body).toMatchObject({ stored: 1 });
    expect(await stopped).toEqual({ drained: true });
    const again = await startTestServer({ dataDir: server.dataDir });
    expect((await again.send({ path: "/v1/me", token: again.admin })).body.stored.events).toBe(1);
  });

  it("gives its folder back although a part of it cannot come to rest", async () => {
    const server = await startTestServer();
    const { runs } = server.server.context;
    const { stop } = runs;
    const fault = new Error("a run does not stop");
    Object.assign(runs, {
      async stop() {
        await stop();
        throw fault;
      },
    });
    await expect(server.server.stop()).rejects.toBe(fault);
    expect(await whoHolds(server.dataDir)).toBeUndefined();
    await startTestServer({ dataDir: server.dataDir });
  });

  it("waits for nobody who only keeps a connection open", async () => {
    const server = await startTestServer();
    const idle = connect(Number(new URL(server.url).port), "127.0.0.1");
    await once(idle, "connect");
    idle.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(idle, "data");
    idle.resume();
    const closed = once(idle, "close");
    expect(await server.server.stop()).toEqual({ drained: true });
    await closed;
  });

  it("cuts off what takes longer than it was given", async () => {
    const server = await startTestServer({ drainMs: 1 });
    const slow = connect(Number(new URL(server.url).port), "127.0.0.1");
    slow.on("error", () => undefined);
    await once(slow, "connect");
    const head = ["POST /v1/events HTTP/1.1", "Host: localhost", `Authorization: Bearer ${server.admin}`];
    const answered = once(slow, "data");
    slow.write(
      [...head, "Content-Type: application/json", "Expect: 100-continue", "Content-Length: 10", "", ""].join("\r\n"),
    );
    expect(String((await answered)[0])).toContain("100 Continue");
    expect(await server.server.stop()).toEqual({ drained: false });
  });
});
