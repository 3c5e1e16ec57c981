import { describe, expect, it } from "vitest";
import type { LimiterClock } from "../../../server/models/rate-limiter.ts";
import { createRateLimiter } from "../../../server/models/rate-limiter.ts";

/** Time passes only when somebody sleeps. */
function clockAt(start: number): LimiterClock & { time: number } {
  return {
    time: start,
    now() {
      return this.time;
    },
    async sleep(ms, signal) {
      signal.throwIfAborted();
      this.time += ms;
    },
  };
}

const start = Date.parse("2026-01-31T09:00:00.000Z");
const never = new AbortController().signal;

function setUp() {
  const clock = clockAt(start);
  const limiter = createRateLimiter(clock);
  return { clock, limiter, elapsed: () => clock.time - start };
}

describe("a rate limiter", () => {
  it("lets everything pass until a server names its limits", async () => {
    const { limiter, elapsed } = setUp();
    for (let i = 0; i < 1_000; i++) await limiter.enter(1_000_000, never);
    expect(elapsed()).toBe(0);
  });

  it("keeps to the limits that the configuration names from the first request, and lets headers lower but not raise them", async () => {
    const clock = clockAt(start);
    const limiter = createRateLimiter(clock, { requestsPerMinute: 30, inputTokensPerMinute: 6_000 });
    for (let i = 0; i < 31; i++) await limiter.enter(1, never);
    expect(clock.time - start).toBe(2_000);
    for (const [limit, everyMs] of [
      [600, 2_000],
      [15, 4_000],
    ] as const) {
      const headers = { "x-ratelimit-limit-requests": `${limit}`, "x-ratelimit-remaining-requests": "0" };
      limiter.observe(200, new Headers({ ...headers, "x-ratelimit-reset-requests": "60s" }));
      const before = clock.time;
      await limiter.enter(1, never);
      expect(clock.time - before).toBe(everyMs);
    }
    const tokens = createRateLimiter(clock, { inputTokensPerMinute: 6_000 });
    const before = clock.time;
    for (let i = 0; i < 3; i++) await tokens.enter(4_000, never);
    expect(clock.time - before).toBe(60_000);
  });

  it("makes everybody wait as long as a 429 says", async () => {
    const { limiter, elapsed } = setUp();
    limiter.observe(429, new Headers({ "retry-after": "7" }));
    await Promise.all([limiter.enter(1, never), limiter.enter(1, never)]);
    expect(elapsed()).toBe(7_000);
    limiter.observe(429, new Headers({ "retry-after-ms": "250", "retry-after": "1" }));
    await limiter.enter(1, never);
    expect(elapsed()).toBe(7_250);
  });

  it("spreads requests over Anthropic's limit: what remains at once, then as it refills", async () => {
    const { limiter, elapsed } = setUp();
    const headers = {
      "anthropic-ratelimit-requests-limit": "60",
      "anthropic-ratelimit-requests-remaining": "2",
      "anthropic-ratelimit-requests-reset": "2026-01-31T09:00:58.000Z",
    };
    limiter.observe(200, new Headers(headers));
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      await limiter.enter(1, never);
      times.push(elapsed());
    }
    expect(times).toEqual([0, 0, 1_000, 2_000, 3_000]);
  });

  it("counts input tokens, and lets a request bigger than the whole limit pass from a full bucket", async () => {
    const { limiter, elapsed } = setUp();
    const headers = {
      "x-ratelimit-limit-tokens": "1000",
      "x-ratelimit-remaining-tokens": "100",
      "x-ratelimit-reset-tokens": "9s",
    };
    limiter.observe(200, new Headers(headers));
    await limiter.enter(600, never);
    expect(elapsed()).toBe(5_000);
    await limiter.enter(50_000, never);
    expect(elapsed()).toBe(15_000);
  });

  it("does not count upwards from an answer that does not know yet what is under way", async () => {
    const { limiter, elapsed } = setUp();
    const told = (remaining: number) =>
      limiter.observe(
        200,
        new Headers({ "x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": String(remaining) }),
      );
    told(3);
    for (let i = 0; i < 3; i++) await limiter.enter(1, never);
    told(2);
    await limiter.enter(1, never);
    expect(elapsed()).toBe(1_000);
  });

  it("does not wait longer because the clock was set back", async () => {
    const { clock, limiter } = setUp();
    limiter.observe(200, new Headers({ "x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "30" }));
    clock.time -= 3_600_000;
    const setBackTo = clock.time;
    await limiter.enter(1, never);
    expect(clock.time).toBe(setBackTo);
  });

  it("lets the next one pass where one gives up", async () => {
    const { limiter } = setUp();
    limiter.observe(429, new Headers({ "retry-after": "5" }));
    const gone = AbortSignal.abort(new Error("stop"));
    const waiting = limiter.enter(1, gone);
    const next = limiter.enter(1, never);
    await expect(waiting).rejects.toThrow("stop");
    await next;
  });

  it("does not believe nonsense", async () => {
    const { limiter, elapsed } = setUp();
    for (const limit of ["0", "-1", "many", ""]) {
      limiter.observe(200, new Headers({ "x-ratelimit-limit-requests": limit, "x-ratelimit-remaining-requests": "0" }));
    }
    limiter.observe(429, new Headers({ "retry-after": "soon" }));
    await limiter.enter(1, never);
    expect(elapsed()).toBe(0);
  });
});
