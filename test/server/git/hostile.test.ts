import { existsSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../server/errors.ts";
import { ObjectReader } from "../../../server/git/blobs.ts";
import type { GitCommit } from "../../../server/git/commits.ts";
import { readCommits } from "../../../server/git/commits.ts";
import { maxFileBytes } from "../../../server/git/process.ts";
import { openRepository, resolveRange } from "../../../server/git/repository.ts";
import { runGit } from "../../makers/git-history.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-git-"));
  await runGit(folder, ["init", "-q", "-b", "main"]);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function commitAll(message: string): Promise<void> {
  await runGit(folder, ["add", "--all", "--force"]);
  await runGit(folder, ["commit", "-q", "--allow-empty", "-m", message]);
}

/** Puts something in place of the newest commit that git would have to ask a program about. */
async function signNewest(): Promise<void> {
  const commit = (await runGit(folder, ["cat-file", "commit", "HEAD"])).toString();
  const signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abcd\n -----END PGP SIGNATURE-----\n\n";
  const signed = await runGit(
    folder,
    ["hash-object", "-t", "commit", "-w", "--stdin"],
    commit.replace("\n\n", `\n${signature}`),
  );
  await runGit(folder, ["update-ref", "HEAD", signed.toString().trim()]);
}

async function commitsOf(range = "HEAD"): Promise<GitCommit[]> {
  const repository = await openRepository(folder, process.env);
  const { revisions } = await resolveRange(repository, range);
  const commits: GitCommit[] = [];
  for await (const commit of readCommits(repository, revisions)) commits.push(commit);
  return commits;
}

describe("a repository whose configuration names programs", () => {
  it("has none of them run", async () => {
    await writeFile(join(folder, ".gitattributes"), "*.ts diff=evil filter=evil\n");
    await writeFile(join(folder, "a.ts"), "const a = 1;\n\n\n\nconst b = 1;\n");
    await commitAll("one");
    await writeFile(join(folder, "a.ts"), "const a = 2;\n\n\n\nconst b = 2;\n");
    await commitAll("two");
    await signNewest();
    const marker = join(folder, "it-ran");
    const program = join(folder, "evil.sh");
    await writeFile(program, `#!/bin/sh\ntouch '${marker}'\ncat "$1" 2>/dev/null\n`, { mode: 0o755 });
    const hooks = join(folder, ".git", "hooks");
    await mkdir(hooks, { recursive: true });
    for (const hook of ["post-index-change", "reference-transaction", "fsmonitor-watchman"]) {
      await writeFile(join(hooks, hook), `#!/bin/sh\ntouch '${marker}'\n`, { mode: 0o755 });
    }
    const settings = [
      `[diff]\nexternal = ${program}\n[diff "evil"]\ncommand = ${program}\ntextconv = ${program}`,
      `[filter "evil"]\nclean = ${program}\nsmudge = ${program}\nprocess = ${program}`,
      `[core]\nfsmonitor = ${program}\npager = ${program}\nsshCommand = ${program}\nalternateRefsCommand = ${program}`,
      `[log]\nshowSignature = true\n[gpg]\nprogram = ${program}\n[pager]\nlog = ${program}\ncat-file = ${program}`,
      `[diff]\nnoprefix = true\norderFile = .git/config\ninterHunkContext = 9\n[color]\nui = always\n[log]\nfollow = true`,
    ];
    await appendFile(join(folder, ".git", "config"), `${settings.join("\n")}\n`);
    await writeFile(join(folder, ".git", "info", "attributes"), "*.ts diff=evil filter=evil\n");
    const env = { ...process.env, GIT_EXTERNAL_DIFF: program, GIT_PAGER: program };
    const repository = await openRepository(folder, env);
    const { revisions } = await resolveRange(repository, "HEAD");
    const commits: GitCommit[] = [];
    for await (const commit of readCommits(repository, revisions)) commits.push(commit);
    expect(commits.map(({ files }) => files.length)).toEqual([1, 2]);
    const [newest] = commits;
    expect(newest?.files[0]?.hunks.map(({ added }) => added.toString())).toEqual(["const a = 2;\n", "const b = 2;\n"]);
    expect(existsSync(marker)).toBe(false);
  });

  it("is left as it was, to the last file", async () => {
    await writeFile(join(folder, "a.ts"), "const a = 1;\n");
    await commitAll("one");
    const before = await readdir(join(folder, ".git"), { recursive: true });
    await commitsOf();
    expect(await readdir(join(folder, ".git"), { recursive: true })).toEqual(before);
  });
});

describe("files with names that were made to hurt", () => {
  it("are read by the names they have", async () => {
    const names = [
      "-rf",
      "--output=x.ts",
      "line\nbreak.ts",
      "tab\there.ts",
      'quote".ts',
      "back\\slash.ts",
      " .ts",
      "ü.ts",
    ];
    for (const name of names) await writeFile(join(folder, name), "one\n");
    await commitAll("one");
    for (const name of names) await writeFile(join(folder, name), `one\ntwo ${name.length}\n`);
    await commitAll("two");
    const [newest] = await commitsOf();
    const read = new Map(newest?.files.map(({ path, hunks }) => [path.toString(), hunks[0]?.added.toString()]));
    expect(read).toEqual(new Map(names.map((name) => [name, `two ${name.length}\n`])));
  });

  it("and contents like a patch or a commit change nothing of how a diff is read", async () => {
    const nasty =
      "@@ -1 +1 @@\n-x\n+x\ndiff --git a/b b/b\nindex 000..111\n\\ No newline at end of file\n\u0001abc\0\n";
    await writeFile(join(folder, "a.ts"), "one\n");
    await writeFile(join(folder, "b.ts"), "one");
    await commitAll("one");
    await writeFile(join(folder, "a.ts"), `one\n${nasty.replace("\0", "")}`);
    await writeFile(join(folder, "b.ts"), "--- two\n+++ three");
    await commitAll("two");
    const commits = await commitsOf();
    const [newest] = commits;
    expect(commits).toHaveLength(2);
    expect(
      newest?.files.map(({ hunks }) =>
        hunks.map(({ oldLine, removed, added }) => [oldLine, removed.toString(), added.toString()]),
      ),
    ).toEqual([[[1, "", nasty.replace("\0", "")]], [[0, "one", "--- two\n+++ three"]]]);
  });
});

describe("what is no text, or too much of it", () => {
  it("is known for binary or passed over whole, and the next commit is read as if nothing had been", async () => {
    await writeFile(join(folder, "a.ts"), "one\n");
    await writeFile(join(folder, "image.png"), Buffer.from([1, 0, 2]));
    await commitAll("one");
    await writeFile(join(folder, "huge.ts"), "const x = 1;\n".repeat(maxFileBytes / 10));
    await writeFile(join(folder, "many.ts"), "const x = 1;\n".repeat(9_000));
    await writeFile(join(folder, "image.png"), Buffer.from([1, 0, 3]));
    await commitAll("two");
    await writeFile(join(folder, "a.ts"), "two\n");
    await commitAll("three");
    const [third, second] = await commitsOf();
    expect(third?.files[0]?.hunks[0]?.added.toString()).toBe("two\n");
    expect(second?.overflow).toBe(true);
    expect(second?.files.map(({ path, binary, hunks }) => [path.toString(), binary, hunks.length])).toEqual([
      ["huge.ts", true, 0],
      ["image.png", true, 0],
      ["many.ts", false, 0],
    ]);
  });

  it("is not read as an object either, and what comes behind it is", async () => {
    await writeFile(join(folder, "huge.ts"), "x".repeat(maxFileBytes + 1));
    await writeFile(join(folder, "a.ts"), "two\n");
    await commitAll("one");
    const ids = (await runGit(folder, ["rev-parse", "HEAD:huge.ts", "HEAD:a.ts"])).toString().trim().split("\n");
    const objects = new ObjectReader(await openRepository(folder, process.env));
    const [huge, missing, small] = await objects.read([ids[0] ?? "", "0".repeat(40), ids[1] ?? ""]);
    await objects.close();
    expect([huge?.kind, missing?.kind]).toEqual(["tooLarge", "missing"]);
    expect(small?.kind === "found" && small.bytes.toString()).toBe("two\n");
  });
});

describe("what cannot be opened", () => {
  it("is a fault of configuration that says what is wrong", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "stillpoint-none-"));
    await expect(openRepository(elsewhere, process.env)).rejects.toThrow(/cannot be read as a git repository/u);
    await expect(openRepository(join(elsewhere, "gone"), process.env)).rejects.toThrow(ConfigurationError);
    await rm(elsewhere, { recursive: true });
    const repository = await openRepository(folder, process.env);
    for (const range of ["HEAD", "nothing..main", "--output=x", "", "^HEAD"]) {
      await expect(resolveRange(repository, range)).rejects.toThrow(/names no commits/u);
    }
  });
});

describe("a repository's name", () => {
  it("is its remote without credentials, else its folder's from wherever it is opened", async () => {
    await mkdir(join(folder, "deep", "er"), { recursive: true });
    expect((await openRepository(join(folder, "deep", "er"), process.env)).folder).toBe(folder.split("/").at(-1));
    await runGit(folder, ["config", "remote.mirror.url", "/home/somebody/mirror"]);
    expect((await openRepository(folder, process.env)).remote).toBeNull();
    await runGit(folder, ["config", "remote.origin.url", "https://ada:secret@git.example.com/shop/web.git"]);
    expect((await openRepository(folder, process.env)).remote).toBe("git.example.com/shop/web");
  });
});
