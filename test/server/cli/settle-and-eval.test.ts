import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../../server/cli/program.ts";
import type { Example } from "../../../shared/records/example.ts";
import { exampleOf, samplesOf } from "../stages/examples.ts";
import { fakeProcess } from "./harness.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stillpoint-settle-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function stillpoint(args: string[], examples: readonly Example[]) {
  await writeFile(join(folder, "in.jsonl"), examples.map((example) => `${JSON.stringify(example)}\n`).join(""));
  const process = fakeProcess({ cwd: folder, env: { LANG: "C.UTF-8" } });
  const exitCode = await runProgram([...args, "-i", "in.jsonl"], process);
  return { exitCode, out: process.out(), err: process.err() };
}

const sampled = [
  exampleOf("", "abcd", samplesOf({ abcd: 1, x: 1 }), 0),
  exampleOf("", "abcd", samplesOf({ ab: 2 }), 1),
  exampleOf("", "abcd", samplesOf({ x: 2 }), 2),
];

describe("stillpoint settle --histogram", () => {
  it("draws on standard error, so that the examples can go down a pipe", async () => {
    const { exitCode, out, err } = await stillpoint(["settle", "--histogram"], sampled);
    expect(exitCode).toBe(0);
    expect(out.trim().split("\n")).toHaveLength(3);
    expect(err).toMatch(/exact +█+ +1 +33\.3% +learnable/);
    expect(err).toContain("learnable 2, noise 1 (over 0.6)");
  });

  it("marks the bands by the bound that was set", async () => {
    const { err } = await stillpoint(["settle", "--noise-above", "0.4", "--histogram"], sampled);
    expect(err).toContain("learnable 1, noise 2 (over 0.4)");
  });

  it("draws into a file, as a picture or a page", async () => {
    expect((await stillpoint(["settle", "-o", "out.jsonl", "--histogram", "h.svg"], sampled)).exitCode).toBe(0);
    expect(await readFile(join(folder, "h.svg"), "utf8")).toMatch(/^<svg /);
    expect((await stillpoint(["settle", "-o", "out.jsonl", "--histogram", "h.html"], sampled)).exitCode).toBe(0);
    expect(await readFile(join(folder, "h.html"), "utf8")).toMatch(/^<!doctype html>/);
  });

  it("refuses a file of another kind before anything is done", async () => {
    const { exitCode, out, err } = await stillpoint(["settle", "--histogram", "h.png"], sampled);
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toContain("--histogram writes .svg or .html, not h.png.");
  });

  it("draws nothing unless asked", async () => {
    expect((await stillpoint(["settle"], sampled)).err).not.toContain("Distance");
  });
});

describe("stillpoint eval", () => {
  const held = [0, 1, 2].map((n) => exampleOf("a\n", "b\n", { split: { name: "eval", group: "g" } }, n));

  it("prints a table of builtin against no edit", async () => {
    const { exitCode, out } = await stillpoint(["eval"], held);
    expect(exitCode).toBe(0);
    expect(out).toContain("Evaluation on eval, test: 3 examples");
    expect(out).toContain("builtin against no-edit");
  });

  it("prints JSON with every figure's count and interval", async () => {
    const { out } = await stillpoint(["eval", "--json", "--model", "builtin"], held);
    const result = JSON.parse(out);
    expect(result.models[0]).toMatchObject({ model: "builtin", figures: { deltaChrf: { count: 3 } } });
    expect(result.comparisons[0].differences.deltaChrf).toMatchObject({ count: 3 });
  });

  it("refuses a split that is none", async () => {
    const { exitCode, err } = await stillpoint(["eval", "--splits", "held-out"], held);
    expect(exitCode).toBe(2);
    expect(err).toContain("--splits");
  });
});
