/** Somebody takes everything back, or is forgotten. Every byte of every file is looked at. */
import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { exportDataset } from "../../../server/datasets/export.ts";
import { rebuildVersion } from "../../../server/datasets/rebuild.ts";
import { readSuperseded } from "../../../server/datasets/superseded.ts";
import { verifyVersion } from "../../../server/datasets/verify.ts";
import { recordBackup } from "../../../server/deletion/backups.ts";
import { openDeletions } from "../../../server/deletion/deletions.ts";
import { createQueue } from "../../../server/deletion/queue.ts";
import { acquireLock } from "../../../server/jsonl/lock.ts";
import { openCache } from "../../../server/store/cache.ts";
import { openStore } from "../../../server/store/store.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import { isSignedBy } from "../../../shared/receipt-signature.ts";
import type { Event } from "../../../shared/records/event.ts";
import type { Example } from "../../../shared/records/example.ts";
import { eventId } from "../../bench/captured-events.ts";
import { requestOf } from "../datasets/cases.ts";
import type { TestServer } from "../http/support.ts";
import { openTestServer, startTestServer, testClock } from "../http/support.ts";
import { recordingLog } from "../store/support.ts";
import type { Person } from "./household.ts";
import {
  capture,
  capturesEach,
  filesWith,
  fillHousehold,
  makePerson,
  predictionEvents,
  pulled,
  ratingEvent,
  runNightly,
  storedBodies,
  upload,
} from "./household.ts";

const signal = new AbortController().signal;
const never = () => () => undefined;

/** Made once, and copied for every test. */
let filled: string;
let outside: string;
let one: Person;
let two: Person;
/** Pieces of what is stored of the first person, as it lies in the database. */
let bodies: Buffer[];

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "stillpoint-deletion-"));
}

beforeAll(async () => {
  [filled, outside] = [temporaryFolder(), temporaryFolder()];
  const server = await openTestServer(filled, { every: never });
  one = await makePerson(server, "zinnwaldite", 1_000);
  two = await makePerson(server, "quetzalcoatl", 2_000);
  await fillHousehold(server, [one, two], outside);
  await server.close();
  bodies = storedBodies(filled, one.id);
});
afterAll(() => {
  for (const folder of [filled, outside]) rmSync(folder, { recursive: true, force: true });
});

function copied(): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(filled, folder, { recursive: true });
  return folder;
}

/** Ticks when the test says so. */
async function serve(
  dataDir = copied(),
  clock = testClock(),
): Promise<TestServer & { readonly tick: () => Promise<void> }> {
  let tick: () => void = () => undefined;
  const every = (_ms: number, given: () => void) => {
    tick = given;
    return () => undefined;
  };
  const server = await startTestServer({ dataDir, every, clock });
  return {
    ...server,
    tick: async () => {
      tick();
      // What was begun is through when the next in line is.
      await server.server.context.retention.run({
        dryRun: true,
        actor: { at: "2026-01-31T09:05:00.123Z", actor: "test" },
      });
    },
  };
}

function deleteOwn(server: TestServer, person: Person) {
  return server.send({ method: "DELETE", path: "/v1/me/data", token: person.secret });
}

function forget(server: TestServer, contributor: string, query = "") {
  return server.send({ method: "DELETE", path: `/v1/contributors/${contributor}${query}`, token: server.admin });
}

async function rebuildTeam(dataDir: string) {
  return await rebuildVersion({ dataDir, dataset: "team", version: 1, runRecord: () => ({}), signal });
}

describe("a person's own deletion", () => {
  it("leaves nothing of theirs in any file, once the dataset is rebuilt; and everything of everybody else's", async () => {
    const server = await serve();
    const { dataDir } = server;
    const before = await filesWith(dataDir, [one.word]);
    for (const kind of ["cache.db", "datasets/team/v1/data/train.jsonl", "rejected/", "spool/", "runs/", "pulls/"]) {
      expect(
        before.some((file) => file.startsWith(kind)),
        kind,
      ).toBe(true);
    }
    expect(await filesWith(dataDir, bodies), "as stored, compressed").toEqual(["events.db"]);
    // As a run of the command line does: the last one to close a database tidies its log up, and here that is not us.
    const cache = openCache({ file: join(dataDir, "cache.db"), now: () => new Date(0) });
    onTestFinished(() => cache.close());
    const others = (await pulled(server.server.context.store)).filter(({ source }) => source.contributor === two.id);

    const answered = await deleteOwn(server, one);
    expect(answered.status, server.log()).toBe(200);
    expect(answered.body).toMatchObject({ state: "done", contributor: one.id, by: "contributor" });
    const left = await filesWith(dataDir, [one.word, ...bodies]);
    expect(left.filter((file) => !file.startsWith("datasets/team/v1/data/"))).toEqual([]);
    await rebuildTeam(dataDir);
    expect(await filesWith(dataDir, [one.word, ...bodies])).toEqual([]);

    expect(await pulled(server.server.context.store)).toEqual(others);
    for (const file of before.filter((name) => !/^spool\/|\.partial(?:\/|$)/u.test(name))) {
      const now = file.startsWith("datasets/team/v1/") ? file.replace("v1", "v2") : file;
      expect(await filesWith(dataDir, [two.word]), file).toContain(now);
    }
    expect(await readdir(dataDir), "a partial file would be gone on with").not.toContain("captured.jsonl.partial.json");
    expect((await verifyVersion(join(dataDir, "datasets/team/v2"), signal)).faults).toEqual([]);
    expect(server.log()).not.toContain(one.word);
  });

  it("is told in a receipt that says how much of what went, and is signed by the server's key", async () => {
    const server = await serve();
    await recordBackup(server.dataDir, { schema: 1, at: "2026-01-31T09:05:01.000Z", path: join(outside, "task.yaml") });
    await recordBackup(server.dataDir, { schema: 1, at: "2026-01-31T09:05:02.000Z", path: join(outside, "is-gone") });
    await recordBackup(server.dataDir, {
      schema: 1,
      at: "2026-01-01T00:00:00.000Z",
      path: join(outside, "pulled.jsonl"),
    });
    server.clock.advance(60_000);
    const signed = (await deleteOwn(server, one)).body.receipt;
    expect(signed.receipt).toMatchObject({
      contributor: one.id,
      by: "contributor",
      requestedAt: "2026-01-31T09:06:00.123Z",
      refusesBefore: "2026-01-31T09:06:00.123Z",
      deleted: {
        "events.snapshot.settled": capturesEach,
        "events.prediction.made": 1,
        "events.prediction.outcome": 1,
        "events.rating.given": 1,
        "others.rating.given": 1,
        "cache.answers": capturesEach,
        "cache.attempts": capturesEach,
        // Seven outputs, and one in a partial one.
        "runs.lines": 7 * capturesEach + 1,
        // Cut off, without a source, and no JSON at all.
        "rejected.lines": 3,
        "files.lines": 2,
        names: 1,
      },
      datasets: [{ dataset: "team", version: "v1", rows: capturesEach }],
      backups: [
        { name: "task.yaml", at: "2026-01-31T09:05:01.000Z" },
        { name: "is-gone", at: "2026-01-31T09:05:02.000Z", notFound: true },
      ],
    });
    expect(signed.receipt.notes.join(" ")).toContain("What was already trained cannot be untrained");
    const key = await server.send({ path: "/v1/receipt-key" });
    expect(isSignedBy(signed, key.body.publicKey)).toBe(true);
    const changed = { ...signed, receipt: { ...signed.receipt, deleted: {} } };
    expect(isSignedBy(changed, key.body.publicKey)).toBe(false);
    const listed = await server.send({ path: "/v1/me/deletions", token: one.secret });
    expect(listed.body.deletions).toMatchObject([{ receipt: signed }]);
    expect((await server.send({ path: "/v1/me/deletions", token: two.secret })).body.deletions).toEqual([]);
    expect((await server.send({ path: `/v1/me/deletions/${signed.receipt.id}`, token: two.secret })).status).toBe(404);
  });

  it("refuses what comes from before, and takes what comes after", async () => {
    const server = await serve();
    server.clock.advance(60_000);
    await deleteOwn(server, one);
    const again = Array.from({ length: capturesEach }, (_, n) => capture(one.first + n, one.word));
    const late = capture(one.first + 50, one.word, { at: "2026-01-31T09:06:00.122Z" });
    const fresh = capture(one.first + 60, "afterwards", { at: "2026-01-31T09:06:00.123Z" });
    const answered = await upload(server, one, [...again, late, fresh]);
    expect(answered).toMatchObject({ stored: 1, refused: capturesEach + 1 });
    expect(answered.results[0]).toMatchObject({ status: "refused", code: "deleted" });
    expect(answered.results[0].detail).toContain("2026-01-31T09:06:00.123Z");
    const stored = await pulled(server.server.context.store);
    expect(stored.filter(({ source }) => source.contributor === one.id)).toHaveLength(1);
    expect(await filesWith(server.dataDir, bodies)).toEqual([]);
    expect((await server.send({ path: "/v1/me", token: one.secret })).body).toMatchObject({ stored: { events: 1 } });
  });

  it("can be asked for again, and takes what was added since", async () => {
    const server = await serve();
    await deleteOwn(server, one);
    server.clock.advance(60_000);
    await upload(server, one, [capture(one.first + 60, "afterwards", { at: "2026-01-31T09:05:30.000Z" })]);
    server.clock.advance(60_000);
    const second = await deleteOwn(server, one);
    expect(second.body.receipt.receipt).toMatchObject({ deleted: { "events.snapshot.settled": 1 }, datasets: [] });
    expect((await pulled(server.server.context.store)).filter(({ source }) => source.contributor === one.id)).toEqual(
      [],
    );
  });

  it("takes everything that was stored before it, whatever the editor's clock said, and the server's", async () => {
    const clock = testClock();
    const server = await serve(copied(), { ...clock, now: () => clock.now() - 3_600_000 });
    await upload(server, one, [capture(one.first + 70, one.word, { at: "2030-01-01T00:00:00.000Z" })]);
    const { refusesBefore } = (await deleteOwn(server, one)).body.receipt.receipt;
    expect(refusesBefore > "2026-01-31T09:05:00.123Z").toBe(true);
    expect((await pulled(server.server.context.store)).filter(({ source }) => source.contributor === one.id)).toEqual(
      [],
    );
  });

  it("leaves the run's outputs good: started again it makes nothing anew", async () => {
    const server = await serve();
    await deleteOwn(server, one);
    const run = join(server.dataDir, "runs/nightly");
    const lines = (await readFile(join(run, "08-label.jsonl.partial"), "utf8")).split("\n");
    expect(lines, "the whole line of somebody else").toHaveLength(2);
    const pulledFile = join(outside, "pulled.jsonl");
    const input = await readFile(pulledFile, "utf8");
    onTestFinished(() => writeFile(pulledFile, input));
    const stages = await runNightly(server.dataDir, outside);
    // Its own input lies outside of the data folder, and still holds everything: only the first stage reads that.
    expect(stages.slice(0, 7)).toEqual(
      ["redact", "split", "distill", "score", "sample", "settle", "expect"].map((stage) => `${stage} reused`),
    );
  });

  it("keeps the account: the name goes, the token stays good", async () => {
    const server = await serve();
    await deleteOwn(server, one);
    const { contributors } = (await server.send({ path: "/v1/contributors", token: server.admin })).body;
    expect(contributors.find(({ id }: { id: string }) => id === one.id)).not.toHaveProperty("name");
    const { tokens } = (await server.send({ path: "/v1/tokens", token: server.admin })).body;
    expect(tokens.find(({ contributor }: { contributor: string }) => contributor === one.id)).toMatchObject({
      name: "label deleted",
    });
    expect((await server.send({ path: "/v1/me", token: one.secret })).status).toBe(200);
    expect((await server.token("contributor", one.id)).contributor).toBe(one.id);
  });
});

describe("what others said", () => {
  it("about their code goes with them, and what they said about others' code does, too", async () => {
    const server = await serve();
    await deleteOwn(server, one);
    const left = await server.server.context.store.events.page({ after: 0, limit: 1_000 });
    const types = left.map(({ body }) => (JSON.parse(body) as Event).type).sort();
    expect(types).toEqual([
      "prediction.made",
      "prediction.outcome",
      ...Array.from({ length: capturesEach }, () => "snapshot.settled"),
    ]);
  });
});

describe("a deletion while others use files", () => {
  it("waits for a run, is in force meanwhile, and ends when the run does", async () => {
    const server = await serve();
    const { dataDir } = server;
    const release = await acquireLock(join(dataDir, "runs/nightly/lock"), "the run nightly");
    const answered = await deleteOwn(server, one);
    expect(answered.status).toBe(202);
    expect(answered.body).toMatchObject({ state: "waiting" });
    expect(answered.body, "whose run it is is for admins").not.toHaveProperty("waitingFor");
    const { id } = answered.body;
    const seen = await server.send({ path: `/v1/deletions/${id}`, token: server.admin });
    expect(seen.body.waitingFor).toEqual([expect.stringMatching(/^the run nightly is under way \(process \d+\)$/u)]);
    expect(await pulled(server.server.context.store)).toHaveLength(capturesEach);
    expect((await upload(server, one, [capture(one.first, one.word)])).results[0]).toMatchObject({ code: "deleted" });

    await server.tick();
    expect((await server.send({ path: `/v1/me/deletions/${id}`, token: one.secret })).body.state).toBe("waiting");
    // What the run writes in the meantime goes, too.
    const [line] = (await readFile(join(outside, "pulled.jsonl"), "utf8")).split("\n");
    await appendFile(join(dataDir, "runs/nightly/09-rate.jsonl"), `${line}\n`);
    await release();
    server.clock.advance(60_000);
    await server.tick();
    const done = await server.send({ path: `/v1/me/deletions/${id}`, token: one.secret });
    expect(done.body).toMatchObject({
      state: "done",
      receipt: { receipt: { deleted: { "runs.lines": 7 * capturesEach + 2 } } },
    });
    await rebuildTeam(dataDir);
    expect(await filesWith(dataDir, [one.word, ...bodies])).toEqual([]);
  });

  it("counts the rows of a version that it finds later to those that it has found before", async () => {
    const server = await serve();
    const { dataDir } = server;
    const ledger = join(dataDir, "datasets/team/v1.ledger.jsonl");
    const [entry = ""] = (await readFile(ledger, "utf8")).split("\n");
    const id = sha256Hex("made of it, and found in the run alone");
    await appendFile(ledger, `${JSON.stringify({ ...JSON.parse(entry), id, owners: [] })}\n`);
    const release = await acquireLock(join(dataDir, "runs/nightly/lock"), "the run nightly");
    const answered = await deleteOwn(server, one);
    const pulledLines = (await readFile(join(outside, "pulled.jsonl"), "utf8")).split("\n");
    const theirs = pulledLines.find((line) => line.includes(one.id)) ?? "";
    await appendFile(join(dataDir, "runs/nightly/09-rate.jsonl"), `${JSON.stringify({ ...JSON.parse(theirs), id })}\n`);
    await release();
    server.clock.advance(60_000);
    await server.tick();
    const done = await server.send({ path: `/v1/me/deletions/${answered.body.id}`, token: one.secret });
    expect(done.body.receipt.receipt.datasets).toEqual([{ dataset: "team", version: "v1", rows: capturesEach + 1 }]);
  });

  it("waits for a backup, which reads the log, and keeps nobody waiting meanwhile", async () => {
    const server = await serve();
    const backup = new Sqlite(join(server.dataDir, "events.db"), { readonly: true });
    backup.exec("BEGIN");
    backup.prepare("SELECT count(*) FROM events").get();
    const answered = await deleteOwn(server, one);
    expect(answered.body).toMatchObject({ state: "waiting" });
    const log = () => statSync(join(server.dataDir, "events.db-wal")).size;
    const written = log();
    server.clock.advance(60_000);
    await server.tick();
    expect(log() - written, "nothing was rewritten behind the log").toBeLessThan(
      statSync(join(server.dataDir, "events.db")).size,
    );
    expect((await upload(server, two, [capture(two.first + 50, two.word)])).results[0]).toMatchObject({
      status: "stored",
    });
    backup.close();
    server.clock.advance(300_000);
    await server.tick();
    const done = await server.send({ path: `/v1/me/deletions/${answered.body.id}`, token: one.secret });
    expect(done.body.state).toBe("done");
  });

  it("waits for an export of the dataset", async () => {
    const server = await serve();
    const release = await acquireLock(join(server.dataDir, "datasets/team/.lock"), "the dataset team");
    const answered = await forget(server, one.id);
    expect(answered.body.waitingFor).toEqual([expect.stringMatching(/^the dataset team is being exported/u)]);
    await release();
    server.clock.advance(60_000);
    await server.tick();
    const done = await server.send({ path: `/v1/deletions/${answered.body.id}`, token: server.admin });
    expect(done.body).toMatchObject({ state: "done", receipt: { receipt: { datasets: [{ rows: capturesEach }] } } });
  });

  it("goes on when the server was stopped in between", async () => {
    const first = await serve();
    const release = await acquireLock(join(first.dataDir, "runs/nightly/lock"), "the run nightly");
    await deleteOwn(first, one);
    await first.close();
    await release();
    const second = await serve(first.dataDir);
    await second.tick();
    expect((await second.send({ path: "/v1/me/deletions", token: one.secret })).body.deletions).toMatchObject([
      { state: "done" },
    ]);
  });
});

describe("an admin's forget", () => {
  it("deletes all, revokes the tokens and refuses everything, whenever it is from", async () => {
    const server = await serve();
    const answered = await forget(server, one.id);
    expect(answered.body.receipt.receipt).toMatchObject({
      by: "admin",
      refusesBefore: null,
      deleted: { "tokens.revoked": 1, "events.snapshot.settled": capturesEach },
    });
    expect((await server.send({ path: "/v1/me", token: one.secret })).body.code).toBe("token-revoked");
    const admin = { token: server.admin };
    const back = { name: "laptop", role: "contributor", contributor: one.id };
    expect(await server.send({ ...admin, method: "POST", path: "/v1/tokens", body: back })).toMatchObject({
      status: 409,
      body: { code: "forgotten" },
    });
    const renamed = { ...admin, method: "PATCH", path: `/v1/contributors/${one.id}`, body: { name: "Ada" } };
    expect((await server.send(renamed)).body.code).toBe("forgotten");
    const { contributors } = (await server.send({ ...admin, path: "/v1/contributors" })).body;
    expect(contributors.filter((each: object) => "forgottenAt" in each)).toMatchObject([
      { id: one.id, forgottenAt: answered.body.requestedAt },
    ]);
    // Also what a token brings that was let in a moment before.
    const future = capture(one.first + 90, one.word, { at: "2099-01-01T00:00:00.000Z" });
    const append = { contributor: one.id, receivedAt: future.at, events: [future] };
    expect(await server.server.context.store.events.append(append)).toMatchObject([
      { status: "refused", code: "deleted" },
    ]);
    await rebuildTeam(server.dataDir);
    expect(await filesWith(server.dataDir, [one.word, ...bodies])).toEqual([]);
    const audit = await server.send({ path: "/v1/audit", token: server.admin });
    expect(audit.body.entries.map(({ act }: { act: string }) => act)).toContain("contributor.forget");
  });

  it("is for admins, of somebody who is there, and not of themselves", async () => {
    const server = await serve();
    const path = `/v1/contributors/${two.id}`;
    expect((await server.send({ method: "DELETE", path, token: one.secret })).body.code).toBe("role");
    expect((await forget(server, "contributor-0000000000000000")).body.code).toBe("unknown-contributor");
    const { contributor } = (await server.send({ path: "/v1/me", token: server.admin })).body;
    expect((await forget(server, contributor)).body.code).toBe("own-account");
    expect((await server.send({ path: "/v1/deletions", token: server.admin })).body.deletions).toEqual([]);
  });

  it("finds somebody who is only in what was imported, and keeps them out of the next export", async () => {
    const server = await serve();
    const { dataDir } = server;
    const git = "a".repeat(64);
    const run = join(dataDir, "runs/imported");
    await mkdir(run);
    const examples = (await readFile(join(dataDir, "runs/nightly/07-expect.jsonl"), "utf8")).trim().split("\n");
    const imported = examples.map((line, n) => {
      const example = JSON.parse(line) as Example;
      const contributor = example.source.contributor === one.id ? git : two.id;
      return { ...example, id: sha256Hex(`imported ${n}`), source: { ...example.source, contributor } };
    });
    const file = join(run, "00-import-git.jsonl");
    await writeFile(file, imported.map((each) => `${JSON.stringify(each)}\n`).join(""));
    expect((await forget(server, git)).status).toBe(404);
    const answered = await forget(server, git, "?unlisted=true");
    expect(answered.body.receipt.receipt.deleted).toEqual({
      "runs.lines": capturesEach,
      // Two of the copies do not say any more whose they are.
      "rejected.lines": 2,
    });
    expect(await filesWith(join(dataDir, "runs/imported"), [git])).toEqual([]);

    const exported = await exportDataset(requestOf(dataDir, imported as Example[], { dataset: "again" }));
    expect(exported.tally.counts.exported).toBe(capturesEach);
    expect(exported.tally.funnel["export"]).toEqual({ deleted: capturesEach });
  });
});

describe("a restored backup", () => {
  it("does not bring the person back: it is clean before the first request is answered", async () => {
    const dataDir = copied();
    const backup = temporaryFolder();
    onTestFinished(() => rmSync(backup, { recursive: true, force: true }));
    cpSync(join(dataDir, "events.db"), join(backup, "events.db"));
    const first = await serve(dataDir);
    const { receipt } = (await deleteOwn(first, one)).body;
    await first.close();
    for (const file of (await readdir(dataDir)).filter((name) => name.startsWith("events.db")))
      await rm(join(dataDir, file));
    cpSync(join(backup, "events.db"), join(dataDir, "events.db"));
    expect(await filesWith(dataDir, bodies)).toEqual(["events.db"]);

    const second = await serve(dataDir);
    expect((await pulled(second.server.context.store)).map(({ source }) => source.contributor)).not.toContain(one.id);
    expect((await upload(second, one, [capture(one.first, one.word)])).results[0]).toMatchObject({ code: "deleted" });
    await second.tick();
    expect(await filesWith(dataDir, bodies)).toEqual([]);
    // The receipt that the person has stays the one that is told.
    const { deletions } = (await second.send({ path: "/v1/me/deletions", token: one.secret })).body;
    expect(deletions).toMatchObject([{ state: "done", receipt }]);
    const at = new Date(second.clock.now() + 1).toISOString();
    expect(await upload(second, one, [capture(one.first + 80, "afterwards", { at })])).toMatchObject({ stored: 1 });
  });

  it("does not bring back who was forgotten, nor their tokens", async () => {
    const dataDir = copied();
    const first = await serve(dataDir);
    await forget(first, one.id);
    await first.close();
    const tombstones = await readFile(join(dataDir, "tombstones.jsonl"));
    const restored = copied();
    await writeFile(join(restored, "tombstones.jsonl"), tombstones);
    const second = await serve(restored);
    expect((await second.send({ path: "/v1/me", token: one.secret })).body.code).toBe("token-revoked");
  });

  it("is not served where the tombstones cannot be read", async () => {
    const dataDir = copied();
    await writeFile(join(dataDir, "tombstones.jsonl"), '{"schema":1}\n');
    await expect(serve(dataDir)).rejects.toThrow(/tombstones\.jsonl, line 1 is damaged/u);
  });
});

describe("a tombstone that was cut by a crash", () => {
  it("counts for nothing, and spoils none that follows", async () => {
    const dataDir = copied();
    await writeFile(join(dataDir, "tombstones.jsonl"), `{"schema":1,"id":"${"e".repeat(32)}","contributor":"${two.id}`);
    const server = await serve(dataDir);
    await deleteOwn(server, one);
    const written = await readFile(join(dataDir, "tombstones.jsonl"), "utf8");
    expect(written.trim().split("\n")).toHaveLength(1);
    expect(written).not.toContain(two.id);
  });
});

describe("a deletion that is killed", () => {
  /** Looks at the signal so many times, then it is as if the process had ended there. */
  function killedAfter(checks: number): AbortSignal & { readonly looked: () => number } {
    const controller = new AbortController();
    let looked = 0;
    return Object.assign(controller.signal, {
      looked: () => looked,
      throwIfAborted() {
        looked += 1;
        if (looked > checks) controller.abort(new Error("killed"));
        if (controller.signal.aborted) throw controller.signal.reason;
      },
    });
  }

  async function attempt(dataDir: string, stop: AbortSignal, begins: boolean) {
    const log = recordingLog();
    const store = await openStore({ dataDir, log });
    try {
      const clock = testClock();
      clock.advance(60_000);
      const options = { store, dataDir, clock, randomBytes: (n: number) => Buffer.alloc(n, 7), log, signal: stop };
      const deletions = openDeletions({ ...options, queue: createQueue(), tombstones: createQueue() });
      const actor = { at: "2026-02-01T00:00:00.000Z", actor: "test" };
      if (begins) await deletions.carryOut(await deletions.begin({ contributor: one.id, by: "contributor", actor }));
      else await deletions.resume();
      return await deletions.list();
    } finally {
      await store.close();
    }
  }

  it("ends in the very same receipt, wherever it was killed", async () => {
    const whole = killedAfter(Number.POSITIVE_INFINITY);
    const [expected] = await attempt(copied(), whole, true);
    const checks = whole.looked();
    expect(checks).toBeGreaterThan(100);
    const kills = 6;
    for (let n = 0; n < kills; n++) {
      const dataDir = copied();
      const at = Math.round(((n + 0.5) / kills) * checks);
      const [cut] = await attempt(dataDir, killedAfter(at), true);
      expect(cut, `killed at ${at} of ${checks}`).toMatchObject({ state: "waiting" });
      const [done] = await attempt(dataDir, signal, false);
      expect(done, `killed at ${at} of ${checks}`).toEqual(expected);
      expect((await readSuperseded(join(dataDir, "datasets/team"), 1))?.examples).toHaveLength(capturesEach);
      await rebuildTeam(dataDir);
      expect(await filesWith(dataDir, [one.word, ...bodies]), `killed at ${at} of ${checks}`).toEqual([]);
    }
  }, 120_000);
});

describe("the copy that a person takes", () => {
  it("holds every event of theirs as it was sent, nobody else's, and says at its end that it is whole", async () => {
    const server = await serve();
    const answered = await server.send({ path: "/v1/me/data", token: one.secret });
    expect(answered.headers["content-type"]).toBe("application/x-ndjson");
    expect(answered.headers["content-disposition"]).toContain("attachment");
    const lines = answered.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const numbers = Array.from({ length: capturesEach }, (_, n) => one.first + n);
    const sent = [
      ...numbers.map((n) => capture(n, one.word)),
      ...predictionEvents(one.first, one.word),
      ratingEvent(1, two.first, one, two),
    ];
    expect(lines[0]).toMatchObject({ kind: "contributor", id: one.id, name: `${one.word} the person` });
    expect(lines.slice(1, -1).map(({ event }) => event)).toEqual(sent);
    expect(lines.at(-1)).toEqual({ kind: "end", events: sent.length });
    expect(sent[0]?.id).toBe(eventId(one.first));
  });
});
