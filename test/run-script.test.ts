/** `scripts/run.mjs`: what it says to a person who mistyped, and that it hands over arguments, output and exit code. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const script = resolve("scripts/run.mjs");

function runScript(args: string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
  const { INIT_CWD: _npm, ...env } = process.env;
  return spawnSync(process.execPath, [script, ...args], {
    cwd: options.cwd ?? process.cwd(),
    env: { ...env, ...options.env },
    encoding: "utf8",
  });
}

describe("the set-up script", () => {
  it("lists its commands, and names the one that it does not know", () => {
    const { status, stdout, stderr } = runScript(["dmeo"]);
    expect(status).toBe(1);
    expect(stdout).toContain("demo");
    expect(stderr).toBe("stillpoint: there is no command dmeo; see above.\n");
  });

  it("hands over arguments and standard output, and says nothing itself where all is set up", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    const { status, stdout, stderr } = runScript(["stillpoint", "--version"]);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("ends with the command's exit code", () => {
    expect(runScript(["stillpoint", "no-such-command"]).status).toBe(2);
  });

  it("counts paths from where the person typed, not from where npm stands", () => {
    const folder = mkdtempSync(join(tmpdir(), "stillpoint-cwd-"));
    const { status, stderr } = runScript(["stillpoint", "stats", "nothing-here.jsonl"], { env: { INIT_CWD: folder } });
    rmSync(folder, { recursive: true });
    expect(status).toBe(2);
    expect(stderr).toContain("nothing-here.jsonl");
  });
});
