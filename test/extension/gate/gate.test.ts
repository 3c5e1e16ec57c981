/** The gate over a real disk: every file that a capture touches, and nothing that it must not look at. */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RepositoryState } from "../../../extension/context/repository.ts";
import type { ConsentState, ConsentSwitch } from "../../../extension/gate/consent.ts";
import type { OpenText } from "../../../extension/gate/file-facts.ts";
import { createFileFacts } from "../../../extension/gate/file-facts.ts";
import type { Files } from "../../../extension/gate/files.ts";
import { nodeFiles } from "../../../extension/gate/files.ts";
import type { Gate, GateDeps, GateSettings, JudgedCapture } from "../../../extension/gate/gate.ts";
import { createGate } from "../../../extension/gate/gate.ts";
import { createGit } from "../../../extension/gate/git.ts";
import { createGitIgnored } from "../../../extension/gate/git-ignored.ts";
import type { Refusal, Verdict } from "../../../extension/gate/refusal.ts";
import { createRefusals } from "../../../extension/gate/refusals.ts";
import type { JudgedFile } from "../../../extension/gate/sieve.ts";
import { inEnglish } from "../../../extension/translate.ts";
import { defaultPolicy } from "../../../shared/wire/policy.ts";
import { manualClock } from "../../doubles/manual-clock.ts";
import { runGit } from "../../makers/git-history.ts";
import { validSettlement, validSnapshot } from "../../shared/records/valid.ts";

let base = "";
let shop = "";

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "stillpoint-gate-")));
  shop = join(base, "shop");
  await mkdir(join(shop, "src"), { recursive: true });
  await runGit(shop, ["init", "-q"]);
  await put("shop/src/a.ts", "const a = 1;\n");
  await put("shop/src/b.ts", "const b = 2;\n");
});

afterEach(async () => {
  await rm(base, { recursive: true, force: true });
});

async function put(path: string, text = "const some = 1;\n"): Promise<string> {
  const whole = join(base, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, text);
  return uriOf(path);
}

const uriOf = (path: string) => pathToFileURL(join(base, path)).href;

const state: RepositoryState = {
  name: { kind: "named", name: "git.example.com/shop/web" },
  folder: "shop",
  revision: null,
  branch: "main",
  licence: "MIT",
};

interface World {
  readonly gate: Gate;
  readonly deps: GateDeps;
  readonly clock: ReturnType<typeof manualClock>;
  /** Paths that the gate asked the disk about. */
  readonly looked: string[];
}

interface Changes extends Partial<Omit<GateDeps, "settings" | "consent">> {
  readonly settings?: Partial<GateSettings>;
  readonly consent?: (folder: string, purpose: ConsentSwitch) => ConsentState;
  readonly open?: Readonly<Record<string, string>>;
  /** Of the disk, before it is asked. */
  readonly disk?: Partial<Files>;
}

function world({ settings, consent, open = {}, disk = {}, ...changes }: Changes = {}): World {
  const clock = manualClock();
  const looked: string[] = [];
  const real = { ...nodeFiles(process.platform), ...disk };
  const noting = <Rest extends readonly unknown[], T>(ask: (path: string, ...rest: Rest) => Promise<T>) => {
    return (path: string, ...rest: Rest) => {
      looked.push(path);
      return ask(path, ...rest);
    };
  };
  const files: Files = {
    realPath: noting(real.realPath),
    stat: noting(real.stat),
    readText: noting(real.readText),
    list: noting(real.list),
  };
  const git = createGit({ clock, env: { PATH: process.env["PATH"], HOME: base }, startIn: tmpdir() });
  const textOf = (uri: string): OpenText | undefined => {
    const text = open[uri];
    if (text === undefined) return undefined;
    return { length: text.length, lineCount: text.split("\n").length, slice: (start, end) => text.slice(start, end) };
  };
  const deps: GateDeps = {
    clock,
    platform: process.platform,
    clientVersion: "0.1.0",
    translate: inEnglish,
    consent: { state: consent ?? (() => "given") },
    snooze: { state: () => null },
    facts: createFileFacts({ files, ignored: createGitIgnored({ files, git, home: base }), clock }),
    repositories: { of: async () => state, licenceOf: async () => "MIT" },
    refusals: createRefusals(clock),
    telemetry: () => true,
    trust: () => true,
    policy: () => ({ allowed: true, policy: defaultPolicy }),
    contributor: () => "contributor-1",
    folders: () => [uriOf("shop")],
    settings: () => ({ allows: () => true, denyRepositories: [], exclude: [], filesExclude: {}, ...settings }),
    openText: textOf,
    ...changes,
  };
  return { gate: createGate(deps), deps, clock, looked };
}

const file = (role: JudgedFile["role"], uri: string, path: string, external = false): JudgedFile => ({
  uri,
  path,
  role,
  external,
});

/** A capture of `src/a.ts` in whose history and definitions other files are. */
function captureWith(others: readonly JudgedFile[], future: readonly string[] = []): JudgedCapture {
  const [entry] = validSnapshot.history;
  const [definition] = validSnapshot.definitions;
  if (!entry || !definition) throw new Error("the sample has none");
  const history = others.filter(({ role }) => role === "history").map(({ path }) => ({ ...entry, path }));
  const definitions = others.filter(({ role }) => role === "definition");
  return {
    uri: uriOf("shop/src/a.ts"),
    snapshot: {
      ...validSnapshot,
      history,
      definitions: definitions.map(({ path, external }) => ({ ...definition, path, external })),
    },
    settlement: { ...validSettlement, futureHistory: future.map((path) => ({ ...entry, path })) },
    files: [file("document", uriOf("shop/src/a.ts"), "src/a.ts"), ...others],
  };
}

/** What is left of a capture, and by which rule the rest went. */
async function sieved({ gate }: World, others: readonly JudgedFile[], future: readonly string[] = []) {
  const { document, removed, snapshot, settlement } = await gate.judgeFiles(captureWith(others, future), "snapshots");
  expect(document).toEqual({ ok: true });
  return {
    history: snapshot.history.map(({ path }) => path),
    definitions: snapshot.definitions.map(({ path }) => path),
    future: settlement?.futureHistory.map(({ path }) => path),
    removed: removed.map(({ file: { path }, refusal }) => [path, refusal.reason]),
  };
}

function reasonOf(verdict: Verdict): Refusal["reason"] | "ok" {
  return verdict.ok ? "ok" : verdict.reason;
}

describe("a capture of innocent files", () => {
  it("passes whole", async () => {
    const others = [
      file("history", uriOf("shop/src/a.ts"), "src/a.ts"),
      file("definition", uriOf("shop/src/b.ts"), "src/b.ts"),
    ];
    const capture = captureWith(others, ["src/a.ts"]);
    const verdict = await world().gate.judgeFiles(capture, "snapshots");
    expect(verdict).toEqual({
      document: { ok: true },
      removed: [],
      snapshot: capture.snapshot,
      settlement: capture.settlement,
    });
  });
});

describe("the history of an innocent file", () => {
  it("loses an edit of a .env, before the capture and after it, and why is remembered", async () => {
    const env = await put("shop/.env", "TOKEN=1\n");
    const here = world();
    const others = [file("history", uriOf("shop/src/a.ts"), "src/a.ts"), file("history", env, ".env")];
    expect(await sieved(here, others, [".env", "src/a.ts"])).toEqual({
      history: ["src/a.ts"],
      definitions: [],
      future: ["src/a.ts"],
      removed: [[".env", "path.secret"]],
    });
    expect(here.deps.refusals.recent()).toMatchObject([{ uri: env, refusal: { rule: "path" } }]);
    expect(here.deps.refusals.counts().path).toBe(1);
  });

  it("loses what nobody said which file it is of", async () => {
    const capture = captureWith([file("history", uriOf("shop/src/a.ts"), "src/a.ts")], ["src/unknown.ts"]);
    const { settlement } = await world().gate.judgeFiles(capture, "snapshots");
    expect(settlement?.futureHistory).toEqual([]);
  });

  it("loses a file that is gone, since nobody can tell where it lay", async () => {
    const others = [file("history", uriOf("shop/src/gone.ts"), "src/gone.ts")];
    expect((await sieved(world(), others)).removed).toEqual([["src/gone.ts", "outside.missing"]]);
  });
});

describe("a definition", () => {
  it("in an excluded file is removed, whichever list excludes it", async () => {
    await put("shop/.gitignore", "ignored.ts\n");
    await put("shop/.stillpointignore", "private/\n");
    const paths = ["ignored.ts", "private/a.ts", "hidden/a.ts", "legacy/a.ts", "src/b.ts"];
    const others = [];
    for (const path of paths) others.push(file("definition", await put(`shop/${path}`), path));
    const settings = { filesExclude: { hidden: true }, exclude: ["legacy/"] };
    expect(await sieved(world({ settings }), others)).toMatchObject({
      definitions: ["src/b.ts"],
      removed: [
        ["ignored.ts", "path.gitIgnored"],
        ["private/a.ts", "path.ignoreFile"],
        ["hidden/a.ts", "path.filesExclude"],
        ["legacy/a.ts", "path.setting"],
      ],
    });
  });

  it("from an installed package stays, by its path in the package, though git ignores it", async () => {
    await put("shop/.gitignore", "node_modules/\n");
    const uri = await put("shop/node_modules/left-pad/dist/index.d.ts");
    const found = await sieved(world(), [file("definition", uri, "left-pad/dist/index.d.ts", true)]);
    expect(found).toMatchObject({ definitions: ["left-pad/dist/index.d.ts"], removed: [] });
  });

  it("from a package that is a link to somebody's own code is removed", async () => {
    await put("own/private.ts");
    await mkdir(join(shop, "node_modules"), { recursive: true });
    await symlink(join(base, "own"), join(shop, "node_modules/own"));
    const others = [file("definition", uriOf("shop/node_modules/own/private.ts"), "own/private.ts", true)];
    expect((await sieved(world(), others)).removed).toEqual([["own/private.ts", "outside.external"]]);
  });

  it("from TypeScript's own library stays", async () => {
    const uri = await put("editor/extensions/node_modules/typescript/lib/lib.es5.d.ts", "interface Array {}\n");
    const others = [file("definition", uri, "typescript/lib/lib.es5.d.ts", true)];
    expect((await sieved(world(), others)).removed).toEqual([]);
  });

  it("from elsewhere on the machine is removed and not even read", async () => {
    const uri = await put("own/private.ts");
    const here = world();
    const others = [file("definition", uri, "private.ts", true), file("definition", uri, "private.ts")];
    expect((await sieved(here, others)).removed).toEqual([
      ["private.ts", "outside.external"],
      ["private.ts", "consent.noFolder"],
    ]);
    const whole = join(base, "own/private.ts");
    expect(here.looked.filter((path) => path === whole)).toHaveLength(1);
  });

  it("with a secret's name is removed from a package too", async () => {
    const uri = await put("shop/node_modules/a/test/server.pem");
    const others = [file("definition", uri, "a/test/server.pem", true)];
    expect((await sieved(world(), others)).removed).toEqual([["a/test/server.pem", "path.secret"]]);
  });

  it("in another folder of the workspace is held to that folder's consent", async () => {
    const uri = await put("lib/src/c.ts");
    const here = world({
      folders: () => [uriOf("shop"), uriOf("lib")],
      consent: (folder) => (folder === uriOf("shop") ? "given" : "off"),
    });
    expect((await sieved(here, [file("definition", uri, "src/c.ts")])).removed).toEqual([["src/c.ts", "consent.off"]]);
  });
});

describe("a path that would leave", () => {
  it.each([
    ["the machine's own", () => join(base, "shop/src/b.ts")],
    ["the machine's own, without its first separator", () => join(base, "shop/src/b.ts").slice(1)],
    ["one that climbs", () => "../shop/src/b.ts"],
    ["another file's", () => "src/c.ts"],
    ["an address", () => uriOf("shop/src/b.ts")],
  ])("is never %s", async (_, stated) => {
    const others = [file("definition", uriOf("shop/src/b.ts"), stated())];
    expect((await sieved(world(), others)).removed).toEqual([[stated(), "outside.path"]]);
  });

  it("of a package begins at the package", async () => {
    const uri = await put("shop/node_modules/left-pad/index.d.ts");
    const others = [
      file("definition", uri, "shop/node_modules/left-pad/index.d.ts", true),
      file("definition", uri, join(base, "shop/node_modules/left-pad/index.d.ts"), true),
      file("definition", uri, "index.d.ts", true),
    ];
    expect((await sieved(world(), others)).removed.map(([, reason]) => reason)).toEqual([
      "outside.path",
      "outside.path",
    ]);
  });

  it("of the document is judged too", async () => {
    const capture = captureWith([]);
    const document = { ...capture.snapshot.document, path: join(base, "shop/src/a.ts").slice(1) };
    const spoilt = { ...capture, snapshot: { ...capture.snapshot, document } };
    expect(reasonOf((await world().gate.judgeFiles(spoilt, "snapshots")).document)).toBe("outside.path");
  });
});

describe("a document", () => {
  it("that is a link out of the workspace is refused, and where it leads is not read", async () => {
    await put("own/private.ts");
    await symlink(join(base, "own/private.ts"), join(shop, "src/link.ts"));
    const here = world();
    expect(reasonOf(await here.gate.judgeDocument(uriOf("shop/src/link.ts"), "snapshots"))).toBe("outside.link");
    expect(here.looked).not.toContain(join(base, "own/private.ts"));
  });

  it("in a folder that is a link out of the workspace is refused", async () => {
    await put("own/private.ts");
    await symlink(join(base, "own"), join(shop, "linked"));
    expect(reasonOf(await world().gate.judgeDocument(uriOf("shop/linked/private.ts"), "snapshots"))).toBe(
      "outside.link",
    );
  });

  it("that is a link to a secret or an ignored file is judged by what it leads to", async () => {
    await put("shop/.gitignore", "/ignored/\n");
    await put("shop/.env");
    await put("shop/ignored/a.ts");
    await symlink(join(shop, ".env"), join(shop, "src/innocent.ts"));
    await symlink(join(shop, "ignored/a.ts"), join(shop, "src/tame.ts"));
    const { gate } = world();
    expect(reasonOf(await gate.judgeDocument(uriOf("shop/src/innocent.ts"), "snapshots"))).toBe("path.secret");
    expect(reasonOf(await gate.judgeDocument(uriOf("shop/src/tame.ts"), "snapshots"))).toBe("path.gitIgnored");
  });

  it("in a workspace folder that is itself reached by a link is in it", async () => {
    await symlink(shop, join(base, "short"));
    const { gate } = world({ folders: () => [uriOf("short")] });
    expect(reasonOf(await gate.judgeDocument(uriOf("short/src/a.ts"), "snapshots"))).toBe("ok");
  });

  it("whose address climbs out of the folder is in none", async () => {
    const uri = `${uriOf("shop")}/src/../../own/private.ts`;
    await put("own/private.ts");
    expect(reasonOf(await world().gate.judgeDocument(uri, "snapshots"))).toBe("consent.noFolder");
  });

  it.each([
    ["shop/.env", "path.secret"],
    ["shop/.git/config", "path.versionControl"],
    ["shop/package-lock.json", "content.generated"],
  ])("%s is refused: %s", async (path, reason) => {
    await put(path);
    expect(reasonOf(await world().gate.judgeDocument(uriOf(path), "snapshots"))).toBe(reason);
  });

  it("is judged by its text in the editor, not by the older one on the disk", async () => {
    const uri = uriOf("shop/src/a.ts");
    const { gate } = world({ open: { [uri]: "x".repeat(1_000) } });
    expect(reasonOf(await gate.judgeDocument(uri, "snapshots"))).toBe("content.minified");
  });

  it("on the disk is judged by what is there now", async () => {
    const uri = await put("shop/src/c.ts");
    const { gate } = world();
    expect(reasonOf(await gate.judgeDocument(uri, "snapshots"))).toBe("ok");
    await put("shop/src/c.ts", `// @generated\n${"const a = 1;\n".repeat(9)}`);
    expect(reasonOf(await gate.judgeDocument(uri, "snapshots"))).toBe("content.generated");
  });

  it("is in its folder whatever the case of the address, where file systems do not tell", async () => {
    const uri = `${uriOf("SHOP")}/src/a.ts`;
    const stated = [file("history", uri, "src/a.ts")];
    expect(await sieved(world({ platform: "darwin" }), stated)).toMatchObject({ history: ["src/a.ts"] });
    expect(reasonOf(await world().gate.judgeDocument(uri, "snapshots"))).toBe("consent.noFolder");
  });

  it("belongs to the innermost folder of the workspace", async () => {
    const inner = await put("shop/packages/web/a.ts");
    const { gate } = world({
      folders: () => [uriOf("shop/packages/web"), uriOf("shop")],
      consent: (folder) => (folder === uriOf("shop") ? "given" : "off"),
    });
    expect(reasonOf(await gate.judgeDocument(inner, "snapshots"))).toBe("consent.off");
    expect(reasonOf(await gate.judgeDocument(uriOf("shop/src/a.ts"), "snapshots"))).toBe("ok");
  });

  it("is held to a .stillpointignore above the workspace folder, up to the repository's root and no further", async () => {
    await put("shop/.stillpointignore", "packages/web/plans/\n");
    await put(".stillpointignore", "*\n");
    const { gate } = world({ folders: () => [uriOf("shop/packages/web")] });
    const plans = await put("shop/packages/web/plans/a.ts");
    const other = await put("shop/packages/web/src/a.ts");
    expect(reasonOf(await gate.judgeDocument(plans, "snapshots"))).toBe("path.ignoreFile");
    expect(reasonOf(await gate.judgeDocument(other, "snapshots"))).toBe("ok");
  });

  it("whose lists cannot be read is refused, not let through", async () => {
    const denied = Object.assign(new Error("no"), { code: "EACCES" });
    const { readText } = nodeFiles(process.platform);
    const disk: Partial<Files> = {
      readText: async (path, maxBytes) => {
        if (path.endsWith(".stillpointignore")) throw denied;
        return readText(path, maxBytes);
      },
    };
    const verdict = await world({ disk }).gate.judgeDocument(uriOf("shop/src/a.ts"), "snapshots");
    expect(reasonOf(verdict)).toBe("outside.unreadable");
  });
});

describe("documents that are no files", () => {
  it("never saved belong to the only folder, and lie nowhere", async () => {
    expect(reasonOf(await world().gate.judgeDocument("untitled:Untitled-1", "snapshots"))).toBe("ok");
    const two = world({ folders: () => [uriOf("shop"), uriOf("lib")] });
    expect(reasonOf(await two.gate.judgeDocument("untitled:Untitled-1", "snapshots"))).toBe("consent.noFolder");
  });

  it("never saved are judged by the path that they would get", async () => {
    await put("shop/.gitignore", "scratch/\n");
    const { gate } = world();
    const at = (path: string) => gate.judgeDocument(`untitled:${join(base, path)}`, "snapshots").then(reasonOf);
    expect(await at("shop/src/new/deep.ts")).toBe("ok");
    expect(await at("shop/.env.local")).toBe("path.secret");
    expect(await at("shop/scratch/new.ts")).toBe("path.gitIgnored");
    expect(await at("own/new.ts")).toBe("consent.noFolder");
  });

  it("cells are judged by their notebook's path and their own text", async () => {
    await put("shop/n.ipynb", `{"image":"${"x".repeat(5_000)}"}`);
    await put("shop/.gitignore", "private.ipynb\n");
    await put("shop/private.ipynb");
    const cell = (path: string) => `vscode-notebook-cell:${join(base, path)}#W0sZmlsZQ%3D%3D`;
    const open = { [cell("shop/n.ipynb")]: "print(1)\n", [cell("shop/private.ipynb")]: "print(1)\n" };
    const { gate } = world({ open });
    expect(reasonOf(await gate.judgeDocument(cell("shop/n.ipynb"), "snapshots"))).toBe("ok");
    expect(reasonOf(await gate.judgeDocument(cell("shop/private.ipynb"), "snapshots"))).toBe("path.gitIgnored");
  });

  it.each(["git:/work/a.ts", "output:tasks", "vscode-vfs://github/a/b.ts"])("%s is refused", async (uri) => {
    const { gate } = world();
    expect((await gate.judgeDocument(uri, "snapshots")).ok).toBe(false);
    expect(gate.mayOpen(uri)).toBe(false);
  });
});

describe("before the rules that need no disk have passed", () => {
  it.each<[string, Changes]>([
    ["without consent", { consent: () => "off" }],
    ["with a switch pinned off", { settings: { allows: () => false } }],
    ["while snoozed", { snooze: { state: () => ({ kind: "restart" }) } }],
    ["with telemetry off", { telemetry: () => false }],
    ["in an untrusted workspace", { trust: () => false }],
    ["without any policy", { policy: () => null }],
  ])("%s, no disk is looked at and no git is run", async (_, change) => {
    const here = world({
      ...change,
      repositories: {
        of: () => Promise.reject(new Error("asked")),
        licenceOf: () => Promise.reject(new Error("asked")),
      },
    });
    const others = [file("history", uriOf("shop/src/b.ts"), "src/b.ts")];
    const verdict = await here.gate.judgeFiles(captureWith(others), "snapshots");
    expect(verdict.document.ok).toBe(false);
    expect(here.gate.mayOpen(uriOf("shop/src/a.ts"))).toBe(false);
    expect(here.looked).toEqual([]);
  });
});

describe("each purpose", () => {
  it("needs its own consent, for captures and predictions alike", async () => {
    const { gate } = world({ consent: (_, purpose) => (purpose === "snapshots" ? "given" : "off") });
    const uri = uriOf("shop/src/a.ts");
    expect(reasonOf(await gate.judgeDocument(uri, "snapshots"))).toBe("ok");
    expect(reasonOf(await gate.judgeDocument(uri, "predictions"))).toBe("consent.off");
    expect(gate.mayOpen(uri)).toBe(true);
    expect(gate.mayOpen(uri, "predictions")).toBe(false);
  });
});

describe("mayOpen", () => {
  it("says no at once to what a name, a size or the last look tells", async () => {
    await put("shop/.gitignore", "ignored.ts\n");
    const ignored = await put("shop/ignored.ts");
    const big = uriOf("shop/src/b.ts");
    const { gate, looked, deps } = world({ open: { [big]: "x".repeat(3_000_000) } });
    expect(gate.mayOpen(uriOf("shop/src/a.ts"))).toBe(true);
    expect(gate.mayOpen(uriOf("shop/.env"))).toBe(false);
    expect(gate.mayOpen(big)).toBe(false);
    expect(looked).toEqual([]);
    expect(deps.refusals.counts()).toMatchObject({ path: 1, content: 1 });

    expect(gate.mayOpen(ignored)).toBe(true);
    await gate.judgeDocument(ignored, "snapshots");
    expect(gate.mayOpen(ignored)).toBe(false);
  });

  it("asks again once a list has changed, or a minute has passed", async () => {
    await put("shop/.gitignore", "src/\n");
    const uri = uriOf("shop/src/a.ts");
    const { gate, clock } = world();
    expect(reasonOf(await gate.judgeDocument(uri, "snapshots"))).toBe("path.gitIgnored");
    await put("shop/.gitignore", "");
    expect(reasonOf(await gate.judgeDocument(uri, "snapshots"))).toBe("path.gitIgnored");
    gate.changed(uriOf("shop/.gitignore"));
    expect(gate.mayOpen(uri)).toBe(true);
    expect(reasonOf(await gate.judgeDocument(uri, "snapshots"))).toBe("ok");

    await put("shop/.gitignore", "src/\n");
    clock.advance(60_001);
    expect(reasonOf(await gate.judgeDocument(uri, "snapshots"))).toBe("path.gitIgnored");
    expect(gate.mayOpen(uri)).toBe(false);
    clock.advance(60_001);
    expect(gate.mayOpen(uri)).toBe(true);
  });
});

describe("what redaction left", () => {
  const token = `ghp_${"aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bD1fG3hJ5"}`;
  const diff = `--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-a\n+const t = "${token}";\n`;
  const [entry] = validSnapshot.history;
  const [definition] = validSnapshot.definitions;
  const [diagnostic] = validSnapshot.diagnostics;
  if (!entry || !definition || !diagnostic) throw new Error("the sample has none");

  it.each([
    ["the excerpt", { excerpt: { startLine: 0, text: `const t = "${token}";\n` } }, {}],
    ["the history", { history: [{ ...entry, diff }] }, {}],
    ["a definition", { definitions: [{ ...definition, text: `"${token}"` }] }, {}],
    ["a problem", { diagnostics: [{ ...diagnostic, message: `unused ${token}` }] }, {}],
    ["the settlement", {}, { text: `"${token}"` }],
    ["what came after", {}, { futureHistory: [{ ...entry, diff }] }],
  ])("is looked at a last time: %s", (_, snapshot, settlement) => {
    const { gate, deps } = world();
    const uri = uriOf("shop/src/a.ts");
    const verdict = gate.judgeSecrets(uri, { ...validSnapshot, ...snapshot }, { ...validSettlement, ...settlement });
    expect(verdict).toMatchObject({ ok: false, rule: "secrets" });
    expect(JSON.stringify(verdict)).not.toContain(token);
    expect(deps.refusals.counts().secrets).toBe(1);
  });

  it("passes where there is nothing", () => {
    expect(world().gate.judgeSecrets("file:///a", validSnapshot, validSettlement)).toEqual({ ok: true });
  });
});

describe("a folder", () => {
  const paused = { allowed: true, policy: { ...defaultPolicy, paused: true } };
  const older = { allowed: true, policy: { ...defaultPolicy, minimumClientVersion: "9.0.0" } };
  const outsider = { allowed: false, policy: defaultPolicy };
  const nobody = () => "off" as const;

  it("is followed where everything allows it", () => {
    expect(world().gate.mayFollow(uriOf("shop"))).toBe(true);
  });

  it("is followed for predictions alone, and for no other switch", () => {
    const only = (given: ConsentSwitch) =>
      world({ consent: (_, purpose) => (purpose === given ? "given" : "off") }).gate.mayFollow(uriOf("shop"));
    expect([only("snapshots"), only("predictions"), only("outcomes"), only("ratings")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each<[string, Changes]>([
    ["without consent", { consent: nobody }],
    ["under consent to an older text", { consent: () => "outdated" }],
    ["under another person's consent", { consent: () => "otherPerson" }],
    ["where a setting pins the switches off", { settings: { allows: () => false } }],
    ["while snoozed", { snooze: { state: () => ({ kind: "restart" }) } }],
    ["with telemetry off", { telemetry: () => false }],
    ["in an untrusted workspace", { trust: () => false }],
    ["before the policy is known", { policy: () => null }],
    ["while the policy pauses everybody", { policy: () => paused }],
    ["with a version too old for the policy", { policy: () => older }],
    ["where the policy leaves the person out", { policy: () => outsider }],
  ])("is not followed %s, and that counts as no refusal of any file", (_, changes) => {
    const { gate, deps } = world(changes);
    expect(gate.mayFollow(uriOf("shop"))).toBe(false);
    expect(deps.refusals.recent()).toEqual([]);
    expect(Object.values(deps.refusals.counts()).every((count) => count === 0)).toBe(true);
  });

  it("that is none of the workspace's, or no file of any machine, is not followed", () => {
    const { gate } = world();
    expect(gate.mayFollow(uriOf("elsewhere"))).toBe(false);
    expect(world({ folders: () => ["vscode-vfs://github/a/b"] }).gate.mayFollow("vscode-vfs://github/a/b")).toBe(false);
  });
});

describe("a notebook of another scheme", () => {
  it("gets no folder: an earlier revision from git is nothing that was never saved", async () => {
    const base64 = Buffer.from("git").toString("base64");
    const uri = `vscode-notebook-cell:${new URL(uriOf("shop/n.ipynb")).pathname}#W0s${encodeURIComponent(base64)}`;
    await put("shop/n.ipynb", "{}");
    expect(await world().gate.judgeDocument(uri, "snapshots")).toMatchObject({ ok: false, rule: "consent" });
    expect(world().gate.mayOpen(uri)).toBe(false);
  });
});
