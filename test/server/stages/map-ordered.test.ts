import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mapOrdered } from "../../../server/stages/map-ordered.ts";

/** Work that the test finishes by hand, in whatever order it likes. */
function controlledWork() {
  const begun: number[] = [];
  const signals: AbortSignal[] = [];
  const pending = new Map<number, PromiseWithResolvers<string>>();
  return {
    begun,
    signals,
    pending,
    work(item: number, signal: AbortSignal): Promise<string> {
      begun.push(item);
      signals.push(signal);
      const result = Promise.withResolvers<string>();
      pending.set(item, result);
      signal.addEventListener("abort", () => result.reject(new Error(`aborted ${item}`)), { once: true });
      return result.promise;
    },
    finish(item: number): void {
      pending.get(item)?.resolve(`done ${item}`);
      pending.delete(item);
    },
    fail(item: number, error: Error): void {
      pending.get(item)?.reject(error);
      pending.delete(item);
    },
  };
}

async function* count(upTo: number, onReturn?: () => void): AsyncGenerator<number> {
  try {
    for (let i = 0; i < upTo; i++) yield i;
  } finally {
    onReturn?.();
  }
}

/** Lets everything that can happen without outside help happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
}

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});
afterEach(async () => {
  await settle();
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

describe("mapOrdered", () => {
  it("yields in the input's order whatever the order of finishing, with at most `concurrency` under way", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.nat()),
        async (items, concurrency, choices) => {
          const controlled = controlledWork();
          let most = 0;
          const results: string[] = [];
          const reading = (async () => {
            for await (const result of mapOrdered(count(items), concurrency, controlled.work)) results.push(result);
          })();
          while (results.length < items) {
            await new Promise((resolve) => setImmediate(resolve));
            most = Math.max(most, controlled.pending.size);
            const open = [...controlled.pending.keys()];
            if (open.length > 0) controlled.finish(open[choices.next().value % open.length] as number);
          }
          await reading;
          expect(results).toEqual(Array.from({ length: items }, (_, i) => `done ${i}`));
          expect(most).toBeLessThanOrEqual(concurrency);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("goes on with others while one answer is slow, but holds a bounded number", async () => {
    const controlled = controlledWork();
    const stream = mapOrdered(count(1_000), 2, controlled.work);
    const first = stream.next();
    await settle();
    for (let turn = 0; turn < 100; turn++) {
      for (const item of [...controlled.pending.keys()]) if (item !== 0) controlled.finish(item);
      await settle();
    }
    // Item 0 is slow: 2 workers, 8 finished results for each of them, and no more.
    expect(controlled.begun.length).toBe(18);
    controlled.finish(0);
    expect(await first).toEqual({ done: false, value: "done 0" });
    await stream.return();
  });

  it("keeps the workers busy while nobody takes the results", async () => {
    const controlled = controlledWork();
    const stream = mapOrdered(count(10), 3, controlled.work);
    const first = stream.next();
    await settle();
    controlled.finish(0);
    await first;
    await settle();
    expect(controlled.begun).toEqual([0, 1, 2, 3]);
    await stream.return();
  });

  it("finishes and yields what stands before a failure, begins nothing more, then throws it", async () => {
    const controlled = controlledWork();
    const results: string[] = [];
    const reading = (async () => {
      for await (const result of mapOrdered(count(100), 3, controlled.work)) results.push(result);
    })();
    const failed = expect(reading).rejects.toThrow("no such model");
    await settle();
    controlled.fail(1, new Error("no such model"));
    await settle();
    controlled.finish(0);
    await failed;
    expect(results).toEqual(["done 0"]);
    expect(controlled.begun).toEqual([0, 1, 2]);
    expect(controlled.signals.every((signal) => signal.aborted)).toBe(true);
  });

  it("aborts what is under way and closes the source when the caller stops early", async () => {
    const controlled = controlledWork();
    let closed = false;
    const stream = mapOrdered(
      count(100, () => {
        closed = true;
      }),
      3,
      controlled.work,
    );
    const first = stream.next();
    await settle();
    controlled.finish(0);
    await first;
    await stream.return();
    expect(controlled.signals.every((signal) => signal.aborted)).toBe(true);
    expect(closed).toBe(true);
  });

  it("does not wait for a source that is in the middle of a read when the caller stops early", async () => {
    async function* stuck(): AsyncGenerator<number> {
      yield 0;
      await new Promise(() => undefined);
    }
    const stream = mapOrdered(stuck(), 2, async (item) => item);
    await stream.next();
    await stream.return();
  });

  it("yields what was read before the source failed, then throws that failure", async () => {
    async function* broken(): AsyncGenerator<number> {
      yield 0;
      yield 1;
      throw new Error("line 3 is no JSON");
    }
    const results: number[] = [];
    await expect(async () => {
      for await (const result of mapOrdered(broken(), 4, async (item) => item)) results.push(result);
    }).rejects.toThrow("line 3 is no JSON");
    expect(results).toEqual([0, 1]);
  });

  it("hands the caller's abort on to the work", async () => {
    const outer = new AbortController();
    const controlled = controlledWork();
    const stream = mapOrdered(count(5), 2, controlled.work, outer.signal);
    const first = stream.next();
    const failed = expect(first).rejects.toThrow("aborted 0");
    await settle();
    outer.abort(new Error("stop"));
    await failed;
  });
});
