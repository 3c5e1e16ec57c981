/** `stillpoint serve` in a process of its own, and a client of it that keeps its connection. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";

const main = join(import.meta.dirname, "..", "..", "server", "cli", "main.ts");

export interface ServerProcess {
  readonly pid: number;
  /** Where it serves; undefined where it ended before it did. */
  readonly url: Promise<string | undefined>;
  /** From the start of the process until it served. */
  readonly startedMs: Promise<number>;
  kill(signal: NodeJS.Signals): void;
  /** Nobody reads what it says on standard error any more. */
  deafen(): void;
  /** Exit code and what it said on standard error. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly err: string }>;
}

/** Lets one token send as much as it likes: who measures the store does not measure the rate limit. */
export function liftRateLimits(dataDir: string): void {
  writeFileSync(join(dataDir, "stillpoint.yaml"), "server: { requestsPerSecond: 100000, requestBurst: 100000 }\n");
}

export interface ServerProcessOptions {
  /** The command, from its sources unless another is named. */
  readonly program?: string;
  /** A command that runs the one behind it in other circumstances. */
  readonly within?: readonly string[];
  /** Any free one unless one is named. */
  readonly port?: string;
}

export function startServerProcess(
  dataDir: string,
  { program = main, within = [], port = "0" }: ServerProcessOptions = {},
): ServerProcess {
  const spawnedMs = performance.now();
  const serve = [process.execPath, program, "--data", dataDir, "serve", "--port", port];
  const [command = "", ...args] = [...within, ...serve];
  const child: ChildProcess = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const url = Promise.withResolvers<string | undefined>();
  const startedMs = Promise.withResolvers<number>();
  const err: Buffer[] = [];
  const keptChunks = 100;
  child.stderr?.on("data", (chunk: Buffer) => {
    err.push(chunk);
    if (err.length > keptChunks) err.shift();
  });
  if (child.stdout) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /serves (?<url>http:\S+)/u.exec(line)?.groups?.["url"];
      if (found === undefined) return;
      startedMs.resolve(performance.now() - spawnedMs);
      url.resolve(found);
    });
  }
  const ended = once(child, "close").then(([exitCode]) => {
    url.resolve(undefined);
    startedMs.resolve(Number.NaN);
    return { exitCode: exitCode as number | null, err: Buffer.concat(err).toString("utf8") };
  });
  return {
    pid: child.pid ?? 0,
    url: url.promise,
    startedMs: startedMs.promise,
    kill: (signal) => child.kill(signal),
    deafen: () => child.stderr?.destroy(),
    ended,
  };
}

export function adminToken(dataDir: string): string {
  return readFileSync(join(dataDir, "admin-token"), "utf8").trim();
}

export interface Answered {
  readonly status: number;
  readonly body: string;
}

export interface Connection {
  /** Undefined where the connection broke before the whole answer had come. */
  post(path: string, body: string | Buffer): Promise<Answered | undefined>;
  close(): void;
}

export function connect(url: string, token: string): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { hostname, port } = new URL(url);
  return {
    post(path, body) {
      const { promise, resolve } = Promise.withResolvers<Answered | undefined>();
      const sent = request({
        ...{ agent, hostname, port, path, method: "POST" },
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        },
      });
      sent.on("error", () => resolve(undefined));
      sent.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", () => resolve(undefined));
        response.on("end", () => {
          const whole = { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") };
          resolve(response.complete ? whole : undefined);
        });
      });
      sent.end(body);
      return promise;
    },
    close: () => agent.destroy(),
  };
}
