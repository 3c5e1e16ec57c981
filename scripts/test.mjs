/**
 * Every check, in one go: lint and format (Biome), types, dead code (knip), the tests (vitest) and those inside a real
 * VS Code, where there is one (`scripts/vscode-host.mjs` brings it). Ends with one line over all of them,
 * `N passed, N failed`. Arguments go to vitest, to run some of the tests and none in VS Code: `npm test -- test/shared`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (path) => join(root, "node_modules", path);

const CHECKS = [
  ["lint and layers", [at("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."]],
  ["types", [at("typescript/bin/tsc"), "-p", "."]],
  ["types, by what the oldest VS Code has", [at("typescript/bin/tsc"), "-p", "extension"]],
  ["dead code", [at("knip/bin/knip.js"), "--no-progress"]],
];

const totals = { passed: 0, failed: 0, skipped: 0 };

for (const [name, command] of CHECKS) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  totals[status === 0 ? "passed" : "failed"]++;
  console.log(`${status === 0 ? "✓" : "✗"} ${name} (${seconds} s)`);
  if (status !== 0) console.log(`${stdout}${stderr}`.trimEnd());
}

count(vitest(process.argv.slice(2)));
if (process.argv.length === 2) {
  const { findProgram } = await import("../test/vscode/program.ts");
  const program = findProgram();
  if ("missing" in program) {
    totals.skipped++;
    console.log(`- the tests inside VS Code: ${program.missing}`);
  } else testInVsCode();
}

const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed > 0 ? 1 : 0;

/**
 * A window of a real editor on a busy machine can miss a moment that a person would not notice: a file counts as failed
 * when it fails twice, each time in a VS Code of its own.
 */
function testInVsCode() {
  const config = ["--config", "test/vscode/vitest.config.ts"];
  const first = vitest(config);
  const failed = first.files.filter(({ status }) => status !== "passed");
  if (first.failed === 0 || failed.length === 0) return count(first);
  console.log(`\nOnce more, in new windows: ${failed.map(({ name }) => relative(root, name)).join(", ")}`);
  for (const { assertionResults } of failed) {
    for (const { status } of assertionResults) {
      if (status === "passed") first.passed--;
      else if (status !== "failed") first.skipped--;
    }
  }
  count({ ...first, failed: 0 });
  count(vitest([...config, ...failed.map(({ name }) => name)]));
}

function count({ passed, failed, skipped }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
}

/** Runs vitest with these arguments. */
function vitest(args) {
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-test-"));
  try {
    const report = join(folder, "vitest.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const run = spawnSync(process.execPath, [at("vitest/vitest.mjs"), "run", ...reporters, ...args], {
      cwd: root,
      stdio: "inherit",
    });
    const counts = readReport(report);
    return {
      passed: counts.numPassedTests,
      // A file that cannot be loaded, or an error outside any test, fails the run without a failed test to count.
      failed: counts.numFailedTests || (run.status === 0 ? 0 : 1),
      skipped: counts.numPendingTests + counts.numTodoTests,
      files: counts.testResults,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Vitest's counts; a report that is not there means that vitest itself fell over, which is one failure. */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    console.log(`✗ vitest left no report: ${error.message}`);
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}
