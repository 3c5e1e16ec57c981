/** `stillpoint demo-server`: events over HTTP, to a dataset. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Ended } from "./command.ts";
import { stillpoint } from "./command.ts";

let folder: string;
let first: Ended;

const demo = (data: string) => stillpoint(["demo-server", "--data", data], { cwd: folder });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-demo-server-"));
  first = await demo("data");
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

it("says what was sent, what came through and what to type next, on 80 columns", () => {
  const { exitCode, out, err } = first;
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  expect(out).toMatch(/\n {2}listens on http:\/\/127\.0\.0\.1:\d+\n/);
  expect(out).toMatch(/\n {2}answered +stored 154, once it was on disk\n {2}sent again +duplicate 154: /);
  expect(out).toContain("\n  no token   401 Unauthorized: nothing was stored\n");
  expect(out).toMatch(/\npull +75 /);
  expect(out).toMatch(/\n {2}targets +from .*rated \d/);
  expect(out).toMatch(/\nThe dataset: demo-server\/v1\n {2}data\/datasets\/demo-server\/v1\n/);
  expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

it("prints commands that work as they stand, but for the server's, which would go on", async () => {
  const next = first.out.slice(first.out.indexOf("What next"));
  const lines = [...next.matchAll(/^ {4}stillpoint (.*)$/gmu)].map(([, args = ""]) => args.split(" "));
  expect(lines.map(([command]) => command)).toEqual(["pull", "datasets", "serve"]);
  for (const args of lines.slice(0, 2)) expect(await stillpoint(args, { cwd: folder })).toMatchObject({ exitCode: 0 });
});

it("sends all of it again in the same folder, and finds the dataset there already", async () => {
  const { exitCode, out } = await demo("data");
  expect(exitCode).toBe(0);
  expect(out).toMatch(/\n {2}answered +duplicate 154, /);
  expect(out).toContain("\nThe dataset: demo-server/v1, which was there already\n");
});

it("makes the same rows in another folder", async () => {
  await demo("other");
  const rows = (data: string) => readFile(join(folder, data, "datasets/demo-server/v1/data/train.jsonl"), "utf8");
  expect(await rows("other")).toBe(await rows("data"));
});
