import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reversalRatio } from "../../../server/metrics/reversal-ratio.ts";
import { contextOptions, DEFAULT_CONTEXT } from "../../../server/prompts/context-options.ts";
import { findMarker } from "../../../server/prompts/markers.ts";
import { parseTeacherAnswer } from "../../../server/prompts/parse-teacher.ts";
import { encodeBlock } from "../../../server/prompts/region-block.ts";
import { renderTeacherPrompt, teacherFormat } from "../../../server/prompts/teacher.ts";
import { parseUnifiedDiff } from "../../../shared/text/parse-diff.ts";
import { unifiedDiff } from "../../../shared/text/unified-diff.ts";
import { anyCase, fieldSnapshot, snapshotOf } from "./cases.ts";

const START = "<|region_start|>";
const END = "<|region_end|>";

describe("the teacher's prompt", () => {
  it("reads like this", async () => {
    const { system, messages } = renderTeacherPrompt(fieldSnapshot(), DEFAULT_CONTEXT);
    await expect(system).toMatchFileSnapshot("golden/teacher-system.md");
    await expect(`${messages[0]?.content}\n`).toMatchFileSnapshot("golden/teacher-user.md");
  });

  it("keeps its system part the same for every case, so that it can be cached", () => {
    const one = renderTeacherPrompt(fieldSnapshot(), DEFAULT_CONTEXT);
    const other = renderTeacherPrompt(snapshotOf({ region: "x\n" }), DEFAULT_CONTEXT);
    expect(other.system).toBe(one.system);
    expect(other.version).toBe(one.version);
  });

  it("names its template and its switches in the version", () => {
    const plain = renderTeacherPrompt(fieldSnapshot(), DEFAULT_CONTEXT).version;
    const without = renderTeacherPrompt(fieldSnapshot(), contextOptions.parse({ diagnostics: false })).version;
    expect(plain).toMatch(/^teacher-1:[0-9a-f]{8}$/u);
    expect(teacherFormat.version).toBe(plain);
    expect(without).not.toBe(plain);
  });

  it("leaves out what is switched off and changes nothing else", () => {
    const all = renderTeacherPrompt(fieldSnapshot(), DEFAULT_CONTEXT).messages[0]?.content ?? "";
    const off = contextOptions.parse({ diagnostics: false, definitions: 0, historyLength: 1 });
    const few = renderTeacherPrompt(fieldSnapshot(), off).messages[0]?.content ?? "";
    expect(few).not.toContain("# Definitions");
    expect(few).not.toContain("# Diagnostics");
    expect(few).not.toContain("src/clock.ts");
    expect(few.slice(few.indexOf("# Current file"))).toBe(all.slice(all.indexOf("# Current file")));
  });

  it("shows at most 128 lines of history and keeps the newest", () => {
    const edit = (path: string, lines: number) => ({
      path,
      origin: "typed" as const,
      diff: unifiedDiff("", Array.from({ length: lines }, (_, line) => `${path} ${line}\n`).join(""), { path }),
    });
    const history = [edit("old.ts", 9), edit("middle.ts", 100), edit("new.ts", 90)];
    const prompt = renderTeacherPrompt(snapshotOf({ region: "x\n", more: { history } }), DEFAULT_CONTEXT);
    const content = prompt.messages[0]?.content ?? "";
    expect(content.match(/^\+/gmu)).toHaveLength(127);
    expect(content).toContain("+new.ts 0\n");
    expect(content).toContain("`middle.ts`, without its first 64 lines");
    expect(content).not.toContain("old.ts");
  });

  it("is not corrupted by a file that holds its markers, nor by one that holds fences", () => {
    const region = `const end = "${END}";\n// \`\`\`\`\n`;
    const snapshot = snapshotOf({ above: `const start = "${START}";\n`, region });
    const content = renderTeacherPrompt(snapshot, DEFAULT_CONTEXT).messages[0]?.content ?? "";
    expect(content.split(START)).toHaveLength(2);
    expect(content.split(END)).toHaveLength(2);
    expect(content).toContain("`````typescript\n");
    // The model copies what it sees; what it copied is the file again.
    const shown = content.slice(content.indexOf(START), content.indexOf(END) + END.length).replace("<|cursor|>", "");
    expect(parseTeacherAnswer(shown, snapshot)).toEqual({ kind: "noEdit" });
  });

  it("asks for room for the whole region twice, and for thinking", () => {
    const small = renderTeacherPrompt(snapshotOf({ region: "x\n" }), DEFAULT_CONTEXT).maxOutputTokens;
    const large = renderTeacherPrompt(snapshotOf({ region: "x\n".repeat(2_048) }), DEFAULT_CONTEXT).maxOutputTokens;
    expect(small).toBe(2_048 + 512 + 2);
    expect(large).toBe(2_048 + 512 + 4_096);
  });
});

describe("the worked examples in the teacher's prompt", () => {
  const system = renderTeacherPrompt(fieldSnapshot(), DEFAULT_CONTEXT).system;
  const examples = system.split(/^## (?=.*\n\nEdit history:\n)/mu).slice(1);

  it.each(examples.map((text) => [text.slice(0, text.indexOf("\n")), text]))("are right: %s", (_title, text) => {
    const blocks = [...text.matchAll(/^`([^`]+)`\n```diff\n(.*?)^```$|^```(\w+)\n(.*?)^```$/gmsu)];
    expect(blocks).toHaveLength(2);
    const [edit, file] = blocks;
    const path = edit?.[1] ?? "";
    const shown = file?.[4] ?? "";
    const start = shown.indexOf(START);
    const region = shown.slice(start + START.length + 1, shown.indexOf(END)).replace("<|cursor|>", "");
    const below = shown.slice(shown.indexOf(END) + END.length + 1);
    const snapshot = snapshotOf({ above: shown.slice(0, start), region, below });
    const document = { ...snapshot.document, path };

    // Its edit is a diff that says truly how many lines it has, and what it led to is in the file.
    const diff = parseUnifiedDiff(edit?.[2] ?? "");
    if (!diff.ok) throw new Error(diff.reason);
    const now = diff.hunks.flatMap(({ lines }) => lines.filter(({ kind }) => kind !== "-").map((line) => line.text));
    expect(snapshot.excerpt.text).toContain(now.join(""));

    // Its answer can be read, and does not undo the edit.
    const parsed = parseTeacherAnswer(text.slice(text.indexOf("\nAnswer:\n")), snapshot);
    expect(parsed.kind).toBe(text.trimEnd().endsWith("<|no_edit|>") ? "noEdit" : "edit");
    if (parsed.kind !== "edit") return;
    const history = [{ path, origin: "typed" as const, diff: edit?.[2] ?? "" }];
    expect(reversalRatio({ ...snapshot, document, history }, parsed.text)).toBe(0);
  });
});

describe("a teacher's answer", () => {
  const region = "one\ntwo\nthree\nfour\n";
  const snapshot = snapshotOf({ above: "above\n", region, below: "below\n" });
  const parse = (answer: string, of = snapshot) => parseTeacherAnswer(answer, of);
  const edit = (text: string) => ({ kind: "edit", text });

  it("is the region between its markers, whatever is said around it", () => {
    expect(parse(`They count.\n\n${START}\none\n2\n${END}\nDone.`)).toEqual(edit("one\n2\n"));
  });

  it("is the last region of several", () => {
    expect(parse(`${START}\ndraft\n${END}\nNo, better:\n${START}\nfinal\n${END}`)).toEqual(edit("final\n"));
  });

  it.each([
    ["a start marker among its lines", `${START}\none\n${START}\n2\n${END}`],
    ["one behind its last line", `${START}\none\n2\n${START}\n${END}`],
    ["an end marker among its lines", `${START}\none\n${END}\n2\n${END}`],
    ["an end marker twice", `${START}\none\n2\n${END}\n${END}\n`],
  ])("is never a part of one that a leaked marker cuts: %s", (_what, answer) => {
    expect(parse(answer)).toEqual({ kind: "error", error: "marker" });
  });

  it("is not what prose quotes in the middle of a line, before or behind the region", () => {
    const quoted = `text between ${START} and ${END} is the region`;
    expect(parse(`The ${quoted}.\n${START}\nx\n${END}\nThe ${quoted}, not ${NO_EDIT}.`)).toEqual(edit("x\n"));
    expect(parse(`The ${quoted}.`)).toEqual({ kind: "error", error: "unparsable" });
  });

  it("may be in a fence, and its end marker behind the last line", () => {
    expect(parse(`\`\`\`ts\n${START}\nx\n${END}\n\`\`\``)).toEqual(edit("x\n"));
    expect(parse(`${START}\nx${END}`)).toEqual(edit("x\n"));
  });

  it("may have a fence between its markers, unless a fence is part of the language", () => {
    const answer = `${START}\n\`\`\`ts\none\n2\n\`\`\`\n${END}`;
    expect(parse(answer)).toEqual(edit("one\n2\n"));
    const markdown = snapshotOf({
      region,
      more: { document: { path: "a.md", languageId: "markdown", eol: "lf", lineCount: 4 } },
    });
    expect(parse(answer, markdown)).toEqual(edit("```ts\none\n2\n```\n"));
    const part = "/**\n```ts\none\n```\n*/\n";
    expect(parse(`${START}\n${part}${END}`)).toEqual(edit(part));
  });

  it("may have its markers indented as the code is", () => {
    expect(parse(`  ${START}\n  x\n  ${END}\n`)).toEqual(edit("  x\n"));
  });

  it("is the fenced block that matches best where no region is marked", () => {
    const other = "```\nnpm test\n```";
    expect(parse(`Run\n${other}\nThen:\n\`\`\`ts\none\n2\nthree\nfour\n\`\`\`\nand\n${other}`)).toEqual(
      edit("one\n2\nthree\nfour\n"),
    );
  });

  it("is not a fenced block that has nothing to do with the region", () => {
    expect(parse("Run\n```\nnpm test\n```")).toEqual({ kind: "error", error: "unparsable" });
  });

  it("reads a fence inside a longer fence as text", () => {
    const markdown = snapshotOf({ region: "# A\n```sh\nnpm i\n```\nend\n" });
    expect(parse("````md\n# A\n```sh\nnpm ci\n```\nend\n````", markdown)).toEqual(
      edit("# A\n```sh\nnpm ci\n```\nend\n"),
    );
  });

  const NO_EDIT = "<|no_edit|>";
  it.each([
    `Nothing follows.\n\n${NO_EDIT}`,
    `Nothing follows: ${NO_EDIT}`,
    `**${NO_EDIT}**`,
    `${START}\n${NO_EDIT}\n${END}`,
    `${START}\none\n${END}\nOn reflection:\n${NO_EDIT}\n`,
    `${START}\n${region}${END}`,
  ])("says that no edit is right: %j", (answer) => {
    expect(parse(answer)).toEqual({ kind: "noEdit" });
  });

  it("is a region where the sentinel comes before it", () => {
    expect(parse(`I thought of\n${NO_EDIT}\nbut:\n${START}\nx\n${END}`)).toEqual(edit("x\n"));
  });

  it("gives back the blank line that a model dropped at the region's start", () => {
    const spaced = snapshotOf({ region: "\nfunction f() {\n}\n" });
    expect(parse(`${START}\nfunction f() {\n  g();\n}\n${END}`, spaced)).toEqual(edit("\nfunction f() {\n  g();\n}\n"));
    expect(parse(`${START}\nimport g;\n\nfunction f() {\n}\n${END}`, spaced)).toEqual(
      edit("import g;\n\nfunction f() {\n}\n"),
    );
  });

  it("ends as the region ended: with a line end, or at the end of a file that has none", () => {
    const open = snapshotOf({ region: "one\ntwo" });
    expect(parse(`${START}\none\n2\n${END}`, open)).toEqual(edit("one\n2"));
    expect(parse(`${START}\none\n2${END}`, open)).toEqual(edit("one\n2"));
  });

  it("tells where the cursor should stand", () => {
    expect(parse(`${START}\none\n😀2<|cursor|>\n${END}`)).toEqual({ kind: "edit", text: "one\n😀2\n", cursor: 7 });
  });

  it.each([
    `${START}\none<|cursor|>\ntwo<|cursor|>\n${END}`,
    `${START}\none\n<|editable_region_end|>\n${END}`,
    `${START}\none\n<|im_end|>\n${END}`,
    `${START}\none\n<|no_edit|>\n${END}`,
    `${START}\n<<<<<<< CURRENT\none\n${END}`,
    "```\none\ntwo\nthree\nfour\n<|region_end|>\n```",
  ])("with a marker left in it is an error: %j", (answer) => {
    expect(parse(answer)).toEqual({ kind: "error", error: "marker" });
  });

  it.each(["", " \n\r\n "])("of nothing is empty: %j", (answer) => {
    expect(parse(answer)).toEqual({ kind: "error", error: "empty" });
  });

  it.each(["I would rename it.", `${START}\none\ntwo`, `${END}\none\n${START}`, "```\none\ntwo"])(
    "without a whole region cannot be read: %j",
    (answer) => {
      expect(parse(answer)).toEqual({ kind: "error", error: "unparsable" });
    },
  );

  it("in CRLF is read as LF", () => {
    expect(parse(`Yes.\r\n${START}\r\none\r\n2\r\n${END}\r\n`)).toEqual(edit("one\n2\n"));
  });

  /** The text on the start marker's line, since on a line of its own its first line may be taken for a slip. */
  const marked = (block: string) => `${START}${/^[ \t]*(?:\n|$)/u.test(block) ? "\n" : ""}${block}${END}`;

  it("that is perfect is the target again, whatever the region and the target hold", () => {
    fc.assert(
      fc.property(anyCase, ({ snapshot: of, before, text, cursor }) => {
        const answer = `Thoughts on \`<|region_start|>\`.\n\n${marked(encodeBlock({ text, cursor }, before, "<|cursor|>"))}\n\nBye.`;
        const parsed = parseTeacherAnswer(answer, of);
        if (text === before) expect(parsed).toEqual({ kind: "noEdit" });
        else expect(parsed).toEqual({ kind: "edit", text, ...(cursor === undefined ? {} : { cursor }) });
      }),
      { numRuns: 2_000 },
    );
  });

  it("never yields a target with a marker in it unless the marker was escaped", () => {
    fc.assert(
      fc.property(anyCase, ({ snapshot: of, text }) => {
        const parsed = parseTeacherAnswer(`${START}\n${text.replaceAll("\\", "")}\n${END}`, of);
        if (parsed.kind === "edit") expect(findMarker(parsed.text)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });
});
