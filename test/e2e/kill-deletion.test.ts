/** A server that is killed (SIGKILL) while it deletes, at several moments of its writing, and started again. */
import { cpSync, mkdtempSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { rebuildVersion } from "../../server/datasets/rebuild.ts";
import type { Deletion } from "../../shared/wire/deletion.ts";
import { deletionList } from "../../shared/wire/deletion.ts";
import type { Person } from "../server/deletion/household.ts";
import { capturesEach, filesWith, fillHousehold, makePerson, storedBodies } from "../server/deletion/household.ts";
import { openTestServer } from "../server/http/support.ts";
import { liftRateLimits, startServerProcess } from "./server-process.ts";

let filled: string;
let outside: string;
let one: Person;
let bodies: Buffer[];

beforeAll(async () => {
  filled = mkdtempSync(join(tmpdir(), "stillpoint-kill-"));
  outside = mkdtempSync(join(tmpdir(), "stillpoint-kill-"));
  const server = await openTestServer(filled, { every: () => () => undefined });
  one = await makePerson(server, "zinnwaldite", 1_000);
  const two = await makePerson(server, "quetzalcoatl", 2_000);
  await fillHousehold(server, [one, two], outside);
  await server.close();
  bodies = storedBodies(filled, one.id);
});
afterAll(() => {
  for (const folder of [filled, outside]) rmSync(folder, { recursive: true, force: true });
});

/** Kills when the files of the folder have changed so many times, or when the deletion is done. */
async function killAtChange(dataDir: string, changes: number): Promise<void> {
  const server = startServerProcess(dataDir);
  const url = (await server.url) ?? "";
  let seen = 0;
  const watcher = watch(dataDir, { recursive: true }, () => {
    seen += 1;
    if (seen === changes) server.kill("SIGKILL");
  });
  const headers = { authorization: `Bearer ${one.secret}` };
  // Broken off, where it was killed.
  await fetch(`${url}/v1/me/data`, { method: "DELETE", headers }).catch(() => undefined);
  watcher.close();
  server.kill("SIGKILL");
  await server.ended;
}

async function finish(dataDir: string): Promise<readonly Deletion[]> {
  const server = startServerProcess(dataDir);
  const url = (await server.url) ?? "";
  onTestFinished(() => server.kill("SIGKILL"));
  for (;;) {
    const answered = await fetch(`${url}/v1/me/deletions`, { headers: { authorization: `Bearer ${one.secret}` } });
    const { deletions } = deletionList.parse(await answered.json());
    if (deletions.every(({ state }) => state === "done")) {
      server.kill("SIGTERM");
      await server.ended;
      return deletions;
    }
  }
}

describe("a server that is killed while it deletes", () => {
  it.each([12, 130, 160, 200, 300])("ends the deletion when it is back (killed at change %i)", async (changes) => {
    const dataDir = mkdtempSync(join(tmpdir(), "stillpoint-kill-"));
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
    cpSync(filled, dataDir, { recursive: true });
    liftRateLimits(dataDir);
    await killAtChange(dataDir, changes);
    const deletions = await finish(dataDir);
    // Killed before the tombstone was on disk, nothing was asked for, and nothing may be gone.
    if (deletions.length === 0) {
      expect(await filesWith(dataDir, bodies)).toEqual(["events.db"]);
      return;
    }
    const [{ receipt } = { receipt: undefined }] = deletions;
    expect(receipt?.receipt.deleted).toMatchObject({
      "events.snapshot.settled": capturesEach,
      "runs.lines": 7 * capturesEach + 1,
      "cache.answers": capturesEach,
    });
    await rebuildVersion({
      dataDir,
      dataset: "team",
      version: 1,
      runRecord: () => ({}),
      signal: new AbortController().signal,
    });
    expect(await filesWith(dataDir, [one.word, ...bodies])).toEqual([]);
  });
});
