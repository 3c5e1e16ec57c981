import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../../server/cli/program.ts";
import { recordJsonSchema } from "../../../shared/records/json-schema.ts";

async function stillpoint(...args: string[]) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const streams = { stdin: new PassThrough(), stdout, stderr };
  const { signal } = new AbortController();
  const exitCode = await runProgram(args, { ...streams, env: {}, cwd: "/", signal });
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

describe("stillpoint schema", () => {
  it("prints a record's JSON Schema, by default the example's", async () => {
    const snapshot = await stillpoint("schema", "snapshot");
    expect(JSON.parse(snapshot.stdout)).toEqual(recordJsonSchema("snapshot"));
    expect(JSON.parse((await stillpoint("schema")).stdout)).toEqual(recordJsonSchema("example"));
  });

  it("refuses a record that there is not, names those there are, and exits 2", async () => {
    const { exitCode, stdout, stderr } = await stillpoint("schema", "snapshop");
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("Allowed choices are example, event, snapshot");
  });
});
