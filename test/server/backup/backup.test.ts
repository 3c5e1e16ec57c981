/** `stillpoint backup` and `restore`: what was acknowledged comes back, who took their data back does not, and no half of anything is left. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { makeBackup } from "../../../server/backup/backup.ts";
import { runProgram } from "../../../server/cli/program.ts";
import { systemClock } from "../../../server/clock.ts";
import { remainingBackups } from "../../../server/deletion/backups.ts";
import type { Store } from "../../../server/store/store.ts";
import { openStore } from "../../../server/store/store.ts";
import { fakeProcess } from "../cli/harness.ts";
import { capture, filesWith, makePerson, upload } from "../deletion/household.ts";
import { startTestServer, temporaryFolder, testClock } from "../http/support.ts";
import { receivedAt, recordingLog, smallEvent } from "../store/support.ts";

const contributor = "contributor-1";

async function command(dataDir: string, ...args: string[]) {
  const process = fakeProcess({ cwd: dataDir });
  const exitCode = await runProgram([...args, "--data", dataDir], process);
  return { exitCode, out: process.out(), err: process.err() };
}

async function done(dataDir: string, ...args: string[]): Promise<string> {
  const { exitCode, out, err } = await command(dataDir, ...args);
  if (exitCode !== 0) throw new Error(err);
  return out;
}

async function withStore<Result>(dataDir: string, work: (store: Store) => Promise<Result>): Promise<Result> {
  const store = await openStore({ dataDir, log: recordingLog() });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function add(store: Store, from: number, to: number) {
  const events = Array.from({ length: to - from }, (_, n) => smallEvent(from + n));
  return store.events.append({ contributor, receivedAt, events });
}

/** A data folder of so many events, and a backup of it. */
async function backedUp(events: number): Promise<{ dataDir: string; file: string }> {
  const dataDir = temporaryFolder();
  await withStore(dataDir, (store) => add(store, 0, events));
  const file = join(temporaryFolder(), "backup.tar");
  await done(dataDir, "backup", file);
  return { dataDir, file };
}

const idsOf = (dataDir: string) =>
  withStore(dataDir, async (store) => {
    const page = await store.events.page({ after: 0, limit: 10_000 });
    return page.map(({ id }) => id);
  });

describe("a backup", () => {
  it("made while events come in restores to exactly those that were acknowledged up to its position", async () => {
    const dataDir = temporaryFolder();
    const file = join(temporaryFolder(), "backup.tar");
    const acknowledged: string[] = [];
    let lastPosition = -1;
    await withStore(dataDir, async (store) => {
      let writing = true;
      await add(store, 0, 500);
      for (let n = 0; n < 500; n++) acknowledged.push(smallEvent(n).id);
      const load = (async () => {
        for (let n = 500; writing; n += 5) {
          await add(store, n, n + 5);
          for (let m = n; m < n + 5; m++) acknowledged.push(smallEvent(m).id);
        }
      })();
      const made = JSON.parse(await done(dataDir, "backup", file, "--json"));
      writing = false;
      await load;
      lastPosition = made.lastPosition;
    });
    expect(acknowledged.length).toBeGreaterThan(lastPosition);
    expect(lastPosition).toBeGreaterThanOrEqual(500);
    const fresh = temporaryFolder();
    await done(fresh, "restore", file, "--without-deletions");
    expect(await idsOf(fresh)).toEqual(acknowledged.slice(0, lastPosition));
  });

  it("is readable by its owner alone, listed by tar, and recorded for receipts", async () => {
    const { dataDir, file } = await backedUp(3);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const tar = spawn("tar", ["tf", file], { stdio: ["ignore", "pipe", "inherit"] });
    const names: Buffer[] = [];
    tar.stdout.on("data", (chunk: Buffer) => names.push(chunk));
    await once(tar, "close");
    expect(Buffer.concat(names).toString()).toBe("backup.json\nevents.db\n");
    expect((await remainingBackups(dataDir)).map(({ name }) => name)).toEqual(["backup.tar"]);
  });

  it("that is killed leaves nothing under its name, and the next one clears up", async () => {
    const dataDir = temporaryFolder();
    await withStore(dataDir, (store) => add(store, 0, 2_000));
    const folder = temporaryFolder();
    const file = join(folder, "backup.tar");
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL("./killed-child.ts", import.meta.url)), dataDir, file],
      {
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
    const [, signal] = await once(child, "close");
    expect(signal).toBe("SIGKILL");
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.stillpoint-backup-.*\.partial$/u)]);
    // It holds copies of everybody's data, so receipts name it; the doctor does not take it for a backup.
    const partial = { name: expect.stringMatching(/^\.stillpoint-backup-.*\.partial$/u), at: expect.any(String) };
    expect(await remainingBackups(dataDir)).toEqual([partial]);
    expect(await done(dataDir, "doctor")).toContain("none that is known of");
    await done(dataDir, "backup", file);
    await done(dataDir, "backup", file);
    expect(readdirSync(folder)).toEqual(["backup.tar"]);
    expect((await remainingBackups(dataDir)).map(({ name }) => name)).toEqual(["backup.tar"]);
  });

  it("is known although a crash has cut the line before it", async () => {
    const { dataDir } = await backedUp(1);
    const record = join(dataDir, "backups.jsonl");
    writeFileSync(record, readFileSync(record, "utf8").slice(0, -20));
    await done(dataDir, "backup", join(temporaryFolder(), "second.tar"));
    expect((await remainingBackups(dataDir)).map(({ name }) => name)).toContain("second.tar");
  });

  it("keeps as many in a folder as it is told, by the clock that it is given, and touches nothing else there", async () => {
    const { dataDir } = await backedUp(1);
    const folder = temporaryFolder();
    writeFileSync(join(folder, "aaa.tar"), "somebody's");
    const clock = testClock();
    const dayMs = 86_400_000;
    for (let day = 0; day < 4; day++) {
      await makeBackup({
        dataDir,
        target: folder,
        keep: 2,
        version: "0",
        clock,
        signal: new AbortController().signal,
        onProgress: () => undefined,
      });
      clock.advance(dayMs);
    }
    expect(readdirSync(folder).sort()).toEqual([
      "aaa.tar",
      "stillpoint-20260202T090500123Z.tar",
      "stillpoint-20260203T090500123Z.tar",
    ]);
  });

  it("lets no deletion end before it is recorded, so that the receipt names it", async () => {
    const { dataDir } = await backedUp(5);
    const other = new Sqlite(join(dataDir, "events.db"), { timeout: 0 });
    const emptied = (): boolean => (other.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[])[0]?.busy === 0;
    const whileMade = new Map<string, boolean>();
    await makeBackup({
      dataDir,
      target: join(temporaryFolder(), "another.tar"),
      version: "0",
      clock: testClock(),
      signal: new AbortController().signal,
      onProgress(step) {
        // As a deletion does at its end.
        other.exec("UPDATE event_counter SET last_position = last_position + 1");
        whileMade.set(step, emptied());
      },
    });
    expect([...whileMade.values()].some((each) => each)).toBe(false);
    expect([...whileMade.keys()]).toEqual(["copying events.db", "checking events.db", "writing", "reading back"]);
    expect(emptied()).toBe(true);
    other.close();
  });

  it("replaces an older backup, and no other file", async () => {
    const { dataDir, file } = await backedUp(1);
    await withStore(dataDir, (store) => add(store, 1, 4));
    await done(dataDir, "backup", file);
    expect(await done(dataDir, "restore", file, "--check")).toContain("4 events up to position 4");
    const told = await command(dataDir, "backup", join(dataDir, "events.db"));
    expect(told).toMatchObject({ exitCode: 1, err: expect.stringContaining("is there and is no backup") });
    expect(await idsOf(dataDir)).toHaveLength(4);
    const kept = await command(dataDir, "backup", file, "--keep", "2");
    expect(kept).toMatchObject({ exitCode: 1, err: expect.stringContaining("is a file, and --keep wants a folder") });
  });
});

describe("the list of backups that a receipt gives", () => {
  const made = async (dataDir: string, target: string, keep?: number) =>
    (
      await makeBackup({
        dataDir,
        target,
        keep,
        version: "0",
        clock: systemClock,
        signal: new AbortController().signal,
        onProgress: () => undefined,
      })
    ).path;
  const named = async (dataDir: string) =>
    (await remainingBackups(dataDir)).map(({ name, notFound }) => (notFound ? `${name}?` : name));

  it("names one that was overwritten once, one that was deleted here never, and one that is gone otherwise as such", async () => {
    const { dataDir } = await backedUp(1);
    const folder = temporaryFolder();
    for (let n = 0; n < 3; n++) await made(dataDir, join(folder, "one.tar"));
    const moved = await made(dataDir, join(folder, "moved.tar"));
    expect(await named(dataDir)).toEqual(["backup.tar", "one.tar", "moved.tar"]);
    rmSync(moved);
    const dated = join(folder, "dated");
    for (let n = 0; n < 3; n++) await made(dataDir, dated, 1);
    expect(await named(dataDir)).toEqual(["backup.tar", "one.tar", "moved.tar?", ...readdirSync(dated)]);
    const looked = await done(dataDir, "doctor");
    expect(looked).toContain("3, the newest of today; 1 not found any more");
    const forgotten = await done(dataDir, "forget", contributor, "--unlisted");
    expect(forgotten).toMatch(/moved\.tar of [\d: -]+ is not found any more/u);
  });
});

describe("a restore", () => {
  it("refuses a backup that is damaged anywhere, or cut off, and changes nothing", async () => {
    const { dataDir, file } = await backedUp(200);
    await withStore(dataDir, (store) => add(store, 200, 210));
    const bytes = readFileSync(file);
    const places = [0, 20, 600, 700, 1_600, 2_100, Math.floor(bytes.length / 2), bytes.length - 3_000];
    const damaged = join(temporaryFolder(), "damaged.tar");
    for (const at of places) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      writeFileSync(damaged, changed);
      const told = await command(dataDir, "restore", damaged);
      expect({ at, ...told }).toMatchObject({ at, exitCode: 1, err: expect.stringContaining("cannot be used") });
    }
    for (const length of [0, 100, 512, 5_000, bytes.length - 1_024]) {
      writeFileSync(damaged, bytes.subarray(0, length));
      expect(await command(dataDir, "restore", damaged)).toMatchObject({ exitCode: 1 });
    }
    expect(await idsOf(dataDir)).toHaveLength(210);
    expect(readdirSync(dataDir).filter((name) => /partial|ready|lock/u.test(name))).toEqual([]);
  });

  it("is refused while a server has the folder", async () => {
    const { file } = await backedUp(1);
    const server = await startTestServer();
    const told = await command(server.dataDir, "restore", file);
    expect(told).toMatchObject({ exitCode: 1, err: expect.stringContaining("is served already") });
  });

  it("says what is lost, gives no position twice, and leaves nothing of the replaced database", async () => {
    const { dataDir, file } = await backedUp(10);
    await withStore(dataDir, (store) => add(store, 10, 17));
    const { err } = await command(dataDir, "restore", file);
    expect(err).toContain("7 events that the replaced database had behind it are gone.");
    expect(readdirSync(dataDir).filter((name) => /partial|ready|-wal/u.test(name))).toEqual([]);
    await withStore(dataDir, async (store) => {
      await add(store, 30, 31);
      expect(await store.events.lastPosition()).toBe(18);
    });
  });

  it("replaces a database that cannot be read, with its log", async () => {
    const { dataDir, file } = await backedUp(10);
    writeFileSync(join(dataDir, "events.db"), "no database at all".repeat(1_000));
    writeFileSync(join(dataDir, "events.db-wal"), "no log".repeat(1_000));
    const { exitCode, err } = await command(dataDir, "restore", file);
    expect(err).toContain("could not be read");
    expect(exitCode).toBe(0);
    expect(await idsOf(dataDir)).toHaveLength(10);
  });

  it("keeps a token revoked that was revoked since", async () => {
    const dataDir = temporaryFolder();
    const secret = (await done(dataDir, "token", "create", "laptop")).trim();
    const file = join(temporaryFolder(), "backup.tar");
    await done(dataDir, "backup", file);
    await done(dataDir, "token", "revoke", secret);
    expect((await command(dataDir, "restore", file)).err).toContain("1 token revoked since stay revoked.");
    const listed = JSON.parse(await done(dataDir, "token", "list", "--json"));
    expect(listed.find(({ name }: { name: string }) => name === "laptop")).toHaveProperty("revokedAt");
  });

  it("takes up no run that was queued or under way in it, and says so", async () => {
    const dataDir = temporaryFolder();
    const actor = { at: receivedAt, actor: "0123456789ab" };
    await withStore(dataDir, async (store) => {
      const submit = (name: string) => store.runs.submit({ name, task: "{}", actor });
      const [over, underWay] = [await submit("over"), await submit("under-way")];
      await submit("waiting");
      await store.runs.end({ name: "over", number: over.number, at: receivedAt, state: "done", exitCode: 0 });
      await store.runs.begin({ name: "under-way", number: underWay.number, at: receivedAt, pid: 7 });
    });
    const file = join(temporaryFolder(), "backup.tar");
    await done(dataDir, "backup", file);
    expect((await command(dataDir, "restore", file)).err).toContain(
      "Not taken up, since they were queued or under way then: under-way, waiting.",
    );
    await withStore(dataDir, async (store) => {
      expect(await store.runs.next()).toBeUndefined();
      const states = (await store.runs.list()).map(({ name, state, sentence }) => [name, state, sentence]);
      const reason = expect.stringMatching(/^It was queued or under way in the backup of 20.* that was restored/u);
      expect(states).toEqual([
        ["over", "done", undefined],
        ["under-way", "interrupted", reason],
        ["waiting", "interrupted", reason],
      ]);
      expect(await store.audit.page({ limit: 1 })).toMatchObject([{ act: "backup.restore", actor: "command-line" }]);
      // Started again it is a run like any other.
      await store.runs.submit({ name: "waiting", task: "{}", actor });
      expect((await store.runs.next())?.name).toBe("waiting");
    });
  });

  it("does not bring back who took their data back, even before it is served", async () => {
    const server = await startTestServer();
    const [one, two] = [await makePerson(server, "quokka", 1), await makePerson(server, "wombat", 50)];
    for (const person of [one, two]) await upload(server, person, [capture(person.first, person.word)]);
    const outside = temporaryFolder();
    mkdirSync(join(outside, "backups"));
    await done(server.dataDir, "backup", join(outside, "backups/"));
    const forgotten = JSON.parse(await done(server.dataDir, "forget", one.id, "--json"));
    expect(forgotten.receipt.receipt.backups).toEqual([
      { name: expect.stringMatching(/^stillpoint-.*\.tar$/u), at: expect.any(String) },
    ]);
    await server.server.stop();

    const [backup = ""] = readdirSync(join(outside, "backups"));
    await done(server.dataDir, "restore", join(outside, "backups", backup));
    await withStore(server.dataDir, async (store) => {
      const page = await store.events.page({ after: 0, limit: 10 });
      expect(page.map(({ contributor: whose }) => whose)).toEqual([two.id]);
    });
    expect(await filesWith(server.dataDir, [one.word])).toEqual([]);

    // Also where the disk was lost, and all that says so is a backup that was made behind the deletion.
    const later = join(outside, "later.tar");
    await done(server.dataDir, "backup", later);
    const fresh = temporaryFolder();
    await done(fresh, "restore", later, "--without-deletions");
    expect(readFileSync(join(fresh, "tombstones.jsonl"), "utf8")).toContain(one.id);
    expect(existsSync(join(fresh, "server-key"))).toBe(true);
  });

  it("brings nobody back unasked where nobody knows who was deleted since, also over a database of another server", async () => {
    const { dataDir, file } = await backedUp(3);
    await done(dataDir, "forget", contributor, "--unlisted");
    const tombstones = join(dataDir, "tombstones.jsonl");
    const [fresh, another] = [temporaryFolder(), temporaryFolder()];
    await withStore(another, (store) => add(store, 50, 52));
    for (const elsewhere of [fresh, another]) {
      const told = await command(elsewhere, "restore", file);
      expect(told).toMatchObject({ exitCode: 1, err: expect.stringContaining("holds no tombstones.jsonl") });
      expect(told.err).toContain("--tombstones FILE");
    }
    expect(existsSync(join(fresh, "events.db"))).toBe(false);
    expect(await idsOf(another)).toHaveLength(2);
    const missing = await command(fresh, "restore", file, "--tombstones", join(fresh, "nowhere"));
    expect(missing).toMatchObject({ exitCode: 1, err: expect.stringContaining("there is no") });

    await done(fresh, "restore", file, "--tombstones", tombstones);
    expect(await idsOf(fresh)).toEqual([]);
    expect(readFileSync(join(fresh, "tombstones.jsonl"), "utf8")).toBe(readFileSync(tombstones, "utf8"));
    await done(another, "restore", file, "--without-deletions");
    expect(await idsOf(another)).toHaveLength(3);
    // Said once, it is known there.
    await done(another, "restore", file);
  });
});
