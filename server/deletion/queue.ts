/** One piece of work at a time, in the order in which they came. */

export interface Queue {
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Resolves when nothing is under way and nothing waits. */
  idle(): Promise<void>;
}

export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(work) {
      const done = last.then(work);
      // Who asked hears of a failure; the next one does not.
      last = done.catch(() => undefined);
      return done;
    },
    async idle() {
      for (let seen: Promise<unknown> | undefined; seen !== last; ) {
        seen = last;
        await seen;
      }
    },
  };
}
