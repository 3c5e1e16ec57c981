/** Runs over HTTP: queued, executed one at a time, watched, cancelled, and taken up again. */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../server/clock.ts";
import { loadConfiguration } from "../../../server/configuration/configuration.ts";
import { acquireLock, deleting, tryLock } from "../../../server/jsonl/lock.ts";
import { runTask } from "../../../server/runs/run.ts";
import type { EndedProcess, RunProcess, RunProcessOptions } from "../../../server/runs/run-process.ts";
import { openProgressLog } from "../../../server/runs/run-progress.ts";
import { checkTask } from "../../../server/runs/task-file.ts";
import { exampleLines } from "../jsonl/examples.ts";
import type { EventStream } from "./event-stream.ts";
import { openEventStream } from "./event-stream.ts";
import type { TestClock, TestServer } from "./support.ts";
import { startTestServer, temporaryFolder, testClock } from "./support.ts";

function task(name: string) {
  return {
    name,
    kind: "distillation",
    input: { file: "in.jsonl" },
    models: { teacher: "builtin" },
    stages: ["redact", { distill: { model: "teacher" } }, { expect: { order: ["teacher"] } }],
    output: { dataset: name },
  };
}

/** A process that does what it is told. */
interface Puppet extends RunProcess {
  readonly options: RunProcessOptions;
  readonly task: { readonly name: string };
  readonly signals: string[];
  /** Ignores SIGTERM. */
  stubborn: boolean;
  end(ended: Partial<EndedProcess>): void;
}

function puppets() {
  const started: Puppet[] = [];
  const waiting: ((puppet: Puppet) => void)[] = [];
  let pid = 2 ** 22;
  return {
    started,
    async start(options: RunProcessOptions): Promise<RunProcess> {
      const { promise: ended, resolve } = Promise.withResolvers<EndedProcess>();
      const puppet: Puppet = {
        options,
        task: JSON.parse(await readFile(options.task, "utf8")),
        // Of nobody: Linux gives none above 2²².
        pid: ++pid,
        signals: [],
        stubborn: false,
        ended,
        end: ({ exitCode, signal, sentence }) => resolve({ exitCode, signal, sentence }),
        kill(signal) {
          puppet.signals.push(signal);
          if (signal === "SIGKILL") puppet.end({ signal });
          else if (!puppet.stubborn) puppet.end({ exitCode: 143 });
        },
      };
      started.push(puppet);
      waiting.shift()?.(puppet);
      return puppet;
    },
    /** The n-th that is started, from 0. */
    async nth(n: number): Promise<Puppet> {
      for (;;) {
        const puppet = started[n];
        if (puppet) return puppet;
        await new Promise<Puppet>((resolve) => waiting.push(resolve));
      }
    },
  };
}

let dataDir: string;

beforeEach(async () => {
  dataDir = temporaryFolder();
  await writeFile(join(dataDir, "in.jsonl"), exampleLines(5));
});

const started = (given: Parameters<typeof startTestServer>[0] = {}) => startTestServer({ dataDir, ...given });

const start = (server: TestServer, body: object) =>
  server.send({ method: "POST", path: "/v1/runs", token: server.admin, body });
const get = (server: TestServer, path: string) => server.send({ path, token: server.admin });
const cancel = (server: TestServer, name: string) =>
  server.send({ method: "POST", path: `/v1/runs/${name}/cancel`, token: server.admin });

/** Waits until the run is in one of the states. */
async function inState(server: TestServer, name: string, ...states: string[]) {
  for (;;) {
    const { body } = await get(server, `/v1/runs/${name}`);
    if (states.includes(body.state)) return body;
  }
}

async function namesAndStates(server: TestServer): Promise<string[]> {
  const { body } = await get(server, "/v1/runs");
  return body.runs.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`);
}

/** Time passes until the stream says that it is still there: by then it has looked at the run. */
async function beat(stream: EventStream, clock: TestClock): Promise<void> {
  for (const before = stream.comments(); stream.comments() === before; ) {
    clock.advance(5_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("runs", () => {
  it("are executed one after the other, in the order in which they were asked for", async () => {
    const processes = puppets();
    const server = await started({ startRunProcess: processes.start });
    for (const name of ["b", "a", "c"]) {
      const { status, headers, body } = await start(server, { task: task(name), seed: 4, concurrency: 2 });
      expect([status, headers["location"], body.state]).toEqual([
        202,
        `/v1/runs/${name}`,
        expect.stringMatching(/queued|running/),
      ]);
    }
    const first = await processes.nth(0);
    expect(first.task.name).toBe("b");
    expect(first.options).toMatchObject({ dataDir, seed: 4, concurrency: 2 });
    await inState(server, "b", "running");
    expect(await namesAndStates(server)).toEqual(["a queued", "c queued", "b running"]);
    expect(processes.started).toHaveLength(1);
    first.end({ exitCode: 0 });
    expect((await processes.nth(1)).task.name).toBe("a");
    (await processes.nth(1)).end({ exitCode: 3 });
    (await processes.nth(2)).end({ exitCode: 1, sentence: "the disk is full." });
    expect(await inState(server, "c", "failed")).toMatchObject({ by: "server", sentence: "the disk is full." });
    expect((await namesAndStates(server)).sort()).toEqual(["a done", "b done", "c failed"]);
  });

  it("are refused under a name that is queued or under way, and started again once that has ended", async () => {
    const processes = puppets();
    const server = await started({ startRunProcess: processes.start });
    await start(server, { task: task("one") });
    const again = await start(server, { task: task("one") });
    expect([again.status, again.body.code]).toEqual([409, "run-active"]);
    (await processes.nth(0)).end({ exitCode: 0 });
    await inState(server, "one", "done");
    expect((await start(server, { task: task("one") })).status).toBe(202);
    (await processes.nth(1)).end({ exitCode: 0 });
    await inState(server, "one", "done");
  });

  it("are for admins, need a body, and say what is wrong with it", async () => {
    const server = await started({ startRunProcess: puppets().start });
    const { secret } = await server.token("reviewer");
    const asked = { method: "POST", path: "/v1/runs", body: { task: task("one") } };
    expect((await server.send({ ...asked, token: secret })).status).toBe(403);
    const { status, body } = await start(server, { task: { ...task("one"), stages: ["redcat"] }, maximum: 3 });
    expect([status, body.code]).toEqual([422, "invalid"]);
    expect((await start(server, { task: { ...task("one"), stages: ["redcat"] } })).body.detail).toContain(
      "Did you mean redact?",
    );
    expect(await namesAndStates(server)).toEqual([]);
  });

  it("are in the audit log", async () => {
    const processes = puppets();
    const server = await started({ startRunProcess: processes.start });
    await start(server, { task: task("one") });
    await processes.nth(0);
    await cancel(server, "one");
    await inState(server, "one", "cancelled");
    const { body } = await get(server, "/v1/audit?limit=2");
    expect(body.entries).toMatchObject([
      { act: "run.cancel", subject: "one" },
      { act: "run.start", subject: "one" },
    ]);
  });

  it("whose process cannot be started are tried again, and the log says so", async () => {
    const processes = puppets();
    let tries = 0;
    const server = await started({
      startRunProcess: async (options) => {
        tries += 1;
        if (tries < 3) throw Object.assign(new Error("spawn EAGAIN"), { code: "EAGAIN" });
        return processes.start(options);
      },
    });
    await start(server, { task: task("one") });
    (await processes.nth(0)).end({ exitCode: 0 });
    await inState(server, "one", "done");
    expect(server.log()).toContain("a run could not be executed; tried again");
  });
});

describe("a run that is cancelled", () => {
  it("while it waits is never started", async () => {
    const processes = puppets();
    const server = await started({ startRunProcess: processes.start });
    await start(server, { task: task("one") });
    await start(server, { task: task("two") });
    await start(server, { task: task("three") });
    const { status, body } = await cancel(server, "two");
    expect([status, body.state]).toEqual([202, "cancelled"]);
    (await processes.nth(0)).end({ exitCode: 0 });
    expect((await processes.nth(1)).task.name).toBe("three");
    (await processes.nth(1)).end({ exitCode: 0 });
  });

  it("under way is told to stop, and has not failed", async () => {
    const processes = puppets();
    const server = await started({ startRunProcess: processes.start });
    await start(server, { task: task("one") });
    const process = await processes.nth(0);
    expect((await cancel(server, "one")).status).toBe(202);
    const { sentence } = await inState(server, "one", "cancelled");
    expect([process.signals, sentence]).toEqual([["SIGTERM"], undefined]);
  });

  it("and does not stop is killed after a while", async () => {
    const processes = puppets();
    const server = await started({ startRunProcess: processes.start });
    await start(server, { task: task("one") });
    const process = await processes.nth(0);
    process.stubborn = true;
    await cancel(server, "one");
    await inState(server, "one", "cancelled");
    expect(process.signals).toEqual(["SIGTERM", "SIGKILL"]);
  });

  it("at the moment at which it is done is done", async () => {
    const processes = puppets();
    const server = await started({ startRunProcess: processes.start });
    await start(server, { task: task("one") });
    const process = await processes.nth(0);
    process.kill = () => process.end({ exitCode: 0 });
    await cancel(server, "one");
    await inState(server, "one", "done");
  });

  it("has to be there, and not to have ended", async () => {
    const processes = puppets();
    const server = await started({ startRunProcess: processes.start });
    expect((await cancel(server, "none")).body.code).toBe("unknown-run");
    await start(server, { task: task("one") });
    (await processes.nth(0)).end({ exitCode: 0 });
    await inState(server, "one", "done");
    const { status, body } = await cancel(server, "one");
    expect([status, body.code]).toEqual([409, "run-ended"]);
  });
});

describe("a server that comes back", () => {
  it("goes on with what was under way, then with what waited, as it was asked for", async () => {
    const before = puppets();
    const first = await startTestServer({ dataDir, startRunProcess: before.start });
    await start(first, { task: task("one"), seed: 9 });
    await start(first, { task: task("two") });
    const interrupted = await before.nth(0);
    await inState(first, "one", "running");
    await first.close();
    expect(interrupted.signals).toEqual(["SIGTERM"]);

    const after = puppets();
    const second = await started({ startRunProcess: after.start });
    const again = await after.nth(0);
    expect(again.task).toEqual(interrupted.task);
    expect(again.options.seed).toBe(9);
    expect((await get(second, "/v1/runs/one")).body.state).toBe("running");
    again.end({ exitCode: 0 });
    (await after.nth(1)).end({ exitCode: 0 });
    await inState(second, "two", "done");
  });

  it("does not go on with a run that was cancelled before it left", async () => {
    const before = puppets();
    const first = await startTestServer({ dataDir, startRunProcess: before.start });
    await start(first, { task: task("one") });
    const process = await before.nth(0);
    process.stubborn = true;
    process.kill = () => undefined;
    await cancel(first, "one");
    // The machine went down: nobody wrote down how the run ended.
    process.end({ signal: "SIGKILL" });
    await first.close();
    const after = puppets();
    const second = await started({ startRunProcess: after.start });
    await inState(second, "one", "cancelled");
    expect(after.started).toEqual([]);
  });
});

describe("a run of the command line", () => {
  /** Stands for a process that executes the run now: this one. */
  async function executing(name: string) {
    const folder = join(dataDir, "runs", name);
    await mkdir(folder, { recursive: true });
    const release = await acquireLock(join(folder, "lock"), name);
    const log = openProgressLog(join(folder, "run.progress.jsonl"), ["redact", "score"], () => new Date());
    const observer = log.observe({ begin: () => undefined, line: () => undefined, end: () => undefined });
    onTestFinished(async () => rm(folder, { recursive: true, force: true }));
    return { release, log, observer };
  }

  it("is not what a deletion does that goes through its folder: it can be started", async () => {
    const folder = join(dataDir, "runs/gone-through");
    await mkdir(folder, { recursive: true });
    const release = await tryLock(join(folder, "lock"), deleting);
    if (typeof release !== "function") throw new Error("nobody else has it");
    onTestFinished(async () => rm(folder, { recursive: true, force: true }));
    const processes = puppets();
    const server = await started({ startRunProcess: processes.start });
    expect((await get(server, "/v1/runs/gone-through")).status).toBe(404);
    expect((await start(server, { task: task("gone-through") })).status).toBe(202);
    expect(processes.started, "until the deletion is done with it").toEqual([]);
    await release();
    (await processes.nth(0)).end({ exitCode: 0 });
    await inState(server, "gone-through", "done");
  });

  it("is seen with how far it is, and cannot be started or cancelled beside", async () => {
    const { observer, log, release } = await executing("mine");
    const server = await started({ startRunProcess: puppets().start });
    observer.begin("redact", 4);
    observer.line({ lines: 3 }, undefined);
    const { body } = await get(server, "/v1/runs/mine");
    expect(body).toMatchObject({
      state: "running",
      by: "command-line",
      stages: [
        { name: "redact", state: "running", lines: 3, share: 0.75 },
        { name: "score", state: "waiting" },
      ],
    });
    const again = await start(server, { task: task("mine") });
    expect([again.status, again.body.code]).toEqual([409, "run-active"]);
    const cancelled = await cancel(server, "mine");
    expect([cancelled.status, cancelled.body.code]).toEqual([409, "run-elsewhere"]);
    log.stopped(new Error(), true);
    log.close();
    await release();
    expect(await namesAndStates(server)).toEqual(["mine interrupted"]);
  });

  it("that was killed is told to be interrupted, at the stage at which it was", async () => {
    const { observer, log, release } = await executing("mine");
    observer.begin("redact", 4);
    log.close();
    await release();
    const server = await started({ startRunProcess: puppets().start });
    const { body } = await get(server, "/v1/runs/mine");
    expect(body).toMatchObject({ state: "interrupted", stages: [{ state: "stopped" }, { state: "waiting" }] });
  });

  it("is watched like any other", async () => {
    const { observer, log, release } = await executing("mine");
    const server = await started({ startRunProcess: puppets().start });
    const stream = await openEventStream(`${server.url}/v1/runs/mine/events`, { token: server.admin });
    observer.begin("redact", 4);
    expect((await stream.next("stage")).data).toMatchObject({ stage: "redact", total: 4 });
    const counts = { lines: 4, kept: 0, dropped: { noise: 1 }, droppedBefore: 0 };
    observer.end("redact", { counts, reused: false, uses: [] });
    expect((await stream.next("stage-done")).data.funnel).toEqual([
      { stage: "redact", in: 4, dropped: { noise: 1 }, left: 3 },
    ]);
    log.stopped(new Error(), true);
    log.close();
    await release();
    expect((await stream.next("ended")).data).toMatchObject({ name: "mine", state: "interrupted" });
    await stream.ended;
  });
});

describe("a run that is asked for again", () => {
  it("tells nothing of its earlier attempt, until it tells of the new one", async () => {
    const processes = puppets();
    const clock = testClock();
    const server = await started({ clock, startRunProcess: processes.start });
    const folder = join(dataDir, "runs", "one");
    await mkdir(folder, { recursive: true });
    const path = join(folder, "run.progress.jsonl");
    const attempt = (at: string) => openProgressLog(path, ["redact", "expect"], () => new Date(at));
    const earlier = attempt("2026-01-30T09:00:00.000Z");
    earlier.stopped(new Error(), true);
    earlier.close();
    expect(await namesAndStates(server)).toEqual(["one interrupted"]);

    await start(server, { task: task("one") });
    const process = await processes.nth(0);
    await inState(server, "one", "running");
    expect((await get(server, "/v1/runs/one")).body.stages).toEqual([]);
    const stream = await openEventStream(`${server.url}/v1/runs/one/events`, { token: server.admin });
    await beat(stream, clock);
    const now = attempt("2026-01-31T09:06:00.000Z");
    const { data } = await stream.next("started");
    expect(data.at).toBe("2026-01-31T09:06:00.000Z");
    now.close();
    process.end({ exitCode: 0 });
    await stream.ended;
    expect(stream.events.map(({ event }) => event)).toEqual(["started", "ended"]);
  });
});

describe("who watches a run", () => {
  it("is kept waiting with comments while nothing happens, and hears of the end", async () => {
    const processes = puppets();
    const clock = testClock();
    const server = await started({ clock, startRunProcess: processes.start });
    await start(server, { task: task("one") });
    await start(server, { task: task("two") });
    const stream = await openEventStream(`${server.url}/v1/runs/two/events`, { token: server.admin });
    expect(stream.headers).toMatchObject({
      "content-type": expect.stringMatching(/^text\/event-stream\b/u),
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    expect((await stream.next("queued")).id).toBe("queued");
    await beat(stream, clock);
    await beat(stream, clock);
    await cancel(server, "two");
    expect((await stream.next("ended")).data.state).toBe("cancelled");
    await stream.ended;
    expect(stream.events.map(({ event }) => event)).toEqual(["queued", "ended"]);
    (await processes.nth(0)).end({ exitCode: 0 });
  });

  it("is let go when the server stops, without being told that the run has ended", async () => {
    const processes = puppets();
    const server = await startTestServer({ dataDir, startRunProcess: processes.start });
    await start(server, { task: task("one") });
    await processes.nth(0);
    const stream = await openEventStream(`${server.url}/v1/runs/one/events`, { token: server.admin });
    await server.close();
    await stream.ended;
    expect(stream.events.map(({ event }) => event)).not.toContain("ended");
  });

  it("is one of a bounded number, and makes room on leaving", async () => {
    const processes = puppets();
    const server = await started({ startRunProcess: processes.start });
    await start(server, { task: task("one") });
    const process = await processes.nth(0);
    const open = () => openEventStream(`${server.url}/v1/runs/one/events`, { token: server.admin });
    const streams = await Promise.all(Array.from({ length: 64 }, open));
    const refused = await open();
    expect([refused.status, refused.headers["retry-after"]]).toEqual([429, "10"]);
    for (const stream of streams) stream.leave();
    for (;;) if ((await open()).status === 200) break;
    process.end({ exitCode: 0 });
  });

  it("has to name a run that there is", async () => {
    const server = await started({ startRunProcess: puppets().start });
    const { status, body } = await get(server, "/v1/runs/none/events");
    expect([status, body.code]).toEqual([404, "unknown-run"]);
  });
});

describe("a run in a process of its own", () => {
  const realClock = { ...systemClock, advance: () => undefined };

  it("is the command line's: the same files, told of as it goes, to its end", async () => {
    const server = await started({ clock: realClock });
    expect((await start(server, { task: task("small") })).status).toBe(202);
    const stream = await openEventStream(`${server.url}/v1/runs/small/events`, { token: server.admin });
    const { data: end } = await stream.next("ended");
    expect(end).toMatchObject({ state: "done", rejected: 0, dataset: { name: "small", version: "v1" } });
    await stream.ended;
    const told = stream.events.filter(({ event }) => event !== "progress" && event !== "queued");
    expect(told.map(({ event, data }) => [event, data.stage].filter(Boolean).join(" "))).toEqual([
      "started",
      ...["redact", "distill", "expect"].flatMap((stage) => [`stage ${stage}`, `stage-done ${stage}`]),
      "stage export",
      "ended",
    ]);
    expect(new Set(stream.events.map(({ id }) => id)).size).toBe(stream.events.length);

    // Whoever comes again with an id hears the rest, and that alone; with the last one, that there is none.
    for (const at of [1, 4, stream.events.length - 2]) {
      const lastId = stream.events[at]?.id ?? "";
      const rest = await openEventStream(`${server.url}/v1/runs/small/events`, { token: server.admin, lastId });
      await rest.ended;
      expect(rest.events).toEqual(stream.events.slice(at + 1));
    }
    const lastId = stream.events.at(-1)?.id ?? "";
    const none = await openEventStream(`${server.url}/v1/runs/small/events`, { token: server.admin, lastId });
    expect(none.status).toBe(204);

    expect((await get(server, "/v1/runs/small")).body.stages).toMatchObject([
      { name: "redact", state: "done", lines: 5 },
      { name: "distill", state: "done", lines: 5 },
      { name: "expect", state: "done", lines: 5 },
      { name: "export", state: "done" },
    ]);
    expect(await outputsOf(dataDir, "small")).toEqual(await outputsOf(await runByItself("small"), "small"));
  });

  it("that fails says why", async () => {
    const server = await started({ clock: realClock });
    await writeFile(join(dataDir, "empty.jsonl"), "");
    await start(server, { task: { ...task("small"), input: { file: "empty.jsonl" } } });
    const { sentence } = await inState(server, "small", "failed");
    expect(sentence).toContain("small was not exported");
    expect(server.log()).not.toContain(sentence);
  });
});

/** The same run by the function that the command calls. @returns its data folder */
async function runByItself(name: string): Promise<string> {
  const own = join(dataDir, "own");
  const checked = await checkTask({ ...task(name), input: { file: join(dataDir, "in.jsonl") } }, dataDir);
  if (!checked.ok) throw new Error(checked.problems.join(" "));
  await runTask({
    task: checked.value,
    configuration: loadConfiguration({ dataDir: own, configFile: undefined, env: {} }),
    dataDir: own,
    env: {},
    signal: new AbortController().signal,
    warn: () => undefined,
    now: () => new Date(),
    observer: { begin: () => undefined, line: () => undefined, end: () => undefined },
  });
  return own;
}

/** Everything that a run makes, but for its logs, and the task's path to its input. */
async function outputsOf(data: string, name: string): Promise<Record<string, string>> {
  const outputs: Record<string, string> = {};
  for (const folder of [join(data, "runs", name), join(data, "datasets", name, "v1", "data")]) {
    for (const file of await readdir(folder)) {
      if (!/\.jsonl$/u.test(file) || file.startsWith("run.")) continue;
      outputs[file] = await readFile(join(folder, file), "utf8");
    }
  }
  return outputs;
}
