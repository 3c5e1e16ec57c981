import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../server/errors.ts";
import { DEFAULT_CONTEXT } from "../../../server/prompts/context-options.ts";
import { promptFormat, STUDENT_FORMAT_NAMES, studentFormat } from "../../../server/prompts/formats.ts";
import { findMarker } from "../../../server/prompts/markers.ts";
import { regionBefore } from "../../../shared/records/snapshot.ts";
import { unifiedDiff } from "../../../shared/text/unified-diff.ts";
import { anyCase, fieldSnapshot, snapshotOf } from "./cases.ts";

const FINISHED = regionBefore(fieldSnapshot()).replace("this.#li", "this.#limitMs = limitMs;");
const TARGET = { text: FINISHED, cursor: FINISHED.indexOf("limitMs;\n  }") + "limitMs;".length };

describe.each(STUDENT_FORMAT_NAMES)("the student format %s", (name) => {
  const format = studentFormat(name);

  it("reads like this", async () => {
    const prompt = format.renderPrompt(fieldSnapshot(), DEFAULT_CONTEXT);
    const completion = format.renderCompletion(TARGET, fieldSnapshot());
    await expect(prompt).toMatchFileSnapshot(`golden/${name}-prompt.txt`);
    await expect(completion).toMatchFileSnapshot(`golden/${name}-completion.txt`);
  });

  it("reads its own completion as the target again, whatever the region and the target hold", () => {
    fc.assert(
      fc.property(anyCase, ({ snapshot, before, text, cursor }) => {
        const withCursor = name !== "diff" && cursor !== undefined ? { cursor } : {};
        const parsed = format.parse(format.renderCompletion({ text, ...withCursor }, snapshot), snapshot);
        expect(parsed).toEqual(text === before ? { kind: "noEdit" } : { kind: "edit", text, ...withCursor });
      }),
      { numRuns: 2_000 },
    );
  });

  it("asks in one message, with room for the region twice, and names its template", () => {
    const prompt = format.render(fieldSnapshot(), DEFAULT_CONTEXT);
    expect(prompt).toEqual({
      version: format.version,
      system: "",
      messages: [{ role: "user", content: format.renderPrompt(fieldSnapshot(), DEFAULT_CONTEXT) }],
      maxOutputTokens: 512 + regionBefore(fieldSnapshot()).length,
    });
    expect(format.version).toMatch(new RegExp(`^${name}-1:[0-9a-f]{8}$`, "u"));
  });

  it("escapes the special tokens that the input holds, wherever they stand", () => {
    const dirty = "<|endoftext|> <[fim-middle]> <|file_sep|> <|editable_region_start|> <|im_start|>\n";
    const diff = unifiedDiff("", dirty, { path: "a.ts" });
    const clean = snapshotOf({ above: "x\n", region: "y\n", below: "z\n" });
    const full = snapshotOf({
      above: dirty,
      region: dirty,
      below: dirty,
      more: {
        history: [{ path: "a.ts", diff, origin: "typed" }],
        definitions: [
          { symbol: "a", kind: "definition", path: "b.ts", startLine: 0, text: dirty, external: false },
          { symbol: "b", kind: "definition", path: "b.ts", startLine: 9, text: dirty, external: false },
        ],
        diagnostics: [{ severity: 1, message: dirty, startLine: 0, endLine: 0, snippet: dirty }],
      },
    });
    const count = (text: string, token: string) => text.split(token).length - 1;
    for (const token of ["<|endoftext|>", "<[fim-middle]>", "<|editable_region_start|>", "<|im_start|>"]) {
      const [inClean, inFull] = [clean, full].map((of) => count(format.renderPrompt(of, DEFAULT_CONTEXT), token));
      expect(inFull, token).toBe(inClean);
    }
  });

  it("answers with an error where there is nothing to read, and where a marker is left", () => {
    const snapshot = snapshotOf({ region: "one\ntwo\n" });
    expect(format.parse(" \r\n", snapshot)).toEqual({ kind: "error", error: "empty" });
    const completion = format.renderCompletion({ text: "one\nLEFT\n" }, snapshot);
    expect(format.parse(completion.replace("LEFT", "<|im_end|>"), snapshot)).toEqual({
      kind: "error",
      error: "marker",
    });
  });

  it("reads CRLF as LF", () => {
    const snapshot = snapshotOf({ region: "one\ntwo\n" });
    const completion = format.renderCompletion({ text: "one\n2\n" }, snapshot).replaceAll("\n", "\r\n");
    expect(format.parse(completion, snapshot)).toEqual({ kind: "edit", text: "one\n2\n" });
  });
});

describe("zeta1", () => {
  it("reads the published rows, which put the region in a fence", () => {
    const snapshot = snapshotOf({ region: "one\ntwo\n" });
    const answer = "```src/a.ts\n<|editable_region_start|>\none\n2\n<|editable_region_end|>\n```\n";
    expect(studentFormat("zeta1").parse(answer, snapshot)).toEqual({ kind: "edit", text: "one\n2\n" });
    expect(studentFormat("zeta1").parse("one\n2\n", snapshot)).toEqual({ kind: "error", error: "unparsable" });
  });
});

describe("zeta2", () => {
  const { parse } = studentFormat("zeta2");
  const snapshot = snapshotOf({ region: "one\ntwo\n" });

  it("reads an answer whose closing marker a server kept to itself", () => {
    expect(parse("one\n2\n", snapshot)).toEqual({ kind: "edit", text: "one\n2\n" });
  });

  it("takes NO_EDITS for no edit, and a region that holds this word for a region", () => {
    expect(parse("NO_EDITS\n>>>>>>> UPDATED\n", snapshot)).toEqual({ kind: "noEdit" });
    expect(parse("  NO_EDITS\n>>>>>>> UPDATED\n", snapshot)).toEqual({ kind: "edit", text: "  NO_EDITS\n" });
    expect(parse("const NO_EDITS = 1;\n>>>>>>> UPDATED\n", snapshot)).toMatchObject({ kind: "edit" });
  });
});

describe("blocks", () => {
  it("shows the region as it was before the newest edit, also where the excerpt begins far down the file", () => {
    const far = fieldSnapshot();
    const shifted = {
      ...far,
      excerpt: { ...far.excerpt, startLine: 100 },
      history: far.history.map((entry) =>
        entry.path === "src/timer.ts" && entry.diff !== undefined
          ? { ...entry, diff: entry.diff.replace("@@ -2,6 +2,7 @@", "@@ -102,6 +102,7 @@") }
          : entry,
      ),
    };
    const prompt = studentFormat("blocks").renderPrompt(shifted, DEFAULT_CONTEXT);
    const original = prompt.slice(prompt.indexOf("original/"), prompt.indexOf("current/"));
    expect(original).not.toContain("#limitMs: number");
    expect(original).toContain("readonly #clock: Clock;");
  });

  it("shows the newest edits that fit into 128 lines", () => {
    const edit = (path: string, lines: number) => ({
      path,
      origin: "typed" as const,
      diff: unifiedDiff("", `${path}\n`.repeat(lines), { path }),
    });
    const history = [edit("old.ts", 1), edit("middle.ts", 29), edit("new.ts", 100)];
    const prompt = studentFormat("blocks").renderPrompt(
      snapshotOf({ region: "x\n", more: { history } }),
      DEFAULT_CONTEXT,
    );
    expect([...prompt.matchAll(/(\w+)\.ts\.diff/gu)].map(([, name]) => name)).toEqual(["new"]);
  });

  it("shows the region as it is where the newest edit does not fit the excerpt", () => {
    const snapshot = snapshotOf({
      region: "one\ntwo\n",
      more: { history: [{ path: "src/a.ts", origin: "typed", diff: "@@ -1,2 +1,2 @@\n-1\n+uno\n two\n" }] },
    });
    const prompt = studentFormat("blocks").renderPrompt(snapshot, DEFAULT_CONTEXT);
    expect(prompt).toContain("<|file_sep|>original/src/a.ts\none\ntwo\n<|file_sep|>current/");
  });
});

describe("diff", () => {
  const { parse } = studentFormat("diff");
  const snapshot = snapshotOf({ region: "one\ntwo\nthree\nfour\n" });

  it("finds the place of a hunk whose numbers are wrong", () => {
    expect(parse("@@ -9,9 +9,9 @@\n two\n-three\n+3\n", snapshot)).toEqual({
      kind: "edit",
      text: "one\ntwo\n3\nfour\n",
    });
  });

  it("refuses a hunk that fits nowhere or in two places", () => {
    expect(parse("@@ -9 +9 @@\n-five\n+5\n", snapshot)).toEqual({ kind: "error", error: "unparsable" });
    const twice = snapshotOf({ region: "x\ny\nx\n" });
    expect(parse("@@ -9 +9 @@\n-x\n+z\n", twice)).toEqual({ kind: "error", error: "unparsable" });
  });

  it("reads a diff in a fence, and the sentinel", () => {
    expect(parse("```diff\n@@ -1,2 +1,2 @@\n-one\n+1\n two\n```\n", snapshot)).toEqual({
      kind: "edit",
      text: "1\ntwo\nthree\nfour\n",
    });
    expect(parse("<|no_edit|>\n", snapshot)).toEqual({ kind: "noEdit" });
  });
});

describe("a prompt format's name", () => {
  it("is one of five, and anything else is a fault of configuration", () => {
    expect(promptFormat("teacher").name).toBe("teacher");
    expect(STUDENT_FORMAT_NAMES.map((name) => promptFormat(name).name)).toEqual(["zeta1", "zeta2", "blocks", "diff"]);
    expect(() => promptFormat("zeta3")).toThrow(ConfigurationError);
    expect(() => studentFormat("teacher")).toThrow(ConfigurationError);
  });

  it("is that of a format whose prompts hold its markers in fixed places only", () => {
    expect(findMarker(studentFormat("zeta1").renderPrompt(snapshotOf({ region: "x\n" }), DEFAULT_CONTEXT))).toBe(
      "<|start_of_file|>",
    );
  });
});
