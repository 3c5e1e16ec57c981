/** A run that was started over HTTP survives whatever becomes of the server, and pays for nothing twice. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Double } from "../doubles/http-double.ts";
import { startOpenAiDouble } from "../doubles/openai.ts";
import { answer } from "../doubles/teacher-answer.ts";
import { exampleLines } from "../server/jsonl/examples.ts";
import type { ServerProcess } from "./server-process.ts";
import { adminToken, startServerProcess } from "./server-process.ts";

const examples = 4;

let dataDir: string;
let double: Double;
/** Resolves when the double has answered for the first time; the next request waits by then. */
let asked: PromiseWithResolvers<void>;
let answered: number;
const servers: ServerProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "stillpoint-runs-"));
  const lines = exampleLines(examples).split("\n").filter(Boolean);
  // Each asks something else, or one answer would do for all.
  const distinct = lines.map((line, n) => line.replaceAll("const a = 1;", `const a = ${n};`));
  await writeFile(join(dataDir, "in.jsonl"), `${distinct.join("\n")}\n`);
  asked = Promise.withResolvers();
  answered = 0;
  double = await startOpenAiDouble({
    answer(request) {
      double.plan({ fault: { kind: "held" }, times: 1 });
      answered += 1;
      asked.resolve();
      return answer(request);
    },
  });
  const slow = { provider: "openai", model: "double", revision: "1", baseUrl: `${double.url}/v1` };
  const prices = { input: 1_000, output: 4_000, cacheRead: 100, cacheWrite: 1_000, asOf: "2026-10-01" };
  const models = { slow, priced: { ...slow, prices } };
  await writeFile(join(dataDir, "stillpoint.yaml"), JSON.stringify({ models, server: { requestBurst: 100_000 } }));
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.kill("SIGKILL");
    await server.ended;
  }
  await double.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** From here on every answer comes, also to who asks only now. */
function letGo(): void {
  double.plan = () => undefined;
  double.release();
}

async function serve() {
  const server = startServerProcess(dataDir);
  servers.push(server);
  const url = await server.url;
  const headers = { authorization: `Bearer ${adminToken(dataDir)}`, "content-type": "application/json" };
  return {
    server,
    async ask(method: string, path: string, body?: unknown) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      // biome-ignore lint/suspicious/noExplicitAny: what each test says of it
      return { status: response.status, body: (await response.json()) as any };
    },
    /** All that is told of the run, which has ended. */
    async events(): Promise<string> {
      return (await fetch(`${url}/v1/runs/held/events`, { headers })).text();
    },
    /** Waits until the run is in the state. */
    async inState(state: string) {
      for (;;) {
        const { body } = await this.ask("GET", "/v1/runs/held");
        if (body.state === state) return body;
        if (["done", "failed", "cancelled", "interrupted"].includes(body.state)) throw new Error(JSON.stringify(body));
        letGoing();
        await setImmediate();
      }
    },
  };
}

let letGoing: () => void = () => undefined;

const task = {
  name: "held",
  kind: "distillation",
  input: { file: "in.jsonl" },
  concurrency: 1,
  models: { teacher: "slow" },
  stages: ["redact", { distill: { model: "teacher" } }],
};

async function startedAndHeld() {
  letGoing = () => undefined;
  const served = await serve();
  expect((await served.ask("POST", "/v1/runs", { task })).status).toBe(202);
  await asked.promise;
  await served.inState("running");
  return served;
}

async function pidOfRun(): Promise<number> {
  return JSON.parse(await readFile(join(dataDir, "runs", "held", "lock"), "utf8")).pid;
}

describe("a run over HTTP", () => {
  it("ends at its budget with that reason and with what it has spent, and goes on when it is started again", async () => {
    letGo();
    const served = await serve();
    const priced = { ...task, models: { teacher: "priced" } };
    await served.ask("POST", "/v1/runs", { task: priced, budget: 2.5 });
    const { sentence, stages } = await served.inState("failed");
    expect(sentence).toMatch(
      /the budget of \$2\.50 is reached: \$\d\.\d\d were spent.*Started again, the run goes on/su,
    );
    expect(stages[1]).toMatchObject({ name: "distill", state: "stopped", asked: { cached: 0, failures: {} } });
    const [spent] = /(?<=: \$)[\d.]+/u.exec(sentence) ?? [];
    expect(Number(spent)).toBeGreaterThan(2.5);
    const events = await served.events();
    expect(events).toMatch(/event: progress\ndata: .*"stage":"distill".*"asked":\{"requests":\d+.*"costUsd":\d/u);
    expect(events).toMatch(/event: ended\ndata: .*the budget of \$2\.50 is reached/u);
    expect(answered).toBeLessThan(examples);
    await served.ask("POST", "/v1/runs", { task: priced });
    await served.inState("done");
    expect(answered).toBe(examples);
  });

  it("is interrupted when the server stops, and goes on with the next, without paying again", async () => {
    const { server } = await startedAndHeld();
    server.kill("SIGTERM");
    expect((await server.ended).exitCode).toBe(0);
    letGoing = letGo;
    const next = await serve();
    await next.inState("done");
    // One was under way.
    expect(answered).toBeLessThanOrEqual(examples + 1);
  });

  it("outlives a server that is killed, is found by the next, and ends under it", async () => {
    const { server } = await startedAndHeld();
    const pid = await pidOfRun();
    server.kill("SIGKILL");
    await server.ended;
    const next = await serve();
    expect((await next.ask("GET", "/v1/runs/held")).body).toMatchObject({ state: "running", by: "server" });
    expect(await pidOfRun()).toBe(pid);
    letGoing = letGo;
    await next.inState("done");
    expect(answered).toBe(examples);
  });

  it("that outlived its server can be cancelled by the next", async () => {
    const { server } = await startedAndHeld();
    server.kill("SIGKILL");
    await server.ended;
    const next = await serve();
    expect((await next.ask("POST", "/v1/runs/held/cancel")).status).toBe(202);
    const { stages } = await next.inState("cancelled");
    expect(stages).toMatchObject([
      { name: "redact", state: "done" },
      { name: "distill", state: "stopped" },
    ]);
    // Started again, it goes on.
    letGoing = letGo;
    expect((await next.ask("POST", "/v1/runs", { task })).status).toBe(202);
    await next.inState("done");
    expect(answered).toBeLessThanOrEqual(examples + 1);
  });
});
