/** A pull that is killed, again and again, while more comes in: in the end everybody has everything once. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../../server/store/store.ts";
import { openStore } from "../../server/store/store.ts";
import type { Example } from "../../shared/records/example.ts";
import { capturedEvent, eventId } from "../bench/captured-events.ts";
import { recordingLog } from "../server/store/support.ts";
import { startKillable, stillpoint } from "./command.ts";
import { seededRandom } from "./seeded-random.ts";

const kills = 8;
const seed = 20_260_131;
const eventsARound = 120;
const timeoutMs = 240_000;

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-pull-"));
  store = await openStore({ dataDir: join(folder, "data"), log: recordingLog() });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const args = ["--data", "data", "pull", "--resume", "consumer", "-o", "new.jsonl"];

it(
  `repeats nothing and skips nothing, killed at ${kills} random moments`,
  async () => {
    const random = seededRandom(seed);
    let sent = 0;
    const send = async () => {
      const events = Array.from({ length: eventsARound }, () => capturedEvent(sent++));
      await store.events.append({ contributor: "contributor-1", receivedAt: "2026-01-31T10:00:00.000Z", events });
    };
    await send();
    const startedAt = performance.now();
    await stillpoint([...args.slice(0, 4), "warm", "-o", "warm.jsonl"], { cwd: folder });
    // It says only where in a pull the kills fall.
    const wholeMs = performance.now() - startedAt;
    const taken = new Taken();
    for (let done = 0; done < kills; ) {
      await send();
      const pull = startKillable(args, { cwd: folder });
      const timer = setTimeout(pull.kill, wholeMs * (0.3 + 0.8 * random()));
      const { exitCode } = await pull.ended;
      clearTimeout(timer);
      if (exitCode === null) done++;
      await taken.look();
    }
    // One ends what was left, the other takes the rest.
    for (let round = 0; round < 2; round++) {
      expect(await stillpoint(args, { cwd: folder })).toMatchObject({ exitCode: 0 });
      await taken.look();
    }
    const all = Array.from({ length: sent }, (_, n) => eventId(n));
    expect(taken.eventIds).toEqual(all);
    expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  },
  timeoutMs,
);

/** What a consumer has: each file that ever stood in its place, which is never half of one, and only once. */
class Taken {
  readonly eventIds: string[] = [];
  #last = "";

  async look(): Promise<void> {
    const text = existsSync(join(folder, "new.jsonl")) ? await readFile(join(folder, "new.jsonl"), "utf8") : "";
    if (text === this.#last) return;
    this.#last = text;
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const { source } = JSON.parse(line) as Example;
      if (source.kind === "capture") this.eventIds.push(source.eventId);
    }
  }
}
