/**
 * The mocha suites of `inside/`, in the extension host of a real VS Code: a desktop's, downloaded by
 * `@vscode/test-electron`, where `STILLPOINT_VSCODE=download` asks for it, else the VS Code server's.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runTests } from "@vscode/test-electron";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InsideResult } from "./inside/index.ts";
import { repositoryRoot } from "./program.ts";

/** In the checkout, so that the bundle finds mocha. */
const scratchRoot = join(repositoryRoot, ".vscode-test");

let scratch: string;
let results: InsideResult[];

beforeAll(async () => {
  mkdirSync(scratchRoot, { recursive: true });
  scratch = mkdtempSync(join(scratchRoot, "inside-"));
  const tests = join(scratch, "index.cjs");
  const report = join(scratch, "report.json");
  const folder = join(scratch, "project");
  mkdirSync(folder);
  writeFileSync(join(folder, "notes.txt"), "one\ntwo\n");
  await build({
    entryPoints: [join(import.meta.dirname, "inside", "index.ts")],
    outfile: tests,
    bundle: true,
    external: ["vscode", "mocha"],
    platform: "node",
    format: "cjs",
    target: "node20",
    supported: { "dynamic-import": false },
    sourcemap: "inline",
    logLevel: "warning",
  });
  await runTests({
    ...(process.env["STILLPOINT_VSCODE"] === "download"
      ? {}
      : { vscodeExecutablePath: join(import.meta.dirname, "code.ts") }),
    extensionDevelopmentPath: repositoryRoot,
    extensionTestsPath: tests,
    extensionTestsEnv: { STILLPOINT_TESTS_REPORT: report },
    launchArgs: [folder],
  });
  results = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : [];
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("inside VS Code", () => {
  it("the suites came to their end", () => expect(results.length).toBeGreaterThan(0));

  it("every test passed", () => {
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  });
});
