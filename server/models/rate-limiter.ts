/**
 * A token bucket a model, fed from the rate-limit headers of its answers and shared by every worker: who would be
 * refused waits here instead. Until a server has named its limits it lets everything pass.
 *
 * Headers: `anthropic-ratelimit-{requests,input-tokens}-{limit,remaining,reset}` with RFC 3339 times,
 * `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` with durations such as `6m0s`, and `retry-after-ms` or
 * `retry-after` (RFC 9110, section 10.2.3) of an answer with status 429, which makes everybody wait. Limits that the
 * configuration names hold from the first request, and headers go no higher.
 */
import { setTimeout as sleepFor } from "node:timers/promises";

export interface LimiterClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: LimiterClock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleepFor(ms, undefined, { signal }),
};

export interface RateLimiter {
  /**
   * Resolves when a request of about `tokens` input tokens may be sent, in the order of asking.
   * @throws the signal's reason when aborted
   */
  enter(tokens: number, signal: AbortSignal): Promise<void>;
  observe(status: number, headers: Headers): void;
}

/** What is known before a server has said anything. */
export interface KnownLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly inputTokensPerMinute?: number | undefined;
}

interface Bucket {
  limit: number;
  level: number;
  /** When `level` was right. */
  at: number;
  refillPerMs: number;
}

type Dimension = "requests" | "tokens";

/** A limit that says nothing of its reset is taken to be one a minute, as both vendors state theirs. */
const defaultWindowMs = 60_000;
/** Longer waits than this are not a server's rate limit but its mistake. */
const maxPauseMs = 300_000;

export function createRateLimiter(clock: LimiterClock, known: KnownLimits = {}): RateLimiter {
  const buckets = new Map<Dimension, Bucket>();
  const perMinute = { requests: known.requestsPerMinute, tokens: known.inputTokensPerMinute };
  for (const dimension of ["requests", "tokens"] as const) {
    const limit = perMinute[dimension];
    if (limit === undefined) continue;
    buckets.set(dimension, { limit, level: limit, at: clock.now(), refillPerMs: limit / defaultWindowMs });
  }
  let pausedUntil = 0;
  let queue: Promise<void> = Promise.resolve();

  function refilled(bucket: Bucket, now: number): Bucket {
    // A clock that is set back takes nothing away.
    const elapsed = Math.max(0, now - bucket.at);
    bucket.level = Math.min(bucket.limit, bucket.level + elapsed * bucket.refillPerMs);
    bucket.at = now;
    return bucket;
  }

  /** 0: now. A request bigger than the whole bucket waits for a full one. */
  function waitMs(costs: ReadonlyMap<Dimension, number>, now: number): number {
    let wait = pausedUntil - now;
    for (const [dimension, bucket] of buckets) {
      const { level, limit, refillPerMs } = refilled(bucket, now);
      const missing = Math.min(costs.get(dimension) ?? 0, limit) - level;
      if (missing > 0 && refillPerMs > 0) wait = Math.max(wait, missing / refillPerMs);
    }
    return Math.min(Math.max(0, Math.ceil(wait)), maxPauseMs);
  }

  async function pass(costs: ReadonlyMap<Dimension, number>, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const wait = waitMs(costs, clock.now());
      if (wait === 0) break;
      try {
        await clock.sleep(wait, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    }
    for (const [dimension, bucket] of buckets) bucket.level -= Math.min(costs.get(dimension) ?? 0, bucket.limit);
  }

  return {
    enter(tokens, signal) {
      const costs = new Map<Dimension, number>([
        ["requests", 1],
        ["tokens", tokens],
      ]);
      const passed = queue.then(() => pass(costs, signal));
      // Who gives up leaves the queue to the next.
      queue = passed.catch(() => undefined);
      return passed;
    },
    observe(status, headers) {
      const now = clock.now();
      for (const dimension of ["requests", "tokens"] as const) {
        const told = readDimension(dimension, headers, now);
        if (!told) continue;
        const known = buckets.get(dimension);
        // The server has not counted what is on its way to it; the own count has.
        const level = known ? Math.min(refilled(known, now).level, told.remaining) : told.remaining;
        const missing = told.limit - told.remaining;
        const refillPerMs = told.resetMs > 0 && missing > 0 ? missing / told.resetMs : told.limit / defaultWindowMs;
        const most = perMinute[dimension] ?? Number.POSITIVE_INFINITY;
        const limit = Math.min(told.limit, most);
        buckets.set(dimension, { limit, level, at: now, refillPerMs: Math.min(refillPerMs, most / defaultWindowMs) });
      }
      if (status === 429) pausedUntil = Math.max(pausedUntil, now + Math.min(retryAfterMs(headers, now), maxPauseMs));
    },
  };
}

interface Told {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

function readDimension(dimension: Dimension, headers: Headers, now: number): Told | undefined {
  const anthropic = `anthropic-ratelimit-${dimension === "tokens" ? "input-tokens" : dimension}`;
  const limit = count(headers.get(`${anthropic}-limit`) ?? headers.get(`x-ratelimit-limit-${dimension}`));
  const remaining = count(headers.get(`${anthropic}-remaining`) ?? headers.get(`x-ratelimit-remaining-${dimension}`));
  if (limit === undefined || limit === 0 || remaining === undefined) return undefined;
  const time = headers.get(`${anthropic}-reset`);
  const resetMs = time === null ? durationMs(headers.get(`x-ratelimit-reset-${dimension}`)) : Date.parse(time) - now;
  return { limit, remaining, resetMs: Number.isFinite(resetMs) ? resetMs : 0 };
}

function count(text: string | null): number | undefined {
  return text !== null && /^\d+$/u.test(text) ? Number(text) : undefined;
}

/** `1h2m3.5s` or `20ms`; 0 where it is neither. */
function durationMs(text: string | null): number {
  const unitMs: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  let sum = 0;
  for (const [, amount, unit] of (text ?? "").matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/gu)) {
    sum += Number(amount) * (unitMs[unit ?? ""] ?? 0);
  }
  return sum;
}

function retryAfterMs(headers: Headers, now: number): number {
  const ms = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  if (ms >= 0) return ms;
  const after = headers.get("retry-after") ?? "";
  const seconds = Number.parseFloat(after);
  if (seconds >= 0) return seconds * 1_000;
  const until = Date.parse(after) - now;
  return until > 0 ? until : 0;
}
