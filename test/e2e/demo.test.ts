/** `stillpoint demo`: what anybody runs first. It repeats to the byte, also when it is killed on the way. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startOpenAiDouble } from "../doubles/openai.ts";
import { answer } from "../doubles/teacher-answer.ts";
import type { Ended } from "./command.ts";
import { startKillable, stillpoint } from "./command.ts";
import { makeRepository } from "./repository.ts";
import { seededRandom } from "./seeded-random.ts";

const commits = 60;
const kills = 20;
const seed = 20_260_131;

/** Twenty demos or more, on a machine that has other things to do. */
const killsTimeoutMs = 300_000;

let folder: string;
/** The demo, uninterrupted, into the data folder `whole`. */
let whole: Ended;
/** How long the uninterrupted demo took: it says only where in it the kills fall. */
let wholeMs: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-demo-"));
  await makeRepository(join(folder, "repository"), commits);
  const startedAt = performance.now();
  whole = await stillpoint(argsFor("whole"), { cwd: folder });
  wholeMs = performance.now() - startedAt;
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const argsFor = (data: string) => ["demo", "--repo", "repository", "--data", data, "--seed", "3", "--max", "80"];

/** Every file that a demo makes in a data folder, by its path, but for the logs, which hold times. */
async function filesOf(data: string): Promise<Record<string, string>> {
  const root = join(folder, data);
  const files: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /^run\.(log\.jsonl|progress\.jsonl|json)$|^lock/u.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(root.length + 1);
    if (/^(runs|datasets)\/demo\//u.test(name)) files[name] = await readFile(path, "utf8");
  }
  return files;
}

describe("the demo", () => {
  it("makes a dataset of a repository's history, and says what came through and what to type next", async () => {
    const { exitCode, out, err } = whole;
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toMatch(/^From the history of repository to a dataset\n/);
    expect(out).toMatch(/\nimport-git +80 /);
    expect(out).toMatch(/\n {2}delta chrF +\d/);
    expect(out).toMatch(/\n {2}exact +█/);
    expect(out).toMatch(/\nThe dataset: demo\/v1\n {2}whole\/datasets\/demo\/v1\n/);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(Object.keys(await filesOf("whole"))).toEqual(
      expect.arrayContaining([
        "runs/demo/08-expect.jsonl",
        "datasets/demo/v1/manifest.json",
        "datasets/demo/v1/README.md",
      ]),
    );
  });

  it("prints commands that work as they stand", async () => {
    const next = whole.out.slice(whole.out.indexOf("What next")).replaceAll("\\\n", "");
    const lines = [...next.matchAll(/^ {4}stillpoint (.*)$/gmu)].map(([, args = ""]) => args.split(/ +/u));
    expect(lines).toHaveLength(4);
    for (const args of lines.slice(0, 2)) {
      expect(await stillpoint(args, { cwd: folder })).toMatchObject({ exitCode: 0 });
    }
    // There is no key here: what is wrong must be that, and not the command.
    const [, , claude = [], local = []] = lines;
    expect((await stillpoint(claude, { cwd: folder })).err).toContain("needs a key: set ANTHROPIC_API_KEY");
    const double = await startOpenAiDouble({ answer });
    try {
      const there = local.map((arg) => arg.replace("http://127.0.0.1:8000", double.url));
      const { err } = await stillpoint([...there, "--max", "5"], { cwd: folder });
      expect(err).toMatch(/ {2}sample +5 examples, \d+ requests/);
    } finally {
      await double.close();
    }
  });

  it("ends in the same bytes in another empty data folder", async () => {
    const good = await filesOf("whole");
    await stillpoint(argsFor("second"), { cwd: folder });
    expect(Object.keys(good).length).toBeGreaterThan(10);
    expect(await filesOf("second")).toEqual(good);
    for (const [path, text] of Object.entries(good)) expect(text.includes(folder), path).toBe(false);
  });

  it(
    `ends in the same bytes when it is killed at ${kills} random moments and goes on each time`,
    async () => {
      const good = await filesOf("whole");
      const random = seededRandom(seed);
      let done = 0;
      for (let round = 0; done < kills; round++) {
        const data = `killed-${round}`;
        for (;;) {
          const demo = startKillable(argsFor(data), { cwd: folder });
          const timer = done < kills ? setTimeout(demo.kill, random() * wholeMs) : undefined;
          const { exitCode, err } = await demo.ended;
          clearTimeout(timer);
          if (exitCode === null) {
            done++;
            continue;
          }
          expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
          break;
        }
        expect(await filesOf(data)).toEqual(good);
        await rm(join(folder, data), { recursive: true });
      }
    },
    killsTimeoutMs,
  );
});

describe("the demo", () => {
  it("takes the seed of the variable where no flag gives one, and its own task whatever lies where it runs", async () => {
    await makeRepository(join(folder, "seeded"), 1);
    await writeFile(join(folder, "seeded", "demo"), "no task\n");
    const { err, out } = await stillpoint(["demo"], { cwd: join(folder, "seeded"), env: { STILLPOINT_SEED: "5" } });
    expect(err).toContain("gives no example");
    expect(out).toContain("is teacher and student, seed 5.");
    const task = await readFile(join(folder, "seeded", ".stillpoint", "runs", "demo", "task.json"), "utf8");
    expect(JSON.parse(task)).toMatchObject({ name: "demo", seed: 5 });
  });
});

describe("the demo says in a sentence", () => {
  it("that there is no repository", async () => {
    const { exitCode, out, err } = await stillpoint(["demo"], { cwd: folder });
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toMatch(/^stillpoint: .* cannot be read as a git repository: .*not a git repository.*\n$/);
  });

  it("that git is missing", async () => {
    const { exitCode, err } = await stillpoint(argsFor("nothing"), { cwd: folder, env: { PATH: "/nowhere" } });
    expect(exitCode).toBe(2);
    expect(err).toContain("git could not be started");
  });

  it("that a history gives no example", async () => {
    await makeRepository(join(folder, "one-commit"), 1);
    const { exitCode, err } = await stillpoint(["demo", "--repo", "one-commit", "--data", "none"], { cwd: folder });
    expect(exitCode).toBe(1);
    expect(err).toContain(
      "stillpoint: the history of one-commit gives no example: that takes commits that change code",
    );
    expect(await readdir(join(folder, "none"))).not.toContain("datasets");
  });
});
