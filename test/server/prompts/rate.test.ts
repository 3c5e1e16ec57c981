import { describe, expect, it } from "vitest";
import { DEFAULT_CONTEXT } from "../../../server/prompts/context-options.ts";
import { RATE_VERSION, ratePrompt, readRating, rubricId } from "../../../server/prompts/rate.ts";
import { TRAINING_VALUE } from "../../../server/prompts/rubric.ts";
import { regionBefore } from "../../../shared/records/snapshot.ts";
import { schemaFault } from "../../doubles/http-double.ts";
import { fieldSnapshot, snapshotOf } from "./cases.ts";

const snapshot = fieldSnapshot();
const finished = regionBefore(snapshot).replace("this.#li\n", "this.#limitMs = limitMs;\n");
const prompt = ratePrompt(snapshot, DEFAULT_CONTEXT, finished, TRAINING_VALUE);
const mine = { name: "mine", text: "Rate how funny it is.\n" };

describe("the prompt for a rating", () => {
  it("reads like this", async () => {
    await expect(prompt.system).toMatchFileSnapshot("golden/rate-system.md");
    await expect(`${prompt.messages[0]?.content}\n`).toMatchFileSnapshot("golden/rate-user.md");
  });

  it("asks for the reason first, in a shape that vendors take", () => {
    expect(Object.keys(prompt.schema?.schema["properties"] ?? {})).toEqual(["reason", "score"]);
    expect(schemaFault(prompt.schema?.schema)).toBeUndefined();
  });

  it("says what each score is for", () => {
    for (const score of [1, 2, 3, 4, 5]) expect(TRAINING_VALUE.text).toContain(`\n- ${score}: `);
  });

  it("puts another rubric in the place of the one that ships, and says which in its version", () => {
    const other = ratePrompt(snapshot, DEFAULT_CONTEXT, finished, mine);
    expect(other.system).toContain("Rate how funny it is.");
    expect(other.system).not.toContain("small model");
    expect(other.version).not.toBe(prompt.version);
    expect(prompt.version).toBe(`${RATE_VERSION}/${rubricId(TRAINING_VALUE)}`);
    expect(rubricId(mine)).toMatch(/^mine:[0-9a-f]{8}$/u);
    expect(rubricId({ ...mine, text: "Else.\n" })).not.toBe(rubricId(mine));
  });

  it("keeps its system part the same for every case", () => {
    expect(ratePrompt(snapshotOf({ region: "x\n" }), DEFAULT_CONTEXT, "y\n", TRAINING_VALUE).system).toBe(
      prompt.system,
    );
  });
});

describe("an answer to it", () => {
  it("is read where its score is one of five", () => {
    expect(readRating('{"reason":"It follows.","score":4}')).toEqual({ reason: "It follows.", score: 4 });
    for (const score of ["0", "6", "2.5", '"4"', "null"])
      expect(readRating(`{"reason":"So.","score":${score}}`)).toBeUndefined();
    expect(readRating('{"score":4}')).toBeUndefined();
    expect(readRating("4")).toBeUndefined();
  });
});
