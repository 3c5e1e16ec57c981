/** What a run that is asked for over HTTP may read, and whom it may ask. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareRun } from "../../../server/runs/run-request.ts";
import type { RunRequest } from "../../../shared/wire/runs.ts";

let root: string;
let dataDir: string;
let allowed: string;

const env = { PATH: process.env["PATH"] };

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "stillpoint-run-request-")));
  allowed = join(root, "allowed");
  // DATA lies in a checkout, as it does where somebody starts the server in one.
  dataDir = join(root, "checkout", ".stillpoint");
  for (const folder of [dataDir, join(allowed, "shop"), join(root, "elsewhere"), join(dataDir, "plain")]) {
    await mkdir(folder, { recursive: true });
  }
  for (const repository of ["checkout", "allowed/shop", "elsewhere", "checkout/.stillpoint/own"]) {
    execFileSync("git", ["init", "-q", join(root, repository)]);
  }
  execFileSync("git", [
    "-C",
    join(root, "elsewhere"),
    "-c",
    "user.name=a",
    "-c",
    "user.email=ada@example.com",
    "commit",
    "-q",
    "--allow-empty",
    "-m",
    "one",
  ]);
  execFileSync("git", ["-C", join(root, "elsewhere"), "worktree", "add", "-q", join(allowed, "linked")]);
  for (const file of [
    "allowed/rows.txt",
    "elsewhere/rows.jsonl",
    "checkout/.stillpoint/in.jsonl",
    "checkout/.stillpoint/admin-token",
  ]) {
    await writeFile(join(root, file), "");
  }
  await symlink(join(root, "elsewhere"), join(allowed, "link"));
  await symlink(join(root, "elsewhere", "rows.jsonl"), join(dataDir, "link.jsonl"));
  await symlink(join(dataDir, "admin-token"), join(dataDir, "token.jsonl"));
});
afterAll(async () => rm(root, { recursive: true, force: true }));

const task = {
  name: "small",
  kind: "distillation",
  input: { file: "in.jsonl" },
  models: { teacher: "builtin" },
  stages: ["redact", { distill: { model: "teacher" } }],
};

async function prepare(request: Partial<RunRequest>) {
  const prepared = await prepareRun(
    { task, ...request },
    {
      dataDir,
      env,
      configuration: {
        concurrency: 1,
        seed: 7,
        models: { fast: { provider: "openai", model: "m", revision: "r", baseUrl: "http://127.0.0.1:8000/v1" } },
        file: undefined,
        server: { runsMayRead: [allowed] },
      },
    },
  );
  return "faults" in prepared ? prepared : { name: prepared.name, task: JSON.parse(prepared.task) };
}

async function fault(request: Partial<RunRequest>): Promise<string> {
  const prepared = await prepare(request);
  if (!("faults" in prepared)) throw new Error("it was taken");
  return prepared.faults.map(({ field, detail }) => `${field} ${detail}`.trim()).join("\n");
}

const nowhere = /lies in none of the folders that runs over HTTP may read/u;

describe("a run that is asked for", () => {
  it("is the task with everything filled in and paths that are whole", async () => {
    expect(await prepare({})).toMatchObject({
      name: "small",
      task: {
        seed: 7,
        input: { file: join(dataDir, "in.jsonl") },
        stages: [{ redact: {} }, { distill: { model: "builtin" } }],
      },
    });
  });

  it("is otherwise where the request says so", async () => {
    expect(await prepare({ teacher: "fast", seed: 3 })).toMatchObject({
      task: { seed: 3, models: { teacher: "fast" }, stages: [{}, { distill: { model: "fast" } }] },
    });
    expect(await prepare({ task: { ...task, budget: 5 }, budget: 0.5 })).toMatchObject({ task: { budget: 0.5 } });
    expect(await prepare({ task: "settled", repo: join(allowed, "shop"), max: 5 })).toMatchObject({
      name: "settled",
      task: { input: { "import-git": { repo: join(allowed, "shop"), max: 5 } } },
    });
  });

  it("may begin with what the server has stored", async () => {
    const pulling = { ...task, input: { pull: { repo: ["github.com/acme/*"] } } };
    expect(await prepare({ task: pulling, max: 3 })).toMatchObject({
      task: { input: { pull: { repo: ["github.com/acme/*"], max: 3 } } },
    });
  });

  it("is refused with the task's faults, in the words in which a task file is", async () => {
    expect(await fault({ task: { ...task, stages: [{ distil: {} }] } })).toBe(
      'task stages[0]: there is no stage "distil". Did you mean distill?',
    );
    expect(await fault({ task: { ...task, name: "../up" } })).toMatch(/^task name: is no name/u);
    expect(await fault({ task: "none" })).toMatch(/^task names no task that ships\. There are .*\bsettled\b/u);
    expect(await fault({ input: "in.jsonl", repo: "x" })).toMatch(/^input reads a file; repo and max import/u);
    expect(await fault({ max: 3 })).toMatch(/^max is for a task that imports/u);
  });
});

describe("what a run reads", () => {
  it.each([
    ["a file of rows in DATA", { input: "in.jsonl" }],
    ["any file under an allowed folder", { input: "ALLOWED/rows.txt" }],
    ["a repository under an allowed folder", { repo: "ALLOWED/shop" }],
    ["a repository in DATA", { repo: "own" }],
  ])("may be %s", async (_what, request) => {
    expect(await prepare(placed(request))).toHaveProperty("name");
  });

  it.each([
    ["a file elsewhere", { input: "ROOT/elsewhere/rows.jsonl" }, nowhere],
    ["a file of the system", { input: "/etc/passwd" }, nowhere],
    ["a file above DATA", { input: "../../elsewhere/rows.jsonl" }, nowhere],
    ["a secret of DATA", { input: "admin-token" }, nowhere],
    ["a link in DATA to a file elsewhere", { input: "link.jsonl" }, nowhere],
    ["a link in DATA to a secret", { input: "token.jsonl" }, nowhere],
    ["a link under an allowed folder", { input: "ALLOWED/link/rows.jsonl" }, nowhere],
    ["a folder that begins like an allowed one", { input: "ROOT/allowed-too/rows.jsonl" }, nowhere],
    ["a folder instead of a file", { input: "ALLOWED/shop" }, /is no file/u],
    ["what is not there", { input: "none.jsonl" }, /is not there/u],
    ["a repository elsewhere", { repo: "ROOT/elsewhere" }, nowhere],
    ["a link to a repository elsewhere", { repo: "ALLOWED/link" }, nowhere],
    ["a work tree of a repository elsewhere", { repo: "ALLOWED/linked" }, /git folder lies in none/u],
    ["the repository that DATA lies in", { repo: "plain" }, /git folder lies in none/u],
    ["a folder that is no repository", { repo: "ALLOWED" }, /is no git repository/u],
    ["a file instead of a repository", { repo: "ALLOWED/rows.txt" }, /is no folder/u],
    ["a path that no system has", { input: "a\u0000b" }, /is not there/u],
    ["a path that is too long", { input: "a/".repeat(5_000) }, /is not there/u],
  ])("may not be %s", async (_what, request, why) => {
    expect(await fault(placed(request))).toMatch(why);
  });

  it("may not be the checkout that Stillpoint itself lies in, unless that is allowed", async () => {
    expect(await fault({ task: "demo" })).toMatch(/^task\.input\.import-git\.repo lies in none/u);
  });

  it("is not told apart from what is not there, outside of what may be read", async () => {
    expect(await fault({ input: "/etc/passwd" })).toBe(await fault({ input: "/etc/there-is-no-such-file" }));
  });
});

describe("whom a run asks", () => {
  it("is a model of the configuration, builtin, or a vendor's at the vendor's own address", async () => {
    for (const teacher of ["builtin", "fast", "anthropic:claude-opus-5", "openai:some-model"]) {
      expect([teacher, await prepare({ teacher })]).toMatchObject([teacher, { name: "small" }]);
    }
  });

  it("is no address that the request gives, which would hear the server's keys", async () => {
    expect(await fault({ teacher: "openai:m@http://evil.example/v1" })).toMatch(/^teacher gives a model's address/u);
    const inTask = { ...task, models: { teacher: "openai:m@https://evil.example/v1" } };
    expect(await fault({ task: inTask })).toMatch(/^task\.models\.teacher gives a model's address/u);
    const inStage = { ...task, stages: [{ distill: { model: "openai:m@http://evil.example" } }] };
    expect(await fault({ task: inStage })).toMatch(/^task\.stages\[0\]\.distill\.model gives a model's address/u);
  });

  it("is told to be unknown where it is", async () => {
    expect(await fault({ student: "fats" })).toMatch(/^student there is no model "fats"\. Did you mean fast\?/u);
  });
});

function placed(request: { input?: string; repo?: string }): Partial<RunRequest> {
  const place = (path: string) => path.replace("ALLOWED", allowed).replace("ROOT", root);
  const { input, repo } = request;
  return { ...(input !== undefined && { input: place(input) }), ...(repo !== undefined && { repo: place(repo) }) };
}
