/**
 * How many commits a second `stillpoint import-git` reads, and its resident memory at its largest, beside what
 * `git log -p` alone takes for the same commits: `node test/bench/import-git.bench.ts [REPOSITORY]`. Without one it
 * makes seeded ones of 300, 1,200 and 4,800 commits. The issue asks for 50 commits a second and flat memory.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeHistory } from "../makers/git-history.ts";

const SIZES = [300, 1_200, 4_800];
const SEED = 7;
const MIN_COMMITS_A_SECOND = 50;
/** From the smallest to the largest; what grows with a history is what is wrong. */
const MAX_GROWTH_MB = 100;
const MAX_OUTPUT_BYTES = 2 ** 31 - 1;

const program = fileURLToPath(new URL("../../server/cli/main.ts", import.meta.url));
/** Ends the command with its own largest resident set, which Node gives in kilobytes. */
const atExit = `process.on("exit", () => process.stderr.write("\\nmaxRSS " + process.resourceUsage().maxRSS + "\\n"));`;

interface Measured {
  readonly commitsPerSecond: number;
  readonly megabytes: number;
}

function measure(repository: string, folder: string): Measured {
  const logged = performance.now();
  const log = spawnSync("git", ["log", "-p", "--no-merges", "-U0"], { cwd: repository, maxBuffer: MAX_OUTPUT_BYTES });
  const logMs = performance.now() - logged;
  if (log.status !== 0) throw new Error(`git log ended with ${log.status}`);
  const started = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...["--import", `data:text/javascript,${encodeURIComponent(atExit)}`, program, "--data", join(folder, "data")],
      ...["import-git", "--repo", repository, "-o", join(folder, "examples.jsonl")],
    ],
    { encoding: "utf8" },
  );
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`import-git ended with ${status}: ${stderr}`);
  const [, examples = "0", read = "0"] = /([\d,]+) examples of [\d,]+ commits; ([\d,]+) read/u.exec(stderr) ?? [];
  const commits = Number(read.replaceAll(",", ""));
  const made = Number(examples.replaceAll(",", ""));
  const megabytes = Number(/maxRSS (\d+)/u.exec(stderr)?.[1] ?? Number.NaN) / 1_024;
  console.log(
    `  ${read.padStart(6)} commits  ${perSecond(commits, ms)} commits/s  ${perSecond(made, ms)} examples/s  ` +
      `${megabytes.toFixed(0).padStart(4)} MB at most  ${(ms / logMs).toFixed(1).padStart(5)} times git log -p alone`,
  );
  return { commitsPerSecond: (commits / ms) * 1_000, megabytes };
}

function perSecond(n: number, ms: number): string {
  return ((n / ms) * 1_000).toFixed(0).padStart(5);
}

const [given] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "stillpoint-bench-"));
try {
  const results: Measured[] = [];
  if (given !== undefined) results.push(measure(given, folder));
  else {
    for (const commits of SIZES) {
      const repository = join(folder, `history-${commits}`);
      await makeHistory(repository, { commits, seed: SEED });
      results.push(measure(repository, folder));
    }
  }
  const slowest = Math.min(...results.map(({ commitsPerSecond }) => commitsPerSecond));
  const growth = (results.at(-1)?.megabytes ?? 0) - (results[0]?.megabytes ?? 0);
  if (slowest < MIN_COMMITS_A_SECOND || growth > MAX_GROWTH_MB) {
    console.log(`  asked for: ${MIN_COMMITS_A_SECOND} commits/s, and at most ${MAX_GROWTH_MB} MB more for the largest`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
