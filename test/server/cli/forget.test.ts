/** `stillpoint forget`, `datasets rebuild` and `receipt verify`, as an admin types them one after the other. */
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { runProgram } from "../../../server/cli/program.ts";
import { acquireLock } from "../../../server/jsonl/lock.ts";
import { capturesEach, filesWith, fillHousehold, makePerson } from "../deletion/household.ts";
import { openTestServer } from "../http/support.ts";
import { fakeProcess } from "./harness.ts";

async function household() {
  const [dataDir, cwd] = [
    mkdtempSync(join(tmpdir(), "stillpoint-data-")),
    mkdtempSync(join(tmpdir(), "stillpoint-cwd-")),
  ];
  onTestFinished(() => {
    for (const folder of [dataDir, cwd]) rmSync(folder, { recursive: true, force: true });
  });
  const server = await openTestServer(dataDir, { every: () => () => undefined });
  const one = await makePerson(server, "zinnwaldite", 1_000);
  const two = await makePerson(server, "quetzalcoatl", 2_000);
  await fillHousehold(server, [one, two], cwd);
  async function stillpoint(...args: string[]) {
    const process = fakeProcess({ cwd });
    const exitCode = await runProgram(["--data", dataDir, ...args], process);
    return { exitCode, out: process.out(), err: process.err() };
  }
  return { dataDir, cwd, server, one, two, stillpoint };
}

describe("an admin who honours a deletion", () => {
  it("forgets, rebuilds and verifies, without a server and with one", async () => {
    const { dataDir, cwd, server, one, two, stillpoint } = await household();
    // The server runs: it is asked.
    const first = await stillpoint("forget", one.id, "-o", "receipt.json");
    expect(first).toMatchObject({ exitCode: 0 });
    expect(first.out).toContain(`${one.id} is deleted since 2026-01-31 09:05 UTC.`);
    expect(first.out).toMatch(/^ +6 {2}events\.snapshot\.settled$/mu);
    expect(first.out).toContain(`  team/v1 held ${capturesEach} rows of theirs and is superseded`);
    expect(first.out).toContain("What was already trained cannot be untrained");
    expect((await stillpoint("datasets", "list")).out).toContain(
      `superseded: ${capturesEach} of its examples were taken back; stillpoint datasets rebuild team/v1`,
    );
    expect((await stillpoint("datasets", "verify", "team")).exitCode).toBe(0);
    const rebuilt = await stillpoint("datasets", "rebuild");
    expect(rebuilt.out).toContain(`team/v2 is team/v1, without ${capturesEach} examples`);
    expect(rebuilt.out).toContain("the data files of v1 are deleted");
    expect((await stillpoint("datasets", "rebuild")).err).toContain("nothing to rebuild");
    expect((await stillpoint("datasets", "verify", "team/v1")).err).toContain("team/v1 is superseded by v2");
    expect((await stillpoint("datasets", "verify", "team")).exitCode).toBe(0);
    expect((await stillpoint("datasets", "show", "team/v1")).out).toContain("standing   superseded by v2");
    expect(await filesWith(dataDir, [one.word])).toEqual([]);
    const verified = await stillpoint("receipt", "verify", "receipt.json");
    expect(verified).toMatchObject({ exitCode: 0, err: "" });
    expect(verified.out).toContain("That is the server's key.");

    await server.close();
    const second = await stillpoint("forget", two.id, "--json");
    expect(JSON.parse(second.out)).toMatchObject({ state: "done", contributor: two.id });
    const last = await stillpoint("datasets", "rebuild", "team");
    expect(last.out).toContain("none are left, so there is no next version");
    expect(await filesWith(dataDir, [one.word, two.word])).toEqual([]);
    expect(await readFile(join(cwd, "receipt.json"), "utf8")).not.toContain(one.word);
  });

  it("hears of a slip of the pen, and of what has to wait", async () => {
    const { dataDir, cwd, server, one, stillpoint } = await household();
    await server.close();
    const slip = await stillpoint("forget", "contributor-0000000000000000");
    expect(slip.exitCode).toBe(2);
    expect(slip.err).toContain("There is no contributor of this id");
    expect(slip.err).toContain("stillpoint forget ID --unlisted");
    const release = await acquireLock(join(dataDir, "runs/nightly/lock"), "the run nightly");
    const waits = await stillpoint("forget", one.id);
    expect(waits.exitCode).toBe(1);
    expect(waits.err).toContain(`${one.id} is deleted from the database, and nothing more is taken from them`);
    expect(waits.err).toContain("the run nightly is under way");
    await release();
    expect((await stillpoint("forget", one.id)).exitCode, "the same one, gone on with").toBe(0);
    const tombstones = await readFile(join(dataDir, "tombstones.jsonl"), "utf8");
    expect(tombstones.trim().split("\n")).toHaveLength(1);
    expect((await stillpoint("contributors")).out).toMatch(new RegExp(`^${one.id} .*  forgotten 20[\\d: -]+$`, "mu"));
    expect((await stillpoint("retention", "--dry-run")).err).toContain("The policy keeps everything");
    await writeFile(join(cwd, "policy.yaml"), "retention: { days: 36500, repositories: [] }");
    expect((await stillpoint("policy", "set", "policy.yaml")).exitCode).toBe(0);
    expect((await stillpoint("retention", "--dry-run")).err).toContain("Nothing was kept longer than the policy says.");
  });
});
