import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImportGitOptions } from "../../../server/import/import-git.ts";
import { openGitImport } from "../../../server/import/import-git.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { SNAPSHOT_LIMITS } from "../../../shared/records/snapshot.ts";
import { authorDomain, makeHistory, runGit, secretMark, secretPath } from "../../makers/git-history.ts";
import { checkerFor } from "./independent-check.ts";

const commits = 1_200;
const contributorKey = Buffer.from("a key for tests");

let folder = "";
let repository = "";
let examples: Example[] = [];

async function imported(options: Partial<ImportGitOptions> = {}): Promise<Example[]> {
  const gitImport = await openGitImport({
    repo: repository,
    seed: 1,
    perCommit: 1,
    contributorKey,
    env: process.env,
    signal: new AbortController().signal,
    ...options,
  });
  const found: Example[] = [];
  for await (const example of gitImport.examples()) found.push(example);
  return found;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-import-"));
  repository = join(folder, "shop");
  await makeHistory(repository, { commits, seed: 7 });
  examples = await imported();
}, 120_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("importing a history of 1,200 commits", () => {
  it("makes an example of most commits, and every one is a valid record", () => {
    expect(examples.length).toBeGreaterThan(commits * 0.6);
    const invalid = examples.flatMap((example) => {
      const parsed = parseRecord(exampleSchema, example);
      return parsed.ok ? [] : parsed.issues;
    });
    expect(invalid).toEqual([]);
    expect(new Set(examples.map(({ id }) => id)).size).toBe(examples.length);
  });

  it("holds every example against git: its history leads to its text, and the commit to its settlement", async () => {
    const checker = await checkerFor(repository, examples);
    const faults = examples.flatMap((example) => checker.faults(example).map((fault) => `${example.id}: ${fault}`));
    expect(faults).toEqual([]);
  });

  it("writes diffs that git itself applies to the parent's file", async () => {
    for (const { source, snapshot } of examples.filter((_, i) => i % 40 === 0)) {
      if (source.kind !== "git" || source.revision === undefined) throw new Error("no example from git");
      const work = await mkdtemp(join(folder, "apply-"));
      const parent = spawnSync("git", ["cat-file", "blob", `${source.revision}:${source.path}`], { cwd: repository });
      const text = parent.stdout
        .toString("utf8")
        .replace(/^\uFEFF/u, "")
        .replaceAll("\r\n", "\n");
      await writeFile(join(work, "file"), text);
      for (const { path, diff } of snapshot.history) {
        if (path !== source.path) continue;
        const renamed = (diff ?? "").replace(/^--- .*\n\+\+\+ .*\n/u, "--- a/file\n+++ b/file\n");
        const applied = spawnSync("git", ["apply", "--whitespace=nowarn", "-"], { cwd: work, input: renamed });
        expect(applied.stderr.toString()).toBe("");
      }
      const result = await readFile(join(work, "file"));
      expect(createHash("sha256").update(result).digest("hex")).toBe(snapshot.document.sha256);
    }
  });

  it("changes the region in most examples, and in nine of ten at least", () => {
    const unchanged = examples.filter(({ settlement }) => settlement?.unchanged).length;
    expect(unchanged).toBeGreaterThan(0);
    expect(unchanged).toBeLessThanOrEqual(examples.length * 0.1);
  });

  it("keeps to the limits of a snapshot, and of a region that settles", () => {
    for (const { snapshot, settlement } of examples) {
      const { history, definitions, editable } = snapshot;
      expect(Buffer.byteLength(settlement?.text ?? "")).toBeLessThanOrEqual(SNAPSHOT_LIMITS.editableMaxBytes);
      expect(editable.end - editable.start).toBeLessThanOrEqual(SNAPSHOT_LIMITS.editableMaxBytes);
      expect(history.length).toBeGreaterThan(0);
      const bytes = definitions.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
      expect(bytes).toBeLessThanOrEqual(SNAPSHOT_LIMITS.definitionsBytes);
    }
  });

  it("stands at the end of the last edit mostly, and in the middle of typing sometimes", () => {
    const midLine = examples.filter(({ snapshot: { cursor, excerpt } }) => {
      const next = excerpt.text[cursor];
      return next !== undefined && next !== "\n";
    });
    expect(midLine.length).toBeGreaterThan(examples.length * 0.05);
    expect(examples.some(({ snapshot }) => snapshot.history.length > 1)).toBe(true);
    expect(examples.some(({ snapshot }) => snapshot.definitions.length > 0)).toBe(true);
  });

  it("never shows a secret path, what is in it, or an author", () => {
    const written = examples.map((example) => JSON.stringify(example)).join("\n");
    for (const hidden of [secretPath, secretMark, authorDomain, "Grace", repository, folder]) {
      expect(written).not.toContain(hidden);
    }
  });

  it("leaves out what nobody wrote there by hand", () => {
    const paths = new Set(
      examples.flatMap(({ snapshot }) => [snapshot.document.path, ...snapshot.history.map((h) => h.path)]),
    );
    const left = ["package-lock.json", "vendor/lib/code.ts", "web/app.min.js", "src/lookup.js", "src/api.ts"];
    const strange = [
      "src/latin.ts",
      "src/old-mac.ts",
      "notes",
      "src/link.ts",
      "third",
      "tools/run.sh",
      "src/ends.ts",
      "src/big.ts",
    ];
    for (const path of [...left, ...strange]) expect(paths).not.toContain(path);
    for (const path of ["-dash first.ts", 'src/"quoted" name.ts', "src/ünïcode 名前.ts", "src/open-ended.ts"]) {
      expect(paths).toContain(path);
    }
  });

  it("says of a file with CRLF that it is one, and holds none", () => {
    const billing = examples.filter(({ snapshot }) => snapshot.document.path === "app/Billing.cs");
    expect(billing.length).toBeGreaterThan(10);
    expect(new Set(billing.map(({ snapshot }) => snapshot.document.eol))).toEqual(new Set(["crlf"]));
  });

  it("gives one person one pseudonym, however they write their address", () => {
    const contributors = new Set(examples.map(({ source }) => source.contributor));
    // Ada, Grace in two spellings, Zoë, and whoever has no address.
    expect(contributors.size).toBe(4);
    expect([...contributors].every((name) => /^[0-9a-f]{64}$/u.test(name ?? ""))).toBe(true);
  });
});

describe("importing again", () => {
  it("gives the same for the same seed, and something else for another", async () => {
    const again = await imported();
    expect(JSON.stringify(again) === JSON.stringify(examples)).toBe(true);
    const other = await imported({ seed: 2, max: 50 });
    expect(other.map(({ id }) => id)).not.toEqual(examples.slice(0, 50).map(({ id }) => id));
  });

  it("stops at the number that is wanted, and begins with the newest commit", async () => {
    const few = await imported({ max: 10 });
    expect(few).toEqual(examples.slice(0, 10));
  });

  it("takes several places of a commit, each with a target of its own", async () => {
    const several = await imported({ perCommit: 4, max: 400 });
    const places = several.map(({ source }) => (source.kind === "git" ? `${source.commit} ${source.k}` : ""));
    expect(new Set(places).size).toBe(several.length);
    expect(new Set(several.map(({ source }) => (source.kind === "git" ? source.commit : ""))).size).toBeLessThan(300);
    const unchanged = several.filter(({ settlement }) => settlement?.unchanged).length;
    expect(unchanged).toBeLessThanOrEqual(several.length * 0.1);
    const checker = await checkerFor(repository, several);
    expect(several.flatMap((example) => checker.faults(example))).toEqual([]);
  });

  it("takes the commits of a range, whatever has come since", async () => {
    const [first, last] = ["HEAD~60", "HEAD~20"];
    const range = await imported({ range: `${first}..${last}` });
    const inRange = (await runGit(repository, ["rev-list", "--no-merges", `${first}..${last}`])).toString().split("\n");
    expect(range.length).toBeGreaterThan(10);
    for (const { source } of range) expect(inRange).toContain(source.kind === "git" ? source.commit : "");
  });
});

describe("a change inside a function of between 1 and 4 KB", () => {
  it("has that function for its region, and what the commit's other files declare for its definitions", async () => {
    const small = join(folder, "small");
    await runGit(folder, ["init", "-q", "-b", "main", "small"]);
    const body = Array.from({ length: 40 }, (_, i) => `  step(${i}, "with some more text");\n`).join("");
    const lib = (unit: string) => `export function load(id: string): ${unit} {\n  return open(id);\n}\n`;
    const main = (first: string, last: string) =>
      `import { load } from "./lib";\n\nfunction run(): void {\n${first}${body}${last}}\n\n${"// And more.\n".repeat(90)}`;
    const write = async (name: string, text: string) => writeFile(join(small, name), text);
    await Promise.all([write("lib.ts", lib("Item")), write("main.ts", main("", ""))]);
    await runGit(small, ["add", "."]);
    await runGit(small, ["commit", "-q", "-m", "one"]);
    await Promise.all([write("lib.ts", lib("Thing")), write("main.ts", main("  begin();\n", '  load("last");\n'))]);
    await runGit(small, ["commit", "-q", "-a", "-m", "two"]);
    const bySeed = Array.from({ length: 16 }, (_, seed) => imported({ repo: small, perCommit: 4, seed }));
    const found = (await Promise.all(bySeed)).flat().filter(({ source, snapshot, settlement }) => {
      const { excerpt, cursor } = snapshot;
      const inside = cursor > excerpt.text.indexOf("{\n") && cursor <= excerpt.text.indexOf("\n}\n");
      return source.kind === "git" && source.path === "main.ts" && inside && !settlement?.unchanged;
    });
    expect(found.length).toBeGreaterThan(0);
    for (const { snapshot, settlement } of found) {
      const region = snapshot.excerpt.text.slice(snapshot.editable.start, snapshot.editable.end);
      expect(region.startsWith("function run(): void {\n") && region.endsWith("\n}\n")).toBe(true);
      expect(settlement?.text).toBe(main("  begin();\n", '  load("last");\n').split("\n\n")[1]?.concat("\n"));
    }
    const typing = found.filter(({ snapshot }) => /\bload\b.*$/u.test(snapshot.excerpt.text.slice(0, snapshot.cursor)));
    expect(typing.length).toBeGreaterThan(0);
    for (const { snapshot } of typing) {
      const [definition] = snapshot.definitions;
      expect(definition).toMatchObject({ symbol: "load", path: "lib.ts", startLine: 0, external: false });
      expect(definition?.text).toMatch(/^export function load/u);
    }
  });
});
