/** Figures by day, acceptance with what it is known to, and models without what opens their doors. */
import { describe, expect, it } from "vitest";
import type { Event } from "../../../shared/records/event.ts";
import { someEvent, someUuidv7, startTestServer, testClock } from "./support.ts";

const dayMs = 86_400_000;

type Outcome = Extract<Event, { type: "prediction.outcome" }>;

function outcome(of: Outcome["outcome"], changes: Partial<Outcome> = {}): Outcome {
  const event = someEvent("prediction.outcome");
  if (event.type !== "prediction.outcome") throw new Error("no outcome");
  return { ...event, predictionId: someUuidv7(), outcome: of, ...changes };
}

async function started() {
  const clock = testClock();
  const server = await startTestServer({ clock });
  const { secret } = await server.token("contributor");
  return {
    server,
    clock,
    async upload(...events: Event[]) {
      const { status } = await server.send({ method: "POST", path: "/v1/events", token: secret, body: { events } });
      expect(status).toBe(200);
    },
    async stats(query = "") {
      const { status, body } = await server.send({ path: `/v1/stats${query}`, token: server.admin });
      expect(status).toBe(200);
      return body;
    },
  };
}

describe("statistics", () => {
  it("are those of nothing on a new server", async () => {
    const { stats } = await started();
    expect(await stats()).toMatchObject({
      from: "2026-01-02",
      to: "2026-01-31",
      events: { byType: {}, byDay: [] },
      acceptance: { accepted: 0, rejected: 0, ignored: 0, share: null, models: [] },
      contributors: { known: 2, withEvents: 0 },
      storage: { events: 0, runs: 0, datasets: 0, database: expect.any(Number) },
    });
  });

  it("count events by the day on which the server got them, and by type", async () => {
    const { upload, stats, clock } = await started();
    await upload(someEvent(), someEvent(), someEvent("consent.changed"));
    clock.advance(dayMs);
    await upload(someEvent());
    const { events, from, to, contributors } = await stats();
    expect([from, to]).toEqual(["2026-01-03", "2026-02-01"]);
    expect(events.byDay).toEqual([
      { day: "2026-01-31", byType: { "snapshot.settled": 2, "consent.changed": 1 } },
      { day: "2026-02-01", byType: { "snapshot.settled": 1 } },
    ]);
    expect(events.byType).toEqual({ "snapshot.settled": 3, "consent.changed": 1 });
    expect(contributors.withEvents).toBe(1);
    expect((await stats("?days=1")).events.byType).toEqual({ "snapshot.settled": 1 });
  });

  it("count an event that comes twice once, and none that is deleted", async () => {
    const { server, upload, stats, clock } = await started();
    const twice = someEvent();
    await upload(twice, twice, outcome("accepted"));
    const { secret, contributor } = await server.token("contributor");
    const body = { events: [someEvent(), outcome("rejected")] };
    await server.send({ method: "POST", path: "/v1/events", token: secret, body });
    expect((await stats()).acceptance).toMatchObject({ accepted: 1, rejected: 1 });
    clock.advance(1_000);
    const path = `/v1/contributors/${contributor}`;
    expect((await server.send({ method: "DELETE", path, token: server.admin })).status).toBe(200);
    const after = await stats();
    expect(after.events.byType).toEqual({ "snapshot.settled": 1, "prediction.outcome": 1 });
    expect(after.acceptance).toMatchObject({ accepted: 1, rejected: 0 });
  });

  it("give the share of predictions that were accepted, of those that were judged, with its Wilson interval", async () => {
    const { upload, stats } = await started();
    const many = (n: number, of: Outcome["outcome"], changes: Partial<Outcome> = {}) =>
      Array.from({ length: n }, () => outcome(of, changes));
    await upload(...many(8, "accepted"), ...many(1, "rejected"), ...many(1, "ignored"), ...many(5, "superseded"));
    await upload(...many(2, "accepted", { model: "other" }));
    const { acceptance } = await stats();
    expect(acceptance).toMatchObject({ accepted: 10, rejected: 1, ignored: 1, others: { superseded: 5 } });
    expect(acceptance.models).toHaveLength(2);
    const [builtin, other] = acceptance.models;
    // 8 of 10: Wilson's interval for 95%, as in tables.
    expect(builtin.share.value).toBe(0.8);
    expect(builtin.share.low).toBeCloseTo(0.4902, 4);
    expect(builtin.share.high).toBeCloseTo(0.9433, 4);
    expect(other).toMatchObject({ model: "other", accepted: 2, share: { value: 1, high: 1 } });
  });

  it("take of several outcomes of one prediction the newest", async () => {
    const { upload, stats } = await started();
    const predictionId = someUuidv7();
    await upload(outcome("ignored", { predictionId }), outcome("accepted", { predictionId }));
    expect((await stats()).acceptance).toMatchObject({ accepted: 1, ignored: 0, share: { value: 1 } });
  });

  it("reach back as far as is asked, within bounds", async () => {
    const { server, stats } = await started();
    expect((await stats("?days=3660")).from).toBe("2016-01-25");
    for (const days of ["0", "3661", "x", "-1", "1.5", "1e2"]) {
      const { status } = await server.send({ path: `/v1/stats?days=${days}`, token: server.admin });
      expect([days, status]).toEqual([days, 422]);
    }
  });
});

describe("models", () => {
  it("are told by name, without keys and without what an address holds besides its origin", async () => {
    const server = await startTestServer({
      configuration: {
        concurrency: 1,
        seed: 1,
        file: undefined,
        models: {
          fast: {
            provider: "openai",
            model: "coder",
            revision: "step-100",
            baseUrl: "https://someone:secret1@models.example.com:8443/secret2/v1?key=secret3",
            apiKeyEnv: "SECRET4",
          },
          claude: { provider: "anthropic", model: "claude-opus-5" },
        },
      },
    });
    const { body, text } = await server.send({ path: "/v1/models", token: server.admin });
    expect(text).not.toMatch(/secret/iu);
    expect(body.models).toEqual([
      { name: "builtin", provider: "builtin", model: "builtin", id: "builtin", promptFormat: "teacher" },
      {
        name: "fast",
        provider: "openai",
        model: "coder",
        id: "openai:coder@step-100",
        revision: "step-100",
        origin: "https://models.example.com:8443",
        promptFormat: "teacher",
      },
      {
        name: "claude",
        provider: "anthropic",
        model: "claude-opus-5",
        id: "anthropic:claude-opus-5",
        promptFormat: "teacher",
      },
    ]);
  });
});
