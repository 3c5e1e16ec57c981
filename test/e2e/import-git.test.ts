/** `stillpoint import-git` as a person types it. */
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeHistory, runGit } from "../makers/git-history.ts";
import { shell, startKillable, stillpoint } from "./command.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-import-cli-"));
  await makeHistory(join(folder, "shop"), { commits: 300, seed: 5 });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("stillpoint import-git", () => {
  it("writes examples to a file, and says in a few lines what it made and left out", async () => {
    const { exitCode, out, err } = await stillpoint(["import-git", "--repo", "shop", "-o", "all.jsonl"], {
      cwd: folder,
    });
    expect([exitCode, out]).toEqual([0, ""]);
    expect(err).toMatch(
      /^import-git: \d+ examples of \d+ commits; \d+ read\n {2}commits without one: .+\n {2}files left out: .+\n(?: {4}.+\n)*$/u,
    );
    const lines = (await readFile(join(folder, "all.jsonl"), "utf8")).trim().split("\n");
    expect(err).toContain(`import-git: ${lines.length} examples`);
    expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("writes the same to a pipe, and ends when nobody reads on", async () => {
    const whole = await readFile(join(folder, "all.jsonl"), "utf8");
    const piped = await stillpoint(["import-git", "--repo", "shop", "--quiet"], { cwd: folder });
    expect([piped.exitCode, piped.err]).toEqual([0, ""]);
    expect(piped.out === whole).toBe(true);
    const cut = await shell("stillpoint import-git --repo shop --quiet | head -1", { cwd: folder });
    expect(cut.out).toBe(`${whole.split("\n", 1)[0]}\n`);
    expect(cut.err).toBe("stillpoint: the reader of the output has closed it; stopped there\n");
  });

  it("ends in the same file when it is killed and started again", async () => {
    const whole = await readFile(join(folder, "all.jsonl"), "utf8");
    const args = ["import-git", "--repo", "shop", "--quiet", "-o", "killed.jsonl"];
    for (let i = 0; i < 3; i++) {
      const running = startKillable(args, { cwd: folder });
      await grown(join(folder, "killed.jsonl.partial"), i);
      running.kill();
      await running.ended;
    }
    expect((await stillpoint(args, { cwd: folder })).exitCode).toBe(0);
    expect((await readFile(join(folder, "killed.jsonl"), "utf8")) === whole).toBe(true);
  });

  it("says in a sentence what is wrong with what it was given, and writes nothing", async () => {
    await runGit(folder, ["init", "-q", "empty"]);
    const wrong = [
      [["--repo", "./nowhere"], /^stillpoint: there is no folder \.\/nowhere\.$/mu],
      [["--repo", "empty"], /the range "HEAD" names no commits of empty/u],
      [["--repo", "shop", "--range", "nothing..main"], /the range "nothing\.\.main" names no commits of shop/u],
      [["--repo", "shop", "--max", "none"], /--max/u],
      [[], /required option '--repo <dir>'/u],
    ] as const;
    for (const [args, sentence] of wrong) {
      const { exitCode, out, err } = await stillpoint(["import-git", ...args, "-o", "wrong.jsonl"], { cwd: folder });
      expect(err).toMatch(sentence);
      expect([exitCode, out]).toEqual([2, ""]);
    }
    expect((await readdir(folder)).filter((name) => name.startsWith("wrong"))).toEqual([]);
  });

  it("writes every week what is new, and remembers it only once it is written", async () => {
    const args = ["import-git", "--repo", "shop", "--resume", "--max", "5", "--data", "data"];
    const week = (name: string) => stillpoint([...args, "-o", name], { cwd: folder });
    expect((await week("week-1.jsonl")).err).toMatch(
      /^import-git: 5 examples of 5 commits; \d+ read, 0 seen before\n/u,
    );
    const refused = await stillpoint(args, { cwd: folder });
    expect([refused.exitCode, refused.out]).toEqual([2, ""]);
    expect(refused.err).toContain("--resume needs -o FILE");
    // Nothing can be remembered: the file is in its place, and the next run makes it again.
    const [memory = ""] = await readdir(join(folder, "data", "imports"));
    const blocked = join(folder, "data", "imports", `${memory}.tmp`);
    await mkdir(blocked);
    const failed = await week("week-2.jsonl");
    expect(failed.exitCode).toBe(1);
    expect(failed.err).toMatch(/^stillpoint: cannot write .+: it is a folder\.\n$/u);
    const made = await readFile(join(folder, "week-2.jsonl"), "utf8");
    await rmdir(blocked);
    expect((await week("week-2.jsonl")).exitCode).toBe(0);
    expect(await readFile(join(folder, "week-2.jsonl"), "utf8")).toBe(made);
    expect(made.split("\n").filter((line) => line !== "")).toHaveLength(5);
    expect((await readFile(join(folder, "week-1.jsonl"), "utf8")).includes(made.slice(0, 200))).toBe(false);
    const nothing = await stillpoint([...args, "--range", "HEAD~1..HEAD", "-o", "week-3.jsonl"], { cwd: folder });
    expect([nothing.exitCode, nothing.err.split("\n", 1)[0]]).toEqual([0, "no commit of shop is new."]);
    expect(await readFile(join(folder, "week-3.jsonl"), "utf8")).toBe("");
  });

  it("reads patches from a pipe, and refuses what does not go with them", async () => {
    const piped = await shell(
      "git -C shop format-patch --stdout --no-renames HEAD~30..HEAD | stillpoint import-git --repo shop --base HEAD~30 --patch - -o patches.jsonl",
      { cwd: folder },
    );
    expect(piped.err).toMatch(/^import-git: \d+ examples of \d+ commits; \d+ read\n/u);
    expect(piped.exitCode).toBe(0);
    expect((await readFile(join(folder, "patches.jsonl"), "utf8")).split("\n").length).toBeGreaterThan(10);
    const wrong = [
      [["--patch", "gone.mbox"], /^stillpoint: cannot read gone\.mbox: it does not exist\.\n$/u],
      [["--patch", "all.jsonl"], /^stillpoint: all\.jsonl holds no patch: /u],
      [["--patch", "x", "--resume"], /^stillpoint: --patch and --resume exclude each other/u],
      [["--patch", "x", "--range", "HEAD"], /^stillpoint: --patch and --range exclude each other/u],
      [["--base", "HEAD"], /^stillpoint: --base is for --patch/u],
      [["--patch", "all.jsonl", "--base", "nothing"], /^stillpoint: "nothing" names no commit of shop\n$/u],
    ] as const;
    for (const [args, sentence] of wrong) {
      const refused = await stillpoint(["import-git", "--repo", "shop", ...args, "-o", "no.jsonl"], { cwd: folder });
      expect(refused.err).toMatch(sentence);
      expect([refused.exitCode, refused.out]).toEqual([2, ""]);
    }
    expect((await readdir(folder)).filter((name) => name.startsWith("no.jsonl"))).toEqual([]);
  });

  it("says so where no commit gives an example", async () => {
    await runGit(folder, ["init", "-q", "-b", "main", "plain"]);
    await writeFile(join(folder, "plain", "a.ts"), "const a = 1;\n");
    await runGit(join(folder, "plain"), ["add", "a.ts"]);
    await runGit(join(folder, "plain"), ["commit", "-q", "-m", "one"]);
    const { exitCode, err } = await stillpoint(["import-git", "--repo", "plain", "-o", "none.jsonl"], { cwd: folder });
    expect(exitCode).toBe(0);
    expect(err).toContain("no commit of plain gives an example.");
    expect(err).toContain("commits without one: 1 root");
  });
});

/** Waits until something is in the file; the later in a row, the more. */
async function grown(path: string, times: number): Promise<void> {
  for (;;) {
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    if (bytes.length > times * 100_000) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
