import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../../server/cli/program.ts";
import { pullChoice, pullIdentity, pullOptions } from "../../../server/stages/pull.ts";
import type { Store } from "../../../server/store/store.ts";
import { openStore } from "../../../server/store/store.ts";
import { canonicalJson } from "../../../shared/canonical-json.ts";
import { exampleId, sha256Hex } from "../../../shared/ids.ts";
import type { Event } from "../../../shared/records/event.ts";
import type { Example } from "../../../shared/records/example.ts";
import { example as exampleSchema } from "../../../shared/records/example.ts";
import { eventId } from "../../bench/captured-events.ts";
import type { Settled } from "../stages/captured.ts";
import { made, outcome, settled, snapshotFrom } from "../stages/captured.ts";
import { recordingLog } from "../store/support.ts";
import { fakeProcess } from "./harness.ts";

let folder: string;
/** As the server holds it, all the while. */
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-pull-"));
  store = await openStore({ dataDir: join(folder, "data"), log: recordingLog() });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function stores(events: readonly Event[], contributor = "contributor-1"): Promise<void> {
  const results = await store.events.append({ contributor, receivedAt: "2026-01-31T10:00:00.000Z", events });
  expect(results.map(({ status }) => status)).toEqual(events.map(() => "stored"));
}

async function pulls(...args: string[]) {
  const process = fakeProcess({ cwd: folder });
  const exitCode = await runProgram(["pull", "--data", "data", ...args], process);
  return { exitCode, err: process.err(), examples: parse(process.out()) };
}

const parse = (text: string): Example[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => exampleSchema.parse(JSON.parse(line)));

const inFile = async (name: string) => parse(await readFile(join(folder, name), "utf8"));

/** The `n`s of the events that examples come from. */
const numbers = (examples: readonly Example[], upTo = 1_000) => {
  const byId = new Map(Array.from({ length: upTo }, (_, n) => [eventId(n), n]));
  return examples.map(({ source }) => (source.kind === "capture" ? byId.get(source.eventId) : undefined));
};

const snapshots = (from: number, to: number, parts: Partial<Settled> = {}) =>
  Array.from({ length: to - from }, (_, i) => settled({ ...parts, n: from + i }));

describe("pull", () => {
  it("gives each settled snapshot as an example, in the order of storing, and no verdicts", async () => {
    const snapshot = snapshotFrom({ n: 3 });
    const predictionId = eventId(900);
    await stores([settled({ n: 7 }), made(8, predictionId, snapshot, "x\n"), settled({ n: 3, predictionId })]);
    await stores([outcome(9, predictionId, "rejected")]);
    const { exitCode, examples } = await pulls();
    expect(exitCode).toBe(0);
    expect(numbers(examples)).toEqual([7, 3]);
    const [, example] = examples;
    expect(example).toEqual({
      schema: 1,
      id: exampleId({ kind: "capture", eventId: eventId(3) }),
      source: {
        kind: "capture",
        contributor: "contributor-1",
        repo: "https://example.com/team/shop.git",
        revision: "4f2a9c0",
        at: "2026-01-31T09:05:00.123Z",
        eventId: eventId(3),
        consentVersion: 1,
      },
      snapshot,
      settlement: expect.objectContaining({ text: "let value3 = 2;\n" }),
    });
  });

  it("takes by contributor, repository and language", async () => {
    await stores([settled({ n: 1 }), settled({ n: 2, languageId: "go" })]);
    await stores([settled({ n: 3, remote: "git@example.com:team/shop.git" })], "contributor-2");
    await stores([settled({ n: 4, remote: "https://example.com/other/shop" }), settled({ n: 5, remote: null })]);
    const asked = async (...args: string[]) => numbers((await pulls(...args)).examples);
    expect(await asked("--contributor", "contributor-2")).toEqual([3]);
    expect(await asked("--language", "go,rust")).toEqual([2]);
    expect(await asked("--repo", "example.com/team/*")).toEqual([1, 2, 3]);
    expect(await asked("--repo", "example.com/other/shop,EXAMPLE.com/team/shop", "--language", "go")).toEqual([2]);
    expect(await asked("--contributor", "nobody")).toEqual([]);
  });

  it("takes from the first time on, and before the second", async () => {
    await stores([
      settled({ n: 1, at: "2026-01-30T23:59:59.999Z" }),
      settled({ n: 2, at: "2026-01-31T00:00:00.000Z" }),
      settled({ n: 3, at: "2026-01-31T12:30:00.000Z" }),
      settled({ n: 4, at: "2026-02-01T00:00:00.000Z" }),
    ]);
    const asked = async (since: string, until: string) =>
      numbers((await pulls("--since", since, "--until", until)).examples);
    expect(await asked("2026-01-31", "2026-02-01")).toEqual([2, 3]);
    expect(await asked("2026-01-31T12:30Z", "2026-02-01T00:00:00.001Z")).toEqual([3, 4]);
  });

  it("refuses as a time what is none in UTC", async () => {
    for (const time of ["2026-02-30", "2026-01-31T12:30", "2026-01-31T12:30+01:00", "yesterday"]) {
      expect(await pulls("--since", time), time).toMatchObject({
        exitCode: 2,
        err: expect.stringContaining("--since: is no date or time in UTC, such as 2026-01-31"),
      });
    }
  });

  it("gives what takes many pages, or only the first of it", async () => {
    await stores(snapshots(0, 450));
    expect(numbers((await pulls()).examples)).toEqual(Array.from({ length: 450 }, (_, n) => n));
    expect(numbers((await pulls("--max", "201")).examples)).toEqual(Array.from({ length: 201 }, (_, n) => n));
  });

  it("finds few among many that do not fit", async () => {
    await stores([...snapshots(0, 2_100, { remote: null }), settled({ n: 2_100 })]);
    expect(numbers((await pulls("--repo", "example.com/*")).examples, 2_101)).toEqual([2_100]);
  });

  it("says where there is no store, and makes none", async () => {
    const process = fakeProcess({ cwd: folder });
    expect(await runProgram(["pull", "--data", "elsewhere"], process)).toBe(1);
    expect(process.err()).toMatch(/^stillpoint: there is no .*elsewhere\/events\.db: stillpoint serve makes it/);
    expect(await runProgram(["pull", "--data", "elsewhere", "--resume", "-o", "out.jsonl"], process)).toBe(1);
    expect(await readdir(folder)).toEqual(["data"]);
  });
});

describe("pull --resume", () => {
  it("takes what was stored since the last time, also what is older by its own clock", async () => {
    await stores(snapshots(0, 3));
    await pulls("--resume", "-o", "first.jsonl");
    await stores([settled({ n: 3, at: "2020-01-01T00:00:00.000Z" }), ...snapshots(4, 6)]);
    await pulls("--resume", "-o", "second.jsonl");
    await pulls("--resume", "-o", "third.jsonl");
    expect(numbers(await inFile("first.jsonl"))).toEqual([0, 1, 2]);
    expect(numbers(await inFile("second.jsonl"))).toEqual([3, 4, 5]);
    expect(await inFile("third.jsonl")).toEqual([]);
  });

  it("has a position for each name, which a backfill does not move", async () => {
    await stores(snapshots(0, 3));
    await pulls("--resume", "a", "-o", "a.jsonl");
    await pulls("--since", "2026-01-01", "-o", "backfill.jsonl");
    await pulls("--resume", "b", "-o", "b.jsonl");
    expect(numbers(await inFile("b.jsonl"))).toEqual([0, 1, 2]);
    await pulls("--resume", "a", "-o", "a.jsonl");
    expect(await inFile("a.jsonl")).toEqual([]);
  });

  it("goes on behind the last that --max let through, and behind what did not fit", async () => {
    await stores([...snapshots(0, 4), settled({ n: 4, languageId: "go" })]);
    const rounds: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      await pulls("--resume", "-o", "new.jsonl", "--max", "3", "--language", "typescript");
      rounds.push(numbers(await inFile("new.jsonl")));
    }
    expect(rounds).toEqual([[0, 1, 2], [3], []]);
    expect((await store.pull.position({ name: "pull" }))?.position).toBe(5);
  });

  it("refuses another choice under the same name, since what that left out would never come", async () => {
    await stores(snapshots(0, 3));
    await pulls("--resume", "team", "--repo", "example.com/team/*", "-o", "a.jsonl");
    const { exitCode, err } = await pulls("--resume", "team", "--language", "go", "-o", "a.jsonl");
    expect(exitCode).toBe(2);
    expect(err).toContain('the position "team" is of another choice: repos example.com/team/*.');
    expect(numbers(await inFile("a.jsonl"))).toEqual([0, 1, 2]);
  });

  it("refuses what would leave open when its position moves, or where to", async () => {
    for (const [args, sentence] of [
      [["--resume"], "--resume needs -o FILE"],
      [["--resume", "-o", "-"], "--resume needs -o FILE"],
      [["--resume", "-o", "/dev/null"], "--resume needs -o FILE"],
      [["--resume", "-o", "a.jsonl", "--until", "2026-01-01"], "move no position: leave out --resume"],
      [["--resume", "../x", "-o", "a.jsonl"], '"../x" is no name'],
    ] as const) {
      expect(await pulls(...args), args.join(" ")).toMatchObject({
        exitCode: 2,
        err: expect.stringContaining(sentence),
      });
    }
  });

  it("ends what was stopped before the output was in its place: nothing was taken", async () => {
    await stores(snapshots(0, 3));
    const position = { name: "pull", choice: '{"contributors":[],"languages":[],"repos":[]}', from: 0 };
    const pending = { position: 3, file: join(folder, "new.jsonl"), sha256: "0".repeat(64) };
    await store.pull.announce({ ...position, at: "2026-01-31T10:00:00.000Z", pending });
    await writeFile(join(folder, "new.jsonl"), "what lay there before\n");
    await pulls("--resume", "-o", "new.jsonl");
    expect(numbers(await inFile("new.jsonl"))).toEqual([0, 1, 2]);
  });

  it("ends what was stopped when the output was in its place, but the position not moved", async () => {
    await stores(snapshots(0, 3));
    await pulls("--resume", "-o", "new.jsonl");
    const good = await readFile(join(folder, "new.jsonl"), "utf8");
    await undoMove();
    await stores(snapshots(3, 5));
    // The same command: the file is what it was to be, and whoever reads it next misses nothing.
    const { exitCode, err } = await pulls("--resume", "-o", "new.jsonl");
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: expect.stringContaining("new.jsonl was whole") });
    expect(await readFile(join(folder, "new.jsonl"), "utf8")).toBe(good);
    await pulls("--resume", "-o", "new.jsonl");
    expect(numbers(await inFile("new.jsonl"))).toEqual([3, 4]);
  });

  it("goes on at once into another file", async () => {
    await stores(snapshots(0, 3));
    await pulls("--resume", "-o", "one.jsonl");
    await undoMove();
    await stores(snapshots(3, 5));
    await pulls("--resume", "-o", "two.jsonl");
    expect(numbers(await inFile("two.jsonl"))).toEqual([3, 4]);
  });

  /** As a kill between the renaming and the moving leaves it. */
  async function undoMove(): Promise<void> {
    const [name] = (await readdir(folder)).filter((file) => file.endsWith(".jsonl"));
    const file = join(folder, name ?? "");
    const sha256 = sha256Hex(await readFile(file));
    const moved = await store.pull.position({ name: "pull" });
    const position = { name: "pull", choice: moved?.choice ?? "", at: "2026-01-31T10:00:00.000Z" };
    await store.pull.move({ ...position, from: moved?.position ?? 0, to: 0 });
    await store.pull.announce({ ...position, from: 0, pending: { position: moved?.position ?? 0, file, sha256 } });
  }
});

describe("an interrupted pull into a file", () => {
  const partial = ["out.jsonl.partial", "out.jsonl.partial.json"] as const;

  it("goes on behind the lines that still stand, and ends in the same file", async () => {
    await stores(snapshots(0, 30));
    await pulls("-o", "out.jsonl");
    const good = await readFile(join(folder, "out.jsonl"), "utf8");
    const range = { choice: pullChoice(pullOptions.parse({})), after: 0, upTo: 30, max: undefined };
    await rm(join(folder, "out.jsonl"));
    await writeFile(join(folder, partial[0]), good.slice(0, good.length / 2));
    await writeFile(join(folder, partial[1]), `${canonicalJson(pullIdentity(range))}\n`);
    const { err } = await pulls("-o", "out.jsonl");
    expect(err).toMatch(/^pull: 30 examples, up to position 30, went on behind 1[45]\n$/);
    expect(await readFile(join(folder, "out.jsonl"), "utf8")).toBe(good);
  });
});
