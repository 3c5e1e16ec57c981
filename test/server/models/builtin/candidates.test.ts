import { describe, expect, it } from "vitest";
import { builtinCandidates } from "../../../../server/models/builtin/index.ts";
import type { Story } from "./editing.ts";
import { CURSOR, snapshotOf } from "./editing.ts";

/** The best candidates that change something. */
function proposed(story: Story, n = 10): string[] {
  return builtinCandidates(snapshotOf(story), n).flatMap((candidate) => ("text" in candidate ? [candidate.text] : []));
}

describe("repeating a replacement", () => {
  it("leaves places alone where it has been made already", () => {
    const texts = proposed({
      states: ["load(a)\nload(b)\nawait load(c)\n", `await load(a)${CURSOR}\nload(b)\nawait load(c)\n`],
    });
    expect(texts[0]).toBe("await load(a)\nawait load(b)\nawait load(c)\n");
    for (const text of texts) expect(text).not.toContain("await await");
  });

  it("does not cut words", () => {
    const texts = proposed({ states: ["log(x)\ncatalog(x)\n", `trace(x)${CURSOR}\ncatalog(x)\n`] });
    for (const text of texts) expect(text).not.toContain("catrace");
  });

  it("keeps the indentation of the place", () => {
    const texts = proposed({
      elsewhere: [{ path: "src/b.ts", before: "open()\nread()\n", after: "open()\nconst all = read()\n" }],
      states: [`function f() {\n    open()\n    read()\n}${CURSOR}\n`],
    });
    expect(texts[0]).toBe("function f() {\n    open()\n    const all = read()\n}\n");
  });

  it("forgets a replacement that was taken back", () => {
    const texts = proposed({ states: ["a = 10\nb = 10\n", "a = 20\nb = 10\n", `a = 10${CURSOR}\nb = 10\n`] });
    expect(texts).toEqual([]);
  });
});

describe("finishing a rename", () => {
  it("renames whole words only, in the region only", () => {
    const [first] = proposed({
      states: [
        "let size = 1\nuse(size)\nresize(size)\nsize++\n",
        `let count = 1${CURSOR}\nuse(size)\nresize(size)\nsize++\n`,
      ],
      region: { start: 0, end: 3 },
    });
    expect(first).toBe("let count = 1\nuse(count)\nresize(count)\n");
  });

  it("knows no rename where one name became two", () => {
    const texts = proposed({ states: ["f(a)\ng(a)\nh(a, a)\n", `f(b)\ng(c)${CURSOR}\nh(a, a)\n`] });
    expect(texts).not.toContain("f(b)\ng(c)\nh(b, b)\n");
  });
});

describe("closing what was opened", () => {
  it("closes brackets and quotes, innermost first", () => {
    expect(proposed({ states: ["go();\n", `go();\nrun([f("x${CURSOR}\n`] })).toContain('go();\nrun([f("x")]);\n');
  });

  it("leaves an apostrophe in prose alone", () => {
    expect(proposed({ path: "notes.md", states: ["One.\n", `One.\nIt isn't done${CURSOR}\n`] })).toEqual([]);
  });

  it("leaves a bracket alone whose block follows", () => {
    expect(proposed({ states: ["  a()\n}\n", `if (x) {${CURSOR}\n  a()\n}\n`] })).toEqual([]);
  });
});

describe("a file whose last line has no line end", () => {
  it("gets new lines below that line, not behind its text", () => {
    expect(proposed({ states: ["open(a)\nx = 1\nopen(b)", `open(a)\ncheck(a)${CURSOR}\nx = 1\nopen(b)`] })[0]).toBe(
      "open(a)\ncheck(a)\nx = 1\nopen(b)\ncheck(b)",
    );
    const states = ["f1: open(1),", "f1: open(1),\nf2: open(2),"];
    expect(proposed({ states: [states[0] ?? "", `${states[1]}${CURSOR}`] })).toContain(`${states[1]}\nf3: open(3),`);
  });
});

describe("the same history and another file", () => {
  it("proposes nothing where nothing matches", () => {
    const texts = proposed({
      elsewhere: [{ path: "src/b.ts", before: "const a = parse(x)\n", after: "const a = decode(x)\n" }],
      states: [`export class Queue {}${CURSOR}\n`],
    });
    expect(texts).toEqual([]);
  });
});
