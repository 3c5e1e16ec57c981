/** `stillpoint import-git`: a repository's commits as examples. */
import { join } from "node:path";
import { Command } from "commander";
import { loadConfiguration } from "../configuration/configuration.ts";
import { ensureDataDir } from "../data-dir.ts";
import { ConfigurationError } from "../errors.ts";
import { readPseudonymKey } from "../import/contributor.ts";
import type { ImportCounts } from "../import/counts.ts";
import type { GitImport } from "../import/import-git.ts";
import { openGitImport } from "../import/import-git.ts";
import { openPatchImport } from "../import/patch-import.ts";
import { writeImport } from "../import/resume.ts";
import { openResumedImport } from "../import/resumed-import.ts";
import type { LineOutput } from "../jsonl/line-output.ts";
import { acquireLock } from "../jsonl/lock.ts";
import { spool } from "../jsonl/spool.ts";
import { openOutput, outputTarget, streamOutput } from "../jsonl/write.ts";
import { legend } from "../reports/reasons.ts";
import { formatCount } from "../reports/terminal.ts";
import { scoped } from "../scope.ts";
import type { CliContext } from "./context.ts";
import { startProgress } from "./progress.ts";
import { parseNatural, parsePositive } from "./stage-flags.ts";

/** Of the legend, which stands four columns in. */
const legendColumns = 76;

interface ImportArguments {
  readonly repo: string;
  readonly range?: string;
  readonly max?: number;
  readonly seed?: number;
  readonly perCommit: number;
  readonly resume?: boolean;
  readonly patch?: string;
  readonly base?: string;
  readonly output?: string;
}

const help = `
Examples:
  $ stillpoint import-git --repo . -o examples.jsonl
  $ stillpoint import-git --repo ../library --range v1.0..main --per-commit 3 \\
      -o examples.jsonl
  $ stillpoint import-git --repo . --resume -o new.jsonl          # every week
  $ git format-patch --stdout main..topic |
      stillpoint import-git --repo . --base main --patch -

Every commit with 2 to 1,000 changed lines of code is replayed hunk by hunk;
some way in, a snapshot is taken, and the rest of the commit says how it
settled. Merges, renames, lock files, generated and vendored files, binaries and
files that hold secrets are left out. Authors become pseudonyms under
DATA/pseudonym-key. Nothing of the repository's configuration is run, and
nothing is fetched.

-o FILE is written as FILE.partial and put in its place at the end; the same
command continues a partial file while the repository's range names the same
commits.

--resume takes only commits that no import with --resume has seen under this
DATA, for this repository (its remote, else its first commit), --seed and
--per-commit. FILE holds the new ones alone, and is empty where there are none.
Seen is whatever was read, whether it gave an example or not; with --max, what
is left comes next time. A rebased commit is new, unless its patch is one that
was seen: the same changed lines with the same three lines around them, as git
patch-id has it. What was seen is kept in DATA/imports once FILE is in place.

--patch reads the output of git format-patch, one patch or many, in its order,
and takes these instead of the repository's commits. What stood in a file before
comes from --repo: the blob that the patch names, else the file at --base with
the patches above applied. A patch that does not apply exactly is passed over,
and said.`;

export function importGitCommand(cli: CliContext): Command {
  return new Command("import-git")
    .description("Turns a git repository's history into examples, newest commit first.")
    .requiredOption("--repo <dir>", "the repository, or a folder in it")
    .option("--range <range>", "commits to read, such as v1..main (default: HEAD)")
    .option("--max <n>", "make at most n examples", parsePositive)
    .option("--per-commit <n>", "examples of one commit, at most; each has a target of its own", parsePositive, 1)
    .option("--resume", "only commits that were not seen before; needs -o FILE")
    .option("--patch <file>", "patches to read instead: output of git format-patch; - is standard input")
    .option("--base <commit>", "what the first patch was made on (default: HEAD)")
    .option("--seed <n>", "seed of every random choice (default: 1)", parseNatural)
    .option("-o, --output <file>", "where to write them (default: standard output)")
    .addHelpText("after", help)
    .action(async (given: ImportArguments) => runImport(cli, given));
}

async function runImport(cli: CliContext, given: ImportArguments): Promise<void> {
  const { dataDir, configFile, env, signal } = cli;
  refuseTogether(given);
  const { seed } = loadConfiguration({ dataDir, configFile, env, flags: { seed: given.seed } });
  ensureDataDir(dataDir);
  await scoped(async (defer) => {
    const options = {
      repo: cli.path(given.repo),
      repoShown: given.repo,
      ...(given.range !== undefined && { range: given.range }),
      ...(given.max !== undefined && { max: given.max }),
      seed,
      perCommit: given.perCommit,
      contributorKey: await readPseudonymKey(dataDir),
      env,
      signal,
    };
    const patch = given.patch === undefined ? undefined : await patchFile(cli, given.patch, defer);
    const resumed = given.resume ? await openResumedImport(options, dataDir) : undefined;
    if (resumed) defer(() => resumed.close());
    const gitImport = patch
      ? await openPatchImport({
          ...options,
          ...patch,
          ...(given.base !== undefined && { base: given.base }),
          onPassedOver: (sentence) => cli.warn(sentence),
        })
      : (resumed ?? (await openGitImport(options)));
    const output = await openImportOutput(cli, given, gitImport, defer);
    defer(() => output.close());
    const progress = startProgress(cli, "import-git");
    defer(() => progress.end());
    const { counts, commits } = gitImport;
    const onLine = (lines: number) => progress.update(lines, importedShare(counts, commits, lines, given.max));
    const { kept, written } = await writeImport({ gitImport, output, signal, onLine });
    await resumed?.save();
    progress.end();
    if (resumed && resumed.commits === 0) cli.note(`no commit of ${given.repo} is new.`);
    else if (written.lines === 0)
      cli.warn(`no ${patch ? `patch of ${patch.patchShown}` : `commit of ${given.repo}`} gives an example.`);
    for (const line of importSummary(counts, written.lines, kept, resumed?.seenBefore)) cli.note(line);
  });
}

/** @throws ConfigurationError for options of which one says nothing about the other's commits */
function refuseTogether({ patch, range, resume, base }: ImportArguments): void {
  if (patch === undefined && base !== undefined) throw new ConfigurationError("--base is for --patch.");
  if (patch === undefined) return;
  if (range !== undefined) throw new ConfigurationError("--patch and --range exclude each other.");
  if (resume) throw new ConfigurationError("--patch and --resume exclude each other: patches are given, not found.");
}

/** Where the patches lie; those of a pipe in a copy, since they are read twice. */
async function patchFile(cli: CliContext, written: string, defer: (release: () => Promise<void>) => void) {
  if (written !== "-") return { patch: cli.path(written), patchShown: written };
  if (cli.stdinIsTerminal) {
    throw new ConfigurationError(
      "--patch - reads standard input, which is a terminal: pipe git format-patch --stdout into it.",
    );
  }
  const copy = await spool(cli.stdin, join(cli.dataDir, "spool"), cli.signal);
  defer(() => copy.remove());
  return { patch: copy.path, patchShown: "standard input" };
}

async function openImportOutput(
  cli: CliContext,
  { output: file, resume = false }: ImportArguments,
  gitImport: GitImport,
  defer: (release: () => Promise<void>) => void,
): Promise<LineOutput> {
  const stdout = file === undefined || file === "-" || file === "/dev/stdout";
  const target = stdout ? undefined : await outputTarget(cli.path(file), file);
  if (resume && target?.kind !== "file") {
    throw new ConfigurationError("--resume needs -o FILE: what goes into a pipe may be lost and would count as seen.");
  }
  if (file === undefined || target === undefined) return streamOutput(cli.stdout, "standard output");
  if (target.kind === "file") defer(await acquireLock(`${target.path}.lock`, file));
  return openOutput(target, file, gitImport.identity);
}

/** How far an import is: by the commits that are left, or by the examples that are wanted, whichever ends it first. */
function importedShare(counts: ImportCounts, commits: number, lines: number, max: number | undefined): number {
  const read = commits === 0 ? 1 : counts.commits / commits;
  return Math.min(1, Math.max(read, max === undefined ? 0 : lines / max));
}

function importSummary(counts: ImportCounts, lines: number, kept: number, seenBefore: number | undefined): string[] {
  const facts = [
    `${formatCount(lines)} examples of ${formatCount(counts.used)} commits; ${formatCount(counts.commits)} read`,
  ];
  if (seenBefore !== undefined) facts.push(`${formatCount(seenBefore)} seen before`);
  if (kept > 0) facts.push(`went on behind ${formatCount(kept)}`);
  const summary = [`import-git: ${facts.join(", ")}`];
  const commits = reasons(counts.skippedCommits);
  const files = reasons(counts.skippedFiles);
  if (commits !== "") summary.push(`  commits without one: ${commits}`);
  if (files !== "") summary.push(`  files left out: ${files}`);
  const codes = [...counts.skippedCommits.keys(), ...counts.skippedFiles.keys()];
  summary.push(...legend(codes, legendColumns).map((line) => `    ${line}`));
  return summary;
}

/** `12 lockfile, 3 binary`, the most frequent first. */
function reasons(counts: ReadonlyMap<string, number>): string {
  const entries = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return entries.map(([reason, n]) => `${formatCount(n)} ${reason}`).join(", ");
}
