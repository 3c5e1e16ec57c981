import { describe, expect, it } from "vitest";
import type { ContentChange } from "../../../extension/capture/document.ts";
import { trackedDocument } from "../../../extension/capture/document.ts";
import { originOf } from "../../../extension/capture/edit-origin.ts";

/** A change as VS Code reports it: line, character, length on that line (or where it ends), text. */
type Change = readonly [line: number, character: number, end: number | readonly [number, number], text: string];

function originIn(text: string, changes: readonly Change[], cursors?: number) {
  const document = trackedDocument({
    uri: "file:///project/a.ts",
    path: "a.ts",
    folder: "file:///project",
    languageId: "typescript",
    eol: "lf",
    version: 1,
    text,
  });
  const asReported = changes.map(([line, character, end, inserted]): ContentChange => {
    const stop = typeof end === "number" ? [line, character + end] : end;
    return {
      start: { line, character },
      end: { line: stop[0] ?? 0, character: stop[1] ?? 0 },
      text: inserted,
    };
  });
  const applied = document.apply({ version: 2, changes: asReported, reason: undefined });
  if (!applied.ok) throw new Error("the test's own change does not fit");
  return originOf(applied.edits, { reason: undefined, ...(cursors === undefined ? {} : { cursors }) });
}

const twoLines = "  const a = 1;\n  f(b)\n";

describe("what one key does is typed", () => {
  it.each<[string, string, Change[]]>([
    ["a letter", twoLines, [[0, 8, 0, "x"]]],
    ["a letter over a selection", twoLines, [[0, 2, 12, "x"]]],
    ["a space", twoLines, [[0, 8, 0, " "]]],
    ["a letter with an accent of its own", twoLines, [[0, 8, 0, "e\u0301"]]],
    ["a flag", twoLines, [[0, 8, 0, "🇪🇺"]]],
    ["an emoji with a skin", twoLines, [[0, 8, 0, "👍🏽"]]],
    ["a heart in red", twoLines, [[0, 8, 0, "❤️"]]],
    ["an emoji of several code points", twoLines, [[0, 8, 0, "👩‍👩‍👧"]]],
    ["a bracket that is closed by itself", twoLines, [[0, 8, 0, "()"]]],
    ["a quote that is closed by itself", twoLines, [[0, 8, 0, '""']]],
    ["the second star of a comment's start", "/*", [[0, 2, 0, "* */"]]],
    ["the third quote of three", '""', [[0, 2, 0, '""""']]],
    ["Enter, with the indentation that comes by itself", twoLines, [[0, 14, 0, "\n  "]]],
    ["Enter in a document with CRLF", twoLines, [[0, 14, 0, "\r\n  "]]],
    ["Enter between brackets", "f({})", [[0, 3, 0, "\n    \n"]]],
    ["Enter in a comment", "/**\n */", [[0, 3, 0, "\n * "]]],
    [
      "Enter on a line with nothing but its indentation",
      "a\n    \n",
      [
        [1, 4, 0, "\n    "],
        [1, 0, 4, ""],
      ],
    ],
    ["a closing bracket that takes its indentation back", "{\n    \n", [[1, 0, 4, "}"]]],
    ["Tab", twoLines, [[0, 0, 0, "    "]]],
    ["a tab character", twoLines, [[0, 0, 0, "\t"]]],
    [
      "Tab over several lines",
      twoLines,
      [
        [1, 0, 2, "    "],
        [0, 0, 2, "    "],
      ],
    ],
    [
      "Shift-Tab over several lines",
      "    a\n    b\n",
      [
        [1, 0, 4, "  "],
        [0, 0, 4, "  "],
      ],
    ],
    ["Backspace", twoLines, [[0, 7, 1, ""]]],
    ["Backspace over a tab stop", twoLines, [[0, 0, 2, ""]]],
    ["deleting a word", twoLines, [[0, 2, 6, ""]]],
    ["deleting a long selection", "line\n".repeat(50), [[0, 0, [40, 0], ""]]],
    [
      "a letter at three cursors",
      "a\na\na\n",
      [
        [2, 1, 0, "x"],
        [1, 1, 0, "x"],
        [0, 1, 0, "x"],
      ],
    ],
    [
      "Enter at two cursors of different depth",
      "  a\n    b\n",
      [
        [1, 5, 0, "\n    "],
        [0, 3, 0, "\n  "],
      ],
    ],
    [
      "a word deleted at two cursors",
      "foo a\nlonger b\n",
      [
        [1, 0, 7, ""],
        [0, 0, 4, ""],
      ],
    ],
    [
      "a selection put in brackets",
      twoLines,
      [
        [0, 9, 0, ")"],
        [0, 8, 0, "("],
      ],
    ],
    ["the first letter of a composition", "x = ''", [[0, 5, 0, "n"]]],
    ["a letter more in a composition", "x = 'n'", [[0, 5, 1, "ni"]]],
    ["the next syllable in a composition", "x = 'ni'", [[0, 5, 2, "ni h"]]],
    ["a letter taken back in a composition", "x = 'nih'", [[0, 5, 3, "ni"]]],
    ["what the composition meant", "x = 'ni hao'", [[0, 5, 6, "你好"]]],
    ["a syllable that takes shape", "x = '하'", [[0, 5, 1, "한"]]],
    ["an accent put on a letter", "x = 'e'", [[0, 5, 1, "é"]]],
  ])("%s", (_, text, changes) => {
    expect(originIn(text, changes)).toBe("typed");
  });
});

describe("what nobody can tell is unknown", () => {
  const renamed: Change[] = [
    [2, 7, 5, "total"],
    [1, 9, 5, "total"],
    [0, 6, 5, "total"],
  ];
  it.each<[string, string, Change[]]>([
    ["a completion accepted", "con", [[0, 0, 3, "console"]]],
    ["a short paste", twoLines, [[0, 8, 0, "= compute()"]]],
    ["two letters at once", twoLines, [[0, 8, 0, "ab"]]],
    ["two emoji at once", twoLines, [[0, 8, 0, "🙂🙂"]]],
    ["a snippet", "for", [[0, 0, 3, "for (const item of items) {\n  \n}"]]],
    ["a rename in three places", "const count = 1;\nuse(1, 1, count);\nreturn count;\n".replace("1, 1", "1"), renamed],
    [
      "a formatter that puts spaces in",
      "a=1;\nf( b )\n",
      [
        [1, 4, 1, ""],
        [1, 2, 1, ""],
        [0, 2, 0, " "],
        [0, 1, 0, " "],
      ],
    ],
    [
      "a formatter that puts two spaces in, on one line",
      "a=1;\n",
      [
        [0, 2, 0, " "],
        [0, 1, 0, " "],
      ],
    ],
    [
      "white space trimmed at the ends of lines",
      "a  \nbcd  \n",
      [
        [1, 3, 2, ""],
        [0, 1, 2, ""],
      ],
    ],
    [
      "two lines commented out",
      "a();\nb();\n",
      [
        [1, 0, 0, "// "],
        [0, 0, 0, "// "],
      ],
    ],
    [
      "a line moved down",
      "a();\nb();\n",
      [
        [1, 4, 0, "\na();"],
        [0, 0, [1, 0], ""],
      ],
    ],
  ])("%s", (_, text, changes) => {
    expect(originIn(text, changes)).toBe("unknown");
  });

  it("the same letter in more places than there are cursors: a formatter that adds semicolons", () => {
    const changes: Change[] = [
      [1, 1, 0, ";"],
      [0, 1, 0, ";"],
    ];
    expect(originIn("a\nb\n", changes, 1)).toBe("unknown");
    expect(originIn("a\nb\n", changes, 2)).toBe("typed");
  });

  it("but one cursor may indent a selection, and put it in quotes", () => {
    expect(
      originIn(
        "a b",
        [
          [0, 3, 0, "'"],
          [0, 0, 0, "'"],
        ],
        1,
      ),
    ).toBe("typed");
    expect(
      originIn(
        "a\nb\n",
        [
          [1, 0, 0, "\t"],
          [0, 0, 0, "\t"],
        ],
        1,
      ),
    ).toBe("typed");
  });
});

describe("what is too big for a key", () => {
  const block = "  doThis();\n".repeat(8);
  it.each<[string, string, Change[], string]>([
    ["8 lines put in are pasted", twoLines, [[1, 0, 0, block]], "pasted"],
    ["7 lines are not known to be", twoLines, [[1, 0, 0, "  doThis();\n".repeat(7)]], "unknown"],
    ["200 characters are pasted", twoLines, [[0, 8, 0, "ab".repeat(100)]], "pasted"],
    ["199 are not known to be", twoLines, [[0, 8, 0, "a b".repeat(66)]], "unknown"],
    ["a paste over a word is pasted", twoLines, [[0, 8, 1, block]], "pasted"],
    [
      "the same paste at two cursors is pasted",
      "a\nb\n",
      [
        [1, 1, 0, block],
        [0, 1, 0, block],
      ],
      "pasted",
    ],
    ["a file read again after a branch switch is bulk", block, [[0, 0, [8, 0], "new\n".repeat(40)]], "bulk"],
    [
      "a formatter that puts a whole function anew among others is bulk",
      block,
      [
        [7, 0, 2, ""],
        [0, 0, [6, 0], "  doThat();\n".repeat(9)],
      ],
      "bulk",
    ],
  ])("%s", (_, text, changes, origin) => {
    expect(originIn(text, changes)).toBe(origin);
  });
});

describe("what is told", () => {
  const edit = [{ start: 0, end: 0, newText: "x", removed: "", position: { line: 0, character: 0 } }];
  it("is undo by VS Code's reason, whatever its shape, and redo likewise", () => {
    expect(originOf(edit, { reason: "undo" })).toBe("undo");
    expect(originOf(edit, { reason: "redo" })).toBe("undo");
  });
  it("is a prediction where we applied it", () => {
    expect(originOf(edit, { reason: undefined }, "prediction")).toBe("prediction");
  });
});
