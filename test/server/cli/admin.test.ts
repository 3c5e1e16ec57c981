/** `stillpoint token`, `contributors`, `policy` and `audit`: the same with a server on the data folder and without one. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../../server/cli/program.ts";
import { lockData } from "../../../server/serve/data-lock.ts";
import type { TestServer } from "../http/support.ts";
import { startTestServer, temporaryFolder } from "../http/support.ts";
import { fakeProcess } from "./harness.ts";

interface Told {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

async function command(
  dataDir: string,
  args: readonly string[],
  given: { input?: string; env?: Record<string, string> } = {},
): Promise<Told> {
  const process = fakeProcess({ cwd: dataDir, ...given });
  const exitCode = await runProgram([...args, "--data", dataDir], process);
  return { exitCode, out: process.out(), err: process.err() };
}

async function ask(dataDir: string, ...args: string[]): Promise<string> {
  const { exitCode, out, err } = await command(dataDir, args);
  if (exitCode !== 0) throw new Error(err);
  return out.trim();
}

describe.each(["with a server that runs", "without a server"])("the commands of admins, %s", (how) => {
  async function open(): Promise<{ dataDir: string; server: TestServer | undefined }> {
    if (how === "without a server") return { dataDir: temporaryFolder(), server: undefined };
    const server = await startTestServer();
    return { dataDir: server.dataDir, server };
  }

  it("make a token that works, list it, and revoke it", async () => {
    const { dataDir, server } = await open();
    const made = await command(dataDir, ["token", "create", "laptop", "--role", "reviewer", "--person", "Ada"]);
    expect(made.out).toMatch(/^stillpoint_[0-9a-f]{12}_[0-9a-f]{64}\n$/u);
    expect(made.err).toContain("as reviewer. It is shown this once");
    const secret = made.out.trim();
    const serving = server ?? (await startTestServer({ dataDir }));
    expect((await serving.send({ path: "/v1/me", token: secret })).body).toMatchObject({
      name: "Ada",
      token: { role: "reviewer" },
    });
    if (server === undefined) await serving.server.stop();

    const [, id = ""] = secret.split("_");
    const listed = JSON.parse(await ask(dataDir, "token", "list", "--json"));
    expect(new Set(listed.map((each: { name: string; role: string }) => `${each.role} ${each.name}`))).toEqual(
      new Set(["admin first admin", "reviewer laptop"]),
    );
    expect(await ask(dataDir, "token", "list")).toMatch(new RegExp(`^${id}  reviewer .*  laptop$`, "mu"));
    // The whole token names it too.
    expect((await command(dataDir, ["token", "revoke", secret])).err).toContain(
      `The token ${id} (laptop) is revoked since `,
    );
    const after = JSON.parse(await ask(dataDir, "token", "list", "--json"));
    expect(after.find((each: { id: string }) => each.id === id)).toHaveProperty("revokedAt");
  });

  it("list contributors, and name them", async () => {
    const { dataDir } = await open();
    const id = await ask(dataDir, "contributors", "add", "Ada");
    expect(id).toMatch(/^contributor-[0-9a-f]{16}$/u);
    expect(await ask(dataDir, "contributors")).toMatch(new RegExp(`^${id}  0 .*  Ada$`, "mu"));
    expect((await command(dataDir, ["contributors", "rename", id])).err).toContain(`${id} has no name now.`);
    expect(await ask(dataDir, "contributors", "list", "--json")).not.toContain("Ada");
  });

  it("set a policy, in JSON or YAML, whose other fields stay", async () => {
    const { dataDir } = await open();
    const before = JSON.parse(await ask(dataDir, "policy", "get"));
    writeFileSync(join(dataDir, "policy.yaml"), "retention:\n  days: 90\n  repositories: []\n");
    await ask(dataDir, "policy", "set", "policy.yaml");
    const set = await command(dataDir, ["policy", "set", "-"], { input: '{ "paused": true }' });
    expect(set.err).toContain("The policy is in force, as version 2.");
    const after = JSON.parse(await ask(dataDir, "policy", "get"));
    expect(after).toEqual({ ...before, paused: true, retention: { days: 90, repositories: [] } });
  });

  it("say what is wrong, with exit code 2", async () => {
    const { dataDir } = await open();
    const cases: [string[], string, string?][] = [
      [["token", "create", "x", "--contributor", "contributor-0"], "There is no contributor of this id"],
      [["token", "revoke", "000000000000"], "There is no token of this id"],
      [["token", "revoke", "laptop"], "that is no token's id"],
      [["contributors", "rename", "contributor-0", "x"], "There is no contributor of this id"],
      [["policy", "set", "-"], "rates.captures", '{ "rates": { "captures": 2, "unchanged": 1 } }'],
      [
        ["policy", "set", "-"],
        "retention.days must be more than 0. retention.repositories is missing. A field that is set is replaced whole",
        '{ "retention": { "days": -1 } }',
      ],
      [["policy", "set", "-"], "pausd is an unknown key. Did you mean paused?", '{ "pausd": true }'],
      [["policy", "set", "-"], "standard input is neither JSON nor YAML", "{ [ }"],
      [["policy", "set", "-"], "standard input holds no policy", "7"],
      [["policy", "set", "nowhere.json"], "cannot read nowhere.json: it does not exist"],
    ];
    for (const [args, sentence, input = ""] of cases) {
      const told = await command(dataDir, args, { input });
      expect({ args, exitCode: told.exitCode, err: told.err }).toEqual({
        args,
        exitCode: 2,
        err: expect.stringContaining(sentence),
      });
    }
  });

  it("are all in the audit log, with who did them", async () => {
    const { dataDir, server } = await open();
    await ask(dataDir, "token", "create", "laptop", "--person", "Ada");
    await command(dataDir, ["policy", "set", "-"], { input: '{ "paused": true }' });
    const entries = (await ask(dataDir, "audit", "--json")).split("\n").map((line) => JSON.parse(line));
    const actor = server === undefined ? "command-line" : server.admin.split("_")[1];
    expect(entries.map((entry) => [entry.actor, entry.act])).toEqual([
      ["server", "contributor.add"],
      ["server", "token.create"],
      [actor, "contributor.add"],
      [actor, "token.create"],
      [actor, "policy.set"],
    ]);
    expect(await ask(dataDir, "audit", "--last", "1")).toMatch(/^\S+Z {2}.*policy\.set {2}1$/u);
    expect(JSON.stringify(entries)).not.toContain("Ada");
  });
});

describe("the commands of admins", () => {
  it("come in by STILLPOINT_TOKEN where the admin's file is gone, and say so where there is none", async () => {
    const server = await startTestServer();
    const given = { env: { STILLPOINT_TOKEN: server.admin } };
    const { dataDir } = server;
    writeFileSync(join(dataDir, "admin-token"), "");
    expect((await command(dataDir, ["token", "list"], given)).exitCode).toBe(0);
    const { secret } = await server.token("contributor");
    const weak = await command(dataDir, ["token", "list"], { env: { STILLPOINT_TOKEN: secret } });
    expect(weak).toMatchObject({ exitCode: 1, err: expect.stringContaining("needs a token with the role admin") });
  });

  it("keep what they make to its owner", async () => {
    const dataDir = join(temporaryFolder(), "new");
    await ask(dataDir, "token", "list");
    for (const name of [".", "events.db", "admin-token"]) expect(statSync(join(dataDir, name)).mode & 0o077).toBe(0);
    expect(readFileSync(join(dataDir, ".gitignore"), "utf8")).toBe("*\n");
  });

  it("take turns with another command that has the folder", async () => {
    const dataDir = temporaryFolder();
    const release = await lockData({ dataDir, shown: "DATA" }, "stillpoint doctor");
    const told = command(dataDir, ["token", "list"]);
    await release();
    expect((await told).exitCode).toBe(0);
  });
});
