/** A declaration out of a text: how far it goes, and what of it is left out. */
import { describe, expect, it } from "vitest";
import type { DeclaredSymbol } from "../../../extension/context/lookups.ts";
import { outlineOf } from "../../../extension/context/outline.ts";
import { lineStarts } from "../../../shared/text/lines.ts";
import { utf8Length } from "../../../shared/text/utf8.ts";
import { nameIn } from "./support.ts";

/** By the name alone, as servers give it that know no more. */
function outline(text: string, name: string, languageId = "typescript", symbols: readonly DeclaredSymbol[] = []) {
  const source = { text, languageId, symbols, starts: lineStarts(text) };
  return outlineOf(source, { uri: "file:///work/a", range: nameIn(text, name) });
}
const long = (indentation: string) =>
  `${indentation}const counted = values.filter((value) => value !== "}");\n`.repeat(12);

describe("without anybody's word how far a declaration goes", () => {
  it("ends at its closing bracket, whatever strings, comments and templates hold", () => {
    const text = "function a(b: string) {\n  // }\n  return `}$" + "{{ b }.b}}` + '}' + \"}\";\n}\nfunction c() {}\n";
    expect(outline(text, "a(")?.text).toBe(text.slice(0, text.indexOf("\nfunction c")));
  });

  it("ends with its line, or where the lines that belong to it end", () => {
    const text = "const a = 1\nconst b =\n  2\nconst c = [\n  3,\n]\nconst d = 4\n";
    expect(outline(text, "a =")?.text).toBe("const a = 1");
    expect(outline(text, "b =")?.text).toBe("const b =\n  2");
    expect(outline(text, "c =")?.text).toBe("const c = [\n  3,\n]");
  });

  it("is a member alone, and not what it stands in", () => {
    const text = "interface A {\n  one: string;\n  two: number\n}\nlet x;\n";
    expect(outline(text, "one")?.text).toBe("  one: string;");
    expect(outline(text, "two")?.text).toBe("  two: number");
  });

  it("takes a brace of its own line along, as in C#", () => {
    const text = "public int A()\n{\n    return 1;\n}\n\npublic int B() => 2;\n";
    expect(outline(text, "A(", "csharp")?.text).toBe("public int A()\n{\n    return 1;\n}");
  });

  it("goes by indentation in Python and Ruby", () => {
    const python = "def a(\n    b,\n):\n    if b:\n\n        return 1\n\n\ndef c():\n    pass\n";
    expect(outline(python, "a(", "python")?.text).toBe("def a(\n    b,\n):\n    if b:\n\n        return 1");
    const ruby = "class A\n  def b\n    1\n  end\nend\nclass C\nend\n";
    expect(outline(ruby, "A", "ruby")?.text).toBe("class A\n  def b\n    1\n  end\nend");
  });
});

describe("bodies of more than 512 bytes", () => {
  it("are left out of a function", () => {
    expect(outline(`function a() {\n${long("  ")}}\nlet b;\n`, "a(")?.text).toBe("function a() {\n  …\n}");
  });

  it("are left out of the methods of a class, which keeps its outline", () => {
    const text = `class A {\n  field = 1;\n  one() {\n${long("    ")}  }\n  two() {\n    return 2;\n  }\n}\n`;
    expect(outline(text, "A ")?.text).toBe(
      "class A {\n  field = 1;\n  one() {\n    …\n  }\n  two() {\n    return 2;\n  }\n}",
    );
  });

  it("are left out of Python's, too", () => {
    const text = `class A:\n    field = 1\n\n    def one(self):\n${long("        ")}\n    def two(self):\n        return 2\n`;
    expect(outline(text, "A:", "python")?.text).toBe(
      "class A:\n    field = 1\n\n    def one(self):\n        …\n\n    def two(self):\n        return 2",
    );
  });

  it("are those that symbols say, where there are symbols", () => {
    // Nothing in the words says that this is a container.
    const text = `register Shop {\n  one() {\n${long("    ")}  }\n}\n`;
    const last = text.split("\n").length - 2;
    const to = (line: number) => ({ line, character: 1 });
    const shop: DeclaredSymbol = {
      isContainer: true,
      range: { start: { line: 0, character: 0 }, end: to(last) },
      name: nameIn(text, "Shop"),
      children: [
        { isContainer: false, range: { start: to(1), end: to(last - 1) }, name: nameIn(text, "one"), children: [] },
      ],
    };
    expect(outline(text, "Shop", "typescript", [shop])?.text).toBe("register Shop {\n  one() {\n    …\n  }\n}");
  });
});

describe("a declaration that is too long all the same", () => {
  it("keeps whole lines from its beginning", () => {
    const text = `interface A {\n${"  a_field: string;\n".repeat(100)}}\n`;
    const found = outline(text, "A ");
    expect(utf8Length(found?.text ?? "")).toBeLessThanOrEqual(1_024);
    expect(found?.text).toMatch(/^interface A \{\n(?: {2}a_field: string;\n){40,}…$/u);
  });

  it("is cut between two characters where it is one line", () => {
    const found = outline(`const a = "${"😀".repeat(1_000)}";\n`, "a =");
    expect(utf8Length(found?.text ?? "")).toBeLessThanOrEqual(1_024);
    expect(found?.text).toMatch(/^const a = "😀+…$/u);
  });

  it("begins where it begins when the line holds many others", () => {
    const text = `${"const a = 1; ".repeat(50)}const wanted = 2; const b = 3;\n`;
    expect(outline(text, "wanted")?.text).toBe("wanted = 2; const b = 3;");
  });
});
