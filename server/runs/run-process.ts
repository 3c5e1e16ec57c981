/** A run in a process of its own: the very command that a person would type, so that the server stays free to answer. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { dirname, join } from "node:path";
import { isSystemError } from "../jsonl/faults.ts";

/** What is kept of what the command says last. */
const maxSaidBytes = 16_384;
const maxSentenceLength = 2_000;

export interface RunProcessOptions {
  /** Path of the task. */
  readonly task: string;
  readonly dataDir: string;
  readonly configFile: string | undefined;
  readonly seed: number | undefined;
  readonly concurrency: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface EndedProcess {
  /** Undefined where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** What it said last, where that was a sentence of its own. */
  readonly sentence: string | undefined;
}

export interface RunProcess {
  readonly pid: number;
  readonly ended: Promise<EndedProcess>;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** @throws what the system says where no process can be started */
export type StartRunProcess = (options: RunProcessOptions) => Promise<RunProcess>;

export const startRunProcess: StartRunProcess = async (options) => {
  const { task, dataDir, configFile, seed, concurrency, env } = options;
  const flags = [
    ...["--data", dataDir, "--quiet"],
    ...(configFile === undefined ? [] : ["--config", configFile]),
    ...(seed === undefined ? [] : ["--seed", String(seed)]),
    ...(concurrency === undefined ? [] : ["--concurrency", String(concurrency)]),
  ];
  const child = spawn(process.execPath, [programFile(), "run", task, ...flags], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
    // Out of the terminal's group: Ctrl+C is for the server, which then tells its runs.
    detached: true,
    windowsHide: true,
  });
  let said = Buffer.alloc(0);
  child.stderr.on("data", (chunk: Buffer) => {
    said = Buffer.concat([said, chunk]).subarray(-maxSaidBytes);
  });
  const ended = new Promise<EndedProcess>((resolve) => {
    child.once("close", (code, signal) => {
      resolve({
        exitCode: code ?? undefined,
        signal: signal ?? undefined,
        sentence: lastSentence(said.toString("utf8")),
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  // Such as a kill that comes too late.
  child.on("error", () => undefined);
  if (child.pid === undefined) throw new Error("a process that has started has an id");
  goBehind(child.pid);
  return { pid: child.pid, ended, kill: (signal) => child.kill(signal) };
};

/** Whoever waits for an answer goes first. */
function goBehind(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch (error) {
    // It has ended already, or the system keeps its priorities to itself.
    if (!isSystemError(error)) throw error;
  }
}

/** The command's program: the source beside this file's folder, or the bundle. */
function programFile(): string {
  const source = join(import.meta.dirname, "..", "cli", "main.ts");
  if (existsSync(source)) return source;
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const bundled = join(folder, "stillpoint.mjs");
    if (existsSync(bundled)) return bundled;
    if (folder === dirname(folder)) throw new Error("the program is not whole: stillpoint.mjs is missing");
  }
}

/** From the last `stillpoint:` at the beginning of a line to the end. */
function lastSentence(said: string): string | undefined {
  const at = said.lastIndexOf("\nstillpoint: ");
  const text = at >= 0 ? said.slice(at + 1) : said;
  if (!text.startsWith("stillpoint: ")) return undefined;
  return text.slice("stillpoint: ".length).trim().slice(0, maxSentenceLength);
}
