/** Typing, then the real gate over a real disk, real redaction and a real outbox: what waits there, and what never does. */
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEnvelopes } from "../../../extension/capture/envelope.ts";
import type { Finished } from "../../../extension/capture/finish.ts";
import { finishCapture } from "../../../extension/capture/finish.ts";
import { createConsent } from "../../../extension/gate/consent.ts";
import { createFileFacts } from "../../../extension/gate/file-facts.ts";
import { nodeFiles } from "../../../extension/gate/files.ts";
import type { GateDeps } from "../../../extension/gate/gate.ts";
import { createGate } from "../../../extension/gate/gate.ts";
import { createGit } from "../../../extension/gate/git.ts";
import { createGitIgnored } from "../../../extension/gate/git-ignored.ts";
import { createRefusals } from "../../../extension/gate/refusals.ts";
import type { Outbox } from "../../../extension/outbox/outbox.ts";
import { openOutbox } from "../../../extension/outbox/outbox.ts";
import { inEnglish } from "../../../extension/translate.ts";
import { redactSnapshot } from "../../../shared/privacy/redact.ts";
import type { Definition } from "../../../shared/records/snapshot.ts";
import { defaultPolicy } from "../../../shared/wire/policy.ts";
import type { Harness } from "./harness.ts";
import { captureHarness } from "./harness.ts";

let base = "";
let folder = "";
let outbox: Outbox;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "stillpoint-capture-")));
  folder = pathToFileURL(join(base, "shop")).href;
  outbox = await openOutbox({ folder: join(base, "outbox"), clock: captureHarness().clock });
});
afterEach(async () => {
  await outbox.dispose();
  await rm(base, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<string> {
  const whole = join(base, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, text);
  return pathToFileURL(whole).href;
}

/** A person who agreed to share snapshots, and types. */
async function contributing(h: Harness, changes: Partial<GateDeps> = {}) {
  const { clock } = h;
  const memory = new Map<string, unknown>();
  const store = {
    get: (key: string) => memory.get(key),
    set: async (key: string, value: unknown) => void memory.set(key, value),
    folders: () => [...memory.keys()],
  };
  const consent = createConsent(store, clock, () => undefined);
  await consent.choose(folder, ["snapshots"], "contributor-1");
  const files = nodeFiles(process.platform);
  const git = createGit({ clock, env: { PATH: process.env["PATH"], HOME: base }, startIn: base });
  const refusals = createRefusals(clock);
  const gate = createGate({
    clock,
    platform: process.platform,
    clientVersion: "0.1.0",
    translate: inEnglish,
    consent,
    snooze: { state: () => null },
    facts: createFileFacts({ files, ignored: createGitIgnored({ files, git, home: base }), clock }),
    repositories: {
      of: async () => ({ name: { kind: "nameless" }, folder: null, revision: null, branch: null, licence: null }),
      licenceOf: async () => null,
    },
    refusals,
    telemetry: () => true,
    trust: () => true,
    policy: () => ({ allowed: true, policy: defaultPolicy }),
    contributor: () => "contributor-1",
    folders: () => [folder],
    settings: () => ({ allows: () => true, denyRepositories: [], exclude: ["hidden.ts"], filesExclude: {} }),
    openText: () => undefined,
    ...changes,
  });
  const envelopes = createEnvelopes({ clock, randomBytes });
  return {
    consent,
    reasonOf: (uri: string) => refusals.recent().find((each) => each.uri === uri)?.refusal.reason,
    async finishAll(): Promise<Finished[]> {
      const finished: Finished[] = [];
      for (const capture of h.settled) {
        finished.push(
          await finishCapture(capture, {
            gate,
            envelopes,
            redact: redactSnapshot,
            consent: (of) => consent.given(of, "snapshots"),
            append: outbox.append,
            gaveUp: () => undefined,
          }),
        );
      }
      return finished;
    },
  };
}

/** All that the outbox has on disk, in any of its files. */
async function onDisk(): Promise<string> {
  const names = await readdir(join(base, "outbox")).catch(() => []);
  return (await Promise.all(names.map((name) => readFile(join(base, "outbox", name), "utf8")))).join("\n");
}

describe("an edit that has settled", () => {
  it("waits in the outbox, with what was before and what became of it", async () => {
    await put("shop/src/a.ts", "const a = 1;\n");
    const h = captureHarness();
    const { finishAll } = await contributing(h);
    h.open("src/a.ts", "const a = 1;\n", folder);
    h.edit("src/a.ts", 0, 0, "// first\n");
    await h.clock.advanceAsync(300);
    h.edit("src/a.ts", 0, 9, "// second\n");
    await h.clock.advanceAsync(10_000);
    const [finished] = await finishAll();
    expect(finished).toMatchObject({ kind: "kept" });
    const [waiting] = await outbox.pending();
    expect(waiting).toMatchObject({ type: "snapshot.settled", path: "src/a.ts", folder });
    expect(await outbox.read(waiting?.id ?? "")).toMatchObject({
      snapshot: { excerpt: { text: "// first\nconst a = 1;\n" }, document: { path: "src/a.ts" } },
      settlement: { text: "// second\nconst a = 1;\n", edits: 1, unchanged: false },
      consentVersion: 1,
    });
    expect(JSON.stringify(await outbox.read(waiting?.id ?? ""))).not.toContain(base);
  });

  it("brings nothing of a .env that was edited just before", async () => {
    await put("shop/src/a.ts", "const a = 1;\n");
    await put("shop/.env", "");
    const h = captureHarness();
    const { finishAll, reasonOf } = await contributing(h);
    h.open(".env", "\n", folder);
    h.open("src/a.ts", "const a = 1;\n", folder);
    h.edit(".env", 0, 0, "COLOUR=plainlyvisible");
    h.edit("src/a.ts", 0, 0, "x");
    await h.clock.advanceAsync(300);
    h.edit(".env", 0, 0, "SIZE=alsovisible\n");
    await h.clock.advanceAsync(10_300);
    expect(JSON.stringify(h.settled)).toContain("plainlyvisible");
    expect(JSON.stringify(h.settled)).toContain("alsovisible");
    const finished = await finishAll();
    expect(finished.map(({ kind }) => kind)).toContain("kept");
    const disk = await onDisk();
    expect(disk).toContain("src/a.ts");
    for (const word of ["visible", ".env", "COLOUR"]) expect(disk).not.toContain(word);
    expect(reasonOf(`${folder}/.env`)).toBe("path.secret");
  });

  it("brings no definition of an excluded file", async () => {
    await put("shop/src/a.ts", "const a = 1;\n");
    const hidden = await put("shop/hidden.ts", "const hiddenName = 2;\n");
    const record: Definition = {
      symbol: "hiddenName",
      kind: "definition",
      path: "hidden.ts",
      startLine: 0,
      text: "const hiddenName = 2;\n",
      external: false,
    };
    const h = captureHarness({
      gather: async () => ({
        definitions: [{ uri: hidden, record, unclipped: record.text }],
        repo: undefined,
        leftOut: {},
      }),
    });
    const { finishAll, reasonOf } = await contributing(h);
    h.open("src/a.ts", "const a = 1;\n", folder);
    h.edit("src/a.ts", 0, 0, "x");
    await h.clock.advanceAsync(10_300);
    expect(await finishAll()).toMatchObject([{ kind: "kept", snapshot: { definitions: [] } }]);
    expect(await onDisk()).not.toContain("hidden");
    expect(reasonOf(hidden)).toBe("path.setting");
  });
});

describe("nothing reaches the outbox", () => {
  it("where the document is a link out of the folder", async () => {
    const outside = await put("elsewhere/a.ts", "const a = 1;\n");
    await put("shop/b.ts", "");
    await symlink(new URL(outside), join(base, "shop/a.ts"));
    const h = captureHarness();
    const { finishAll } = await contributing(h);
    h.open("a.ts", "const a = 1;\n", folder);
    h.edit("a.ts", 0, 0, "x");
    await h.clock.advanceAsync(10_300);
    expect(await finishAll()).toMatchObject([{ kind: "refused", refusal: { reason: "outside.link" } }]);
    expect(await outbox.pending()).toEqual([]);
  });

  it("where consent was withdrawn while the text was becoming still", async () => {
    await put("shop/a.ts", "const a = 1;\n");
    const h = captureHarness();
    const { finishAll, consent } = await contributing(h);
    h.open("a.ts", "const a = 1;\n", folder);
    h.edit("a.ts", 0, 0, "x");
    await h.clock.advanceAsync(9_000);
    await consent.choose(folder, [], "contributor-1");
    await h.clock.advanceAsync(1_300);
    expect(await finishAll()).toMatchObject([{ kind: "refused", refusal: { reason: "consent.off" } }]);
    expect(await outbox.pending()).toEqual([]);
  });

  it("where consent was withdrawn and given again meanwhile", async () => {
    await put("shop/a.ts", "const a = 1;\n");
    const h = captureHarness();
    const { finishAll, consent } = await contributing(h);
    h.open("a.ts", "const a = 1;\n", folder);
    h.edit("a.ts", 0, 0, "x");
    await h.clock.advanceAsync(9_000);
    await consent.choose(folder, [], "contributor-1");
    await consent.choose(folder, ["snapshots"], "contributor-1");
    await h.clock.advanceAsync(1_300);
    expect(await finishAll()).toEqual([{ kind: "withdrawn" }]);
    expect(await outbox.pending()).toEqual([]);
  });

  it("where the workspace is not trusted", async () => {
    await put("shop/a.ts", "const a = 1;\n");
    const h = captureHarness();
    const { finishAll } = await contributing(h, { trust: () => false });
    h.open("a.ts", "const a = 1;\n", folder);
    h.edit("a.ts", 0, 0, "x");
    await h.clock.advanceAsync(10_300);
    expect(await finishAll()).toMatchObject([{ kind: "refused", refusal: { rule: "trust" } }]);
    expect(await outbox.pending()).toEqual([]);
  });
});
