/**
 * What a repository is called, where its HEAD stands and which licence its root states: for the snapshot, and for the gate, which
 * must know it before anything may leave.
 */

import * as z from "zod/mini";
import { findPersonalData } from "../../shared/privacy/personal.ts";
import type { repositoryFacts } from "../../shared/records/snapshot.ts";
import { isLicenceFile, licenceOf } from "../../shared/repository/licence.ts";
import { normalizeRemote } from "../../shared/repository/remote.ts";
import type { Clock } from "../clock.ts";
import type { Files } from "../gate/files.ts";
import { systemCode } from "../gate/files.ts";
import type { Git } from "../gate/git.ts";
import { join } from "../gate/ignore-files.ts";
import { gitFolders, rootsAbove } from "../gate/repository-roots.ts";
import { nameOf } from "../gate/uri.ts";

export type RepositoryName =
  | { readonly kind: "named"; readonly name: string }
  /** No repository, or one with no address on a network. */
  | { readonly kind: "nameless" }
  /** There is a repository, and git does not say what it is called. */
  | { readonly kind: "unreadable" };

export interface RepositoryState {
  /** `host/owner/name` of `origin`, else `upstream`, else the first remote that has an address on a network. */
  readonly name: RepositoryName;
  /** The root folder's own name; null outside of any repository, and where it is a person's home folder, called as they are. */
  readonly folder: string | null;
  /** HEAD's commit; null before the first. */
  readonly revision: string | null;
  /** Null where HEAD is detached. */
  readonly branch: string | null;
  /** SPDX; null where none that we know is stated. */
  readonly licence: string | null;
}

export interface Repositories {
  /**
   * Of the innermost repository that `folder` is in.
   * @param workspaceFolder whose licence counts where there is no repository
   * What cannot be read is `unreadable` and has no licence.
   */
  of(folder: string, workspaceFolder: string): Promise<RepositoryState>;
  /** The licence that the files of a folder state: the root of a repository, or of an installed package. */
  licenceOf(folder: string): Promise<string | null>;
}

export interface RepositoriesDeps {
  readonly files: Files;
  readonly git: Git;
  readonly clock: Clock;
}

/** Not all that git reads can be watched: an alias in the person's own configuration gives a remote another name. */
const maxAgeMs = 60_000;
const maxKept = 200;
const maxLicenceBytes = 100_000;
const maxPackageBytes = 1_000_000;

/** An SPDX identifier, in the spelling of npm. */
const packageFile = z.object({ license: z.string().check(z.regex(/^[\w.+-]{1,64}$/u)) });

export function createRepositories({ files, git, clock }: RepositoriesDeps): Repositories {
  const states = new Map<string, { readonly stamp: string; readonly atMs: number; readonly state: RepositoryState }>();
  const licences = new Map<string, { readonly atMs: number; readonly licence: string | null }>();

  async function licenceIn(folder: string): Promise<string | null> {
    const known = licences.get(folder);
    if (known && clock.monotonicMs() - known.atMs <= maxAgeMs) return known.licence;
    const licence = (await statedByText(folder)) ?? (await statedByPackage(folder));
    keep(licences, folder, { atMs: clock.monotonicMs(), licence });
    return licence;
  }

  async function statedByText(folder: string): Promise<string | null> {
    const names = (await files.list(folder)) ?? [];
    for (const name of names.filter(isLicenceFile).sort()) {
      const text = await files.readText(join(folder, name), maxLicenceBytes);
      const licence = text === null ? null : licenceOf(text);
      if (licence !== null) return licence;
    }
    return null;
  }

  /** A package.json's own word, where there is no text: an SPDX identifier. */
  async function statedByPackage(folder: string): Promise<string | null> {
    const text = await files.readText(join(folder, "package.json"), maxPackageBytes);
    const parsed = packageFile.safeParse(jsonOf(text ?? ""));
    return parsed.success ? parsed.data.license : null;
  }

  /** What changes with every commit, switch of branches and change of remotes. */
  async function stampOf(root: string): Promise<string> {
    const { own, common } = await gitFolders(files, root);
    const watched = [join(own, "HEAD"), join(own, "logs/HEAD"), join(common, "config")];
    const stats = await Promise.all(watched.map((path) => files.stat(path)));
    return stats.map((each) => `${each?.modifiedMs ?? "none"} ${each?.bytes ?? ""}`).join("\n");
  }

  async function nameOfRemote(root: string): Promise<RepositoryName> {
    const listed = await git(root, ["remote"]);
    if (listed.kind === "none" || listed.code !== 0) return { kind: "unreadable" };
    const remotes = listed.output.split("\n").filter((name) => name !== "");
    const first = ["origin", "upstream"].filter((name) => remotes.includes(name));
    for (const remote of new Set([...first, ...remotes])) {
      // Asked of git, which knows the aliases (`url.*.insteadOf`) that would hide a host's name.
      const url = await git(root, ["remote", "get-url", "--", remote]);
      if (url.kind === "none") return { kind: "unreadable" };
      const name = url.code === 0 ? normalizeRemote(url.output.split("\n", 1)[0] ?? "") : null;
      if (name !== null) return { kind: "named", name };
    }
    return { kind: "nameless" };
  }

  async function lineOf(root: string, args: readonly string[]): Promise<string | null> {
    const answer = await git(root, args);
    const line = answer.kind === "ended" && answer.code === 0 ? answer.output.trim() : "";
    return line === "" ? null : line;
  }

  async function ask(root: string): Promise<RepositoryState> {
    const [name, revision, branch, licence] = await Promise.all([
      nameOfRemote(root),
      lineOf(root, ["rev-parse", "--verify", "--quiet", "HEAD"]),
      lineOf(root, ["symbolic-ref", "--quiet", "--short", "HEAD"]),
      licenceIn(root),
    ]);
    return { name, folder: isHome(root) ? null : nameOf(root) || null, revision, branch, licence };
  }

  async function stateOf(folder: string, workspaceFolder: string): Promise<RepositoryState> {
    const real = (await files.realPath(folder)) ?? folder;
    const [root] = await rootsAbove(files, join(real, "."), real);
    if (root === undefined) {
      const licence = await licenceIn(workspaceFolder);
      return { name: { kind: "nameless" }, folder: null, revision: null, branch: null, licence };
    }
    const stamp = await stampOf(root);
    const known = states.get(root);
    if (known?.stamp === stamp && clock.monotonicMs() - known.atMs <= maxAgeMs) return known.state;
    const state = await ask(root);
    keep(states, root, { stamp, atMs: clock.monotonicMs(), state });
    return state;
  }

  return {
    async of(folder, workspaceFolder) {
      try {
        return await stateOf(folder, workspaceFolder);
      } catch (error) {
        systemCode(error);
        return { name: { kind: "unreadable" }, folder: null, revision: null, branch: null, licence: null };
      }
    },
    async licenceOf(folder) {
      try {
        return await licenceIn(folder);
      } catch (error) {
        systemCode(error);
        return null;
      }
    },
  };
}

/** As a snapshot has it; undefined where there is nothing to say. */
export function snapshotRepository(state: RepositoryState): z.infer<typeof repositoryFacts> | undefined {
  const { name, folder, revision, licence } = state;
  const facts = {
    ...(name.kind === "named" ? { remote: name.name } : {}),
    ...(revision === null ? {} : { revision }),
    ...(folder === null ? {} : { folder }),
    ...(licence === null ? {} : { licence }),
  };
  return Object.keys(facts).length > 0 ? facts : undefined;
}

function isHome(folder: string): boolean {
  const found = findPersonalData(`${folder}/`);
  return found.some(({ kind, parts }) => kind === "home" && parts.some(({ end }) => end === folder.length));
}

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > maxKept && oldest !== undefined) map.delete(oldest);
}

/** Undefined where the text is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
