import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GitImport } from "../../../server/import/import-git.ts";
import { openGitImport } from "../../../server/import/import-git.ts";
import { writeImport } from "../../../server/import/resume.ts";
import { openOutput } from "../../../server/jsonl/write.ts";
import { makeHistory, runGit } from "../../makers/git-history.ts";

const signal = new AbortController().signal;
let folder = "";
let repository = "";
let whole = "";
let sidecar = "";

function opened(max?: number): Promise<GitImport> {
  const options = {
    repo: repository,
    seed: 3,
    perCommit: 3,
    contributorKey: Buffer.from("key"),
    env: process.env,
    signal,
  };
  return openGitImport({ ...options, ...(max !== undefined && { max }) });
}

/** Imports into `name`, going on with what is there; aborted after some lines, if asked. */
async function importInto(name: string, stopAfter = Number.POSITIVE_INFINITY): Promise<number> {
  const stop = new AbortController();
  const gitImport = await opened();
  const path = join(folder, name);
  const output = await openOutput({ kind: "file", path }, name, gitImport.identity);
  try {
    const onLine = (lines: number) => {
      if (lines >= stopAfter) stop.abort(new Error("stopped"));
    };
    return (await writeImport({ gitImport, output, signal: stop.signal, onLine })).kept;
  } finally {
    await output.close();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-resume-"));
  repository = join(folder, "history");
  await makeHistory(repository, { commits: 80, seed: 11 });
  await importInto("whole.jsonl");
  whole = await readFile(join(folder, "whole.jsonl"), "utf8");
  await expect(importInto("other.jsonl", 1)).rejects.toThrow("stopped");
  sidecar = await readFile(join(folder, "other.jsonl.partial.json"), "utf8");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("an import that was interrupted", () => {
  it("ends in the same file wherever its partial file breaks off, also in the middle of a line", async () => {
    const bytes = Buffer.from(whole);
    for (let i = 0; i <= 12; i++) {
      const length = Math.floor((bytes.length * i) / 12) - (i === 12 ? 0 : i);
      await writeFile(join(folder, "broken.jsonl.partial"), bytes.subarray(0, Math.max(0, length)));
      await writeFile(join(folder, "broken.jsonl.partial.json"), sidecar);
      const kept = await importInto("broken.jsonl");
      expect(kept).toBeLessThanOrEqual(whole.slice(0, length).split("\n").length);
      expect((await readFile(join(folder, "broken.jsonl"), "utf8")) === whole).toBe(true);
      await rm(join(folder, "broken.jsonl"));
    }
  });

  it("goes on after being stopped again and again", async () => {
    let kept = 0;
    for (const stopAfter of [5, 9, 40, 41, 100])
      await expect(importInto("often.jsonl", stopAfter)).rejects.toThrow("stopped");
    kept = await importInto("often.jsonl");
    expect(kept).toBeGreaterThan(90);
    expect((await readFile(join(folder, "often.jsonl"), "utf8")) === whole).toBe(true);
  });

  it("keeps nothing behind a line that is none of its own", async () => {
    const lines = whole.split("\n");
    const partial = [...lines.slice(0, 20), '{"schema":1,"half', ...lines.slice(20, 30)].join("\n");
    await writeFile(join(folder, "mixed.jsonl.partial"), partial);
    await writeFile(join(folder, "mixed.jsonl.partial.json"), sidecar);
    expect(await importInto("mixed.jsonl")).toBeLessThan(20);
    expect((await readFile(join(folder, "mixed.jsonl"), "utf8")) === whole).toBe(true);
  });

  it("starts over once the branch has moved, since the newest commits come first", async () => {
    await expect(importInto("moved.jsonl", 10)).rejects.toThrow("stopped");
    const before = (await opened()).identity;
    const tree = (await runGit(repository, ["rev-parse", "HEAD^{tree}"])).toString().trim();
    const commit = (await runGit(repository, ["commit-tree", tree, "-p", "HEAD", "-m", "One more"])).toString().trim();
    await runGit(repository, ["update-ref", "refs/heads/main", commit]);
    expect((await opened()).identity).not.toEqual(before);
    expect(await importInto("moved.jsonl")).toBe(0);
    expect((await readFile(join(folder, "moved.jsonl"), "utf8")) === whole).toBe(true);
  });
});
