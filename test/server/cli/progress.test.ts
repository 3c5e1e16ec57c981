import { Writable } from "node:stream";
import { beforeEach, describe, expect, it } from "vitest";
import { startProgress } from "../../../server/cli/progress.ts";
import { fakeCli, fakeProcess } from "./harness.ts";

let now: number;
beforeEach(() => {
  now = 0;
});

function onTerminal(columns = 80) {
  const chunks: string[] = [];
  const stderr = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        chunks.push(String(chunk));
        done();
      },
    }),
    { isTTY: true, columns },
  );
  return { cli: fakeCli(fakeProcess({ cwd: "/", stderr })), shown: () => chunks.join("") };
}

const erase = "\r\u001b[K";

describe("progress on a terminal", () => {
  it("shows a bar with how many, how fast and how long still, and takes it away", () => {
    const { cli, shown } = onTerminal();
    const progress = startProgress(cli, "score", () => now);
    now = 2_000;
    progress.update(1_000, 0.25);
    expect(shown()).toBe("score        █████░░░░░░░░░░░░░░░ 1,000 · 25% · 500/s · 6 s left");
    progress.end();
    expect(shown().endsWith(erase)).toBe(true);
  });

  it("redraws ten times a second at most", () => {
    const { cli, shown } = onTerminal();
    const progress = startProgress(cli, "score", () => now);
    for (now = 0; now < 1_000; now++) progress.update(now, undefined);
    expect(shown().split(erase).length).toBeLessThanOrEqual(10);
  });

  it("never wraps a line, which could not be taken away again", () => {
    const { cli, shown } = onTerminal(30);
    startProgress(cli, "score", () => now).update(1_000, 0.5);
    expect(shown().length).toBeLessThan(30);
  });

  it("keeps the bar below what is said meanwhile", () => {
    const { cli, shown } = onTerminal();
    startProgress(cli, "score", () => now).update(1, undefined);
    cli.warn("mind this");
    expect(shown()).toBe(`score        1${erase}stillpoint: mind this\nscore        1`);
  });
});

describe("progress elsewhere", () => {
  it("is a plain line every few seconds", () => {
    const process = fakeProcess({ cwd: "/" });
    const progress = startProgress(fakeCli(process), "score", () => now);
    for (now = 0; now <= 11_000; now += 100) progress.update(now, now / 20_000);
    progress.end();
    expect(process.err()).toBe("score: 5,000 · 25% · 1,000/s · 15 s left\nscore: 10,000 · 50% · 1,000/s · 10 s left\n");
  });

  it("says nothing with --quiet", () => {
    const process = fakeProcess({ cwd: "/" });
    const progress = startProgress(fakeCli(process, { quiet: true }), "score", () => now);
    now = 60_000;
    progress.update(5, 0.5);
    expect(process.err()).toBe("");
  });
});
