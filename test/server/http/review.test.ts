/** Reviewers over HTTP: one item each, what they say of it, and what they take back. */
import { describe, expect, it } from "vitest";
import { runProgram } from "../../../server/cli/program.ts";
import type { ServerConfiguration } from "../../../server/configuration/server.ts";
import { snapshotId } from "../../../shared/ids.ts";
import type { Event } from "../../../shared/records/event.ts";
import { validSnapshot } from "../../shared/records/valid.ts";
import { fakeProcess } from "../cli/harness.ts";
import type { TestServer } from "./support.ts";
import { someEvent, someUuidv7, startTestServer, temporaryFolder } from "./support.ts";

const leaseMs = 300_000;
const snapshot = snapshotId(validSnapshot);

async function open(server: ServerConfiguration = {}, dataDir = temporaryFolder()) {
  const settings = { requestBurst: 10_000, reviewTwiceShare: 0, ...server };
  return startTestServer({
    dataDir,
    configuration: { concurrency: 1, seed: 1, models: {}, file: undefined, server: settings },
  });
}

/** @returns the ids of predictions that an editor has shown, and says so */
async function shown(server: TestServer, count: number, token?: string): Promise<string[]> {
  const secret = token ?? (await server.token("contributor")).secret;
  const ids = Array.from({ length: count }, someUuidv7);
  const marks = { model: "secret-model", variant: "secret-variant", sessionId: "secret-session" };
  const events = ids.flatMap((predictionId) => [
    // In whatever order they come.
    { ...someEvent("prediction.outcome"), predictionId, ...marks } as Event,
    { ...someEvent("prediction.made"), predictionId, ...marks } as Event,
  ]);
  const sent = await server.send({ method: "POST", path: "/v1/events", body: { events }, token: secret });
  expect(sent.body).toMatchObject({ stored: 2 * count });
  return ids;
}

const next = async (server: TestServer, token: string) =>
  (await server.send({ path: "/v1/review/next", token })).body.item;

const rate = (server: TestServer, token: string, predictionId: string, more: object = {}) =>
  server.send({
    method: "POST",
    path: "/v1/ratings",
    token,
    body: { id: someUuidv7(), predictionId, verdict: "good", secondsSpent: 2.5, ...more },
  });

async function ratingsSeen(server: TestServer) {
  const { store } = server.server.context;
  const asOf = await store.events.lastPosition();
  const [answer] = await store.verdicts.of({ questions: [{ snapshotId: snapshot }], asOf });
  return answer?.shown.flatMap(({ ratings }) => ratings) ?? [];
}

describe("the review queue", () => {
  it("gives two reviewers who ask at once different items, and nobody a leased one until its 5 minutes are over", async () => {
    const server = await open();
    const ids = await shown(server, 2);
    const [a, b, c] = await Promise.all([1, 2, 3].map(async () => (await server.token("reviewer")).secret));
    const [forA, forB] = await Promise.all([next(server, a as string), next(server, b as string)]);
    expect(new Set([forA.predictionId, forB.predictionId])).toEqual(new Set(ids));
    expect(await next(server, c as string)).toBeNull();
    expect((await next(server, a as string)).predictionId).toBe(forA.predictionId);
    server.clock.advance(leaseMs - 1);
    expect(await next(server, c as string)).toBeNull();
    server.clock.advance(1);
    expect(ids).toContain((await next(server, c as string)).predictionId);
  });

  it("says neither who made the prediction nor with which model, and only to reviewers", async () => {
    const server = await open();
    const author = await server.token("contributor");
    await shown(server, 1, author.secret);
    const refused = await server.send({ path: "/v1/review/next", token: author.secret });
    expect(refused).toMatchObject({ status: 403 });
    const { secret } = await server.token("reviewer");
    const { status, text, body } = await server.send({ path: "/v1/review/next", token: secret });
    expect(status).toBe(200);
    expect(Object.keys(body.item).sort()).toEqual(["leasedUntil", "noEdit", "predictionId", "snapshot"]);
    expect(text).not.toContain("secret-");
    expect(text).not.toContain(author.contributor);
  });

  it("asks about nothing that nobody saw", async () => {
    const server = await open();
    const { secret: author } = await server.token("contributor");
    const of = (type: Event["type"], more: object) => ({ ...someEvent(type), ...more });
    const [hidden, unknown, others] = [someUuidv7(), someUuidv7(), someUuidv7()];
    const events = [
      of("prediction.made", { predictionId: hidden }),
      of("prediction.outcome", { predictionId: hidden, outcome: "suppressed" }),
      of("prediction.made", { predictionId: unknown }),
      of("prediction.made", { predictionId: others }),
    ];
    await server.send({ method: "POST", path: "/v1/events", body: { events }, token: author });
    // What somebody else says of it does not count.
    const stranger = { events: [of("prediction.outcome", { predictionId: others })] };
    await server.send({ method: "POST", path: "/v1/events", body: stranger, token: server.admin });
    expect(await next(server, (await server.token("reviewer")).secret)).toBeNull();
  });

  it("gives an item to two where the share says so, and to no third", async () => {
    const server = await open({ reviewTwiceShare: 1 });
    const [id] = await shown(server, 1);
    const [a, b, c] = await Promise.all([1, 2, 3].map(async () => (await server.token("reviewer")).secret));
    expect(await next(server, a as string)).toMatchObject({ predictionId: id });
    await rate(server, a as string, id as string);
    expect(await next(server, a as string)).toBeNull();
    expect(await next(server, b as string)).toMatchObject({ predictionId: id });
    expect(await next(server, c as string)).toBeNull();
    await rate(server, b as string, id as string, { verdict: "bad", categories: ["style"] });
    expect(await next(server, c as string)).toBeNull();
  });

  it("offers a skipped item to others alone, until the skip is taken back", async () => {
    const server = await open();
    const [predictionId] = await shown(server, 1);
    const [a, b] = await Promise.all([1, 2].map(async () => (await server.token("reviewer")).secret));
    await next(server, a as string);
    const skip = { method: "POST", path: "/v1/review/skips", body: { predictionId }, token: a as string };
    expect(await server.send(skip)).toMatchObject({ status: 204, text: "" });
    expect(await next(server, a as string)).toBeNull();
    expect(await next(server, b as string)).toMatchObject({ predictionId });
    const path = `/v1/review/skips/${predictionId}`;
    const back = await server.send({ method: "DELETE", path, token: a as string });
    expect(back.body).toEqual({ predictionId, leasedUntil: null });
    expect((await server.send({ method: "DELETE", path, token: a as string })).body.code).toBe("unknown-skip");
  });

  it("remembers leases through a restart", async () => {
    const first = await open();
    const [predictionId] = await shown(first, 1);
    const [a, b] = await Promise.all([1, 2].map(async () => (await first.token("reviewer")).secret));
    await next(first, a as string);
    await first.close();
    const second = await open({}, first.dataDir);
    expect(await next(second, b as string)).toBeNull();
    expect(await next(second, a as string)).toMatchObject({ predictionId });
  });
});

describe("ratings", () => {
  it("are stored once, where verdicts finds those that editors send, and end the lease", async () => {
    const server = await open();
    const [predictionId = ""] = await shown(server, 1);
    const { secret, contributor } = await server.token("reviewer");
    await next(server, secret);
    const words = { id: someUuidv7(), verdict: "bad", categories: ["style"], expectedText: "2\n" };
    const first = await rate(server, secret, predictionId, words);
    expect(first).toMatchObject({ status: 200, body: { ...words, reviewer: contributor, predictionId } });
    server.clock.advance(1_000);
    expect(await rate(server, secret, predictionId, words)).toMatchObject({ status: 200, body: first.body });
    expect(await ratingsSeen(server)).toEqual([first.body]);
    expect(await next(server, secret)).toBeNull();
    const changed = await rate(server, secret, predictionId, { ...words, verdict: "good" });
    expect(changed).toMatchObject({ status: 409, body: { code: "conflict" } });
    const { secret: other } = await server.token("reviewer");
    expect(await rate(server, other, predictionId, words)).toMatchObject({ status: 409 });
  });

  it("are refused without a reason for a bad, of what is not known, and from contributors", async () => {
    const server = await open();
    const [predictionId = ""] = await shown(server, 1);
    const { secret } = await server.token("reviewer");
    const bare = await rate(server, secret, predictionId, { verdict: "bad" });
    expect(bare).toMatchObject({ status: 422, body: { field: "categories" } });
    expect(await rate(server, secret, someUuidv7())).toMatchObject({
      status: 404,
      body: { code: "unknown-prediction" },
    });
    const { secret: contributor } = await server.token("contributor");
    expect(await rate(server, contributor, predictionId)).toMatchObject({ status: 403 });
    expect(await ratingsSeen(server)).toEqual([]);
  });

  it("are taken back by those who gave them, who get the item again", async () => {
    const server = await open();
    const [predictionId = ""] = await shown(server, 1);
    const [a, b] = await Promise.all([1, 2].map(async () => (await server.token("reviewer")).secret));
    await next(server, a as string);
    const id = someUuidv7();
    await rate(server, a as string, predictionId, { id });
    const undo = { method: "DELETE", path: `/v1/ratings/${id}` };
    expect(await server.send({ ...undo, token: b as string })).toMatchObject({ status: 404 });
    expect(await ratingsSeen(server)).toHaveLength(1);
    const until = new Date(server.clock.now() + leaseMs).toISOString();
    const undone = await server.send({ ...undo, token: a as string });
    expect(undone).toMatchObject({ status: 200, body: { predictionId, leasedUntil: until } });
    expect(await ratingsSeen(server)).toEqual([]);
    expect(await next(server, b as string)).toBeNull();
    expect(await next(server, a as string)).toMatchObject({ predictionId });
    expect(await server.send({ ...undo, token: a as string })).toMatchObject({ status: 200 });
    expect(await rate(server, a as string, predictionId, { id })).toMatchObject({
      status: 409,
      body: { code: "rating-withdrawn" },
    });
  });

  it("that are taken back give no item again to who has said something else of it", async () => {
    // Where another is to judge it too, so that there is a place left.
    const server = await open({ reviewTwiceShare: 1 });
    const [predictionId = ""] = await shown(server, 1);
    const { secret } = await server.token("reviewer");
    const [first, second] = [someUuidv7(), someUuidv7()];
    await rate(server, secret, predictionId, { id: first });
    await rate(server, secret, predictionId, { id: second, verdict: "bad", categories: ["too-little"] });
    const undo = async (id: string) =>
      (await server.send({ method: "DELETE", path: `/v1/ratings/${id}`, token: secret })).body;
    expect(await undo(first)).toEqual({ predictionId, leasedUntil: null });
    expect(await next(server, secret)).toBeNull();
    expect(await undo(second)).toEqual({ predictionId, leasedUntil: expect.any(String) });
    expect(await next(server, secret)).toMatchObject({ predictionId });
  });

  it("that an editor sends count like those given here", async () => {
    const server = await open();
    const [predictionId = ""] = await shown(server, 1);
    const { secret, contributor } = await server.token("reviewer");
    const { rating } = someEvent("rating.given") as Extract<Event, { type: "rating.given" }>;
    const given = { ...rating, id: someUuidv7(), predictionId, reviewer: contributor };
    const events = [{ ...someEvent("rating.given"), rating: given }];
    await server.send({ method: "POST", path: "/v1/events", body: { events }, token: secret });
    expect(await next(server, secret)).toBeNull();
    const undone = await server.send({ method: "DELETE", path: `/v1/ratings/${given.id}`, token: secret });
    expect(undone.body.predictionId).toBe(predictionId);
    expect(await next(server, secret)).toMatchObject({ predictionId });
  });

  it("and their items go with those whose they are", async () => {
    const server = await open({ reviewTwiceShare: 1 });
    const author = await server.token("contributor");
    const [predictionId = ""] = await shown(server, 2, author.secret);
    const { secret } = await server.token("reviewer");
    await rate(server, secret, predictionId);
    await next(server, secret);
    server.clock.advance(1_000);
    const deleted = await server.send({ method: "DELETE", path: "/v1/me/data", token: author.secret });
    expect(deleted.status).toBe(200);
    expect(await next(server, secret)).toBeNull();
    const { body } = await server.send({ path: "/v1/ratings", token: server.admin });
    expect(body).toMatchObject({ items: { total: 0 }, ratings: { good: 0, bad: 0 } });
  });

  it("show each reviewer how far everybody is, and how much of it is theirs", async () => {
    const server = await open({ reviewTwiceShare: 1 });
    const [first = "", second = ""] = await shown(server, 3);
    const [a = "", b = ""] = await Promise.all([1, 2].map(async () => (await server.token("reviewer")).secret));
    const progress = async (token: string) => (await server.send({ path: "/v1/review/next", token })).body.progress;
    expect(await progress(a)).toEqual({ items: 3, rated: 0, mine: 0 });
    await rate(server, a, first);
    // Judged anew, it is still one.
    await rate(server, a, first, { verdict: "bad", categories: ["style"] });
    const { body: taken } = await rate(server, b, second);
    expect(await progress(a)).toEqual({ items: 3, rated: 2, mine: 1 });
    expect(await progress(b)).toEqual({ items: 3, rated: 2, mine: 1 });
    await server.send({ method: "DELETE", path: `/v1/ratings/${taken.id}`, token: b });
    expect(await progress(b)).toEqual({ items: 3, rated: 1, mine: 0 });
  });

  it("come to figures for admins, over HTTP and on the command line", async () => {
    const server = await open({ reviewTwiceShare: 1 });
    const ids = await shown(server, 4);
    const [a, b] = await Promise.all([1, 2].map(() => server.token("reviewer")));
    const bad = { verdict: "bad", comment: "it undoes the line above" };
    for (const [index, id] of ids.slice(0, 3).entries()) {
      await rate(server, a?.secret as string, id, index === 0 ? {} : bad);
      await rate(server, b?.secret as string, id, index === 2 ? {} : index === 0 ? {} : bad);
    }
    const { body } = await server.send({ path: "/v1/ratings", token: server.admin });
    expect(body).toMatchObject({
      items: { total: 4, unrated: 1, rated: 3 },
      ratings: { good: 3, bad: 3 },
      agreement: { items: 3, bothGood: 1, bothBad: 1, goodThenBad: 0, badThenGood: 1, few: true },
    });
    expect(body.agreement.kappa).toBeCloseTo(0.4, 12);
    expect(await server.send({ path: "/v1/ratings", token: a?.secret as string })).toMatchObject({ status: 403 });

    const process = fakeProcess({ cwd: server.dataDir });
    expect(await runProgram(["ratings", "--data", server.dataDir], process)).toBe(0);
    expect(process.out()).toContain("3 of 4 shown predictions are rated.");
    expect(process.out()).toContain("Two people agree on 2 of 3; Cohen's kappa 0.40. Fewer than 30 behind it.");
  });
});
