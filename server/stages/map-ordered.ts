/** Bounded concurrency over a stream, in order: what every stage that asks a model does. */

/** Finished results that may wait behind a slow one, for each one under way: one slow answer stalls no others. */
const bufferedPerWorker = 8;

/**
 * Applies `work` to each item with at most `concurrency` under way, and yields the results in the input's order. Holds
 * at most `concurrency` × 9 items: those under way, and finished ones that wait for a slower one before them.
 *
 * When a piece of work fails no further item is begun; what stands before it is still finished and yielded, so that
 * nothing that was paid for is thrown away, and then its failure is thrown. When that happens, or the caller stops
 * early, the signal that `work` receives is aborted; nothing is under way any more when this ends.
 *
 * @param signal aborts the signal that `work` receives; whether that ends the stream is up to `work`
 */
export async function* mapOrdered<In, Out>(
  items: AsyncIterable<In>,
  concurrency: number,
  work: (item: In, signal: AbortSignal) => Promise<Out>,
  signal?: AbortSignal,
): AsyncGenerator<Out, void, undefined> {
  const stop = new AbortController();
  const workSignal = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const window = concurrency * (1 + bufferedPerWorker);
  const source = items[Symbol.asyncIterator]();
  const results: Promise<Out>[] = [];
  const underWay = new Set<Promise<unknown>>();
  let stopped = false;
  let reading = false;
  let exhausted = false;
  let moved = Promise.withResolvers<void>();

  /** Wakes whoever waits for room, or for a result. */
  function move(): void {
    moved.resolve();
    moved = Promise.withResolvers<void>();
  }

  function begin(item: In): void {
    const result = work(item, workSignal);
    results.push(result);
    const settled = settle(result);
    underWay.add(settled);

    /** Never rejects: a failure is thrown when its turn comes. */
    async function settle(begun: Promise<Out>): Promise<void> {
      const outcomes = await Promise.allSettled([begun]);
      if (outcomes[0]?.status === "rejected") stopped = true;
      underWay.delete(settled);
      move();
    }
  }

  async function readAll(): Promise<void> {
    try {
      while (!stopped) {
        if (underWay.size >= concurrency || results.length >= window) {
          await moved.promise;
          continue;
        }
        reading = true;
        const next = await source.next();
        reading = false;
        if (next.done || stopped) break;
        begin(next.value);
        move();
      }
    } finally {
      reading = false;
      exhausted = true;
      move();
    }
  }

  const reader = readAll();
  // Thrown below, once what was read before it has been yielded.
  reader.catch(() => undefined);
  try {
    for (;;) {
      const result = results[0];
      if (result !== undefined) {
        const value = await result;
        results.shift();
        move();
        yield value;
      } else if (exhausted) {
        await reader;
        return;
      } else {
        await moved.promise;
      }
    }
  } finally {
    stopped = true;
    stop.abort();
    move();
    await Promise.all(underWay);
    await release(source, reading);
  }
}

/**
 * Lets the source close what it holds. One that is in the middle of a read (of a pipe that nobody writes to) is told,
 * but not waited for: nobody knows when that read ends.
 */
async function release(source: AsyncIterator<unknown>, reading: boolean): Promise<void> {
  const released = source.return?.();
  if (reading) released?.catch(() => undefined);
  else await released;
}
