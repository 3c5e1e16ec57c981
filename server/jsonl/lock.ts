/**
 * One process at a time: a file with the process's id, which counts only while that process lives. It is made whole
 * and then linked to its name, so that nobody reads half of it.
 */
import { readFileSync } from "node:fs";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure } from "../errors.ts";
import { isSystemError, writeFault } from "./faults.ts";

/** How often a lock is looked at that others take and leave in between. */
const maxTries = 20;

interface Holder {
  readonly pid: number;
  /** Tells two processes apart that got the same id one after the other; empty where the system does not say. */
  readonly startMark: string;
}

/**
 * @param path of the lock's file
 * @param shown what is locked, as a person would write it
 * @returns what gives the lock back
 * @throws Failure that names the process which holds it
 */
export async function acquireLock(path: string, shown: string): Promise<() => Promise<void>> {
  const own: Holder = { pid: process.pid, startMark: startMark(process.pid) };
  const made = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(made, JSON.stringify(own));
    try {
      for (let tries = 0; tries < maxTries; tries++) {
        if (await linked(made, path)) return () => rm(path, { force: true });
        const holder = await holderOf(path);
        if (holder === undefined) continue;
        if (isHeld(holder)) {
          throw new Failure(`${shown} is being written by process ${holder.pid}; wait for it to end, or stop it.`);
        }
        await removeStale(path, holder);
      }
    } finally {
      await rm(made, { force: true });
    }
  } catch (error) {
    throw writeFault(error, path);
  }
  throw new Failure(`${shown} is being written by others, one after the other; try again.`);
}

async function linked(made: string, path: string): Promise<boolean> {
  try {
    await link(made, path);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Undefined where the lock has just gone. */
async function holderOf(path: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { pid, startMark } = JSON.parse(text) as Partial<Holder>;
    return { pid: Number(pid), startMark: String(startMark) };
  } catch {
    // Only a crash of the whole machine leaves a lock that cannot be read.
    return { pid: Number.NaN, startMark: "" };
  }
}

/** Takes the lock of a dead process away. Should another have done so and locked anew in between, that one stays. */
async function removeStale(path: string, stale: Holder): Promise<void> {
  const aside = `${path}.${process.pid}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return;
    throw error;
  }
  const taken = await holderOf(aside);
  if (taken?.pid !== stale.pid && !Number.isNaN(stale.pid)) await linked(aside, path);
  await rm(aside, { force: true });
}

function isHeld(holder: Holder): boolean {
  return isAlive(holder.pid) && (holder.startMark === "" || holder.startMark === startMark(holder.pid));
}

/** Whether a process of this id runs, whoever's it is. One that has ended and is only not yet collected does not. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return isSystemError(error) && error.code === "EPERM";
  }
  return processState(pid)?.[0] !== "Z";
}

/** When the process started, in the kernel's ticks since boot; only Linux says so in a file. */
function startMark(pid: number): string {
  const startTimeField = 19;
  return processState(pid)?.[startTimeField] ?? "";
}

/** The fields of `/proc/PID/stat` behind the name, from the state on (proc(5)). */
function processState(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
