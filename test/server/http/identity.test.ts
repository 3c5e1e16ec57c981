/** Tokens, contributors, the policy, what a person is told about themselves, and the log of it all. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { StoreUnavailable } from "../../../server/store/faults.ts";
import { sharedTestServer, someEvent, startTestServer } from "./support.ts";

describe("tokens", () => {
  const server = sharedTestServer();

  it("are shown once, and kept as a hash alone", async () => {
    const { secret, id } = await server().token("contributor");
    expect(secret).toMatch(/^stillpoint_[0-9a-f]{12}_[0-9a-f]{64}$/u);
    const { body } = await server().send({ path: "/v1/tokens", token: server().admin });
    const listed = body.tokens.find((each: { id: string }) => each.id === id);
    expect(Object.keys(listed).sort()).toEqual(["contributor", "createdAt", "id", "name", "role"]);
    const files = await Promise.all(
      ["events.db", "events.db-wal"].map((name) => readFile(join(server().dataDir, name))),
    );
    for (const file of files) expect(file.includes(secret.slice(-64))).toBe(false);
  });

  it("know when they were used last, to the minute", async () => {
    const { secret, id } = await server().token("contributor");
    await server().send({ path: "/v1/me", token: secret });
    const usedAt = new Date(server().clock.now()).toISOString();
    const { body } = await server().send({ path: "/v1/tokens", token: server().admin });
    expect(body.tokens.find((each: { id: string }) => each.id === id)).toMatchObject({ lastUsedAt: usedAt });
  });

  it("are refused from the request on that follows their revocation, and may be revoked twice", async () => {
    const { secret, id } = await server().token("contributor");
    const revoke = { method: "DELETE", path: `/v1/tokens/${id}`, token: server().admin };
    const first = await server().send(revoke);
    server().clock.advance(1_000);
    const second = await server().send(revoke);
    expect(second.body).toEqual(first.body);
    expect(first.body).toMatchObject({ id, revokedAt: expect.any(String) });
    expect((await server().send({ path: "/v1/me", token: secret })).body.code).toBe("token-revoked");
    const unknown = await server().send({ ...revoke, path: "/v1/tokens/000000000000" });
    expect({ status: unknown.status, code: unknown.body.code }).toEqual({ status: 404, code: "unknown-token" });
  });

  it("are made and revoked, and a policy set, although the store can be read no more from then on", async () => {
    const server = await startTestServer();
    const { store } = server.server.context;
    const unreadable = () => Promise.reject(new StoreUnavailable("disk", "the disk reports an error"));
    Object.assign(store.tokens, { hashes: unreadable });
    Object.assign(store.policy, { current: unreadable });
    const { secret, id, contributor } = await server.token("contributor");
    const ask = async (token: string) => (await server.send({ path: "/v1/policy", token })).body;
    const before = await ask(secret);
    expect(before).toMatchObject({ version: 0 });
    const policy = { ...before.policy, people: { allow: [], deny: [] }, paused: true };
    const set = await server.send({ method: "PUT", path: "/v1/policy", token: server.admin, body: policy });
    expect(set.status).toBe(200);
    expect(await ask(secret)).toMatchObject({ version: 1, policy: { paused: true } });
    await server.send({ method: "DELETE", path: `/v1/tokens/${id}`, token: server.admin });
    expect(await ask(secret)).toMatchObject({ code: "token-revoked" });
    const second = await server.token("reviewer", contributor);
    await server.send({ method: "DELETE", path: `/v1/contributors/${contributor}`, token: server.admin });
    expect(await ask(second.secret)).toMatchObject({ code: "token-revoked" });
  });

  it("of one person belong to one contributor", async () => {
    const laptop = await server().token("contributor");
    const desk = await server().token("reviewer", laptop.contributor);
    expect(desk.contributor).toBe(laptop.contributor);
    const nobody = { name: "x", role: "contributor", contributor: "contributor-0" };
    const refused = await server().send({ method: "POST", path: "/v1/tokens", token: server().admin, body: nobody });
    expect(refused.body).toMatchObject({ status: 404, code: "unknown-contributor", field: "contributor" });
  });
});

describe("contributors", () => {
  it("have a name in one place, and a pseudonym everywhere else", async () => {
    const server = await startTestServer();
    server.clock.advance(1_000);
    const made = await server.send({
      method: "POST",
      path: "/v1/tokens",
      token: server.admin,
      body: { name: "laptop", role: "contributor", person: "Ada Example" },
    });
    const { contributor, secret } = made.body;
    await server.send({
      method: "POST",
      path: "/v1/events",
      token: secret,
      body: { events: [someEvent(), someEvent("consent.changed")] },
    });
    const now = new Date(server.clock.now()).toISOString();
    const byType = { "snapshot.settled": 1, "consent.changed": 1 };
    const stored = { events: 2, bytes: expect.any(Number), byType, firstAt: now, lastAt: now };
    const me = await server.send({ path: "/v1/me", token: secret });
    expect(me.body).toMatchObject({ contributor, name: "Ada Example", token: { role: "contributor" }, stored });

    const renamed = { method: "PATCH", path: `/v1/contributors/${contributor}`, token: server.admin };
    expect((await server.send({ ...renamed, body: { name: "Ada" } })).body).toMatchObject({ name: "Ada" });
    const { body } = await server.send({ path: "/v1/contributors", token: server.admin });
    const sentAt = new Date(server.clock.now()).toISOString();
    expect(body.contributors).toMatchObject([
      { events: 0 },
      { id: contributor, name: "Ada", events: 2, lastAt: sentAt },
    ]);
    expect(body.contributors[0]).not.toHaveProperty("lastAt");
    expect((await server.send({ ...renamed, body: { name: null } })).body.name).toBeUndefined();

    const audit = await server.send({ path: "/v1/audit", token: server.admin });
    expect(audit.text + server.log()).not.toContain("Ada");
  });
});

describe("the audit log", () => {
  it("has an entry for every administrative act, newest first, in pages", async () => {
    const server = await startTestServer();
    const { id } = await server.token("reviewer");
    await server.send({ method: "DELETE", path: `/v1/tokens/${id}`, token: server.admin });
    const read = async (query: string) => (await server.send({ path: `/v1/audit${query}`, token: server.admin })).body;
    const all = await read("");
    expect(all.entries.map((entry: { act: string }) => entry.act)).toEqual([
      "token.revoke",
      "token.create",
      "contributor.add",
      "token.create",
      "contributor.add",
    ]);
    const admin = server.admin.split("_")[1];
    expect(all.entries[0]).toMatchObject({ number: 5, actor: admin, contributor: expect.any(String), subject: id });
    expect(all.entries[4]).toMatchObject({ number: 1, actor: "server" });
    const first = await read("?limit=2");
    expect(first.next).toBe(4);
    expect((await read(`?limit=3&before=${first.next}`)).entries).toEqual(all.entries.slice(2));
  });
});

describe("the policy", () => {
  const server = sharedTestServer();
  const get = async (token: string, headers = {}) => await server().send({ path: "/v1/policy", token, headers });

  it("is answered with a tag, and with nothing while nothing has changed", async () => {
    const { secret } = await server().token("contributor");
    const first = await get(secret);
    expect(first.body).toMatchObject({ version: 0, allowed: true, policy: { paused: false } });
    const again = await get(secret, { "if-none-match": `"other", W/${first.headers.etag}` });
    expect({ status: again.status, text: again.text }).toEqual({ status: 304, text: "" });
    expect((await get(secret, { "if-none-match": "*" })).status).toBe(304);
    expect((await get(secret, { "if-none-match": '"other"' })).status).toBe(200);
  });

  it("names people to admins alone", async () => {
    const { secret, contributor } = await server().token("contributor");
    const { body, headers } = await get(server().admin);
    const policy = { ...body.policy, people: { allow: [], deny: [contributor] } };
    const etag = headers.etag ?? "";
    const set = { method: "PUT", path: "/v1/policy", token: server().admin, body: policy };
    expect((await server().send({ ...set, headers: { "if-match": etag } })).body.policy.people.deny).toEqual([
      contributor,
    ]);
    const theirs = await get(secret);
    expect(theirs.body.allowed).toBe(false);
    expect(theirs.text).not.toContain(contributor);
  });

  it("is not set over another admin's change", async () => {
    const { body, headers } = await get(server().admin);
    const set = { method: "PUT", path: "/v1/policy", token: server().admin, headers: { "if-match": headers.etag } };
    expect((await server().send({ ...set, body: { ...body.policy, paused: true } })).status).toBe(200);
    const late = await server().send({ ...set, body: body.policy });
    expect({ status: late.status, code: late.body.code }).toEqual({ status: 412, code: "policy-changed" });
    expect((await get(server().admin)).body.policy.paused).toBe(true);
  });

  it("that pauses is for editors: what was captured before is stored", async () => {
    const { body } = await get(server().admin);
    const set = { method: "PUT", path: "/v1/policy", token: server().admin, body: { ...body.policy, paused: true } };
    expect((await server().send(set)).body.policy.paused).toBe(true);
    const { secret } = await server().token("contributor");
    const sent = { method: "POST", path: "/v1/events", token: secret, body: { events: [someEvent()] } };
    expect((await server().send(sent)).body).toMatchObject({ stored: 1 });
  });

  it("is refused with the field that is wrong", async () => {
    const { body } = await get(server().admin);
    const wrong = { ...body.policy, rates: { captures: 2, unchanged: 0 } };
    const set = { method: "PUT", path: "/v1/policy", token: server().admin, body: wrong };
    expect((await server().send(set)).body).toMatchObject({ status: 422, field: "rates.captures" });
  });
});
