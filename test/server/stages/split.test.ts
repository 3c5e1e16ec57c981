import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitStage } from "../../../server/stages/split.ts";
import type { Example, Source } from "../../../shared/records/example.ts";
import { makeExample } from "../jsonl/examples.ts";
import { runStage } from "./running.ts";

function commit(n: number, path: string, at?: string): Example {
  const source: Source = {
    kind: "git",
    contributor: `contributor-${n % 3}`,
    repo: "git.example/team/site",
    commit: "c".repeat(40),
    path,
    hunk: n,
    k: 0,
    seed: 1,
    insertions: 2,
    deletions: 1,
    files: 1,
    ...(at !== undefined && { at }),
  };
  return { ...makeExample(n), source };
}

const sidesOf = (examples: readonly Example[]) => examples.map((example) => example.split?.name);

describe("split", () => {
  it("keeps a file of a repository on one side, and spreads files by the shares", async () => {
    const input = Array.from({ length: 4000 }, (_, n) => commit(n, `src/${n % 2000}.ts`));
    const { examples, warnings } = await runStage(splitStage, input);
    const sides = new Map(examples.map((example) => [example.split?.group, example.split?.name]));
    expect(sides.size).toBe(2000);
    for (const { split } of examples) expect(sides.get(split?.group)).toBe(split?.name);
    const share = (name: string) => sidesOf(examples).filter((side) => side === name).length / input.length;
    expect(share("test")).toBeCloseTo(0.05, 1);
    expect(share("eval")).toBeCloseTo(0.05, 1);
    expect(share("train")).toBeCloseTo(0.9, 1);
    expect(warnings).toEqual([]);
  });

  it("gives a group the same side whatever else is in the file, and another seed another split", async () => {
    const input = Array.from({ length: 200 }, (_, n) => commit(n, `src/${n}.ts`));
    const all = (await runStage(splitStage, input)).examples;
    const some = (await runStage(splitStage, input.slice(50, 150))).examples;
    expect(sidesOf(some)).toEqual(sidesOf(all.slice(50, 150)));
    expect(sidesOf((await runStage(splitStage, input, {}, undefined, 2)).examples)).not.toEqual(sidesOf(all));
  });

  it("leaves a side that is set, and lets the rest of its group follow it", async () => {
    const [first] = (await runStage(splitStage, [commit(0, "src/a.ts")])).examples;
    const group = first?.split?.group ?? "";
    const side = first?.split?.name === "test" ? "train" : "test";
    const set: Example = { ...commit(0, "src/a.ts"), split: { name: side, group } };
    const { examples } = await runStage(splitStage, [commit(1, "src/a.ts"), set]);
    expect(sidesOf(examples)).toEqual([side, side]);
  });

  it("by time trains on the older and tests on the newer, and never parts one instant", async () => {
    const at = (n: number) => `2026-01-${String(1 + Math.floor(n / 4)).padStart(2, "0")}T00:00:00.000Z`;
    const input = Array.from({ length: 100 }, (_, n) => commit(n, "src/a.ts", at(99 - n)));
    const { examples } = await runStage(splitStage, input, { by: "time", shares: "0.8,0.1,0.1" });
    const times = (name: string) =>
      examples.filter(({ split }) => split?.name === name).map(({ source }) => source.at ?? "");
    expect(times("train").length).toBe(80);
    expect(Math.max(...times("train").map(Date.parse))).toBeLessThan(Math.min(...times("eval").map(Date.parse)));
    expect(Math.max(...times("eval").map(Date.parse))).toBeLessThan(Math.min(...times("test").map(Date.parse)));
    expect(new Set(examples.map(({ split }) => `${split?.group} ${split?.name}`)).size).toBe(25);
  });

  it("warns of an empty side, and names the way out", async () => {
    const { warnings } = await runStage(splitStage, [commit(0, "src/a.ts")], { by: "repo" });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^no example fell into \w+ or \w+, of 1: .*More examples help, .*"by".*--by/);
    expect((await runStage(splitStage, [commit(0, "src/a.ts")], { shares: "1,0,0" })).warnings).toEqual([]);
    const dropped = { ...commit(0, "src/a.ts"), dropped: { stage: "redact", reason: "secretPath" } };
    expect((await runStage(splitStage, [dropped])).examples).toEqual([dropped]);
  });

  it("refuses shares that are no shares", () => {
    for (const shares of ["", "1", "0.9,0.1", "0.9,0.2,0.1", "a,b,c", "1,0,-0", "0.5,0.5,0,0"]) {
      expect(splitStage.options.safeParse({ shares }).success, shares).toBe(false);
    }
    expect(splitStage.options.safeParse({ shares: "1,0,0" }).success).toBe(true);
  });

  it("never lets a group straddle, whatever it groups by", async () => {
    const files = fc.array(fc.nat(5), { maxLength: 30 });
    const by = fc.constantFrom("auto", "repo", "path", "contributor", "time");
    await fc.assert(
      fc.asyncProperty(files, by, fc.nat(), async (drawn, grouping, seed) => {
        const fresh = drawn.map((file, n) => commit(n, `${file}.ts`, `2026-01-0${file + 1}T00:00:00.000Z`));
        const { examples: split } = await runStage(splitStage, fresh, { by: grouping }, undefined, seed);
        const sides = new Map<string, Set<string>>();
        for (const { split: placed } of split) {
          const group = placed?.group ?? "";
          sides.set(group, (sides.get(group) ?? new Set()).add(placed?.name ?? ""));
        }
        for (const names of sides.values()) expect(names.size).toBe(1);
      }),
    );
  });
});
