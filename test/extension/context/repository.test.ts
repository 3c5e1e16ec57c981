/** What a repository says of itself. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRepositories, snapshotRepository } from "../../../extension/context/repository.ts";
import type { Files } from "../../../extension/gate/files.ts";
import { nodeFiles } from "../../../extension/gate/files.ts";
import type { Git } from "../../../extension/gate/git.ts";
import { createGit } from "../../../extension/gate/git.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { runGit } from "../../makers/git-history.ts";

const mit = "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\n";

let base = "";
let shop = "";

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "stillpoint-repository-")));
  shop = join(base, "shop");
  await mkdir(shop);
  await runGit(shop, ["init", "-q", "-b", "main"]);
});

afterEach(async () => {
  await rm(base, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(base, path)), { recursive: true });
  await writeFile(join(base, path), text);
}

const commit = (folder: string) =>
  runGit(folder, ["-c", "user.name=a", "-c", "user.email=ada@example.com", "commit", "-q", "--allow-empty", "-m", "a"]);
const head = async () => (await runGit(shop, ["rev-parse", "HEAD"])).toString().trim();

function repositories(git?: Git) {
  const clock = manualClock();
  const asked: string[] = [];
  const real = git ?? createGit({ clock, env: { PATH: process.env["PATH"], HOME: base }, startIn: tmpdir() });
  const counting: Git = (folder, args, input) => {
    asked.push(args[0] ?? "");
    return real(folder, args, input);
  };
  return { clock, asked, of: createRepositories({ files: nodeFiles(process.platform), git: counting, clock }) };
}

describe("a repository", () => {
  it("is called by its origin, without credentials; its HEAD and its root's licence go along", async () => {
    await runGit(shop, ["remote", "add", "upstream", "https://git.example.com/lib/web.git"]);
    await runGit(shop, ["remote", "add", "origin", "https://ada:token@git.example.com/shop/web.git"]);
    await put("shop/LICENSE", mit);
    await put("shop/src/a.ts", "");
    await commit(shop);
    const state = await repositories().of.of(join(shop, "src"), shop);
    expect(state).toEqual({
      name: { kind: "named", name: "git.example.com/shop/web" },
      folder: "shop",
      revision: await head(),
      branch: "main",
      licence: "MIT",
    });
    expect(snapshotRepository(state)).toEqual({
      remote: "git.example.com/shop/web",
      revision: state.revision,
      folder: "shop",
      licence: "MIT",
    });
  });

  it.each([
    [["fork", "upstream"], "git.example.com/upstream/web"],
    [["fork"], "git.example.com/fork/web"],
  ])("with the remotes %j is %s", async (remotes, name) => {
    for (const remote of remotes) {
      await runGit(shop, ["remote", "add", remote, `git@git.example.com:${remote}/web.git`]);
    }
    expect((await repositories().of.of(shop, shop)).name).toEqual({ kind: "named", name });
  });

  it("whose remote is written with an alias is called by what the alias stands for", async () => {
    await put(".gitconfig", '[url "https://git.example.com/"]\n\tinsteadOf = work:\n');
    await runGit(shop, ["remote", "add", "origin", "work:shop/web"]);
    expect((await repositories().of.of(shop, shop)).name).toEqual({ kind: "named", name: "git.example.com/shop/web" });
  });

  it("whose remote is a path on this machine has no name, and before the first commit no revision", async () => {
    await runGit(shop, ["remote", "add", "origin", "/work/private.git"]);
    const state = await repositories().of.of(shop, shop);
    expect(state).toMatchObject({ name: { kind: "nameless" }, revision: null, branch: "main", licence: null });
    expect(snapshotRepository(state)).toEqual({ folder: "shop" });
  });

  it.each([
    ["/home/ada", null],
    ["/Users/ada", null],
    ["C:/Users/ada", null],
    ["/home/ada/shop", "shop"],
  ])("at %s is in a folder called %s: a home folder's name is a person's", async (root, folder) => {
    const files: Files = {
      realPath: async (path) => path.replace(/\/\.$/u, ""),
      stat: async (path) => (path === `${root}/.git` ? { kind: "folder", bytes: 0, modifiedMs: 0 } : null),
      readText: async () => null,
      list: async () => [],
    };
    const git: Git = async () => ({ kind: "ended", code: 1, output: "" });
    const of = createRepositories({ files, git, clock: manualClock() });
    expect((await of.of(`${root}/src`, root)).folder).toBe(folder);
  });

  it("inside another is itself", async () => {
    await runGit(shop, ["remote", "add", "origin", "https://git.example.com/shop/web"]);
    await mkdir(join(shop, "module/src"), { recursive: true });
    await runGit(join(shop, "module"), ["init", "-q"]);
    await runGit(join(shop, "module"), ["remote", "add", "origin", "https://git.example.com/secret/module"]);
    const { of } = repositories();
    expect((await of.of(join(shop, "module/src"), shop)).name).toMatchObject({ name: "git.example.com/secret/module" });
    expect((await of.of(shop, shop)).name).toMatchObject({ name: "git.example.com/shop/web" });
  });

  it("is asked again only once something has changed", async () => {
    await commit(shop);
    const { of, asked, clock } = repositories();
    const first = await of.of(shop, shop);
    const questions = asked.length;
    expect(await of.of(join(shop, "src"), shop)).toBe(first);
    expect(asked).toHaveLength(questions);
    await commit(shop);
    await runGit(shop, ["switch", "-q", "-c", "other"]);
    expect(await of.of(shop, shop)).toMatchObject({ revision: await head(), branch: "other" });
    const later = asked.length;
    clock.advance(60_001);
    await of.of(shop, shop);
    expect(asked.length).toBeGreaterThan(later);
  });

  it.each<[string, Git]>([
    ["is not there", async () => ({ kind: "none" })],
    ["refuses", async () => ({ kind: "ended", code: 128, output: "" })],
  ])("that git cannot read, since it %s, is not taken for one without a name", async (_, git) => {
    await runGit(shop, ["remote", "add", "origin", "https://git.example.com/shop/web"]);
    await put("shop/LICENSE", mit);
    const state = await repositories(git).of.of(shop, shop);
    expect(state).toMatchObject({ name: { kind: "unreadable" }, licence: "MIT" });
  });
});

describe("a folder without a repository", () => {
  it("has the workspace folder's licence and no name, and git is not asked", async () => {
    await put("plain/COPYING", mit);
    await put("plain/src/a.ts", "");
    const { of, asked } = repositories();
    expect(await of.of(join(base, "plain/src"), join(base, "plain"))).toEqual({
      name: { kind: "nameless" },
      folder: null,
      revision: null,
      branch: null,
      licence: "MIT",
    });
    expect(asked).toEqual([]);
  });
});

describe("a package's licence", () => {
  it.each([
    ["its text", { LICENSE: mit, "package.json": '{"license":"ISC","dependencies":{}}' }, "MIT"],
    [
      "its own word, where the text is none that is known",
      { LICENSE: "Own.", "package.json": '{"license":"ISC","dependencies":{}}' },
      "ISC",
    ],
    ["unknown where its word is no JSON", { "package.json": '"license": "MIT"' }, null],
    ["unknown otherwise", { "package.json": '{\n  "license": { "type": "MIT" }\n}' }, null],
  ])("is %s", async (_, files, licence) => {
    for (const [name, text] of Object.entries(files)) await put(`package/${name}`, text);
    expect(await repositories().of.licenceOf(join(base, "package"))).toBe(licence);
  });
});
