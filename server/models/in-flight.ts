/** Who is finding out what: a key that several ask for at the same time is bought by the first of them alone. */

export interface InFlight<Outcome> {
  /** What somebody is finding out about the key. Hand it to `awaited`. */
  get(key: string): Promise<Outcome> | undefined;
  /**
   * Takes the keys, before anything is awaited, and tells whoever waits for one as soon as `work` is done with it.
   * @throws what `work` throws; so does the waiting of others, unless it was this one's `signal` that ended it
   */
  begin(
    keys: readonly string[],
    signal: AbortSignal,
    work: (done: (key: string, outcome: Outcome) => void) => Promise<void>,
  ): Promise<Map<string, Outcome>>;
  /**
   * What the other found out, or undefined where they were aborted: then whoever waits begins.
   * @throws the signal's reason when aborted, whatever the other does
   */
  awaited(promise: Promise<Outcome>, signal: AbortSignal): Promise<Outcome | undefined>;
}

/** Tells who waits that the one who had begun was aborted. */
class GivenUp extends Error {
  override readonly name = "GivenUp";
}

export function createInFlight<Outcome>(): InFlight<Outcome> {
  const promises = new Map<string, Promise<Outcome>>();
  return {
    get: (key) => promises.get(key),
    async begin(keys, signal, work) {
      const open = new Map<string, PromiseWithResolvers<Outcome>>();
      for (const key of keys) {
        const resolvers = Promise.withResolvers<Outcome>();
        // Whoever waits for it is told; often nobody does.
        resolvers.promise.catch(() => undefined);
        open.set(key, resolvers);
        promises.set(key, resolvers.promise);
      }
      const outcomes = new Map<string, Outcome>();
      try {
        await work((key, outcome) => {
          outcomes.set(key, outcome);
          open.get(key)?.resolve(outcome);
        });
        return outcomes;
      } catch (error) {
        const told = signal.aborted ? new GivenUp() : error;
        for (const resolvers of open.values()) resolvers.reject(told);
        throw error;
      } finally {
        for (const key of keys) promises.delete(key);
      }
    },
    async awaited(promise, signal) {
      const aborted = Promise.withResolvers<never>();
      const abort = () => aborted.reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      try {
        signal.throwIfAborted();
        return await Promise.race([promise, aborted.promise]);
      } catch (error) {
        if (error instanceof GivenUp) return undefined;
        throw error;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
  };
}
