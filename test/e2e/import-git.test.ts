/** `stillpoint import-git` as a person types it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
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
      /^import-git: \d+ examples of \d+ commits; \d+ read\n {2}commits without one: .+\n {2}files left out: .+\n$/u,
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
      [["--repo", "nowhere"], /nowhere cannot be read as a git repository/u],
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
