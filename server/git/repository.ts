/** A git repository on this machine, opened for reading: where it is, and what it is called. */
import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { normalizeRemote } from "../../shared/repository/remote.ts";
import type { Environment } from "../../shared/repository/shut-git.ts";
import { ConfigurationError, Failure } from "../errors.ts";
import type { GitPlace } from "./process.ts";
import { gitOutput } from "./process.ts";

export interface Repository {
  /** Commands run here, inside the git folder. */
  readonly place: GitPlace;
  /** `host/owner/name` of `origin`, else `upstream`, else the first remote that has an address on a network. */
  readonly remote: string | null;
  /** The folder's name; the same from every work tree of one repository. */
  readonly folder: string;
}

/**
 * @param folder a work tree or a bare repository, or a folder inside one
 * @param shown the same as the person wrote it
 * @throws ConfigurationError when there is no repository, or git refuses to read it.
 */
export async function openRepository(folder: string, env: Environment, shown: string): Promise<Repository> {
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there === undefined) throw new ConfigurationError(`there is no folder ${shown}.`);
  if (!there.isDirectory()) throw new ConfigurationError(`${shown} is a file; name a repository's folder.`);
  const answer = await gitOutput({ cwd: folder, env }, ["rev-parse", "--absolute-git-dir", "--git-common-dir"]).catch(
    (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new ConfigurationError(`${shown} cannot be read as a git repository: ${why}`, { cause: error });
    },
  );
  const [gitDir = "", commonDir = ""] = answer.split("\n");
  const place = { cwd: gitDir, env };
  const common = resolve(folder, commonDir);
  const name = basename(common) === ".git" ? basename(dirname(common)) : basename(common).replace(/\.git$/u, "");
  return { place, remote: await networkRemote(place), folder: name === "" ? "repository" : name };
}

export interface CommitRange {
  /** Commit ids, those whose history is left out with a `^` before them: the same tomorrow, whatever moves. */
  readonly revisions: readonly string[];
  /** How many commits it holds that are no merges. */
  readonly commits: number;
}

/**
 * What a range such as `v1..main` or `HEAD` names now.
 * @throws ConfigurationError where it names no commits.
 */
export async function resolveRange(repository: Repository, range: string): Promise<CommitRange> {
  const refuse = (why: string, cause?: unknown) =>
    new ConfigurationError(`the range ${JSON.stringify(range)} names no commits of ${repository.folder}${why}`, {
      cause,
    });
  // Nothing that begins like an option is one of git's names.
  if (range.startsWith("-") || range.trim() === "") throw refuse("");
  try {
    const named = await gitOutput(repository.place, ["rev-parse", "--revs-only", range, "--"]);
    const revisions = named.split("\n").filter((line) => line !== "");
    if (!revisions.some((revision) => !revision.startsWith("^"))) throw refuse("");
    const count = await gitOutput(repository.place, ["rev-list", "--count", "--no-merges", ...revisions, "--"]);
    return { revisions, commits: Number.parseInt(count, 10) };
  } catch (error) {
    if (error instanceof Failure) throw refuse(`: ${error.message}`, error);
    throw error;
  }
}

/** @throws ConfigurationError where `name` names no commit. */
export async function resolveCommit(repository: Repository, name: string): Promise<string> {
  try {
    const options = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
    return (await gitOutput(repository.place, options)).trim();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new ConfigurationError(`${JSON.stringify(name)} names no commit of ${repository.folder}`, { cause: error });
  }
}

/**
 * The first commit of the line that `revisions` follow, which side branches, merges and rewritten newer commits leave
 * as it is.
 */
export async function firstCommit(repository: Repository, revisions: readonly string[]): Promise<string> {
  const [tip = "HEAD"] = revisions.filter((revision) => !revision.startsWith("^"));
  const options = ["--first-parent", "--max-parents=0", "--end-of-options"];
  return (await gitOutput(repository.place, ["rev-list", ...options, tip, "--"])).trim();
}

async function networkRemote(place: GitPlace): Promise<string | null> {
  const settings = await gitOutput(place, ["config", "-z", "--list"]);
  const remotes = new Map<string, string>();
  for (const setting of settings.split("\0")) {
    const match = /^remote\.(?<name>.+)\.url\n(?<url>.+)$/u.exec(setting);
    const remote = normalizeRemote(match?.groups?.["url"] ?? "");
    if (match?.groups && remote !== null && !remotes.has(match.groups["name"] ?? "")) {
      remotes.set(match.groups["name"] ?? "", remote);
    }
  }
  return remotes.get("origin") ?? remotes.get("upstream") ?? remotes.values().next().value ?? null;
}
