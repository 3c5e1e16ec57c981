/** `stillpoint serve` as a process: how it starts, refuses to start, and ends. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { someEvent } from "../server/http/support.ts";
import { stillpoint } from "./command.ts";
import type { ServerProcess } from "./server-process.ts";
import { adminToken, connect, startServerProcess } from "./server-process.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "stillpoint-serve-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function started(
  dataDir: string,
  within: readonly string[] = [],
): Promise<ServerProcess & { readonly at: string }> {
  const server = startServerProcess(dataDir, { within });
  onTestFinished(() => server.kill("SIGKILL"));
  const at = await server.url;
  if (at === undefined) throw new Error((await server.ended).err);
  return { ...server, at };
}

async function upload(at: string, dataDir: string): Promise<unknown> {
  const connection = connect(at, adminToken(dataDir));
  const answered = await connection.post("/v1/events", JSON.stringify({ events: [someEvent(), someEvent()] }));
  connection.close();
  return JSON.parse(answered?.body ?? "null");
}

describe("stillpoint serve", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("ends with 0 on %s, since that is how it is meant to end", async (signal) => {
    const dataDir = folder();
    const server = await started(dataDir);
    expect(await upload(server.at, dataDir)).toMatchObject({ stored: 2 });
    server.kill(signal);
    const { exitCode, err } = await server.ended;
    expect(exitCode).toBe(0);
    const lines = err
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { msg: string });
    expect(lines.map(({ msg }) => msg)).toEqual([
      "serving",
      "answered",
      "stopping: requests under way are finished",
      "stopped",
    ]);
  });

  it.each([
    [
      "a name that means nothing",
      "{ server: { predictionModel: locl }, models: { local: MODEL } }",
      "Did you mean local?",
    ],
    [
      "a key that is not there",
      "{ server: { predictionModel: local }, models: { local: MODEL } }",
      "STILLPOINT_NO_KEY",
    ],
  ])("warns at the start of %s for predictions, and serves the rest", async (_what, configuration, hint) => {
    const dataDir = folder();
    const model = "{ provider: anthropic, model: some-model, apiKeyEnv: STILLPOINT_NO_KEY }";
    writeFileSync(join(dataDir, "stillpoint.yaml"), configuration.replace("MODEL", model));
    const server = await started(dataDir);
    expect(await upload(server.at, dataDir)).toMatchObject({ stored: 2 });
    server.kill("SIGTERM");
    const { exitCode, err } = await server.ended;
    const lines = err
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, string>);
    const warning = lines.find(({ level }) => level === "warn");
    expect({ exitCode, warning }).toMatchObject({
      exitCode: 0,
      warning: { level: "warn", msg: expect.stringContaining("predictions will be refused") },
    });
    expect(warning?.["detail"]).toContain(hint);
  });

  it.each([
    ["whose reader is gone", [], true],
    ["on a disk that is full", ["sh", "-c", 'exec "$@" 2>/dev/full', "sh"], false],
  ])("goes on, and ends as it should, with a log %s", async (_what, within, readerGoes) => {
    const dataDir = folder();
    const server = await started(dataDir, within);
    if (readerGoes) server.deafen();
    for (let n = 0; n < 3; n++) expect(await upload(server.at, dataDir)).toMatchObject({ stored: 2 });
    server.kill("SIGTERM");
    expect((await server.ended).exitCode).toBe(0);
  });

  it("is refused a folder that is served already, with the process and the address that have it", async () => {
    const dataDir = folder();
    const first = await started(dataDir);
    const { exitCode, err } = await stillpoint(["serve", "--port", "0", "--data", dataDir], { cwd: dataDir });
    expect(exitCode).toBe(1);
    expect(err).toContain(`is served already, by process ${first.pid} at ${first.at}.`);
  });

  it("serves what it had after it was killed, and its lock stands in nobody's way", async () => {
    const dataDir = folder();
    const first = await started(dataDir);
    await upload(first.at, dataDir);
    first.kill("SIGKILL");
    await first.ended;
    const listed = await stillpoint(["contributors", "--json", "--data", dataDir], { cwd: dataDir });
    expect(JSON.parse(listed.out)).toMatchObject([{ events: 2 }]);
    const second = await started(dataDir);
    expect(await upload(second.at, dataDir)).toMatchObject({ stored: 2 });
  });

  it.each([
    [["--host", "0.0.0.0"], "0.0.0.0 is reached from other machines"],
    [["--port", "70000"], "must be a whole number from 0 to 65535"],
    [["--tls-cert", "cert.pem"], "--tls-cert and --tls-key go together"],
    [["--tls-cert", "nowhere.pem", "--tls-key", "nowhere.pem"], "cannot read nowhere.pem: it does not exist."],
    [["--tls-cert", "noise.pem", "--tls-key", "noise.pem"], "are no certificate with its private key"],
  ])("refuses %j with exit code 2", async (args, sentence) => {
    const dataDir = folder();
    writeFileSync(join(dataDir, "noise.pem"), "neither certificate nor key\n");
    const { exitCode, err } = await stillpoint(["serve", ...args, "--data", dataDir], { cwd: dataDir });
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining(sentence) });
  });
});
