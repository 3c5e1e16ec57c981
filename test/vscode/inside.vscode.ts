/**
 * The mocha suites of `inside/`, in the extension host of a real VS Code: a desktop's, downloaded by
 * `@vscode/test-electron`, where `STILLPOINT_VSCODE=download` asks for it, else the VS Code server's.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runTests } from "@vscode/test-electron";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleInside, scratchFolder } from "./bundle-inside.ts";
import type { InsideResult } from "./inside/index.ts";
import { repositoryRoot } from "./program.ts";

let scratch: string;
let results: InsideResult[];

beforeAll(async () => {
  scratch = scratchFolder();
  const report = join(scratch, "report.json");
  const folder = join(scratch, "project");
  mkdirSync(folder);
  writeFileSync(join(folder, "notes.txt"), "one\ntwo\n");
  await runTests({
    ...(process.env["STILLPOINT_VSCODE"] === "download"
      ? {}
      : { vscodeExecutablePath: join(import.meta.dirname, "code.ts") }),
    extensionDevelopmentPath: repositoryRoot,
    extensionTestsPath: await bundleInside("index.ts", scratch),
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
