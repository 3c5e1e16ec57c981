import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outlineOf } from "../../../server/syntax/declarations.ts";
import { grammars } from "../../../server/syntax/grammars.ts";
import { Syntax } from "../../../server/syntax/syntax.ts";

let syntax: Syntax;
beforeAll(async () => {
  syntax = await Syntax.load();
});
afterAll(() => {
  syntax.dispose();
});

async function declared(languageId: string, text: string, maxBytes = 1_024): Promise<Record<string, string>> {
  const tree = await syntax.parse(languageId, text);
  const declarations = tree?.declarations() ?? [];
  tree?.dispose();
  return Object.fromEntries(declarations.map((one) => [one.name, outlineOf(one, declarations, text, maxBytes)]));
}

describe("declarations", () => {
  it("of TypeScript are those that others can see, with what stands before them on their line", async () => {
    const text = `export const limit = 10;
export async function load(id: string) {
  const local = 1;
  return local;
}
export abstract class Shop<T> {
  readonly name = "";
  static async open(): Promise<void> {}
}
export interface Item { id: string }
type Items = Item[];
enum Kind { A }
namespace Inner { export function deep() {} }
const arrow = (a: number) => a;
declare function ambient(): void;
`;
    const found = await declared("typescript", text);
    expect(Object.keys(found)).toEqual([
      ...["limit", "load", "Shop", "name", "open", "Item", "Items", "Kind", "Inner", "deep", "arrow", "ambient"],
    ]);
    expect(found["limit"]).toBe("export const limit = 10;");
    expect(found["Item"]).toBe("export interface Item { id: string }");
    expect(found["deep"]).toBe("function deep() {}");
  });

  it.each([
    [
      "python",
      "X = 1\nclass A(B):\n    y = 2\n    def m(self):\n        z = 1\n\n@dec\ndef f(a):\n    return a\n",
      "X A y m f",
    ],
    [
      "go",
      "package p\nconst A = 1\nvar (\n  B = 2\n)\ntype T struct { a int }\nfunc F() {}\nfunc (t *T) M() {}\n",
      "A B T F M",
    ],
    [
      "rust",
      "struct S { a: u8 }\nimpl S { fn m(&self) {} }\ntrait Q { fn t(&self); }\nconst X: u8 = 1;\n",
      "S m Q t X",
    ],
    ["java", "class A {\n int f = 1;\n A() {}\n void m() { int l = 1; }\n}\n", "A f A m"],
    ["csharp", "namespace N { class A { int P { get; } void M() { } } }\n", "A P M"],
    [
      "cpp",
      "#define FOO 1\nnamespace n { class A { int f; void m() {} }; }\nint *g(int a) { return 0; }\n",
      "FOO A f m g",
    ],
    ["c", "typedef struct { int x; } S;\nstatic int f(void) { int local; return 0; }\n", "S x f"],
    ["ruby", "module M\n  X = 1\n  class A\n    def m(a)\n      b = 1\n    end\n  end\nend\n", "M X A m"],
    ["php", "<?php\nclass A { const X = 1; function m() { } }\nfunction f() {}\n", "A X m f"],
    ["shellscript", "f() {\n  x=1\n}\n", "f"],
    ["powershell", "function Load { param($a) $a }\nclass P { [int] $x }\n", "Load P"],
    ["javascriptreact", "export const A = () => <p/>;\nfunction B() { return <A/>; }\n", "A B"],
    ["css", "a { color: red }\n", ""],
  ])("of %s are found", async (languageId, text, names) => {
    const tree = await syntax.parse(languageId, text);
    expect(
      tree
        ?.declarations()
        .map(({ name }) => name)
        .join(" "),
    ).toBe(names);
    tree?.dispose();
  });

  it("show the outline of a class whose methods are long, and no long function's body", async () => {
    const body = `\n${"    step();\n".repeat(80)}  `;
    const text = `class A {\n  short() { return 1; }\n  long() {${body}}\n}\nfunction big(a) {${body}}\n`;
    const found = await declared("javascript", text);
    expect(found["A"]).toBe("class A {\n  short() { return 1; }\n  long() { … }\n}");
    expect(found["big"]).toBe("function big(a) { … }");
  });

  it("are cut behind a line where even the outline is too long", async () => {
    const text = `interface A {\n${Array.from({ length: 200 }, (_, i) => `  member${i}: string;\n`).join("")}}\n`;
    const outline = (await declared("typescript", text, 256))["A"] ?? "";
    expect(Buffer.byteLength(outline)).toBeLessThanOrEqual(256);
    expect(outline).toMatch(/^interface A \{\n {2}member0: string;\n[\s\S]*;\n…$/u);
    const wide = (await declared("typescript", `const a = "${"😀".repeat(400)}";\n`, 100))["a"] ?? "";
    expect(Buffer.byteLength(wide)).toBeLessThanOrEqual(100);
    expect(wide.isWellFormed()).toBe(true);
  });
});

describe("what encloses a place", () => {
  it("is given smallest first, in UTF-16 units, up to the whole text", async () => {
    const text = 'const face = "😀";\nfunction f() {\n  return g(1);\n}\n';
    const tree = await syntax.parse("typescript", text);
    const ranges = tree?.enclosing(text.indexOf("1")) ?? [];
    tree?.dispose();
    const texts = ranges.map(({ start, end }) => text.slice(start, end));
    expect(texts[0]).toBe("1");
    expect(texts).toContain("return g(1);");
    expect(texts).toContain("function f() {\n  return g(1);\n}");
    expect(texts.at(-1)).toBe(text);
    for (const [i, { start, end }] of ranges.entries()) {
      const inner = ranges[i - 1];
      if (inner) expect(start <= inner.start && end >= inner.end).toBe(true);
    }
  });

  it("is known in every language that has a grammar, at every place of any text", async () => {
    const text = "a = (b) {\n  c\n}\n# \u0000 é 😀 <?php `$x` ]\n";
    for (const languageId of Object.keys(grammars)) {
      const tree = await syntax.parse(languageId, text);
      expect(tree).not.toBeNull();
      for (let offset = 0; offset <= text.length; offset++) {
        for (const { start, end } of tree?.enclosing(offset) ?? []) expect(start <= offset && offset <= end).toBe(true);
      }
      tree?.declarations();
      tree?.dispose();
    }
  });
});

describe("a text that was made to hurt", () => {
  const chars = 60_000;
  it.each(["(", "[{", "`${", "f<a,", "*&a(", "a<", "a?b:", "\"'`", "<a>", "/*"])(
    "of %j without end has no tree, or has one soon",
    async (part) => {
      const text = part.repeat(Math.floor(chars / part.length));
      for (const languageId of ["typescript", "java", "cpp"]) {
        const tree = await syntax.parse(languageId, text);
        tree?.enclosing(text.length >> 1);
        tree?.declarations();
        tree?.dispose();
        const next = await syntax.parse(languageId, "class A { }\n");
        expect(next?.declarations().map(({ name }) => name)).toEqual(["A"]);
        next?.dispose();
      }
    },
  );

  it("has no tree where it is too long, or in a language without a grammar", async () => {
    expect(await syntax.parse("typescript", "a;\n".repeat(40_000))).toBeNull();
    expect(await syntax.parse("markdown", "# a\n")).toBeNull();
    expect(await syntax.parse("constructor", "a")).toBeNull();
  });
});
