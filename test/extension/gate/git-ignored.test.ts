/** What git ignores, asked of git and, where it cannot answer, of the lists that it would have read. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Files } from "../../../extension/gate/files.ts";
import { nodeFiles } from "../../../extension/gate/files.ts";
import type { Git } from "../../../extension/gate/git.ts";
import { createGit } from "../../../extension/gate/git.ts";
import { createGitIgnored } from "../../../extension/gate/git-ignored.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { runGit } from "../../makers/git-history.ts";

let folder = "";
let home = "";
const files: Files = nodeFiles(process.platform);

beforeEach(async () => {
  const base = await realpath(await mkdtemp(join(tmpdir(), "stillpoint-ignored-")));
  folder = join(base, "shop");
  home = join(base, "home");
  await mkdir(folder);
  await mkdir(home);
});

afterEach(async () => {
  await rm(dirname(folder), { recursive: true, force: true });
});

async function put(path: string, text = ""): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

const realGit: Git = createGit({
  clock: manualClock(),
  env: { PATH: process.env["PATH"], HOME: "/nonexistent" },
  startIn: tmpdir(),
});
const noGit: Git = async () => ({ kind: "none" });
const gitThatRefuses: Git = async () => ({ kind: "ended", code: 128, output: "" });

async function ignoredOf(git: Git, ...paths: string[]): Promise<string[]> {
  const ignored = await createGitIgnored({ files, git, home })(
    paths.map((path) => join(folder, path)),
    folder,
  );
  return paths.filter((path) => ignored.has(join(folder, path)));
}

describe.each([
  ["git", realGit],
  ["no git", noGit],
  ["a git that refuses to read the repository", gitThatRefuses],
])("with %s", (_, git) => {
  it("ignored files are known, in nested lists and against negations", async () => {
    await runGit(folder, ["init", "-q"]);
    await put(".gitignore", "*.log\n!kept.log\nbuild/\n/top.ts\n");
    await put("web/.gitignore", "secret.ts\n!loud.log\n");
    await put("build/.gitignore", "!*\n");
    const ignored = ["a.log", "build/a.ts", "top.ts", "web/secret.ts", "web/deep/secret.ts", "web/b.log"];
    const others = ["a.ts", "kept.log", "web/top.ts", "web/loud.log", "secret.ts"];
    expect(await ignoredOf(git, ...ignored, ...others)).toEqual(ignored);
  });

  it("a file that is ignored and was added by force is ignored", async () => {
    await runGit(folder, ["init", "-q"]);
    await put(".gitignore", "local.ts\n");
    await put("local.ts");
    await runGit(folder, ["add", "--force", "local.ts"]);
    expect(await ignoredOf(git, "local.ts")).toEqual(["local.ts"]);
  });

  it("a repository's own list outside of the work tree counts", async () => {
    await runGit(folder, ["init", "-q"]);
    await put(".git/info/exclude", "notes/\n");
    expect(await ignoredOf(git, "notes/a.ts", "a.ts")).toEqual(["notes/a.ts"]);
  });

  it("a repository in another is held to both of their lists", async () => {
    await runGit(folder, ["init", "-q"]);
    await put(".gitignore", "cloned/\n");
    for (const inner of ["cloned", "module"]) {
      await mkdir(join(folder, inner));
      await runGit(join(folder, inner), ["init", "-q"]);
    }
    await put("module/.gitignore", "*.key.ts\n");
    expect(await ignoredOf(git, "cloned/a.ts", "module/a.ts", "module/b.key.ts")).toEqual([
      "cloned/a.ts",
      "module/b.key.ts",
    ]);
  });

  it("lists above a workspace folder within the repository count", async () => {
    await runGit(folder, ["init", "-q"]);
    await put(".gitignore", "packages/web/gen.ts\n");
    await put("packages/web/a.ts");
    const web = join(folder, "packages/web");
    const ignored = await createGitIgnored({ files, git, home })([join(web, "gen.ts"), join(web, "a.ts")], web);
    expect([...ignored]).toEqual([join(web, "gen.ts")]);
  });

  it("a folder that is no repository yet is held to its lists already", async () => {
    await put(".gitignore", "*.log\n");
    expect(await ignoredOf(git, "a.log", "a.ts")).toEqual(["a.log"]);
  });

  it("names with line ends, spaces and other letters are no way around", async () => {
    await runGit(folder, ["init", "-q"]);
    await put(".gitignore", "hidden/\n");
    const names = ["hidden/a\nb.ts", "hidden/ü b.ts", "hidden/-x.ts"];
    expect(await ignoredOf(git, ...names, "a\nhidden.ts")).toEqual(names);
  });
});

it("without git, the lists of all repositories and of a linked work tree are read", async () => {
  await runGit(folder, ["init", "-q", "-b", "main"]);
  await runGit(folder, [
    "-c",
    "user.name=a",
    "-c",
    "user.email=ada@example.com",
    "commit",
    "-q",
    "--allow-empty",
    "-m",
    "a",
  ]);
  await runGit(folder, ["worktree", "add", "-q", join(folder, "linked")]);
  await put(".git/info/exclude", "private.ts\n");
  await mkdir(join(home, ".config/git"), { recursive: true });
  await writeFile(join(home, ".config/git/ignore"), "*.swp\n");
  await writeFile(join(home, ".gitconfig"), "[core]\n\texcludesFile = ~/own-list\n");
  await writeFile(join(home, "own-list"), "scratch/\n");
  const asked = ["linked/private.ts", "a.swp", "scratch/a.ts", "a.ts"];
  expect(await ignoredOf(noGit, ...asked)).toEqual(asked.slice(0, 3));
});

it("a git that does not answer in time is ended, and the lists are read", async () => {
  const clock = manualClock();
  const bin = join(home, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "git"), "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
  const slow = createGit({ clock, env: { PATH: `${bin}:${process.env["PATH"]}` }, startIn: tmpdir() });
  const answer = slow(folder, ["remote"]);
  expect(clock.pendingTimers).toBe(1);
  clock.advance(3_000);
  expect(await answer).toEqual({ kind: "none" });
});

it("a machine without git has none", async () => {
  const git = createGit({ clock: manualClock(), env: { PATH: home }, startIn: tmpdir() });
  expect(await git(folder, ["remote"])).toEqual({ kind: "none" });
});
