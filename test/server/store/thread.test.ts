import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LogFacts } from "../../../server/log.ts";
import type { MethodCall } from "../../../server/store/protocol.ts";
import { startThread } from "../../../server/store/thread.ts";

/** A worker that does what it is told: answers, answers late, throws, or ends. */
const program = `
  import { parentPort, threadId } from "node:worker_threads";
  parentPort.on("message", (message) => {
    if ("close" in message) { parentPort.postMessage({ outcomes: [] }); parentPort.close(); return; }
    const [{ method, args }] = message.calls;
    if (method === "throw") throw new Error("const secret = 1;");
    if (method === "exit") process.exit(7);
    parentPort.postMessage({ outcomes: [{ kind: "done", value: { threadId, args } }] });
  });
`;

let folder: string;
let stopped: LogFacts[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stillpoint-thread-"));
  writeFileSync(join(folder, "worker.mjs"), program);
  stopped = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const threadOf = () =>
  startThread({
    worker: { role: "write", file: "" },
    onStopped: (facts) => stopped.push(facts),
    program: join(folder, "worker.mjs"),
  });
const ask = (method: string, args?: unknown): { calls: MethodCall[] } => ({
  calls: [{ kind: "write", family: "f", method, args }],
});
const told = { kind: "unavailable", code: "stopped", detail: expect.stringContaining("write thread") };

describe("a thread of the store", () => {
  it("answers in the order of asking", async () => {
    const thread = threadOf();
    const answers = await Promise.all([1, 2, 3].map((n) => thread.request(ask("say", n))));
    expect(answers.map(([outcome]) => outcome)).toMatchObject([1, 2, 3].map((args) => ({ value: { args } })));
    await thread.end();
  });

  it.each(["throw", "exit"])("that ends by a %s tells all who wait, and is there again for the next", async (how) => {
    const thread = threadOf();
    const waiting = [ask("say", 1), ask(how), ask("say", 2), ask("say", 3)].map((message) => thread.request(message));
    const [before, ...after] = await Promise.all(waiting);
    expect(before).toMatchObject([{ kind: "done" }]);
    expect(after).toEqual([[told], [told], [told]]);
    expect(await thread.request(ask("say", 4))).toMatchObject([{ kind: "done", value: { args: 4 } }]);
    expect(stopped).toMatchObject([{ thread: "write", unanswered: 3 }]);
    expect(JSON.stringify(stopped)).not.toContain("secret");
    await thread.end();
  });

  it("takes what cannot be copied as a mistake of the caller's, and goes on", async () => {
    const thread = threadOf();
    await expect(thread.request(ask("say", () => 1))).rejects.toThrow(/clone/u);
    expect(await thread.request(ask("say", 2))).toMatchObject([{ kind: "done", value: { args: 2 } }]);
    await thread.end();
  });

  it("that was never needed has nothing to end", async () => {
    await threadOf().end();
    expect(stopped).toEqual([]);
  });
});
