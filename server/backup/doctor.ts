/** What is right and wrong with a data folder, and what to do. It changes nothing, and a server may run meanwhile. */
import type { Stats } from "node:fs";
import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { partialPrefix, remainingBackups } from "../deletion/backups.ts";
import { readServerKey } from "../deletion/server-key.ts";
import { readTombstones } from "../deletion/tombstones.ts";
import { Failure } from "../errors.ts";
import { isSystemError } from "../jsonl/faults.ts";
import { whoHolds } from "../serve/data-lock.ts";
import type { DatabaseFacts, DatabaseKind } from "../store/copy.ts";
import { checkSoundness, foreignness, readFacts } from "../store/copy.ts";
import { readyName, stagingName } from "./put-in-place.ts";

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;
/** A server empties its log as it goes; one that stays large is held by a reader that never ends. */
const largeLogBytes = 512 * mebibyte;
const littleDiskBytes = { warning: 2 * gibibyte, fault: 100 * mebibyte };
const clockToleranceMs = 60_000;
const oldBackupMs = 7 * 86_400_000;
const dayMs = 86_400_000;
/** Names that are only there while something is being made. */
const leftoverName = /\.(?:tmp|partial)$|^(?:server|pseudonym)-key\.[0-9a-f-]+$/u;

export interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "fault";
  readonly finding: string;
  /** What to do, where there is something. */
  readonly remedy?: string;
}

export interface DoctorOptions {
  readonly dataDir: string;
  /** As the person wrote it. */
  readonly shown: string;
  readonly clock: Clock;
  /** As `process.versions.node`. */
  readonly nodeVersion: string;
  /** As `engines.node` of the package: `>=22.18`. */
  readonly nodeWanted: string;
  /** Of the disk that the folder is on; the system's where it is left out. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

export async function examine(options: DoctorOptions): Promise<Finding[]> {
  const { dataDir, shown } = options;
  const findings: Finding[] = [nodeFinding(options)];
  if ((await statOf(dataDir)) === undefined) {
    return [
      ...findings,
      { check: "data folder", state: "fault", finding: `there is no ${shown}`, remedy: "Name it by --data DIR." },
    ];
  }
  const events = await databaseFindings("events", options);
  const cache = await databaseFindings("cache", options);
  findings.push(...events.findings, ...cache.findings);
  const held = await whoHolds(dataDir);
  findings.push(
    held === undefined
      ? { check: "server", state: "ok", finding: "none runs on this folder" }
      : {
          check: "server",
          state: "ok",
          finding: `process ${held.pid}${held.address ? ` at ${held.address.url}` : ""}`,
        },
  );
  if (events.facts) findings.push(clockFinding(options, events.facts));
  findings.push(await tombstoneFinding(options, events.facts), await keyFinding(dataDir));
  findings.push(...(await modeFindings(options)), await diskFinding(options), await backupFinding(options));
  findings.push(await leftoverFinding(dataDir, held !== undefined));
  return findings;
}

function nodeFinding({ nodeVersion, nodeWanted }: DoctorOptions): Finding {
  const least = nodeWanted.replace(/^\D*/u, "");
  const fits = compareVersions(nodeVersion, least) >= 0;
  return fits
    ? { check: "Node.js", state: "ok", finding: nodeVersion }
    : { check: "Node.js", state: "fault", finding: nodeVersion, remedy: `Install ${least} or newer.` };
}

async function databaseFindings(
  kind: DatabaseKind,
  { dataDir, shown }: DoctorOptions,
): Promise<{ findings: Finding[]; facts?: DatabaseFacts }> {
  const check = `${kind}.db`;
  const file = join(dataDir, check);
  const found = await statOf(file);
  if (found === undefined) {
    if (kind === "cache") return { findings: [] };
    const remedy = `stillpoint serve makes one where no server was before; else stillpoint restore FILE --data ${shown} puts a backup in its place.`;
    return { findings: [{ check, state: "fault", finding: "is not there", remedy }] };
  }
  const remedy =
    kind === "events"
      ? "Stop the server and restore a backup (stillpoint restore FILE)."
      : "Move it away, with its -wal and -shm, while nothing runs: answers are bought again. Or restore a backup.";
  const foreign = found.size === 0 ? "is empty" : foreignness(kind, file);
  if (foreign) return { findings: [{ check, state: "fault", finding: foreign, remedy }] };
  const { integrity, strayReferences } = checkSoundness(file);
  if (integrity.length > 0) {
    return { findings: [{ check, state: "fault", finding: `is damaged: ${integrity.join("; ")}`, remedy }] };
  }
  const facts = readFacts(kind, file);
  const size = sizeOf(found.size);
  const findings: Finding[] = [
    strayReferences === 0
      ? { check, state: "ok", finding: `sound, ${size}` }
      : { check, state: "fault", finding: `${strayReferences} rows refer to rows that are not there`, remedy },
  ];
  if (kind === "events") findings.push({ check: "events", state: "ok", finding: countOf(facts) });
  findings.push(
    facts.version === facts.newest
      ? { check: `${check} version`, state: "ok", finding: String(facts.version) }
      : {
          check: `${check} version`,
          state: "warning",
          finding: `${facts.version}, and ${facts.newest} is this program's`,
          remedy: "Make a backup; the next start of the server brings it forward.",
        },
  );
  const logBytes = (await statOf(`${file}-wal`))?.size ?? 0;
  findings.push(
    logBytes < largeLogBytes
      ? { check: `${check} log`, state: "ok", finding: sizeOf(logBytes) }
      : {
          check: `${check} log`,
          state: "warning",
          finding: sizeOf(logBytes),
          remedy:
            "Something reads for very long (a backup, a pull): end it. Starting the server again empties the log.",
        },
  );
  return { findings, facts };
}

function countOf({ tables, lastPosition }: DatabaseFacts): string {
  return `${tables["events"] ?? 0}, the last position is ${lastPosition}`;
}

function clockFinding({ clock }: DoctorOptions, { newestReceivedAt }: DatabaseFacts): Finding {
  const check = "clock";
  if (newestReceivedAt === undefined || Date.parse(newestReceivedAt) <= clock.now() + clockToleranceMs) {
    return { check, state: "ok", finding: `${new Date(clock.now()).toISOString()}, later than the newest event` };
  }
  return {
    check,
    state: "warning",
    finding: `is ${new Date(clock.now()).toISOString()}, but the newest event came at ${newestReceivedAt}`,
    remedy: "Set the clock: what is deleted by age, and what a deletion covers, goes by it.",
  };
}

async function tombstoneFinding({ dataDir }: DoctorOptions, facts: DatabaseFacts | undefined): Promise<Finding> {
  const check = "tombstones";
  try {
    const written = await readTombstones(dataDir);
    const known = new Set(facts?.deletions ?? []);
    const open = written.filter(({ id }) => !known.has(id));
    if (facts === undefined || open.length === 0)
      return { check, state: "ok", finding: `${written.length}, all applied` };
    return {
      check,
      state: "warning",
      finding: `${open.length} of ${written.length} are not applied to events.db`,
      remedy: "Start the server: it applies them before it serves.",
    };
  } catch (error) {
    if (error instanceof Failure)
      return { check, state: "fault", finding: "the file is damaged", remedy: error.message };
    throw error;
  }
}

async function keyFinding(dataDir: string): Promise<Finding> {
  const check = "server-key";
  try {
    const key = await readServerKey(dataDir);
    return { check, state: "ok", finding: key ? "signs receipts" : "is made with the first receipt" };
  } catch (error) {
    if (error instanceof Failure) return { check, state: "fault", finding: "holds no key", remedy: error.message };
    throw error;
  }
}

/** Windows keeps other rights, which these bits do not show. */
async function modeFindings({ dataDir, shown }: DoctorOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (process.platform === "win32") return findings;
  for (const [name, state] of [
    ["admin-token", "fault"],
    ["server-key", "fault"],
    ["events.db", "warning"],
  ] as const) {
    const found = await statOf(join(dataDir, name));
    if (found === undefined) continue;
    const check = `${name} rights`;
    const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
    const forOwner = (found.mode & 0o077) === 0;
    findings.push(
      forOwner
        ? { check, state: "ok", finding: mode }
        : { check, state, finding: `${mode}: others can use it`, remedy: `chmod 600 ${join(shown, name)}` },
    );
  }
  return findings;
}

async function diskFinding({ dataDir, freeBytes = systemFreeBytes }: DoctorOptions): Promise<Finding> {
  const free = await freeBytes(dataDir);
  // A deletion rewrites the database beside itself.
  const needed = (await statOf(join(dataDir, "events.db")))?.size ?? 0;
  const check = "free disk";
  const finding = sizeOf(free);
  if (free < littleDiskBytes.fault) {
    return { check, state: "fault", finding, remedy: "Free some space: soon nothing more can be stored." };
  }
  if (free >= littleDiskBytes.warning && free >= 2 * needed) return { check, state: "ok", finding };
  return {
    check,
    state: "warning",
    finding,
    remedy: `Free some space: a deletion or a restore needs up to ${sizeOf(Math.max(2 * needed, littleDiskBytes.warning))}.`,
  };
}

async function backupFinding({ dataDir, clock }: DoctorOptions): Promise<Finding> {
  const check = "backups";
  const recorded = (await remainingBackups(dataDir)).filter(({ name }) => !name.startsWith(partialPrefix));
  const remaining = recorded.filter(({ notFound }) => !notFound);
  const gone = recorded.length - remaining.length;
  const lost = gone === 0 ? "" : `; ${gone} not found any more`;
  const newest = remaining
    .map(({ at }) => at)
    .sort()
    .at(-1);
  const remedy = "stillpoint backup FOLDER/ --keep 14, once a day.";
  if (newest === undefined) return { check, state: "warning", finding: `none that is known of${lost}`, remedy };
  const days = Math.max(0, Math.floor((clock.now() - Date.parse(newest)) / dayMs));
  const finding = `${remaining.length}, the newest ${days === 0 ? "of today" : `${days} days old`}${lost}`;
  return days * dayMs < oldBackupMs ? { check, state: "ok", finding } : { check, state: "warning", finding, remedy };
}

async function leftoverFinding(dataDir: string, isHeld: boolean): Promise<Finding> {
  const check = "leftovers";
  const names = (await readdir(dataDir)).sort();
  const left = names.filter(
    (name) =>
      leftoverName.test(name) || name === readyName || (!isHeld && (name === "server.lock" || name === "server.json")),
  );
  // What is being made just now is none.
  const real = isHeld ? [] : left;
  if (real.length === 0) return { check, state: "ok", finding: "none" };
  const remedy = real.includes(readyName)
    ? "A restore was interrupted when all was ready: the next start of the server ends it, and the data are those of the backup."
    : real.includes(stagingName)
      ? "A restore was interrupted, and changed nothing. The next start of the server clears up; it can be done again then."
      : "Something was killed. What it was doing can be done again; these may be deleted, or are cleared away by that.";
  return { check, state: "warning", finding: real.join(", "), remedy };
}

async function systemFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** `12 KiB`, `3.4 GiB` */
function sizeOf(bytes: number): string {
  if (bytes >= gibibyte) return `${(bytes / gibibyte).toFixed(1)} GiB`;
  if (bytes >= mebibyte) return `${(bytes / mebibyte).toFixed(1)} MiB`;
  return `${Math.ceil(bytes / 1_024)} KiB`;
}

function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(".").map((part) => Number.parseInt(part, 10)));
  for (let at = 0; at < 3; at++) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
