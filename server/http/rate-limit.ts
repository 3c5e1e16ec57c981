/** Token buckets, one a key: so many requests at once, so many a second on the long run. */
import type { Clock } from "../clock.ts";

export interface RateLimitOptions {
  readonly perSecond: number;
  /** How many may come at once after a pause. */
  readonly burst: number;
  readonly clock: Clock;
  /** Keys remembered; beyond it the half that asked longest ago is forgotten. */
  readonly maxKeys?: number;
}

export interface RateLimit {
  /** Takes one from the key's bucket. @returns 0, or the seconds after which to come again: nothing was taken */
  take(key: string): number;
}

interface Bucket {
  level: number;
  at: number;
}

/** About 100 bytes each. */
const defaultMaxKeys = 100_000;

export function createRateLimit({ perSecond, burst, clock, maxKeys = defaultMaxKeys }: RateLimitOptions): RateLimit {
  const buckets = new Map<string, Bucket>();

  function forgetOldest(): void {
    for (const key of buckets.keys()) {
      if (buckets.size <= maxKeys / 2) return;
      buckets.delete(key);
    }
  }

  return {
    take(key) {
      const now = clock.monotonicMs();
      const known = buckets.get(key);
      const level = known ? Math.min(burst, known.level + ((now - known.at) / 1_000) * perSecond) : burst;
      if (level < 1) return Math.max(1, Math.ceil((1 - level) / perSecond));
      // Deleted first, so that the order of the keys is that of their last use.
      buckets.delete(key);
      if (buckets.size >= maxKeys) forgetOldest();
      buckets.set(key, { level: level - 1, at: now });
      return 0;
    },
  };
}

/** What one person or machine on the network is counted as: an IPv6 network of 64 bits has one owner. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return "unknown";
  const mapped = /^::ffff:(?<v4>[\d.]+)$/iu.exec(address)?.groups?.["v4"];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.replace(/%.*$/u, "").split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
