/**
 * Loaded by VS Code's extension host, bundled: runs the mocha suites beside it, which see VS Code as the extension does,
 * and writes what became of each test. No report means that the extension host died.
 */
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

const testTimeoutMs = 60_000;

export interface InsideResult {
  readonly title: string;
  /** Absent where it passed. */
  readonly error?: string;
}

export async function run(): Promise<void> {
  const report = process.env["STILLPOINT_TESTS_REPORT"];
  if (report === undefined) throw new Error("STILLPOINT_TESTS_REPORT names no file");
  const mocha = new Mocha({ ui: "bdd", timeout: testTimeoutMs });
  mocha.suite.emit("pre-require", globalThis as unknown as Mocha.MochaGlobals, "", mocha);
  await import("./suites.ts");
  const results: InsideResult[] = [];
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on("pass", (test) => results.push({ title: test.fullTitle() }))
      .on("fail", (test, error) => results.push({ title: test.fullTitle(), error: error.stack ?? String(error) }));
  });
  writeFileSync(report, JSON.stringify(results));
}
