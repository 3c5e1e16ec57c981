/** What is due by age: decided by the policy, the repository and the server's clock alone. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordBackup } from "../../../server/deletion/backups.ts";
import { latestLimit, limitOf } from "../../../server/deletion/retention.ts";
import type { Event } from "../../../shared/records/event.ts";
import type { Policy } from "../../../shared/wire/policy.ts";
import { defaultPolicy } from "../../../shared/wire/policy.ts";
import type { TestServer } from "../http/support.ts";
import { startTestServer } from "../http/support.ts";
import type { Person } from "./household.ts";
import {
  capture,
  filesWith,
  makePerson,
  predictionEvents,
  pulled,
  ratingEvent,
  storedBodies,
  upload,
} from "./household.ts";

const now = Date.parse("2026-03-31T00:00:00.000Z");
const dayMs = 86_400_000;

function policyWith(retention: Policy["retention"]): Policy {
  return { ...defaultPolicy, retention };
}

describe("the limit of a repository", () => {
  const policy = policyWith({
    days: 90,
    repositories: [
      { repository: "example.com/secret/*", days: 7 },
      { repository: "example.com/*", days: 30 },
      { repository: "kept.example.com/*", days: null },
    ],
  });

  it("is that of the first pattern that fits, else the policy's own", () => {
    expect(limitOf(policy, "example.com/secret/a", now)).toEqual({ days: 7, before: "2026-03-24T00:00:00.000Z" });
    expect(limitOf(policy, "example.com/open/a", now)).toEqual({ days: 30, before: "2026-03-01T00:00:00.000Z" });
    expect(limitOf(policy, "other.example.org/a", now)).toEqual({ days: 90, before: "2025-12-31T00:00:00.000Z" });
    expect(limitOf(policy, null, now)).toMatchObject({ days: 90 });
    expect(limitOf(policy, "kept.example.com/a", now)).toBeUndefined();
  });

  it("is none where the policy keeps everything, as it does until it says otherwise", () => {
    expect(limitOf(defaultPolicy, "example.com/a", now)).toBeUndefined();
    expect(latestLimit(defaultPolicy, now)).toBeUndefined();
  });

  it("is never later than the latest, behind which nobody has to look", () => {
    expect(latestLimit(policy, now)).toBe("2026-03-24T00:00:00.000Z");
  });
});

async function setPolicy(server: TestServer, retention: Policy["retention"]): Promise<void> {
  const answered = await server.send({
    method: "PUT",
    path: "/v1/policy",
    token: server.admin,
    headers: { "if-match": "*" },
    body: policyWith(retention),
  });
  if (answered.status !== 200) throw new Error(answered.text);
}

async function filled(server: TestServer): Promise<{ old: Person; young: Person }> {
  const old = await makePerson(server, "zinnwaldite", 1_000);
  const young = await makePerson(server, "quetzalcoatl", 2_000);
  await upload(server, old, [capture(1_000, old.word), ...predictionEvents(1_001, old.word)]);
  await upload(server, young, [ratingEvent(1, 1_001, young, old)]);
  server.clock.advance(20 * dayMs);
  await upload(server, old, [capture(1_002, old.word)]);
  await upload(server, young, [capture(2_000, young.word)]);
  server.clock.advance(11 * dayMs);
  return { old, young };
}

function retain(server: TestServer, query = "") {
  return server.send({ method: "POST", path: `/v1/retention${query}`, token: server.admin });
}

function typesOf(server: TestServer): Promise<string[]> {
  return server.server.context.store.events
    .page({ after: 0, limit: 100 })
    .then((page) => page.map(({ body }) => (JSON.parse(body) as Event).type));
}

describe("what was kept long enough", () => {
  it("goes, with what was said about its predictions; the rest stays", async () => {
    const server = await startTestServer({ every: () => () => undefined });
    const { old } = await filled(server);
    await setPolicy(server, { days: null, repositories: [{ repository: `example.com/${old.word}/*`, days: 30 }] });
    const dry = await retain(server, "?dryRun=true");
    const due = [
      { repository: `example.com/${old.word}/shop`, days: 30, before: "2026-02-01T09:05:00.123Z", events: 4 },
    ];
    expect(dry.body).toEqual({ dryRun: true, due });
    expect(await typesOf(server)).toHaveLength(6);
    expect((await retain(server)).body).toEqual({ dryRun: false, due });
    expect(await typesOf(server)).toEqual(["snapshot.settled", "snapshot.settled"]);
    expect((await retain(server)).body).toEqual({ dryRun: false, due: [] });
    const [newest] = (await server.send({ path: "/v1/audit", token: server.admin })).body.entries;
    expect(newest).toMatchObject({ act: "retention.delete", details: { events: 4 } });
  });

  it("goes by itself once a day, and not because an editor's clock was wrong", async () => {
    let tick: () => void = () => undefined;
    const every = (_ms: number, given: () => void) => {
      tick = given;
      return () => undefined;
    };
    const server = await startTestServer({ every });
    const { context } = server.server;
    // A tick has two pieces of work, the second put in line when the first is done.
    const settled = async () => {
      const actor = { at: "2026-01-31T09:05:00.123Z", actor: "test" };
      for (const _piece of [1, 2]) await context.retention.run({ dryRun: true, actor });
    };
    await settled();
    const { young } = await filled(server);
    await upload(server, young, [capture(2_001, young.word, { at: "1999-01-01T00:00:00.000Z" })]);
    await setPolicy(server, { days: 30, repositories: [] });
    tick();
    await settled();
    expect(await typesOf(server)).toHaveLength(3);
    server.clock.advance(20 * dayMs);
    tick();
    await settled();
    expect((await pulled(context.store)).map(({ source }) => source.at)).toEqual(["1999-01-01T00:00:00.000Z"]);
  });

  it("is remembered as theirs by its id alone, so that a later deletion finds what was made of it", async () => {
    const server = await startTestServer({ every: () => () => undefined });
    const { old } = await filled(server);
    await setPolicy(server, { days: 1, repositories: [] });
    await upload(server, old, [capture(1_003, old.word)]);
    // Whatever stands for backups: one from before they came, one from when they had sent what is deleted by now.
    const [before, since] = [join(server.dataDir, ".gitignore"), join(server.dataDir, "admin-token")];
    await recordBackup(server.dataDir, { schema: 1, at: "2026-01-30T00:00:00.000Z", path: before });
    await recordBackup(server.dataDir, { schema: 1, at: "2026-02-01T00:00:00.000Z", path: since });
    const bodies = storedBodies(server.dataDir, old.id);
    await retain(server);
    expect(await typesOf(server)).toEqual(["snapshot.settled"]);
    const deleted = await server.send({ method: "DELETE", path: "/v1/me/data", token: old.secret });
    expect(deleted.body).toMatchObject({ state: "done" });
    expect(deleted.body.receipt.receipt.backups).toEqual([{ name: "admin-token", at: "2026-02-01T00:00:00.000Z" }]);
    expect(await filesWith(server.dataDir, bodies)).toEqual([]);
  });

  it("is for admins to ask for", async () => {
    const server = await startTestServer({ every: () => () => undefined });
    const person = await makePerson(server, "zinnwaldite", 1_000);
    expect((await server.send({ method: "POST", path: "/v1/retention", token: person.secret })).body.code).toBe("role");
  });
});
