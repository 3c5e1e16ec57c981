/** `POST /v1/events`: each event stored once, or refused with why, and answered after the commit. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Event } from "../../../shared/records/event.ts";
import type { EventsAnswer } from "../../../shared/wire/events.ts";
import { validEvents } from "../../shared/records/valid.ts";
import { sharedTestServer, someEvent, someUuidv7, startTestServer } from "./support.ts";

type SettledEvent = Extract<Event, { type: "snapshot.settled" }>;

function settled(change: (snapshot: SettledEvent["snapshot"]) => unknown = (snapshot) => snapshot) {
  const event = someEvent() as SettledEvent;
  return { ...event, snapshot: change(event.snapshot) };
}

describe("an upload of events", () => {
  const server = sharedTestServer();

  async function upload(
    events: readonly unknown[],
    token?: string,
  ): Promise<{ readonly status: number; readonly body: EventsAnswer }> {
    const by = token ?? server().admin;
    return await server().send({ method: "POST", path: "/v1/events", body: { events }, token: by });
  }

  it("stores every type of event, each under its place in the request", async () => {
    const events = validEvents.map((event) => ({ ...event, id: someUuidv7() }));
    const { status, body } = await upload(events);
    expect(status).toBe(200);
    expect(body).toEqual({
      stored: events.length,
      duplicate: 0,
      refused: 0,
      results: events.map(({ id }) => ({ status: "stored", id })),
    });
  });

  it("stores an event once, however often and in what order it comes", async () => {
    const [a, b, c] = [someEvent(), someEvent("consent.changed"), someEvent("prediction.kept")];
    await upload([a, b]);
    const before = await server().stored();
    const { body } = await upload([c, b, a, c]);
    expect(body.results.map((each) => each.status)).toEqual(["stored", "duplicate", "duplicate", "duplicate"]);
    expect(await server().stored()).toBe(before + 1);
  });

  it("stores one batch that comes over two connections at once, once", async () => {
    const events = Array.from({ length: 20 }, () => someEvent("prediction.outcome"));
    const before = await server().stored();
    const answers = await Promise.all([upload(events), upload(events.toReversed())]);
    expect(await server().stored()).toBe(before + events.length);
    expect(answers.reduce((sum, { body }) => sum + body.stored, 0)).toBe(events.length);
    expect(answers.reduce((sum, { body }) => sum + body.duplicate, 0)).toBe(events.length);
  });

  it("refuses other content under a known id, and the id of somebody else's event, as conflicts", async () => {
    const event = someEvent("consent.changed");
    await upload([event]);
    const changed = await upload([{ ...event, sequence: 99 }]);
    expect(changed.body.results).toEqual([
      { status: "refused", id: event.id, code: "conflict", detail: expect.stringMatching(/\.$/u) },
    ]);
    const { secret } = await server().token("contributor");
    expect((await upload([event], secret)).body.results).toMatchObject([{ status: "refused", code: "conflict" }]);
  });

  it("takes a body that is packed by gzip", async () => {
    const events = Array.from({ length: 100 }, () => someEvent());
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const body = gzipSync(JSON.stringify({ events }));
    const received = await server().send({ method: "POST", path: "/v1/events", body, headers, token: server().admin });
    expect(received.body).toMatchObject({ stored: 100 });
  });

  it("tells who sends that some were not valid, and stores the others", async () => {
    const [good, bad, alsoGood] = [someEvent(), { ...someEvent(), schema: 2 }, someEvent("consent.changed")];
    const { status, body } = await upload([good, bad, alsoGood]);
    expect(status).toBe(200);
    expect(body).toEqual({
      stored: 2,
      duplicate: 0,
      refused: 1,
      results: [
        { status: "stored", id: good.id },
        { status: "refused", id: bad.id, code: "invalid", field: "schema", detail: "schema is not 1." },
        { status: "stored", id: alsoGood.id },
      ],
    });
  });

  it.each([
    [
      "a path that leaves the folder",
      settled((s) => ({ ...s, document: { ...s.document, path: "../../x" } })),
      "snapshot.document.path",
    ],
    [
      "an absolute path",
      settled((s) => ({ ...s, document: { ...s.document, path: "/etc/x" } })),
      "snapshot.document.path",
    ],
    [
      "a path on a drive",
      settled((s) => ({ ...s, document: { ...s.document, path: "C:/x" } })),
      "snapshot.document.path",
    ],
    [
      "a history that leaves the folder",
      settled((s) => ({ ...s, history: [{ ...s.history[0], path: "a/../../x" }] })),
      "snapshot.history[0].path",
    ],
    [
      "an absolute definition",
      settled((s) => ({ ...s, definitions: [{ ...s.definitions[0], path: "/x" }] })),
      "snapshot.definitions[0].path",
    ],
    [
      "half a surrogate pair in a text",
      settled((s) => ({ ...s, excerpt: { ...s.excerpt, text: "one\n\ud800two\nthree\n" } })),
      "snapshot.excerpt.text",
    ],
    ["an unknown field", { ...someEvent(), plan: 1 }, "plan"],
    ["no type", { id: someUuidv7() }, "type"],
    ["an id that is none", { ...someEvent(), id: "x" }, "id"],
    ["a number", 7, ""],
    ["null", null, ""],
  ])("refuses %s with its field", async (_, event, field) => {
    const before = await server().stored();
    const { status, body } = await upload([event]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ refused: 1, results: [{ status: "refused", code: "invalid", field }] });
    expect(await server().stored()).toBe(before);
    expect(server().log()).not.toContain("/etc/x");
  });

  it("counts what became of them, for operators", async () => {
    await upload([{ not: "an event" }]);
    const { text, headers } = await server().send({ path: "/metrics", token: server().admin });
    expect(headers["content-type"]).toMatch(/^text\/plain/u);
    expect(text).toMatch(/^stillpoint_events_total\{status="stored"\} [1-9]\d*$/mu);
    expect(text).toMatch(/^stillpoint_events_total\{status="refused"\} [1-9]\d*$/mu);
  });
});

describe("the policy at the door", () => {
  it("keeps out repositories and people that it does not allow, but no change of consent", async () => {
    const server = await startTestServer();
    const [ada, eve] = [await server.token("contributor"), await server.token("contributor")];
    const policy = (await server.send({ path: "/v1/policy", token: server.admin })).body.policy;
    const changed = {
      ...policy,
      repositories: { allow: ["example.com/*"], deny: ["EXAMPLE.com/secret*"] },
      people: { allow: [], deny: [eve.contributor] },
    };
    expect((await server.send({ method: "PUT", path: "/v1/policy", body: changed, token: server.admin })).status).toBe(
      200,
    );

    const from = (remote: string | undefined) =>
      settled(({ repo, ...s }) => ({ ...s, repo: remote === undefined ? undefined : { ...repo, remote } }));
    const events = [
      from("https://example.com/a.git"),
      from("git@example.com:team/b.git"),
      from("https://example.com/secret-plans.git"),
      from("https://example.org/a.git"),
      from(undefined),
    ];
    const send = async (token: string, sent: readonly unknown[]): Promise<EventsAnswer> =>
      (await server.send({ method: "POST", path: "/v1/events", body: { events: sent }, token })).body;
    const code = (answer: EventsAnswer) => answer.results.map((each) => ("code" in each ? each.code : each.status));
    expect(code(await send(ada.secret, events))).toEqual(["stored", "stored", "policy", "policy", "policy"]);
    const ofEve = [from("https://example.com/a.git"), someEvent("prediction.kept"), someEvent("consent.changed")];
    expect(code(await send(eve.secret, ofEve))).toEqual(["policy", "policy", "stored"]);
  });
});
