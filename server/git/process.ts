/**
 * Runs git on a repository that nobody vouches for. Its configuration may name programs (diff drivers, text
 * converters, signature checkers, hooks, pagers, transports): every one that reading could start is switched off here,
 * and nothing is ever fetched or written.
 */
import type { ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { ConfigurationError, Failure } from "../errors.ts";

/** What git says on standard error is kept up to here, for the sentence that reports a failure. */
const maxErrorBytes = 4_096;

/** Files above this count as binary in diffs, so that no giant is ever printed. The same as the largest file imported. */
export const maxFileBytes = 2_097_152;

const configuration = [
  "core.quotePath=false",
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.attributesFile=/dev/null",
  `core.bigFileThreshold=${maxFileBytes}`,
  "log.showSignature=false",
  // Ignored by gits that do not know it; others would read attributes from HEAD, which changes under a fixed range.
  "attr.tree=4b825dc642cb6eb9a060e54bf8d69288fbee4904",
];

export type Environment = Readonly<Record<string, string | undefined>>;

/** The caller's variables without its own `GIT_*` (a hook that runs us sets them), and with everything shut. */
function gitEnvironment(env: Environment): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith("GIT_") || name.startsWith("GIT_CONFIG"));
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    // A list of the transports allowed: none, for gits that know no GIT_NO_LAZY_FETCH.
    GIT_ALLOW_PROTOCOL: "",
    GIT_TERMINAL_PROMPT: "0",
    // There is no such file, so that attributes are not read from somebody's index either.
    GIT_INDEX_FILE: "stillpoint-reads-no-index",
  };
}

export interface GitProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /**
   * Resolves once git has ended well.
   * @throws ConfigurationError when git is not installed.
   * @throws Failure with git's own words when it failed.
   */
  readonly done: Promise<void>;
  /** Ends it, if it still runs, and waits; then `done` resolves whatever it ended with. */
  stop(): Promise<void>;
}

export interface GitPlace {
  /** Where git runs. Reading from inside the git folder keeps attributes of the work tree out. */
  readonly cwd: string;
  readonly env: Environment;
}

/** Starts git. Whoever starts it awaits `done` or calls `stop`. */
export function startGit(place: GitPlace, args: readonly string[]): GitProcess {
  const settings = configuration.flatMap((setting) => ["-c", setting]);
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn("git", ["--no-pager", ...settings, ...args], {
    cwd: place.cwd,
    env: gitEnvironment(place.env),
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    if (errors.length < maxErrorBytes) errors += chunk.slice(0, maxErrorBytes);
  });
  // A git that ends early closes its input; `done` says why, so the broken pipe itself says nothing new.
  child.stdin.on("error", () => undefined);
  let stopped = false;
  const done = new Promise<void>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "ENOENT"
          ? new ConfigurationError("git could not be started: it is not on the PATH, or the folder is gone")
          : new Failure(`git could not be started (${error.code ?? error.message})`),
      );
    });
    child.once("close", (code, signal) => {
      if (code === 0 || stopped) resolve();
      else reject(new Failure(`git ${args[0] ?? ""} failed (${firstLine(errors) || (signal ?? `exit code ${code}`)})`));
    });
  });
  // Nobody may be waiting at the moment at which it fails; whoever awaits `done` still sees it.
  done.catch(() => undefined);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    done,
    async stop() {
      stopped = true;
      child.kill();
      child.stdout.destroy();
      await done;
    },
  };
}

/** Runs git to its end and returns what it printed: for short answers. */
export async function gitOutput(place: GitPlace, args: readonly string[]): Promise<string> {
  const git = startGit(place, args);
  git.stdin.end();
  const [output] = await Promise.all([text(git.stdout), git.done]);
  return output;
}

function firstLine(message: string): string {
  return message.trim().split("\n", 1)[0] ?? "";
}
