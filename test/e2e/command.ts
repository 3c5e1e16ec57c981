/** The real command in a process of its own, as a person would start it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Writable } from "node:stream";

const main = join(import.meta.dirname, "..", "..", "server", "cli", "main.ts");

/** Nothing of the person's own that the command would heed. */
const cleanEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(STILLPOINT_|npm_|NO_COLOR|ANTHROPIC_|OPENAI_)/u.test(name)),
);

export interface Ended {
  /** null where a signal ended it. */
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

interface Given {
  readonly cwd: string;
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Killable {
  readonly pid: number;
  /** Of standard input, which stays open. */
  readonly input: Writable;
  /** Resolves with the first words on standard error. */
  readonly spoken: Promise<unknown>;
  /** A signal for the process and all that it started; SIGKILL where none is named. */
  kill(signal?: NodeJS.Signals): void;
  /** The exit code, null where a signal ended it. */
  readonly ended: Promise<Ended>;
}

/** The command as the leader of a process group. */
export function startKillable(args: readonly string[], { cwd, env }: Given): Killable {
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...cleanEnv, ...env }, detached: true });
  const { pid } = child;
  if (pid === undefined) throw new Error("the command could not be started");
  const out = gather(child.stdout);
  const err = gather(child.stderr);
  return {
    pid,
    input: child.stdin,
    spoken: once(child.stderr, "data"),
    kill(signal = "SIGKILL") {
      if (child.exitCode === null && child.signalCode === null) process.kill(-pid, signal);
    },
    ended: once(child, "close").then(([exitCode]) => ({ exitCode: exitCode as number | null, out: out(), err: err() })),
  };
}

export async function stillpoint(args: readonly string[], given: Given): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { cwd: given.cwd, env: { ...cleanEnv, ...given.env } });
  const out = gather(child.stdout);
  const err = gather(child.stderr);
  child.stdin.on("error", () => undefined);
  child.stdin.end(given.input ?? "");
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, out: out(), err: err() };
}

/** A line of shell in which `stillpoint` is the command. */
export async function shell(line: string, given: Given): Promise<Ended> {
  const script = `set -o pipefail; stillpoint() { "${process.execPath}" "${main}" "$@"; }; ${line}`;
  const child = spawn("bash", ["-c", script], { cwd: given.cwd, env: { ...cleanEnv, ...given.env } });
  const out = gather(child.stdout);
  const err = gather(child.stderr);
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, out: out(), err: err() };
}

function gather(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}
