/** `stillpoint import-git`: a repository's commits as examples. */
import { Command } from "commander";
import { loadConfiguration } from "../configuration/configuration.ts";
import { ensureDataDir } from "../data-dir.ts";
import { readPseudonymKey } from "../import/contributor.ts";
import type { ImportCounts } from "../import/counts.ts";
import type { GitImport } from "../import/import-git.ts";
import { openGitImport } from "../import/import-git.ts";
import { writeImport } from "../import/resume.ts";
import { acquireLock } from "../jsonl/lock.ts";
import type { LineOutput } from "../jsonl/write.ts";
import { openOutput, outputTarget, streamOutput } from "../jsonl/write.ts";
import { formatCount } from "../reports/terminal.ts";
import { scoped } from "../scope.ts";
import type { CliContext } from "./context.ts";
import { startProgress } from "./progress.ts";
import { parseNatural, parsePositive } from "./stage-flags.ts";

interface ImportArguments {
  readonly repo: string;
  readonly range?: string;
  readonly max?: number;
  readonly seed?: number;
  readonly perCommit: number;
  readonly output?: string;
}

const help = `
Examples:
  $ stillpoint import-git --repo . -o examples.jsonl
  $ stillpoint import-git --repo ../library --range v1.0..main --per-commit 3 -o examples.jsonl

Every commit with 2 to 1,000 changed lines of code is replayed hunk by hunk; some
way in, a snapshot is taken, and the rest of the commit says how it settled.
Merges, renames, lock files, generated and vendored files, binaries and files that
hold secrets are left out. Authors become pseudonyms under DATA/pseudonym-key.
Nothing of the repository's configuration is run, and nothing is fetched.

-o FILE is written as FILE.partial and put in its place at the end; the same command
continues a partial file while the repository's range names the same commits.`;

export function importGitCommand(cli: CliContext): Command {
  return new Command("import-git")
    .description("Turns a git repository's history into examples, newest commit first.")
    .requiredOption("--repo <dir>", "the repository, or a folder in it")
    .option("--range <range>", "commits to read, such as v1..main (default: HEAD)")
    .option("--max <n>", "make at most n examples", parsePositive)
    .option("--per-commit <n>", "examples of one commit, at most; each has a target of its own", parsePositive, 1)
    .option("--seed <n>", "seed of every random choice (default: 1)", parseNatural)
    .option("-o, --output <file>", "where to write them (default: standard output)")
    .addHelpText("after", help)
    .action(async (given: ImportArguments) => runImport(cli, given));
}

async function runImport(cli: CliContext, given: ImportArguments): Promise<void> {
  const { dataDir, configFile, env, signal } = cli;
  const { seed } = loadConfiguration({ dataDir, configFile, env, flags: { seed: given.seed } });
  ensureDataDir(dataDir);
  await scoped(async (defer) => {
    const gitImport = await openGitImport({
      repo: cli.path(given.repo),
      ...(given.range !== undefined && { range: given.range }),
      ...(given.max !== undefined && { max: given.max }),
      seed,
      perCommit: given.perCommit,
      contributorKey: await readPseudonymKey(dataDir),
      env,
      signal,
    });
    const output = await openImportOutput(cli, given.output, gitImport, defer);
    defer(() => output.close());
    const progress = startProgress(cli, "import-git");
    defer(() => progress.end());
    const { counts, commits } = gitImport;
    const onLine = (lines: number) => progress.update(lines, importedShare(counts, commits, lines, given.max));
    const { kept, written } = await writeImport({ gitImport, output, signal, onLine });
    progress.end();
    if (written.lines === 0) cli.warn(`no commit of ${given.repo} gives an example.`);
    for (const line of importSummary(counts, written.lines, kept)) cli.note(line);
  });
}

async function openImportOutput(
  cli: CliContext,
  file: string | undefined,
  gitImport: GitImport,
  defer: (release: () => Promise<void>) => void,
): Promise<LineOutput> {
  if (file === undefined || file === "-" || file === "/dev/stdout") return streamOutput(cli.stdout, "standard output");
  const target = await outputTarget(cli.path(file), file);
  if (target.kind === "file") defer(await acquireLock(`${target.path}.lock`, file));
  return openOutput(target, file, gitImport.identity);
}

/** How far an import is: by the commits that are left, or by the examples that are wanted, whichever ends it first. */
function importedShare(counts: ImportCounts, commits: number, lines: number, max: number | undefined): number {
  const read = commits === 0 ? 1 : counts.commits / commits;
  return Math.min(1, Math.max(read, max === undefined ? 0 : lines / max));
}

function importSummary(counts: ImportCounts, lines: number, kept: number): string[] {
  const facts = [
    `${formatCount(lines)} examples of ${formatCount(counts.used)} commits; ${formatCount(counts.commits)} read`,
  ];
  if (kept > 0) facts.push(`went on behind ${formatCount(kept)}`);
  const summary = [`import-git: ${facts.join(", ")}`];
  const commits = reasons(counts.skippedCommits);
  const files = reasons(counts.skippedFiles);
  if (commits !== "") summary.push(`  commits without one: ${commits}`);
  if (files !== "") summary.push(`  files left out: ${files}`);
  return summary;
}

/** `12 lockfile, 3 binary`, the most frequent first. */
function reasons(counts: ReadonlyMap<string, number>): string {
  const entries = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return entries.map(([reason, n]) => `${formatCount(n)} ${reason}`).join(", ");
}
