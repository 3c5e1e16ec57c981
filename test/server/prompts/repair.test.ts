import { describe, expect, it } from "vitest";
import { DEFAULT_CONTEXT } from "../../../server/prompts/context-options.ts";
import { answersKeep, parseRepairAnswer, repairPrompt } from "../../../server/prompts/repair.ts";
import { renderTeacherPrompt } from "../../../server/prompts/teacher.ts";
import type { Prediction } from "../../../shared/records/prediction.ts";
import { regionBefore } from "../../../shared/records/snapshot.ts";
import { fieldSnapshot } from "./cases.ts";

const snapshot = fieldSnapshot();
const reverted = regionBefore(snapshot).replace("  readonly #limitMs: number;\n", "").replace("this.#li\n", "\n");

function answered(fields: Partial<Prediction>): Prediction {
  return {
    id: "0".repeat(64),
    model: "openai:teacher",
    promptVersion: "teacher-1:00000000",
    raw: `I clean up.\n\n<|region_start|>\n${reverted}<|region_end|>\n`,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
    stopReason: "end",
    ...fields,
  };
}

const first = answered({ text: reverted, cursor: 3 });

describe("the repair prompt", () => {
  it("continues the teacher's conversation", async () => {
    const problems = ["It undoes the newest edit: 93% of what it changes was just typed."];
    const prompt = repairPrompt({ snapshot, context: DEFAULT_CONTEXT, first, problems });
    const asked = renderTeacherPrompt(snapshot, DEFAULT_CONTEXT);
    expect(prompt.system).toBe(asked.system);
    expect(prompt.messages.slice(0, 2)).toEqual([
      asked.messages[0],
      { role: "assistant", content: first.raw.trimEnd() },
    ]);
    expect(prompt.version).toMatch(/^repair-1:[0-9a-f]{8}$/u);
    await expect(`${prompt.messages[2]?.content}\n`).toMatchFileSnapshot("golden/repair-user.md");
  });

  it("says so where there was no edit, and where none could be read", () => {
    const say = (of: Prediction) =>
      repairPrompt({ snapshot, context: DEFAULT_CONTEXT, first: of, problems: ["Unsure."] });
    const { text: _text, cursor: _cursor, ...rest } = first;
    expect(say({ ...rest, noEdit: true }).messages[2]?.content).toContain("It leaves the region as it is.");
    const failed = say({ ...rest, raw: " ", error: "empty" });
    expect(failed.messages[2]?.content).toContain("No edit could be read from it.");
    expect(failed.messages[1]?.content).toBe("(no answer)");
  });
});

describe("an answer to it", () => {
  const { text: _text, cursor: _cursor, ...rest } = first;
  const KEEP = "<|keep|>";

  it("may be a new region or no edit", () => {
    expect(parseRepairAnswer("<|region_start|>\nx\n<|region_end|>", snapshot, first)).toEqual({
      kind: "edit",
      text: "x\n",
    });
    expect(parseRepairAnswer("<|no_edit|>", snapshot, first)).toEqual({ kind: "noEdit" });
  });

  it("may keep: then it is the first answer's edit, with its cursor", () => {
    for (const answer of [KEEP, `I stand by it.\r\n\r\n${KEEP}\r\n`, `It stays: ${KEEP}`]) {
      expect(answersKeep(answer)).toBe(true);
      expect(parseRepairAnswer(answer, snapshot, first)).toEqual({ kind: "edit", text: reverted, cursor: 3 });
    }
    expect(parseRepairAnswer(KEEP, snapshot, { ...rest, noEdit: true })).toEqual({ kind: "noEdit" });
  });

  it("cannot keep what could not be read", () => {
    expect(parseRepairAnswer(KEEP, snapshot, { ...rest, error: "unparsable" })).toEqual({
      kind: "error",
      error: "unparsable",
    });
  });

  it("that weighs keeping and then decides otherwise does not keep", () => {
    for (const [answer, kind] of [
      [`I could answer\n${KEEP}\nbut:\n<|region_start|>\nx\n<|region_end|>`, "edit"],
      [`Not \`${KEEP}\`, rather\n<|no_edit|>`, "noEdit"],
      ["Hm.", "error"],
    ] as const) {
      expect(answersKeep(answer)).toBe(false);
      expect(parseRepairAnswer(answer, snapshot, first).kind).toBe(kind);
    }
  });
});
