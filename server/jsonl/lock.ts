/**
 * One process at a time: a file with the process's id, which counts only while that process lives. It is made whole
 * and then linked to its name, so that nobody reads half of it.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, rm, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { Failure } from "../errors.ts";
import { isSystemError, writeFault } from "./faults.ts";
import { readIfThere } from "./read-if-there.ts";

/** How long to wait for another who is removing a dead process's lock. */
const pollMs = 5;
/** What a deletion locks for. It takes what nobody works on, and one after the other: whoever comes meanwhile waits. */
export const deleting = "deletion";
const deletionPatience = { attempts: 600, ms: 100 };

export interface Holder {
  readonly pid: number;
  /** What it locks for, where it said so. */
  readonly about: string;
  /** Tells two processes apart that got the same id one after the other; empty where the system does not say. */
  readonly startMark: string;
  /** Of this one taking of the lock. */
  readonly nonce: string;
}

/**
 * @param path of the lock's file; its folder exists
 * @param shown what is locked, as a person would write it
 * @returns what gives the lock back; where a deletion holds it, once that is done with it
 * @throws Failure that names the process which holds it
 */
export async function acquireLock(path: string, shown: string): Promise<() => Promise<void>> {
  try {
    let taken = await take(path);
    for (let n = 0; typeof taken !== "function" && taken.about === deleting && n < deletionPatience.attempts; n++) {
      await setTimeout(deletionPatience.ms);
      taken = await take(path);
    }
    if (typeof taken === "function") return taken;
    throw new Failure(`${shown} is being written by process ${taken.pid}; wait for it to end, or stop it.`);
  } catch (error) {
    throw writeFault(error, path);
  }
}

/**
 * For callers with words of their own for who holds it.
 * @param about what it is taken for, for others to read
 * @returns what gives the lock back, or who holds it
 */
export async function tryLock(path: string, about: string): Promise<(() => Promise<void>) | Holder> {
  try {
    return await take(path, about);
  } catch (error) {
    throw writeFault(error, path);
  }
}

/** Who holds the lock at present; undefined where nobody does. */
export async function lockHolder(path: string): Promise<Holder | undefined> {
  const holder = await holderOf(path);
  return holder !== undefined && isHeld(holder) ? holder : undefined;
}

/** What gives the lock back, or who holds it. */
async function take(path: string, about = ""): Promise<(() => Promise<void>) | Holder> {
  const own: Holder = { pid: process.pid, about, startMark: startMark(process.pid), nonce: randomUUID() };
  const made = `${path}.${own.nonce}`;
  await writeFile(made, JSON.stringify(own));
  try {
    for (;;) {
      if (await linked(made, path)) return () => rm(path, { force: true });
      const holder = await holderOf(path);
      if (holder === undefined) continue;
      if (isHeld(holder)) return holder;
      await removeStale(path, holder);
    }
  } finally {
    await rm(made, { force: true });
  }
}

/**
 * Takes the lock of a dead process away. Only one may do so at a time, and looks again first: between reading the
 * dead one's lock and removing it another may have removed it and locked anew.
 */
async function removeStale(path: string, stale: Holder): Promise<void> {
  const guard = await take(`${path}.takeover`);
  if (typeof guard !== "function") {
    await setTimeout(pollMs);
    return;
  }
  const now = await holderOf(path);
  if (now?.nonce === stale.nonce) await rm(path, { force: true });
  await guard();
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
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const { pid, about = "", startMark, nonce } = JSON.parse(text) as Partial<Holder>;
    return { pid: Number(pid), about: String(about), startMark: String(startMark), nonce: String(nonce) };
  } catch {
    // Only a crash of the whole machine leaves a lock that cannot be read.
    return { pid: Number.NaN, about: "", startMark: "", nonce: "" };
  }
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
