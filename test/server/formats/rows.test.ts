import { describe, expect, it } from "vitest";
import { answerModel } from "../../../server/formats/answer-model.ts";
import { makeRow, ROW_FORMAT_NAMES, rowSchema } from "../../../server/formats/formats.ts";
import type { RowOptions, TargetedExample } from "../../../server/formats/row-format.ts";
import { DEFAULT_CONTEXT } from "../../../server/prompts/context-options.ts";
import { STUDENT_FORMAT_NAMES, studentFormat } from "../../../server/prompts/formats.ts";
import type { Example } from "../../../shared/records/example.ts";
import { parseRecord } from "../../../shared/records/parse.ts";
import { exampleOf, predictionOf } from "../datasets/cases.ts";

const target = "\nconst total = area1(3, 4);\n";
const other = "\nconst total = size1(4, 3);\n";
const example = exampleOf(1, { rejected: { text: other, from: "repair" } }) as TargetedExample;
const options: RowOptions = { student: studentFormat("zeta1"), context: DEFAULT_CONTEXT, system: undefined };

describe.each(ROW_FORMAT_NAMES)("a row of %s", (format) => {
  it.each(STUDENT_FORMAT_NAMES)("passes the format's own schema, in the student format %s", (student) => {
    const made = makeRow(format, example, { ...options, student: studentFormat(student), system: "Be brief." });
    expect(parseRecord(rowSchema(format), JSON.parse(made?.line ?? "null"))).toMatchObject({ ok: true });
  });

  it("does not pass with a field too many", () => {
    const row = JSON.parse(makeRow(format, example, options)?.line ?? "null");
    expect(parseRecord(rowSchema(format), { ...row, extra: 1 }).ok).toBe(false);
  });
});

describe("messages", () => {
  it("begin with the system prompt where there is one", () => {
    const roles = (system: string | undefined) =>
      JSON.parse(makeRow("messages", example, { ...options, system })?.line ?? "").messages.map(
        (turn: { role: string }) => turn.role,
      );
    expect(roles(undefined)).toEqual(["user", "assistant"]);
    expect(roles("Be brief.")).toEqual(["system", "user", "assistant"]);
  });

  it("are one exchange and nothing else", () => {
    const turn = (role: string) => ({ role, content: "x" });
    for (const roles of [["user"], ["assistant", "user"], ["user", "system", "assistant"], []]) {
      expect(parseRecord(rowSchema("messages"), { messages: roles.map(turn) }).ok).toBe(false);
    }
  });
});

describe("a preference", () => {
  it("has no row without an answer to reject, or where both answers are the same", () => {
    expect(makeRow("preference", exampleOf(1) as TargetedExample, options)).toBeUndefined();
    const same = { ...example, rejected: { text: target, from: "sample" as const } };
    expect(makeRow("preference", same, options)).toBeUndefined();
  });

  it("is on policy only where both answers are the student's samples", () => {
    const both = [target, other].map((text) => ({ text, count: 1 }));
    const row = (expectedFrom: "sample" | "teacher", rejectedFrom: "sample" | "repair", distinct = both) =>
      JSON.parse(
        makeRow(
          "preference",
          {
            ...example,
            samples: { model: "openai:student", requested: 2, distinct },
            expected: { text: target, from: expectedFrom },
            rejected: { text: other, from: rejectedFrom },
          },
          options,
        )?.line ?? "",
      );
    expect(row("sample", "sample")).toMatchObject({
      onPolicy: true,
      chosenModel: "openai:student",
      rejectedModel: "openai:student",
    });
    expect(row("teacher", "sample")).toMatchObject({ onPolicy: false, chosenModel: "openai:teacher" });
    // The person changed nothing, so that no edit is the target, which no sample gave.
    expect(row("sample", "sample", both.slice(1))).toMatchObject({ onPolicy: false, chosenModel: null });
  });

  it("measures both sides, and counts the longer for the token limit", () => {
    const made = makeRow("preference", { ...example, rejected: { text: `${other}${other}`, from: "repair" } }, options);
    const row = JSON.parse(made?.line ?? "");
    expect(made?.preference).toEqual({ chosen: row.chosen.length, rejected: row.rejected.length });
    expect(made?.sequence).toEqual([row.prompt, row.rejected]);
  });
});

describe("the model of an answer", () => {
  const shown = (text: string) => [
    { predictionId: "0190a1b2-c3d4-7abc-8def-0123456789ab", model: "openai:live", variant: "a", text, ratings: [] },
  ];
  const sampled = (text: string) => ({ model: "openai:student", requested: 1, distinct: [{ text, count: 1 }] });
  it.each<[string, Partial<Example>, NonNullable<Example["expected"]>, string | null]>([
    ["a person's", {}, { text: target, from: "reviewer" }, null],
    ["the settled text's", {}, { text: target, from: "settled" }, null],
    ["the teacher's", {}, { text: target, from: "teacher" }, "openai:teacher"],
    [
      "a second teacher's",
      {
        teacher: {
          predictions: [predictionOf({ text: other }), predictionOf({ model: "openai:second", text: target })],
        },
      },
      { text: target, from: "teacher" },
      "openai:second",
    ],
    [
      "a repair's",
      { repair: { triggers: ["reverts"], prediction: predictionOf({ model: "openai:strong", text: target }) } },
      { text: target, from: "repair" },
      "openai:strong",
    ],
    ["a sample's", { samples: sampled(target) }, { text: target, from: "sample" }, "openai:student"],
    ["nobody's, where no sample says so", { samples: sampled(other) }, { text: target, from: "sample" }, null],
    ["a shown prediction's", { shown: shown(target) }, { text: target, from: "rated" }, "openai:live"],
    ["nobody's that is known", { shown: shown(other) }, { text: target, from: "rated" }, null],
    ["no edit's", { teacher: { predictions: [predictionOf({ noEdit: true })] } }, noEdit(), "openai:teacher"],
  ])("is %s", (_whose, more, answer, model) => {
    expect(answerModel(exampleOf(1, more), answer)).toBe(model);
  });
});

function noEdit(): NonNullable<Example["expected"]> {
  const { snapshot } = exampleOf(1);
  return { text: snapshot.excerpt.text.slice(snapshot.editable.start), from: "teacher" };
}
