/** What `npm publish` would send: the bundle with its tasks, run by Node alone, far from the checkout. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeRepository } from "./repository.ts";

const run = promisify(execFile);
const checkout = resolve(import.meta.dirname, "..", "..");

describe("the package", () => {
  let folder = "";
  let command = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "stillpoint-package-"));
    const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: checkout });
    await run("tar", ["-xzf", stdout.trim().split("\n").at(-1) ?? "", "-C", "."], { cwd: folder });
    // In place of `npm install`: the dependencies that the lock file names.
    await symlink(join(checkout, "node_modules"), join(folder, "package", "node_modules"));
    command = join(folder, "package", "dist", "stillpoint.mjs");
    await makeRepository(join(folder, "history"), 40);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("says the version that its manifest has", async () => {
    const { version } = JSON.parse(await readFile(join(checkout, "package.json"), "utf8")) as { version: string };
    const { stdout } = await run(process.execPath, [command, "--version"]);
    expect(stdout).toBe(`${version}\n`);
  });

  it("finds its own tasks and grammars: the demo makes the dataset that it makes from source", async () => {
    const source = join(checkout, "server", "cli", "main.ts");
    const demo = (main: string, data: string) =>
      run(process.execPath, [main, "demo", "--repo", "history", "--max", "40", "--quiet", "--data", data], {
        cwd: folder,
      });
    await Promise.all([demo(command, "bundled"), demo(source, "plain")]);
    const manifest = (data: string) => readFile(join(folder, data, "datasets", "demo", "v1", "manifest.json"), "utf8");
    const bundled = await manifest("bundled");
    expect(bundled).toBe(await manifest("plain"));
    expect(bundled).toContain('"demo"');
  });
});
