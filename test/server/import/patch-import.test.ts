import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigurationError, Failure } from "../../../server/errors.ts";
import type { ImportCounts } from "../../../server/import/counts.ts";
import { openGitImport } from "../../../server/import/import-git.ts";
import type { PatchImportOptions } from "../../../server/import/patch-import.ts";
import { openPatchImport } from "../../../server/import/patch-import.ts";
import { sha256Hex } from "../../../shared/ids.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { applyUnifiedDiff } from "../../../shared/text/unified-diff.ts";
import { makeHistory, runGit } from "../../makers/git-history.ts";
import { checkerFor } from "./independent-check.ts";

let folder = "";
let repository = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-patch-"));
  repository = join(folder, "shop");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const importing = () => ({
  repo: repository,
  repoShown: "shop",
  seed: 1,
  perCommit: 1,
  contributorKey: Buffer.from("key"),
  env: process.env,
  signal: new AbortController().signal,
});

interface Imported {
  readonly examples: Example[];
  readonly sentences: string[];
  readonly counts: ImportCounts;
}

async function imported(mbox: string | Buffer, given: Partial<PatchImportOptions> = {}): Promise<Imported> {
  const patch = join(folder, "series.mbox");
  await writeFile(patch, mbox);
  const sentences: string[] = [];
  const onPassedOver = (sentence: string) => sentences.push(sentence);
  const options = { ...importing(), patch, patchShown: "series.mbox", onPassedOver, ...given };
  const { examples: iterate, counts } = await openPatchImport(options);
  const examples: Example[] = [];
  for await (const example of iterate()) examples.push(example);
  return { examples, sentences, counts };
}

function text(changed: Readonly<Record<number, string>>): string {
  const lines = Array.from({ length: 60 }, (_, i) => `export const name${i} = compute(${i}, "some text");`);
  for (const [at, line] of Object.entries(changed)) lines[Number(at)] = line;
  return `${lines.join("\n")}\n`;
}
const first = { 5: "export const first = 1;", 9: "export const firstToo = 2;" };
const second = { ...first, 6: "export const second = 1;", 29: "export const secondToo = 2;" };

async function commit(message: string, content: string, name = "main.ts"): Promise<string> {
  await writeFile(join(repository, name), content);
  await runGit(repository, ["add", "--all"]);
  await runGit(repository, ["commit", "-q", "-m", message]);
  return (await runGit(repository, ["rev-parse", "HEAD"])).toString().trim();
}

/** A base and two commits of which the second changes what the first did. */
async function smallRepository(): Promise<string[]> {
  await runGit(folder, ["init", "-q", "-b", "main", "shop"]);
  const base = await commit("base", text({}));
  return [base, await commit("first", text(first)), await commit("second", text(second))];
}

async function patches(...args: string[]): Promise<string> {
  return (await runGit(repository, ["format-patch", "--stdout", ...args])).toString("latin1");
}

/** What the repository held before the series, in another one that knows nothing of it. */
async function forgetSeries(base: string): Promise<void> {
  await runGit(repository, ["reset", "-q", "--hard", base]);
  await runGit(repository, ["reflog", "expire", "--expire=now", "--all"]);
  await runGit(repository, ["gc", "-q", "--prune=now"]);
}

const commitOf = ({ source }: Example) => (source.kind === "git" ? source.commit : "");

describe("patches of commits that the repository has", () => {
  it("give what an import of the commits gives, checked against git itself, also with other context", async () => {
    await makeHistory(repository, { commits: 150, seed: 9 });
    const expected: Example[] = [];
    for await (const example of (await openGitImport({ ...importing(), range: "HEAD~90..HEAD" })).examples()) {
      expected.push(example);
    }
    const bare = (examples: readonly Example[]) =>
      examples.filter(({ settlement }) => !settlement?.unchanged).map(({ id }) => id);
    for (const context of ["-U3", "-U0", "-U12"]) {
      const options = ["--histogram", "--full-index", "--no-renames", context, "HEAD~90..HEAD"];
      const { examples, sentences, counts } = await imported(Buffer.from(await patches(...options), "latin1"));
      expect(sentences).toEqual([]);
      expect(counts.commits).toBeGreaterThan(80);
      expect(examples.length).toBeGreaterThan(30);
      for (const example of examples) expect(parseRecord(exampleSchema, example).ok).toBe(true);
      const checker = await checkerFor(repository, examples);
      expect(examples.flatMap((example) => checker.faults(example))).toEqual([]);
      const known = new Set(bare(expected));
      expect(bare(examples).filter((id) => known.has(id)).length).toBeGreaterThan(known.size * 0.8);
    }
  });
});

describe("patches of commits that the repository lacks", () => {
  it("are applied one on top of the other, onto HEAD or --base", async () => {
    const [base = "", one = "", two = ""] = await smallRepository();
    const mbox = await patches(base);
    const pseudonyms: string[] = [];
    for await (const { source } of (await openGitImport(importing())).examples())
      pseudonyms.push(source.contributor ?? "");
    await forgetSeries(base);
    const { examples, sentences } = await imported(mbox);
    expect([examples.map(commitOf), sentences]).toEqual([[one, two], []]);
    expect(examples.map(({ source }) => source.revision)).toEqual([base, one]);
    expect(new Set(examples.map(({ source }) => source.contributor))).toEqual(new Set(pseudonyms));
    for (const [i, { snapshot }] of examples.entries()) {
      const end = snapshot.history.reduce(
        (now, { diff }) => {
          const result = applyUnifiedDiff(now, diff ?? "");
          return result.ok ? result.text : result.reason;
        },
        text(i === 0 ? {} : first),
      );
      expect(sha256Hex(end)).toBe(snapshot.document.sha256);
    }
    await commit("elsewhere", text({ 6: "something else" }));
    const moved = await imported(mbox, { base });
    expect(moved.examples.map(commitOf)).toEqual([one, two]);
  });

  it("are passed over with a sentence where they do not apply, and the others are taken", async () => {
    const [base = "", one = "", two = ""] = await smallRepository();
    const three = await commit("third", "export const a = 1;\nexport const b = 2;\nexport const c = 3;\n", "other.ts");
    await commit(
      "fourth",
      "export const a = 1;\nexport const d = 5;\nexport const c = 3;\nexport const e = 4;\n",
      "other.ts",
    );
    const mbox = await patches(base);
    await forgetSeries(base);
    const mails = mbox.split(/^(?=From [0-9a-f]{40} )/mu);
    const { examples, sentences, counts } = await imported(mails.filter((_, i) => i !== 0).join(""));
    expect(examples.map(commitOf)).not.toContain(two);
    expect(sentences).toEqual([
      `patch ${two.slice(0, 12)} of series.mbox is passed over: main.ts: hunk 1: its context differs from the text at line 6.`,
    ]);
    expect(counts.skippedCommits.get("doesNotApply")).toBe(1);
    const lost = await imported([mails[0], mails[3]].join(""));
    expect([lost.examples.map(commitOf), lost.sentences[0]]).toEqual([
      [one],
      expect.stringContaining("no other.ts before it is to be found"),
    ]);
    expect(three).toHaveLength(40);
  });

  it("end in a clear fault where none applies, as in a repository that they were never made in", async () => {
    const [base = ""] = await smallRepository();
    const mbox = await patches(base);
    await runGit(folder, ["init", "-q", "-b", "main", "stranger"]);
    repository = join(folder, "stranger");
    await commit("base", "something else\n", "readme.md");
    const wrong = imported(mbox, { repoShown: "../stranger" });
    await expect(wrong).rejects.toThrow(Failure);
    await expect(wrong).rejects.toThrow(
      /^no patch of series\.mbox applies to \.\.\/stranger at HEAD: name the repository .* --repo, and the commit .* --base/u,
    );
    await expect(imported(mbox, { base: "nothing" })).rejects.toThrow(/^"nothing" names no commit of stranger/u);
  });

  it("follow a file through a rename in the series, and leave binaries and renames themselves out", async () => {
    const [, , two = ""] = await smallRepository();
    await runGit(repository, ["mv", "main.ts", "moved.ts"]);
    await writeFile(join(repository, "logo.png"), Buffer.from([1, 0, 2]));
    const renamed = { ...second, 50: "renamed();" };
    await commit("rename", text(renamed), "moved.ts");
    const last = await commit("edit", text({ ...renamed, 40: "export const last = 1;", 44: "b();" }), "moved.ts");
    const mbox = await patches(two);
    await forgetSeries(two);
    const { examples, sentences, counts } = await imported(mbox);
    expect([examples.map(commitOf), sentences]).toEqual([[last], []]);
    expect([counts.skippedFiles.get("renamed"), counts.skippedFiles.get("binary")]).toEqual([1, 1]);
  });
});

describe("a mail", () => {
  it("reads the same with CRLF, as mail is sent, and of a file whose own lines end so", async () => {
    await runGit(folder, ["init", "-q", "-b", "main", "shop"]);
    const crlf = (content: string) => content.replaceAll("\n", "\r\n");
    const base = await commit("base", crlf(text({})));
    await commit("first", crlf(text(first)));
    await commit("second", crlf(text(second)));
    const mbox = await patches(base);
    await forgetSeries(base);
    const asWritten = await imported(mbox);
    expect(asWritten.examples.map(({ snapshot }) => snapshot.document.eol)).toEqual(["crlf", "crlf"]);
    expect(asWritten.sentences).toEqual([]);
    const sent = await imported(mbox.replaceAll("\r\n", "\n").replaceAll("\n", "\r\n"));
    expect(sent.examples).toEqual(asWritten.examples);
  });

  it("may have a message that looks like a patch, a folded header, and an author in encoded words", async () => {
    const [base = ""] = await smallRepository();
    await runGit(repository, [
      "config",
      "user.name",
      "Zoë Größe with a name that is long enough for two encoded words",
    ]);
    await writeFile(join(repository, "ünï code.ts"), "export const a = 1;\nexport const b = 2;\n");
    await runGit(repository, ["add", "."]);
    const message = `A subject ${"that goes on ".repeat(20)}\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n+y\n\n-- \nFrom here on\n`;
    await runGit(repository, [
      "commit",
      "-q",
      "--author",
      "Größe Zoë <zoe@example.com>",
      "--cleanup=verbatim",
      "-m",
      message,
    ]);
    await commit(
      "more",
      "export const a = 1;\nexport const c = 2;\nexport const d = 3;\nexport const e = 4;\n",
      "ünï code.ts",
    );
    const { examples, sentences } = await imported(await patches("--signature=-- more", "-2"), { perCommit: 1 });
    expect(sentences).toEqual([]);
    expect(examples.map(({ snapshot }) => snapshot.document.path)).toContain("ünï code.ts");
    expect(base).toHaveLength(40);
  });

  it("may be made to hurt whoever reads it", async () => {
    const [base = ""] = await smallRepository();
    const mbox = await patches("-1");
    const plain = (await imported(mbox)).examples.map(({ source }) => source.contributor);
    // An expression that tries every place would try for days.
    const slow = mbox.replace("\n\n", `\n\nFrom: ${"<".repeat(1_000_000)}\n\n`);
    expect((await imported(slow)).examples.map(({ source }) => source.contributor)).toEqual(plain);
    // As many beginnings of diffs as a mail can hold, each of which could be the patch's.
    const starts = mbox.replace("\n\n", `\n\n${"diff --git a/x b/x\nno diff\n".repeat(250_000)}`);
    expect((await imported(starts + mbox)).sentences).toEqual([expect.stringContaining("followed by other lines")]);
    // A path that would clear the screen of whoever is told that it is missing.
    const [one = "", last = ""] = (await patches(base)).split(/^(?=From [0-9a-f]{40} )/mu);
    const steering = one.replace(/^index .*\n/mu, "").replace(/^--- a\/.*$/mu, '--- "a/\\033[2J.ts"');
    const { sentences } = await imported(steering + last);
    expect(sentences).toEqual([expect.stringMatching(/no main\.ts before it is to be found|does not apply/u)]);
  });

  it("is passed over with what is wrong with it, and does not hide those behind it", async () => {
    const [base = "", , two = ""] = await smallRepository();
    const [one = "", last = ""] = (await patches(base)).split(/^(?=From [0-9a-f]{40} )/mu);
    const cases: readonly (readonly [string, string])[] = [
      [one.slice(0, one.indexOf("@@ ") + 40), "it is cut short|is malformed|no hunk"],
      [one.replace(/^diff --git[\s\S]*/mu, "-- \n2.39.5\n\n"), "it holds no diff"],
      [one.replace(/^@@ -\d+/mu, "@@ -x"), "no line numbers"],
      [one.replace(/^From: .*\n/mu, ""), "it has no From header"],
      [one.replace("\n\n", "\nContent-Transfer-Encoding: base64\n\n"), "encoded for transport"],
      [one.replace(/^-- $/mu, "something of a mailing list"), "followed by other lines"],
    ];
    for (const [broken, sentence] of cases) {
      const { examples, sentences } = await imported(`${broken}\n${last}`);
      expect(sentences).toEqual([expect.stringMatching(sentence)]);
      expect(examples.map(commitOf)).toEqual([two]);
    }
    const twice = await imported(one + one);
    expect([twice.examples.length, twice.counts.skippedCommits.get("repeated")]).toEqual([1, 1]);
  });

  it("is missing from what is no output of git format-patch, which is a fault of the argument", async () => {
    await smallRepository();
    for (const mbox of ["", "\n\n", "diff --git a/x b/x\n", "From: Ada <ada@example.com>\n\nhello\n"]) {
      await expect(imported(mbox)).rejects.toThrow(ConfigurationError);
      await expect(imported(mbox)).rejects.toThrow(/^series\.mbox holds no patch/u);
    }
    const gone = { patch: join(folder, "gone"), patchShown: "./gone" };
    await expect(imported("", gone)).rejects.toThrow("cannot read ./gone: it does not exist.");
  });
});
