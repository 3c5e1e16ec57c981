/** What is known around a cursor, within a second, whatever language servers do. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assembleCapture } from "../../../extension/capture/snapshot.ts";
import type { LookupTarget } from "../../../extension/context/lookups.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { SNAPSHOT_LIMITS, snapshot as snapshotSchema } from "../../../shared/records/snapshot.ts";
import { utf8Length } from "../../../shared/text/utf8.ts";
import { contextOf, counted, nameIn, pointIn, shopRepository, uriOf } from "./support.ts";

const basket = `export interface Basket {
  items: string[];
}

export function total(basket: Basket): number {
  return basket.items.length;
}
`;
const uri = uriOf("src/basket.ts");
const point = pointIn("const sum = total(basket|);\n");

describe("definitions", () => {
  it("are short outlines of what the names around the cursor mean", async () => {
    const { gather } = contextOf(point, {
      files: { [uri]: basket },
      definition: (name) => (name === "total" ? [{ uri, range: nameIn(basket, "total") }] : []),
      typeDefinition: (name) => (name === "basket" ? [{ uri, range: nameIn(basket, "Basket") }] : []),
    });
    const { definitions, repo, leftOut } = await gather();
    expect(definitions.map(({ record }) => record)).toEqual([
      {
        symbol: "basket",
        kind: "typeDefinition",
        path: "src/basket.ts",
        startLine: 0,
        text: "export interface Basket {\n  items: string[];\n}",
        external: false,
      },
      {
        symbol: "total",
        kind: "definition",
        path: "src/basket.ts",
        startLine: 4,
        text: "export function total(basket: Basket): number {\n  return basket.items.length;\n}",
        external: false,
      },
    ]);
    expect(repo).toEqual({
      remote: "git.example.com/ada/shop",
      revision: shopRepository.revision,
      folder: "shop",
      licence: "MIT",
    });
    expect(counted(leftOut)).toEqual({});
  });

  it("are asked for once a name and kind, the nearest name first, a few at a time", async () => {
    const twice = pointIn("far(near);\nnear(far, near|, other);\n");
    const context = contextOf(twice, { definition: async () => [] });
    await context.gather();
    expect(context.asked).toEqual([
      "definition near",
      "typeDefinition near",
      "definition other",
      "typeDefinition other",
      "definition far",
      "typeDefinition far",
    ]);
    expect(context.mostUnderWay()).toBeLessThanOrEqual(4);
  });

  it("come once, though many names lead there and several answers repeat it", async () => {
    const target = { uri, range: nameIn(basket, "Basket") };
    const context = contextOf(pointIn("a(b, c|, d);\n"), {
      files: { [uri]: basket },
      definition: () => [target, target],
      typeDefinition: () => [target],
    });
    expect((await context.gather()).definitions.map(({ record }) => record.symbol)).toEqual(["c"]);
    expect(context.read).toEqual([uri]);
  });

  it("of a definition that leads back to itself end", async () => {
    const own = "export const a = b;\nexport const b = a;\n";
    const { gather } = contextOf(pointIn("use(a|, b);\n"), {
      files: { [uri]: own },
      definition: (name) => [{ uri, range: nameIn(own, `const ${name === "a" ? "b" : "a"}`) }],
    });
    expect((await gather()).definitions.map(({ record }) => record.text)).toEqual([
      "export const b = a;",
      "export const a = b;",
    ]);
  });

  it("within the excerpt are left out, and of the same document beyond it are read from the captured text", async () => {
    const lines = Array.from({ length: 1_000 }, (_, line) => `export const line${line} = "${"x".repeat(40)}";`);
    const text = lines.join("\n");
    const here = pointIn(text.replace("line500", "line500|"));
    const context = contextOf(here, {
      definition: (name) =>
        name === "line500"
          ? ["line500 ", "line501 ", "line3 "].map((each) => ({ uri: here.uri, range: nameIn(text, each) }))
          : [],
    });
    const { definitions } = await context.gather();
    expect(definitions.map(({ record }) => [record.path, record.startLine, record.text])).toEqual([
      ["src/main.ts", 3, lines[3]],
    ]);
    expect(context.read).toEqual([]);
  });

  it("in files with CRLF have the positions of the editor and LF", async () => {
    const crlf = basket.replaceAll("\n", "\r\n");
    const { gather } = contextOf(point, {
      files: { [uri]: crlf },
      definition: (name) => (name === "total" ? [{ uri, range: nameIn(basket, "total") }] : []),
    });
    const [definition] = (await gather()).definitions;
    expect(definition?.record.text).toContain("export function total");
    expect(definition?.unclipped).toContain("interface Basket {\n  items");
  });

  it("of installed packages are external and go by the package's path, also within the workspace", async () => {
    const inside = uriOf("node_modules/@scope/tax/index.d.ts");
    const outside = "file:///home/ada/.cargo/registry/src/index.crates.io-6f17d22bba15001f/serde-1.0.0/src/lib.rs";
    const { gather } = contextOf(point, {
      files: { [inside]: "export function total(): void;\n", [outside]: "pub trait Basket;\n" },
      definition: (name) => [
        name === "total"
          ? { uri: inside, range: nameIn("export function total(): void;\n", "total") }
          : { uri: outside, range: nameIn("pub trait Basket;\n", "Basket") },
      ],
    });
    const { definitions } = await gather();
    expect(definitions.map(({ uri: at, record }) => [at, record.path, record.external])).toEqual([
      [outside, "serde-1.0.0/src/lib.rs", true],
      [inside, "@scope/tax/index.d.ts", true],
    ]);
  });

  it("from anywhere else are not even read", async () => {
    const elsewhere = [
      "file:///home/ada/secret/a.ts",
      "untitled:Untitled-1",
      "git:/work/shop/src/a.ts?x",
      "vscode-vfs://x/a.ts",
    ];
    const context = contextOf(point, {
      definition: (name) => (name === "total" ? elsewhere.map((each) => ({ uri: each, range: nameIn("a", "a") })) : []),
    });
    const { definitions, leftOut } = await context.gather();
    expect(definitions).toEqual([]);
    expect(context.read).toEqual([]);
    expect(counted(leftOut)).toEqual({ definitionsElsewhere: 4 });
  });

  it("whose file cannot be read are counted", async () => {
    const context = contextOf(point, {
      text: async (each) => {
        if (each === uri) return null;
        throw new Error("EACCES");
      },
      definition: (name) => [{ uri: name === "total" ? uri : uriOf("b.ts"), range: nameIn("a", "a") }],
    });
    expect(counted((await context.gather()).leftOut)).toEqual({ definitionsUnreadable: 3 });
  });
});

describe("what goes wrong", () => {
  const answers = (name: string): readonly LookupTarget[] =>
    name === "total" ? [{ uri, range: nameIn(basket, "total") }] : [];

  it("a provider that throws costs its own answer alone", async () => {
    const { gather } = contextOf(point, {
      files: { [uri]: basket },
      definition: answers,
      typeDefinition: () => {
        throw new Error("no type");
      },
    });
    const { definitions, leftOut } = await gather();
    expect(definitions).toHaveLength(1);
    expect(counted(leftOut)).toEqual({ definitionsFailed: 3 });
  });

  it("what has not come within a second is left out and counted, and the rest is there", async () => {
    const late = Promise.withResolvers<readonly LookupTarget[]>();
    const context = contextOf(point, {
      files: { [uri]: basket },
      definition: (name) => (name === "basket" ? late.promise : answers(name)),
      repository: () => new Promise(() => undefined),
    });
    const gathering = context.gather();
    await context.clock.advanceAsync(999);
    let isThere = false;
    void gathering.then(() => {
      isThere = true;
    });
    await context.clock.advanceAsync(0);
    expect(isThere).toBe(false);
    await context.clock.advanceAsync(1);
    const { definitions, repo, leftOut } = await gathering;
    expect(definitions.map(({ record }) => record.symbol)).toEqual(["total"]);
    expect(repo).toBeUndefined();
    expect(counted(leftOut)).toEqual({ definitionsLate: 1, repo: 1 });
    expect(context.clock.pendingTimers).toBe(0);
    late.resolve([{ uri, range: nameIn(basket, "Basket") }]);
    await context.clock.advanceAsync(10_000);
    expect(definitions).toHaveLength(1);
  });

  it("asks nothing more once time is up, and leaves no timer behind", async () => {
    const names = Array.from({ length: 30 }, (_, at) => `name${at}`).join(", ");
    const never = () => new Promise<never>(() => undefined);
    const context = contextOf(pointIn(`${names}|\n`), { definition: never, typeDefinition: never });
    const gathering = context.gather();
    await context.clock.advanceAsync(1_000);
    expect(counted((await gathering).leftOut)).toEqual({ definitionsLate: 60 });
    const before = context.asked.length;
    await context.clock.advanceAsync(10_000);
    expect(context.asked).toHaveLength(before);
    expect(before).toBe(4);
    expect(context.clock.pendingTimers).toBe(0);
  });

  it("ends at once when nobody waits any more", async () => {
    const context = contextOf(point, { definition: () => new Promise(() => undefined) });
    const gathering = context.gather();
    context.controller.abort();
    expect((await gathering).definitions).toEqual([]);
    expect(context.clock.pendingTimers).toBe(0);
  });

  it("answers about a text that has changed since are dropped", async () => {
    let changed: string | null = null;
    const context = contextOf(point, {
      files: { [uri]: basket },
      definition: answers,
      isUnchanged: (each) => each !== changed,
    });
    changed = point.uri;
    expect(counted((await context.gather()).leftOut)).toEqual({ definitionsStale: 6 });
    changed = uri;
    expect(counted((await context.gather()).leftOut)).toEqual({ definitionsStale: 1 });
  });

  it("a target beyond the end of its file is none", async () => {
    const { gather } = contextOf(point, {
      files: { [uri]: "" },
      definition: () => [{ uri, range: { start: { line: 99, character: 9 }, end: { line: 99, character: 12 } } }],
    });
    expect((await gather()).definitions).toEqual([]);
  });
});

describe("limits", () => {
  it("names beyond the fortieth are not asked about, and counted", async () => {
    const context = contextOf(pointIn(`|${Array.from({ length: 50 }, (_, at) => `name${at}`).join(", ")}\n`));
    expect(counted((await context.gather()).leftOut)).toEqual({ identifiers: 10 });
    expect(context.asked).toHaveLength(80);
  });

  it("nothing more is asked once there is no more room", async () => {
    const big = Array.from({ length: 60 }, (_, at) => `function name${at}(${"argument, ".repeat(90)}) {}`).join("\n");
    const context = contextOf(pointIn(`|${Array.from({ length: 38 }, (_, at) => `name${at}`).join(", ")}\n`), {
      files: { [uri]: big },
      definition: (name) => [{ uri, range: nameIn(big, `${name}(`) }],
    });
    const { definitions, leftOut } = await context.gather();
    expect(definitions).toHaveLength(8);
    expect(leftOut["definitions"]).toBeGreaterThan(0);
    expect(context.asked.length).toBeLessThan(30);
  });

  it("a file of two megabytes in one declaration costs a look at its beginning", async () => {
    const huge = `export class Huge {\n${"  method(): void {\n    work();\n  }\n".repeat(60_000)}}\n`;
    const { gather } = contextOf(point, {
      files: { [uri]: huge },
      definition: () => [{ uri, range: { start: { line: 0, character: 0 }, end: { line: 180_001, character: 1 } } }],
    });
    const [definition] = (await gather()).definitions;
    expect(utf8Length(definition?.record.text ?? "")).toBeLessThanOrEqual(SNAPSHOT_LIMITS.definitionBytes);
    expect(definition?.record.text.endsWith("…")).toBe(true);
    expect(definition?.unclipped.length).toBeLessThan(25_000);
  });

  it("whatever the files hold and servers say, the snapshot is valid and what was clipped stands unclipped beside it", async () => {
    const line = fc.oneof(
      fc.constantFrom(
        "class A {",
        "}",
        "  b() {",
        "  }",
        "",
        "def f(a,",
        "    b):",
        "        x = [",
        "\t]",
        "end",
        "…",
        "`$" + "{a}`",
        "'",
      ),
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.string({ unit: "grapheme", maxLength: 300 }),
    );
    const file = fc.array(line, { maxLength: 120 }).map((lines) => lines.join("\n"));
    const position = fc.record({ line: fc.nat(130), character: fc.nat(320) });
    const range = fc.record({ start: position, end: position });
    const target = fc.record(
      { uri: fc.constantFrom(uri, uriOf("b.py"), point.uri), range, name: range },
      { requiredKeys: ["uri", "range"] },
    );
    const anyLanguage = fc.constantFrom("typescript", "python", "rust", "go", "csharp", "plaintext");
    await fc.assert(
      fc.asyncProperty(
        file,
        file,
        fc.array(target, { maxLength: 6 }),
        anyLanguage,
        async (one, other, targets, languageId) => {
          const from = pointIn("use(a, b|, c, d, e, f);\n", { languageId });
          const { gather } = contextOf(from, {
            files: { [uri]: one, [uriOf("b.py")]: other },
            definition: () => targets,
            typeDefinition: () => targets.toReversed(),
          });
          const context = await gather();
          const { snapshot } = assembleCapture(from, context, undefined);
          expect(parseRecord(snapshotSchema, snapshot).ok).toBe(true);
          for (const { record, unclipped } of context.definitions) {
            const shown = record.text.split("\n").filter((each) => !each.endsWith("…"));
            for (const each of shown) expect(unclipped.includes(each)).toBe(true);
          }
        },
      ),
      { numRuns: 100, endOnFailure: true },
    );
  });
});
