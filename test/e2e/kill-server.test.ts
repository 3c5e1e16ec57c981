/** The whole server, killed under load. `node test/bench/kill.bench.ts` kills it 200 times, and says how it went. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { killServer } from "./kill-server.ts";

const kills = 5;
const seed = 3;

it("a server that is killed under load has every acknowledged event once, and starts again", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "stillpoint-kill-"));
  try {
    const figures = await killServer(dataDir, { kills, seed });
    expect(figures.kills).toBe(kills);
    expect(figures.acknowledged).toBeGreaterThan(100);
    expect(figures.stored).toBe(figures.acknowledged);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});
