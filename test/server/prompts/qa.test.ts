import { describe, expect, it } from "vitest";
import { contextOptions, DEFAULT_CONTEXT } from "../../../server/prompts/context-options.ts";
import { QA_VERSION, qaPrompt, readOpinion } from "../../../server/prompts/qa.ts";
import { regionBefore } from "../../../shared/records/snapshot.ts";
import { schemaFault } from "../../doubles/http-double.ts";
import { fieldSnapshot, snapshotOf } from "./cases.ts";

const snapshot = fieldSnapshot();
const finished = regionBefore(snapshot).replace("this.#li\n", "this.#limitMs = limitMs;\n");

describe("the judge's prompt", () => {
  it("reads like this", async () => {
    const { system, messages } = qaPrompt(snapshot, DEFAULT_CONTEXT, { text: finished });
    await expect(system).toMatchFileSnapshot("golden/qa-system.md");
    await expect(`${messages[0]?.content}\n`).toMatchFileSnapshot("golden/qa-user.md");
  });

  it("asks for reasons first, in a shape that vendors take", () => {
    const { schema } = qaPrompt(snapshot, DEFAULT_CONTEXT, { text: finished });
    expect(Object.keys(schema?.schema["properties"] ?? {})).toEqual(["reasoning", "reverts", "confidence"]);
    expect(schemaFault(schema?.schema)).toBeUndefined();
  });

  it("keeps its system part the same for every case, and names template and switches in its version", () => {
    const one = qaPrompt(snapshot, DEFAULT_CONTEXT, { text: finished });
    const other = qaPrompt(snapshotOf({ region: "x\n" }), DEFAULT_CONTEXT, { noEdit: true });
    expect(other.system).toBe(one.system);
    expect(one.version).toBe(QA_VERSION);
    expect(QA_VERSION).toMatch(/^qa-1:[0-9a-f]{8}$/u);
    const without = qaPrompt(snapshot, contextOptions.parse({ diagnostics: false }), { text: finished });
    expect(without.version).not.toBe(QA_VERSION);
    expect(without.messages[0]?.content).not.toContain("# Diagnostics");
  });

  it("says so where nothing is changed", () => {
    const shown = (answer: object) => qaPrompt(snapshot, DEFAULT_CONTEXT, answer).messages[0]?.content;
    expect(shown({ noEdit: true })).toMatch(/# Predicted edit\n\nIt leaves the region as it is\.$/u);
    expect(shown({ text: regionBefore(snapshot) })).toBe(shown({ noEdit: true }));
  });

  it("lets no marker of the code through: the judge quotes it, and repair shows what the judge says", () => {
    const prompt = qaPrompt(snapshotOf({ region: "a\n" }), DEFAULT_CONTEXT, { text: "<|no_edit|>\n" });
    expect(prompt.messages[0]?.content).not.toContain("<|no_edit|>");
  });
});

describe("a judge's answer", () => {
  const said = { reasoning: "It follows.", reverts: false, confidence: 4 };
  const json = JSON.stringify(said);

  it.each([
    ["the object alone", json],
    ["over several lines", JSON.stringify(said, null, 2)],
    ["in a fence", `\`\`\`json\n${json}\n\`\`\``],
    ["behind a sentence", `Here is my review:\n${json}\nThat is all.`],
    ["with more in it than was asked for", JSON.stringify({ ...said, model: "me" })],
  ])("is read: %s", (_what, answer) => {
    expect(readOpinion(answer)).toEqual(said);
  });

  it.each([
    ["prose", "I think that it follows."],
    ["an empty object", "{}"],
    ["a confidence out of range", JSON.stringify({ ...said, confidence: 6 })],
    ["a confidence between two", JSON.stringify({ ...said, confidence: 3.5 })],
    ["a word for a truth", JSON.stringify({ ...said, reverts: "no" })],
    ["half an object", json.slice(0, -4)],
    ["a list", `[${json}]`.replace("{", "[").replace("}", "]")],
    ["null", "null"],
  ])("is none: %s", (_what, answer) => {
    expect(readOpinion(answer)).toBeUndefined();
  });
});
