/** What the README tells of the companion server, done as it is told: from a first token to a pulled example. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { example as exampleSchema } from "../../shared/records/example.ts";
import { eventsAnswer } from "../../shared/wire/events.ts";
import { me } from "../../shared/wire/identity.ts";
import { shell } from "./command.ts";
import type { ServerProcess } from "./server-process.ts";
import { startServerProcess } from "./server-process.ts";

const root = join(import.meta.dirname, "..", "..");
const hasCurl = spawnSync("curl", ["--version"]).status === 0;

let folder: string;
let server: ServerProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-readme-"));
  await symlink(join(root, "media"), join(folder, "media"));
  server = startServerProcess(join(folder, ".stillpoint"));
});
afterEach(async () => {
  server.kill("SIGTERM");
  await server.ended;
  await rm(folder, { recursive: true, force: true });
});

/** The lines of a shell block of the section, without their comments. */
async function blocksOf(section: string): Promise<string[][]> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const text = readme.split(`\n## ${section}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...text.matchAll(/```sh\n(.*?)```/gsu)].map(([, block = ""]) => block.trimEnd().split("\n"));
}

it.skipIf(!hasCurl)("the README's lines lead from a first token to a pulled example, and are ten", async () => {
  const [serve = [], lines = [], ...more] = await blocksOf("The companion server");
  expect(more).toEqual([]);
  expect(serve).toEqual([expect.stringMatching(/^stillpoint serve +# http:\/\/127\.0\.0\.1:7431/u)]);
  expect(serve.length + lines.length).toBeLessThanOrEqual(10);
  const url = await server.url;
  // The one thing that a test must not take for itself is the port.
  const script = ["set -e", ...lines].join("\n").replace("http://127.0.0.1:7431", url ?? "");
  const { exitCode, out, err } = await shell(script, { cwd: folder });
  expect({ exitCode, err }).toMatchObject({ exitCode: 0 });

  const [stored = "", mine = "", ...stats] = out.split("\n");
  expect(eventsAnswer.parse(JSON.parse(stored))).toMatchObject({ stored: 20, duplicate: 0, refused: 0 });
  expect(me.parse(JSON.parse(mine)).stored.events).toBe(20);
  const sent = (await readFile(join(root, "media", "demo", "editing.jsonl"), "utf8")).split("\n", 20);
  const captures = sent.filter((line) => line.includes('"type":"snapshot.settled"')).length;
  const examples = (await readFile(join(folder, "examples.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => exampleSchema.parse(JSON.parse(line)));
  expect(examples).toHaveLength(captures);
  expect(examples.some(({ shown }) => shown !== undefined)).toBe(true);
  expect(stats.join("\n")).toContain(String(captures));
});
