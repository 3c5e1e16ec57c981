/** The oldest extension host is Node 20, and the tests run on a newer one: the types must know what is not there. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const TYPESCRIPT = resolve("node_modules/typescript/bin/tsc");

/** With the first Node that has it. */
const NEWER: [expression: string, since: number][] = [
  ["Object.groupBy([1], (each) => String(each))", 21],
  ["Promise.withResolvers<void>()", 22],
  ["Array.fromAsync([1])", 22],
  ["new Set([1]).union(new Set([2]))", 22],
  ["new Set([1]).values().map((each) => each)", 22],
  ["new Map([[1, 2]]).keys().toArray()", 22],
  ["new ArrayBuffer(8).transfer()", 21],
  ["Promise.try(() => 1)", 23],
  ['RegExp.escape("a")', 24],
];

const THERE = [
  "[1].toSorted()",
  "[1].findLast(Boolean)",
  '"a".isWellFormed()',
  "AbortSignal.any([AbortSignal.timeout(1)])",
];

describe("in the extension, and what it imports", () => {
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-oldest-host-"));
  let said = "";
  beforeAll(() => {
    const files: Record<string, unknown> = {
      "package.json": { type: "module" },
      "tsconfig.json": {
        extends: resolve("extension/tsconfig.json"),
        compilerOptions: { typeRoots: [resolve("node_modules/@types")] },
        include: ["."],
      },
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
    const lines = [...NEWER.map(([expression]) => expression), ...THERE];
    for (const [index, line] of lines.entries())
      writeFileSync(join(folder, `case-${index}.ts`), `export const made = ${line};\n`);
    const { stdout } = spawnSync(process.execPath, [TYPESCRIPT, "-p", folder, "--pretty", "false"], {
      cwd: folder,
      encoding: "utf8",
    });
    said = stdout;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const isRefused = (index: number) => said.includes(`case-${index}.ts(1,`);

  it.each(NEWER.map(([expression, since], index) => ({ expression, since, index })))(
    "$expression is an error: Node $since has it first",
    ({ index }) => {
      expect(isRefused(index), said).toBe(true);
    },
  );

  it.each(THERE.map((expression, index) => ({ expression, index: NEWER.length + index })))(
    "$expression is none",
    ({ index }) => {
      expect(isRefused(index), said).toBe(false);
    },
  );
});
