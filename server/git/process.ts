/** Runs git on a repository that nobody vouches for, with whatever its configuration could start switched off. */
import type { ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Environment } from "../../shared/repository/shut-git.ts";
import { shutGitArguments, shutGitEnvironment } from "../../shared/repository/shut-git.ts";
import { ConfigurationError, Failure } from "../errors.ts";

/** What git says on standard error is kept up to here, for the sentence that reports a failure. */
const maxErrorBytes = 4_096;

/** Files above this count as binary in diffs, so that no giant is ever printed. The same as the largest file imported. */
export const maxFileBytes = 2_097_152;

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
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(
    "git",
    [...shutGitArguments(maxFileBytes), ...args],
    {
      cwd: place.cwd,
      env: shutGitEnvironment(place.env),
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
    },
  );
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
