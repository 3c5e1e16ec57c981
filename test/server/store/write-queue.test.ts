import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Refusal, StoreUnavailable } from "../../../server/store/faults.ts";
import type { CallsMessage, MethodCall, Outcome } from "../../../server/store/protocol.ts";
import type { StoreThread } from "../../../server/store/thread.ts";
import type { WriteLimits } from "../../../server/store/write-queue.ts";
import { createWriteQueue } from "../../../server/store/write-queue.ts";
import { testClock } from "./support.ts";

const limits: WriteLimits = { lockPatienceMs: 1_000, maxWaitingBytes: 10_000, maxGroupBytes: 1_000 };
const write = (args: unknown): MethodCall => ({ kind: "write", family: "f", method: "m", args });
const done = (value: unknown): Outcome => ({ kind: "done", value });
const locked: Outcome = { kind: "unavailable", code: "locked", detail: "held by another process" };

/** A thread that answers when it is told to. */
function heldThread() {
  const asked: { args: unknown[]; answer(outcomes?: readonly Outcome[]): Promise<void> }[] = [];
  const thread: StoreThread = {
    start: () => undefined,
    end: async () => undefined,
    request(message) {
      const args = (message as CallsMessage).calls.map((call) => call.args);
      if (args.includes(uncopied)) return Promise.reject(new DOMException("could not be cloned", "DataCloneError"));
      const { promise, resolve } = Promise.withResolvers<readonly Outcome[]>();
      asked.push({
        args,
        async answer(outcomes = args.map(done)) {
          resolve(outcomes);
          await setImmediate();
        },
      });
      return promise;
    },
  };
  return { thread, asked, groups: () => asked.map(({ args }) => args) };
}
const queueOf = (thread: StoreThread, clock = testClock(), observe: (outcome: Outcome) => void = () => undefined) =>
  createWriteQueue({ thread, clock, limits, observe });
const uncopied = Symbol("cannot be copied");

describe("calls that are to be written", () => {
  it("go to the thread together, all that came while it was busy", async () => {
    const { thread, asked, groups } = heldThread();
    const queue = queueOf(thread);
    const results = ["a", "b", "c"].map((args) => queue.call(write(args)));
    await setImmediate();
    expect(groups()).toEqual([["a", "b", "c"]]);
    results.push(queue.call(write("d")), queue.call(write("e")));
    await setImmediate();
    expect(groups()).toHaveLength(1);
    await asked[0]?.answer();
    expect(groups()).toEqual([
      ["a", "b", "c"],
      ["d", "e"],
    ]);
    await asked[1]?.answer();
    expect(await Promise.all(results)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("go in portions where they are big, so that nobody's commit waits for too much", async () => {
    const { thread, asked, groups } = heldThread();
    const queue = queueOf(thread);
    const big = "x".repeat(600);
    const results = ["a", big, big, "b", "y".repeat(2_000), "c"].map((args) => queue.call(write(args)));
    for (let n = 0; n < 4; n++) {
      await setImmediate();
      await asked[n]?.answer();
    }
    expect(groups().map((args) => args.map((arg) => String(arg).length))).toEqual([[1, 600], [600, 1], [2_000], [1]]);
    await Promise.all(results);
  });

  it("wait for upkeep, which goes alone", async () => {
    const { thread, asked, groups } = heldThread();
    const queue = queueOf(thread);
    const results = [write("a"), write("b"), { ...write("upkeep"), kind: "maintain" as const }, write("c"), write("d")];
    const all = results.map((call) => queue.call(call));
    for (let n = 0; n < 3; n++) {
      await setImmediate();
      await asked[n]?.answer();
    }
    expect(groups()).toEqual([["a", "b"], ["upkeep"], ["c", "d"]]);
    await Promise.all(all);
  });

  it("are told what became of each: one refused, the others not", async () => {
    const { thread, asked } = heldThread();
    const queue = queueOf(thread);
    const results = Promise.allSettled([queue.call(write("a")), queue.call(write("b"))]);
    await setImmediate();
    await asked[0]?.answer([{ kind: "refused", code: "no-name", message: "A name.", field: "name" }, done(2)]);
    expect(await results).toEqual([
      { status: "rejected", reason: new Refusal({ code: "no-name", message: "A name.", field: "name" }) },
      { status: "fulfilled", value: 2 },
    ]);
  });

  it("are all told where the thread ended, by the one outcome that there is", async () => {
    const { thread, asked } = heldThread();
    const queue = queueOf(thread);
    const results = Promise.allSettled([queue.call(write("a")), queue.call(write("b"))]);
    await setImmediate();
    await asked[0]?.answer([{ kind: "unavailable", code: "stopped", detail: "ended" }]);
    const told = { status: "rejected", reason: new StoreUnavailable("stopped", "ended") };
    expect(await results).toEqual([told, told]);
  });

  it("are not kept by one whose argument cannot be copied", async () => {
    const { thread, asked } = heldThread();
    const queue = queueOf(thread);
    const results = [write("a"), write(uncopied), write("b")].map((call) => queue.call(call));
    const settled = Promise.allSettled(results);
    for (let n = 0; n < 2; n++) {
      await setImmediate();
      await asked[n]?.answer();
    }
    expect((await settled).map((each) => each.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });
});

describe("while another process holds the database", () => {
  it("calls wait, in their order, and are written once it lets go", async () => {
    const { thread, asked, groups } = heldThread();
    const queue = queueOf(thread);
    const first = queue.call(write("a"));
    await setImmediate();
    const second = queue.call(write("b"));
    await asked[0]?.answer([locked]);
    await setImmediate();
    expect(groups()).toEqual([["a"], ["a", "b"]]);
    await asked[1]?.answer();
    expect(await Promise.all([first, second])).toEqual(["a", "b"]);
  });

  it("upkeep is told so at once, and keeps nobody waiting", async () => {
    const { thread, asked, groups } = heldThread();
    const observed: string[] = [];
    const queue = queueOf(thread, testClock(), ({ kind }) => observed.push(kind));
    const upkeep = queue.call({ ...write("upkeep"), kind: "maintain" });
    const told = expect(upkeep).rejects.toMatchObject({ name: "StoreUnavailable", code: "locked" });
    const behind = queue.call(write("a"));
    await setImmediate();
    await asked[0]?.answer([locked]);
    await told;
    await asked[1]?.answer();
    expect(await behind).toBe("a");
    expect(groups()).toEqual([["upkeep"], ["a"]]);
    // The store writes all along: there is nothing to tell its operator.
    expect(observed).toEqual(["done"]);
  });

  it("they are told so after a while, also those that had not been tried yet, and later ones are tried again", async () => {
    const { thread, asked } = heldThread();
    const clock = testClock();
    const queue = queueOf(thread, clock);
    const failed = [queue.call(write("a")), queue.call(write("x".repeat(1_200)))].map((call) =>
      call.then(
        () => "written",
        (error) => ({ code: error.code, atMs: clock.monotonicMs() }),
      ),
    );
    let refusals = 0;
    while (refusals < 100 && clock.monotonicMs() < limits.lockPatienceMs) {
      await setImmediate();
      await asked[refusals++]?.answer([locked]);
    }
    await setImmediate();
    await asked[refusals]?.answer([locked]);
    for (const failure of await Promise.all(failed)) {
      expect(failure).toMatchObject({ code: "locked" });
      expect((failure as { atMs: number }).atMs).toBeLessThan(limits.lockPatienceMs + 500);
    }
    const later = queue.call(write("later"));
    await setImmediate();
    await asked.at(-1)?.answer();
    expect(await later).toBe("later");
  });
});

describe("a backlog", () => {
  it("beyond the bound turns callers away with a time to come back, and takes them again afterwards", async () => {
    const { thread, asked } = heldThread();
    const queue = queueOf(thread);
    const kept = Array.from({ length: 4 }, () => queue.call(write("x".repeat(2_400))));
    await setImmediate();
    await expect(queue.call(write("y".repeat(400)))).rejects.toMatchObject({
      name: "StoreBacklogged",
      retryAfterSeconds: 1,
    });
    for (let n = 0; n < 4; n++) {
      await asked[n]?.answer();
      await setImmediate();
    }
    await Promise.all(kept);
    const next = queue.call(write("z".repeat(400)));
    await setImmediate();
    await asked[4]?.answer();
    expect(await next).toHaveLength(400);
  });

  it("never turns away the only one, however big", async () => {
    const { thread, asked } = heldThread();
    const queue = queueOf(thread);
    const only = queue.call(write("x".repeat(50_000)));
    await setImmediate();
    await asked[0]?.answer();
    expect(await only).toHaveLength(50_000);
  });
});

describe("draining", () => {
  it("takes no more, and ends when all that waited is written", async () => {
    const { thread, asked } = heldThread();
    const queue = queueOf(thread);
    const results = [queue.call(write("a")), queue.call(write("b"))];
    await setImmediate();
    const [first] = asked;
    results.push(queue.call(write("last")));
    let drained = false;
    const draining = queue.drain().then(() => {
      drained = true;
    });
    await expect(queue.call(write("c"))).rejects.toMatchObject({ name: "StoreUnavailable", code: "closed" });
    await first?.answer();
    expect(drained).toBe(false);
    await asked[1]?.answer();
    await draining;
    expect(await Promise.all(results)).toEqual(["a", "b", "last"]);
  });
});
