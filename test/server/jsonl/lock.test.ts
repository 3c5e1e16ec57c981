import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../../../server/errors.ts";
import { acquireLock, deleting, tryLock } from "../../../server/jsonl/lock.ts";

let folder: string;
let lock: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-lock-"));
  lock = join(folder, "lock");
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

describe("a lock", () => {
  it("keeps a second one out, names who holds it, and lets in after", async () => {
    const release = await acquireLock(lock, "out.jsonl");
    const second = acquireLock(lock, "out.jsonl");
    await expect(second).rejects.toThrow(Failure);
    await expect(second).rejects.toThrow(`out.jsonl is being written by process ${process.pid}; wait for it to end`);
    await release();
    const again = await acquireLock(lock, "out.jsonl");
    await again();
    expect(await readdir(folder)).toEqual([]);
  });

  it("that a deletion holds, which is over soon, is waited for", async () => {
    const release = await tryLock(lock, deleting);
    if (typeof release !== "function") throw new Error("nobody else has it");
    const second = acquireLock(lock, "the run nightly");
    await release();
    await (await second)();
  });

  it("does not count once its process is dead, however that died", async () => {
    const child = spawn(process.execPath, ["--input-type=module"], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(`
      import { acquireLock } from ${JSON.stringify(new URL("../../../server/jsonl/lock.ts", import.meta.url).href)};
      await acquireLock(${JSON.stringify(lock)}, "out.jsonl");
      process.stdout.write("locked");
      setInterval(() => undefined, 1_000);
    `);
    await once(child.stdout, "data");
    await expect(acquireLock(lock, "out.jsonl")).rejects.toThrow(`process ${child.pid}`);
    child.kill("SIGKILL");
    await once(child, "exit");
    const release = await acquireLock(lock, "out.jsonl");
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  it.runIf(process.platform === "linux")("does not count for another process that was given the same id", async () => {
    await writeFile(lock, JSON.stringify({ pid: process.pid, startMark: "1" }));
    await (await acquireLock(lock, "out.jsonl"))();
  });

  it("does not count where a crash of the machine left it empty", async () => {
    await writeFile(lock, "");
    await (await acquireLock(lock, "out.jsonl"))();
  });

  it("lets exactly one of many in at the same time, also over a dead one's lock", async () => {
    await writeFile(lock, JSON.stringify({ pid: 2 ** 22 + 1, startMark: "1" }));
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(lock, "out.jsonl")));
    expect(tries.filter((one) => one.status === "fulfilled")).toHaveLength(1);
  });
});
