/** A store in a process of its own, for what a test cannot do to itself: fill its disk, lose its rights, be killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./store-child.ts", import.meta.url));

export interface ToldError {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
}

export type Told = { readonly value: unknown } | { readonly error: ToldError };

export interface StoreChild {
  readonly pid: number;
  /** How long the store took to open; or why it did not. */
  readonly opened: Promise<{ readonly openedMs: number } | { readonly failed: string }>;
  /** Undefined where the process ended before it answered. */
  call(family: string, method: string, args?: unknown): Promise<Told | undefined>;
  kill(signal: NodeJS.Signals): void;
  /** Closes the store. */
  end(): void;
  /** The exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** @param within a command that runs the one behind it in other circumstances */
export function startStoreChild(dataDir: string, within: readonly string[] = []): StoreChild {
  const [command = process.execPath, ...args] = [...within, process.execPath, program, dataDir];
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const asked = new Map<number, (told: Told | undefined) => void>();
  const opened = Promise.withResolvers<{ openedMs: number } | { failed: string }>();
  let next = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line);
    if (message.id === undefined) opened.resolve(message);
    else asked.get(message.id)?.("error" in message ? { error: message.error } : { value: message.value });
    asked.delete(message.id);
  });
  // It may be killed while something is written to it.
  child.stdin.on("error", () => undefined);
  const ended = once(child, "close").then(([code]) => {
    for (const resolve of asked.values()) resolve(undefined);
    opened.resolve({ failed: "it ended" });
    return code as number | null;
  });
  return {
    pid: child.pid ?? 0,
    opened: opened.promise,
    call(family, method, callArgs) {
      const id = next++;
      const { promise, resolve } = Promise.withResolvers<Told | undefined>();
      asked.set(id, resolve);
      child.stdin.write(`${JSON.stringify({ id, family, method, args: callArgs })}\n`);
      return promise;
    },
    kill: (signal) => child.kill(signal),
    end: () => child.stdin.end(),
    ended,
  };
}
