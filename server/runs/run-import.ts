/** The import that a run begins with, where its task has one. */
import type { Json } from "../../shared/canonical-json.ts";
import { pseudonymKeyOfSeed, readPseudonymKey } from "../import/contributor.ts";
import type { GitImport } from "../import/import-git.ts";
import { IMPORT_GIT_VERSION, openGitImport } from "../import/import-git.ts";
import type { StageIdentity } from "./apply.ts";
import type { Task } from "./task-file.ts";
import { inputPath } from "./task-file.ts";

export interface RunImport {
  readonly gitImport: GitImport;
  /** In the form of a stage's. */
  readonly identity: StageIdentity;
  /** How far it is, from 0 to 1: by the commits that are read, or by the examples that are wanted. */
  share(lines: number): number;
}

export interface RunImportOptions {
  readonly task: Task;
  readonly seed: number;
  /** An existing folder, as an absolute path. */
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** @throws ConfigurationError for a folder that is no repository, or a range that names nothing in it */
export async function openRunImport(
  asked: NonNullable<Task["input"]["import-git"]>,
  { task, seed, dataDir, env, signal }: RunImportOptions,
): Promise<RunImport> {
  const { repo, pseudonyms, perCommit, range, max } = asked;
  const gitImport = await openGitImport({
    repo: inputPath(task, repo),
    ...(range !== undefined && { range }),
    ...(max !== undefined && { max }),
    seed,
    perCommit,
    contributorKey: pseudonyms === "seed" ? pseudonymKeyOfSeed(seed) : await readPseudonymKey(dataDir),
    env,
    signal,
  });
  const options: Record<string, Json> = { perCommit, pseudonyms, range: range ?? null, max: max ?? null };
  return {
    gitImport,
    identity: {
      stage: "import-git",
      version: IMPORT_GIT_VERSION,
      options,
      fingerprint: gitImport.identity,
      seed,
    },
    share(lines) {
      const read = gitImport.commits === 0 ? 1 : gitImport.counts.commits / gitImport.commits;
      return Math.min(1, Math.max(read, max === undefined ? 0 : lines / max));
    },
  };
}
