import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock, timestampOf } from "../../extension/clock.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("the system's clock", () => {
  it("runs what was asked for once, when it is due, and not at all once disposed", () => {
    vi.useFakeTimers();
    const clock = systemClock();
    const ran: string[] = [];
    clock.after(100, () => ran.push("kept"));
    clock.after(100, () => ran.push("disposed")).dispose();
    vi.advanceTimersByTime(99);
    expect(ran).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(ran).toEqual(["kept"]);
  });

  it("measures durations by a clock that nobody can set", () => {
    vi.useFakeTimers();
    const clock = systemClock();
    const [wall, monotonic] = [clock.now(), clock.monotonicMs()];
    vi.setSystemTime(wall - 3_600_000);
    expect(clock.now()).toBe(wall - 3_600_000);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(monotonic);
  });
});

it("writes times as records hold them", () => {
  expect(timestampOf(Date.UTC(2026, 0, 31, 9, 5, 0, 123))).toBe("2026-01-31T09:05:00.123Z");
});
