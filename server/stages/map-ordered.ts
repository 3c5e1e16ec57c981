/**
 * Applies `work` to each item with at most `concurrency` under way, and yields the results in the input's order.
 * Holds at most `concurrency` items. The first failure stops the reading of `items`, waits for nothing, and is thrown.
 */
export async function* mapOrdered<In, Out>(
  items: AsyncIterable<In>,
  concurrency: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out, void, undefined> {
  const underWay: Promise<Out>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // Its failure is thrown when its turn comes; until then nobody awaits it.
      result.catch(() => undefined);
      underWay.push(result);
      if (underWay.length >= concurrency) yield await (underWay.shift() as Promise<Out>);
    }
    while (underWay.length > 0) yield await (underWay.shift() as Promise<Out>);
  } finally {
    underWay.length = 0;
  }
}
