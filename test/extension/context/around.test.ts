/** Which names are asked about, what their files are called, and which diagnostics count. */
import { describe, expect, it } from "vitest";
import { freezePoint } from "../../../extension/capture/capture-point.ts";
import { trackedDocument } from "../../../extension/capture/document.ts";
import type { EditorDiagnostic } from "../../../extension/capture/editor-view.ts";
import { describeDiagnostics } from "../../../extension/context/diagnostics.ts";
import { identifiersAround } from "../../../extension/context/identifiers.ts";
import { placeOf } from "../../../extension/context/place.ts";

/** In the order in which they are asked about; the cursor is at `|`. */
function names(marked: string, languageId = "typescript"): string[] {
  const before = marked.slice(0, marked.indexOf("|")).split("\n");
  const cursor = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  return identifiersAround({ text: marked.replace("|", ""), startLine: 0, languageId }, cursor).map(({ name }) => name);
}

describe("names around a cursor", () => {
  it("are those on three lines either side, the nearest first, above before below", () => {
    expect(names("l1;\nl2;\nl3;\nl4;\nfar(near|);\nl6;\nl7;\nl8;\nl9;\n")).toEqual([
      ...["near", "far", "l4", "l6", "l3", "l7", "l2", "l8"],
    ]);
  });

  it("stand where they are in the document", () => {
    const text = "const ä𝒳 = größe;\n";
    expect(identifiersAround({ text, startLine: 7, languageId: "typescript" }, { line: 7, character: 0 })).toEqual([
      { name: "ä𝒳", at: { line: 7, character: 6 } },
      { name: "größe", at: { line: 7, character: 12 } },
    ]);
  });

  it("are not what comments and strings say, but what a template's code does", () => {
    expect(names("// no\n/* no\nno */ yes('no', \"no\", `no $" + "{inner({ a: `$" + "{deep}` })} no`)|\n")).toEqual([
      ...["deep", "a", "inner", "yes"],
    ]);
    expect(names('x = yes(\'no\')  # no\n|"""no\nno"""\n', "python")).toEqual(["x", "yes"]);
    expect(names("fn yes<'a>(b: &'a str) -> char { 'n' }|\n", "rust")).toEqual(["str", "a", "b", "yes"]);
    expect(names("yes -- no\n|\n", "sql")).toEqual(["yes"]);
  });

  it("include those of the signature that the cursor stands under, past branches and loops", () => {
    const gap = "\n".repeat(5);
    expect(names(`outside();\nfunction f(\n  a: A,\n): B {\n  if (no(x)) {${gap}    |\n  }\n}\n`)).toEqual([
      "B",
      "a",
      "A",
      "f",
    ]);
    expect(
      names(`outside()\nclass C:\n    def m(self, a: A):\n        for i in no:${gap}            |`, "python"),
    ).toEqual([...["m", "a", "A"]]);
    expect(names(`void No() {}\nint M(A a)\n{\n    no();${gap}    |\n}\n`, "csharp")).toEqual(["M", "A", "a"]);
    expect(names(`no();\nitems.map((item: Item) => {\n  no();${gap}  |\n});\n`)).toEqual([
      "items",
      "map",
      "item",
      "Item",
    ]);
  });

  it("are none where no line is", () => {
    expect(names("|")).toEqual([]);
  });
});

describe("what a definition's file is called", () => {
  const folders = ["file:///work", "file:///work/inner"];
  const of = (uri: string) => placeOf(uri, folders, "linux");

  it("is its path in the innermost workspace folder", () => {
    expect(of("file:///work/inner/a%20b.ts")).toEqual({ path: "a b.ts", external: false });
    expect(of("file:///work/innermost/a.ts")).toEqual({ path: "innermost/a.ts", external: false });
  });

  it("is the package's, wherever that is, but in a folder of a package that is itself open", () => {
    expect(of("file:///work/node_modules/a/b.d.ts")).toEqual({ path: "a/b.d.ts", external: true });
    expect(of("file:///usr/lib/python3.12/typing.py")).toEqual({ path: "typing.py", external: true });
    expect(placeOf("file:///x/node_modules/a/b.ts", ["file:///x/node_modules/a"], "linux")).toEqual({
      path: "b.ts",
      external: false,
    });
    expect(placeOf("file:///c%3A/Users/ada/p/node_modules/a/b.ts", ["file:///c%3A/Users/ada/p"], "win32")).toEqual({
      path: "a/b.ts",
      external: true,
    });
  });

  it("is nothing elsewhere: no path of a machine gets a name", () => {
    for (const uri of ["file:///home/ada/a.ts", "untitled:a", "git:/work/a.ts", "no address", "file:///work"]) {
      expect(of(uri), uri).toBeNull();
    }
  });
});

describe("diagnostics", () => {
  const text = `${Array.from({ length: 20 }, (_, line) => `line ${line}`).join("\n")}\n${"long ".repeat(200)}`;
  const document = trackedDocument({
    ...{ uri: "file:///work/a.ts", path: "a.ts", folder: "file:///work", languageId: "typescript" },
    ...{ eol: "lf", version: 1, text },
  });
  const at = (line: number, character = 0, more: Partial<EditorDiagnostic> = {}): EditorDiagnostic => ({
    start: { line, character },
    end: { line, character: character + 1 },
    severity: 1,
    message: `${line}:${character}`,
    ...more,
  });
  const described = (...shown: EditorDiagnostic[]) => describeDiagnostics(shown, document, { line: 10, character: 3 });

  it("come nearest to the cursor first, of two as near the graver", () => {
    const around = at(0, 0, { end: { line: 19, character: 0 }, message: "around" });
    expect(
      described(at(2), at(12), at(10, 0, { severity: 4 }), at(10, 3, { severity: 2 }), around, at(9)).map(
        (each) => each.message,
      ),
    ).toEqual(["around", "10:3", "10:0", "9:0", "12:0", "2:0"]);
  });

  it("have what the editor said, and the text of their lines", () => {
    expect(described(at(4, 2, { end: { line: 5, character: 1 }, source: "ts", code: 2345 }))).toEqual([
      { severity: 1, message: "4:2", source: "ts", code: 2345, startLine: 4, endLine: 5, snippet: "line 4\nline 5" },
    ]);
  });

  it("have short snippets and messages, cut between words", () => {
    const [first, second] = described(
      at(0, 0, { end: { line: 19, character: 0 } }),
      at(20, 0, { message: "word ".repeat(1_000) }),
    );
    expect(first?.snippet.split("\n")).toHaveLength(8);
    expect(second?.snippet).toMatch(/^(?:long )+long$/u);
    expect(second?.snippet.length).toBeLessThanOrEqual(512);
    expect(second?.message.length).toBeLessThanOrEqual(2_048);
  });

  it("far from the excerpt have what stands around them beside the snapshot, for redaction", () => {
    const far = trackedDocument({
      ...{ uri: "file:///work/a.ts", path: "a.ts", folder: "file:///work", languageId: "typescript" },
      ...{ eol: "lf", version: 1, text: Array.from({ length: 3_000 }, (_, line) => `line ${line} of many`).join("\n") },
    });
    const cursor = { line: 0, character: 0 };
    const frozen = freezePoint({
      document: far,
      cursor,
      enclosing: [],
      history: [],
      diagnostics: describeDiagnostics([at(2_500), at(2_500, 3), at(1)], far, cursor),
      trigger: "typing",
      versions: { editor: "1.91.0", extension: "0.1.0" },
      nowMs: 0,
      documentOf: () => undefined,
    });
    const around = frozen.ok ? frozen.point.surroundings : [];
    expect(around).toHaveLength(2);
    expect(around[1]?.split("\n").slice(0, 1)).toEqual(["line 2436 of many"]);
    expect(around[1]).toContain("\nline 2564 of many");
  });

  it("of a longer text are moved into this one", () => {
    expect(described(at(99))[0]).toMatchObject({ startLine: 20, endLine: 20 });
  });
});
