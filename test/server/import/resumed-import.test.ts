import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ImportGitOptions } from "../../../server/import/import-git.ts";
import { openGitImport } from "../../../server/import/import-git.ts";
import { writeImport } from "../../../server/import/resume.ts";
import { openResumedImport } from "../../../server/import/resumed-import.ts";
import { openOutput } from "../../../server/jsonl/write.ts";
import type { Example } from "../../../shared/records/example.ts";
import { makeHistory, runGit } from "../../makers/git-history.ts";

let folder = "";
let repository = "";
let data = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-resumed-"));
  repository = join(folder, "shop");
  data = join(folder, "data");
  await mkdir(data);
  await runGit(folder, ["init", "-q", "-b", "main", "shop"]);
  await commit("one", text({}));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Sixty lines, of which some are others. */
function text(changed: Readonly<Record<number, string>>): string {
  const lines = Array.from({ length: 60 }, (_, i) => `export const name${i} = compute(${i}, "some text");`);
  for (const [at, line] of Object.entries(changed)) lines[Number(at)] = line;
  return `${lines.join("\n")}\n`;
}

const first = { 5: "export const first = 1;", 9: "export const firstToo = 2;" };
const second = { ...first, 25: "export const second = 1;", 29: "export const secondToo = 2;" };
const third = { ...second, 45: "export const third = 1;", 49: "export const thirdToo = 2;" };

/** @returns the commit's id */
async function commit(message: string, content: string, options: readonly string[] = []): Promise<string> {
  await writeFile(join(repository, "main.ts"), content);
  await runGit(repository, ["add", "--all"]);
  await runGit(repository, ["commit", "-q", "-m", message, ...options]);
  return head();
}

async function head(): Promise<string> {
  return (await runGit(repository, ["rev-parse", "HEAD"])).toString().trim();
}

const options = () => ({
  repo: repository,
  repoShown: "shop",
  seed: 1,
  perCommit: 1,
  contributorKey: Buffer.from("key"),
  env: process.env,
  signal: new AbortController().signal,
});

interface Resumed {
  /** The commits of the examples, in order. */
  readonly commits: string[];
  readonly examples: Example[];
  readonly bytes: string;
  readonly counts: ReadonlyMap<string, number>;
}

/** @param ends what becomes of the import once its file is in place */
async function resumed(
  given: Partial<ImportGitOptions> = {},
  { name = "new.jsonl", ends = "saved" }: { name?: string; ends?: "saved" | "killed" } = {},
): Promise<Resumed> {
  const gitImport = await openResumedImport({ ...options(), ...given }, data);
  try {
    const path = join(folder, name);
    const output = await openOutput({ kind: "file", path }, name, gitImport.identity);
    await writeImport({ gitImport, output, signal: options().signal });
    if (ends === "saved") await gitImport.save();
    const bytes = await readFile(path, "utf8");
    const examples = bytes.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Example]));
    return { commits: examples.map(commitOf), examples, bytes, counts: gitImport.counts.skippedCommits };
  } finally {
    await gitImport.close();
  }
}

function commitOf({ source }: Example): string {
  return source.kind === "git" ? source.commit : "";
}

describe("an import every week", () => {
  it("gives each commit once, and nothing where nothing came", async () => {
    const one = await commit("first", text(first));
    expect((await resumed()).commits).toEqual([one]);
    expect((await resumed()).commits).toEqual([]);
    const two = await commit("second", text(second));
    const three = await commit("third", text(third));
    expect((await resumed()).commits).toEqual([three, two]);
    expect((await resumed()).commits).toEqual([]);
  });

  it("gives the first time what an import gives that remembers nothing", async () => {
    await rm(repository, { recursive: true });
    await makeHistory(repository, { commits: 150, seed: 3 });
    const plain: Example[] = [];
    for await (const example of (await openGitImport(options())).examples()) plain.push(example);
    const all = await resumed();
    expect(all.counts.get("samePatch")).toBeUndefined();
    expect(all.examples).toEqual(plain);
    expect(all.examples.length).toBeGreaterThan(50);
  });

  it("takes with --max the next ones, whole commits all, until none is left", async () => {
    await rm(repository, { recursive: true });
    await makeHistory(repository, { commits: 60, seed: 3 });
    const expected = (await resumed({ perCommit: 3 })).commits;
    await rm(join(data, "imports"), { recursive: true });
    const parts: string[][] = [];
    for (;;) {
      const { commits, examples } = await resumed({ perCommit: 3, max: 10 });
      if (commits.length === 0) break;
      expect(commits.length).toBeLessThanOrEqual(10);
      expect(new Set(examples.map(({ id }) => id)).size).toBe(examples.length);
      parts.push([...new Set(commits)]);
    }
    expect(parts.length).toBeGreaterThan(5);
    expect(new Set(parts.flat()).size).toBe(parts.flat().length);
    // Which examples leave their region as it was is counted anew each time, and a commit may give none else.
    expect(parts.flat().filter((id) => new Set(expected).has(id)).length).toBeGreaterThan(
      new Set(expected).size * 0.95,
    );
  });

  it("leaves what lies outside a range for another time", async () => {
    const one = await commit("first", text(first));
    const two = await commit("second", text(second));
    const three = await commit("third", text(third));
    expect((await resumed({ range: `${one}..${two}` })).commits).toEqual([two]);
    expect((await resumed()).commits).toEqual([three, one]);
    expect((await resumed({ range: `${one}..${two}` })).commits).toEqual([]);
  });

  it("begins anew for another seed, which gives other examples, and refuses a --max that no commit fits in", async () => {
    const one = await commit("first", text(first));
    await resumed();
    expect((await resumed({ seed: 2 })).commits).toEqual([one]);
    expect((await resumed()).commits).toEqual([]);
    await expect(resumed({ max: 2, perCommit: 3 })).rejects.toThrow(/--max must be at least as large as --per-commit/u);
  });
});

describe("a repository", () => {
  it("is the same in another folder, as another clone of its remote, and once it has a remote", async () => {
    await commit("first", text(first));
    await resumed();
    const moved = join(folder, "elsewhere");
    await rename(repository, moved);
    expect((await resumed({ repo: moved })).commits).toEqual([]);
    await runGit(moved, ["remote", "add", "origin", "https://git.example.com/shop.git"]);
    expect((await resumed({ repo: moved })).commits).toEqual([]);
    await runGit(folder, ["clone", "-q", "--bare", "elsewhere", "clone.git"]);
    await runGit(join(folder, "clone.git"), ["remote", "set-url", "origin", "ssh://git@git.example.com/shop"]);
    repository = moved;
    const two = await commit("second", text(second));
    expect((await resumed({ repo: moved })).commits).toEqual([two]);
    expect((await resumed({ repo: join(folder, "clone.git") })).commits).toEqual([]);
  });

  it("keeps its memory when an older unrelated history is merged into it", async () => {
    await commit("first", text(first));
    await resumed();
    await runGit(repository, ["checkout", "-q", "--orphan", "other"]);
    await runGit(repository, ["rm", "-q", "-rf", "."]);
    await writeFile(join(repository, "other.ts"), text({}));
    await runGit(repository, ["add", "."]);
    await runGit(repository, ["commit", "-q", "-m", "other", "--date=2001-01-01T00:00:00Z"]);
    await writeFile(join(repository, "other.ts"), text(first));
    await runGit(repository, ["commit", "-q", "-a", "-m", "other, changed"]);
    const changed = await head();
    await runGit(repository, ["checkout", "-q", "main"]);
    await runGit(repository, ["merge", "-q", "--allow-unrelated-histories", "-m", "both", "other"]);
    expect((await resumed()).commits).toEqual([changed]);
  });
});

describe("after a force-push", () => {
  it("takes what replaced a commit, not the replaced one, nor it again when it comes back", async () => {
    const one = await commit("first", text(first));
    const two = await commit("second", text(second));
    expect((await resumed()).commits).toEqual([two, one]);
    await runGit(repository, ["reset", "-q", "--hard", one]);
    const replaced = await commit("second, otherwise", text({ ...first, 35: "export const other = 1;", 36: "x();" }));
    expect((await resumed()).commits).toEqual([replaced]);
    await runGit(repository, ["reset", "-q", "--hard", two]);
    expect((await resumed()).commits).toEqual([]);
    await runGit(repository, ["reset", "-q", "--hard", replaced]);
    expect((await resumed()).commits).toEqual([]);
  });

  it("goes on when everything that was seen last is gone from the disk", async () => {
    const one = await commit("first", text(first));
    await commit("second", text(second));
    await resumed();
    await runGit(repository, ["reset", "-q", "--hard", one]);
    const replaced = await commit(
      "third",
      text({ ...first, 45: "export const third = 1;", 46: "export const b = 1;" }),
    );
    await runGit(repository, ["reflog", "expire", "--expire=now", "--all"]);
    await runGit(repository, ["gc", "-q", "--prune=now"]);
    expect((await resumed()).commits).toEqual([replaced]);
  });

  it("knows a rebased, reworded or newly dated commit by its patch, and takes one whose patch is another", async () => {
    const base = await head();
    await commit("first", text(first));
    await commit("second", text(second));
    await resumed();
    // A new commit below them: both are rebased onto it, and one of them changes on the way.
    await runGit(repository, ["checkout", "-q", "-b", "below", base]);
    const below = await commit("below", text({ 55: "export const below = 1;", 56: "export const belowToo = 2;" }));
    await runGit(repository, ["rebase", "-q", "below", "main"]);
    const rebased = await resumed();
    expect(rebased.commits).toEqual([below]);
    expect(rebased.counts.get("samePatch")).toBe(2);
    await runGit(repository, ["commit", "-q", "--amend", "-m", "another word", "--reset-author"]);
    expect((await resumed()).commits).toEqual([]);
    const changed = await commit("amended", text({ ...third, 55: "export const below = 1;" }), ["--amend"]);
    expect((await resumed()).commits).toEqual([changed]);
  });

  it("takes of two commits with one patch the first that it reads, in one import and in two alike", async () => {
    await commit("first", text(first));
    await runGit(repository, ["revert", "--no-edit", "HEAD"]);
    const reverted = await head();
    const again = await commit("first again", text(first));
    expect((await resumed()).commits).toEqual([again, reverted]);
    await rm(join(data, "imports"), { recursive: true });
    const apart = [await resumed({ max: 1 }), await resumed({ max: 1 }), await resumed({ max: 1 })];
    expect(apart.map(({ commits }) => commits)).toEqual([[again], [reverted], []]);
  });
});

describe("the memory", () => {
  it("stays as it was until the file is in place: killed in between, the same file is made again", async () => {
    await commit("first", text(first));
    await resumed();
    const before = await memory();
    await commit("second", text(second));
    const killed = await resumed({}, { ends: "killed" });
    expect(await memory()).toBe(before);
    const again = await resumed();
    expect(again.bytes === killed.bytes).toBe(true);
    expect(again.commits).toHaveLength(1);
    expect((await resumed()).commits).toEqual([]);
  });

  it("goes on behind a partial file without forgetting the commits that are in it", async () => {
    await rm(repository, { recursive: true });
    await makeHistory(repository, { commits: 60, seed: 4 });
    const whole = await resumed();
    await rm(join(data, "imports"), { recursive: true });
    const stop = new AbortController();
    const gitImport = await openResumedImport(options(), data);
    const output = await openOutput({ kind: "file", path: join(folder, "cut.jsonl") }, "cut", gitImport.identity);
    const onLine = (lines: number) => {
      if (lines === 20) stop.abort(new Error("stopped"));
    };
    await expect(writeImport({ gitImport, output, signal: stop.signal, onLine })).rejects.toThrow("stopped");
    await output.close();
    await gitImport.close();
    expect((await resumed({}, { name: "cut.jsonl" })).bytes === whole.bytes).toBe(true);
    expect((await resumed()).commits).toEqual([]);
  });

  it("is one import's at a time", async () => {
    const gitImport = await openResumedImport(options(), data);
    await expect(resumed()).rejects.toThrow(/^what resumed imports remember of shop is being written by process \d+/u);
    await gitImport.close();
    await expect(resumed()).resolves.toBeDefined();
  });

  it("is never taken for less than it is: a damaged file is a fault that names its line", async () => {
    await commit("first", text(first));
    await resumed();
    const [name = ""] = await readdir(join(data, "imports"));
    const path = join(data, "imports", name);
    const whole = await readFile(path, "utf8");
    for (const [damaged, line] of [
      [whole.slice(0, -10), 2],
      [`${whole}half a line`, 3],
      [whole.replace("shop", "x").replace('"seed":1', '"seed":9'), 1],
      ["", 1],
    ] as const) {
      await writeFile(path, damaged);
      await expect(resumed()).rejects.toThrow(`.seen:${line} is nothing that --resume wrote`);
    }
    await writeFile(path, whole);
    expect((await resumed()).commits).toEqual([]);
  });

  it("holds no path, no name and no time", async () => {
    await commit("first", text(first));
    await resumed();
    expect(await memory()).toMatch(
      /^\{"perCommit":1,"repository":"[0-9a-f]{40}","schema":1,"seed":1\}\n[0-9a-f]{40} [0-9a-f]{40}\n$/u,
    );
  });
});

async function memory(): Promise<string> {
  const [name = "", ...others] = await readdir(join(data, "imports"));
  expect(others).toEqual([]);
  return readFile(join(data, "imports", name), "utf8");
}
