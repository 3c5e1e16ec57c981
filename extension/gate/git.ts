/** Asks the `git` process short questions about a repository that nobody vouches for. */
import { spawn } from "node:child_process";
import type { Environment } from "../../shared/repository/shut-git.ts";
import { shutGitArguments, shutGitEnvironment } from "../../shared/repository/shut-git.ts";
import type { Clock } from "../clock.ts";

/** As long as an answer may take. The longest of a big repository on a slow disk is a tenth of it. */
const timeoutMs = 3_000;
/** More than any answer asked for here; a longer one is none. */
const maxOutputChars = 1_000_000;
const maxFileBytes = 2_097_152;

export type GitAnswer =
  /** Ended by itself; what its codes mean is the command's. */
  | { readonly kind: "ended"; readonly code: number; readonly output: string }
  /** Not installed, too slow, killed, or too long an answer. */
  | { readonly kind: "none" };

/** @param folder where git looks */
export type Git = (folder: string, args: readonly string[], input?: string) => Promise<GitAnswer>;

export interface GitDeps {
  readonly clock: Clock;
  readonly env: Environment;
  /**
   * A folder that no repository writes to, in which the process starts: Windows looks for programs in the current folder
   * first, and a repository may hold a `git.exe`.
   */
  readonly startIn: string;
}

export function createGit({ clock, env, startIn }: GitDeps): Git {
  return (folder, args, input = "") =>
    new Promise((resolve) => {
      const child = spawn("git", ["-C", folder, ...shutGitArguments(maxFileBytes), ...args], {
        cwd: startIn,
        env: shutGitEnvironment(env),
        stdio: ["pipe", "pipe", "ignore"],
        windowsHide: true,
      });
      let output = "";
      const giveUp = () => {
        end({ kind: "none" });
        child.kill("SIGKILL");
      };
      const timer = clock.after(timeoutMs, giveUp);
      const end = (answer: GitAnswer) => {
        timer.dispose();
        resolve(answer);
      };
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
        if (output.length > maxOutputChars) giveUp();
      });
      // A git that ends early closes its input; its exit code says why.
      child.stdin.on("error", () => undefined);
      child.once("error", () => end({ kind: "none" }));
      child.once("close", (code) => end(code === null ? { kind: "none" } : { kind: "ended", code, output }));
      child.stdin.end(input);
    });
}
